import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { infoHashFromHex } from "../../lib/bytes/mod.ts";
import { formatMagnet, MagnetError, parseMagnet, UnsafePathError } from "../../lib/metainfo/mod.ts";
import { mutate, seededRandom } from "../bencode/seeded_random.ts";
import { BAD_MAGNET_LINKS, MAGNET_LINKS } from "../vectors/magnet_links.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

pure("parseMagnet() reads what others write, hashes in hex and base 32 among it (BEP 9)", () => {
  for (const [text, link] of MAGNET_LINKS) {
    assertEquals(parseMagnet(text), { ...link, infoHash: infoHashFromHex(link.infoHash) }, text);
  }
});

pure("parseMagnet() refuses what has no xt or is no link to one torrent (BEP 9), and why", () => {
  for (const [text, reason] of BAD_MAGNET_LINKS) {
    const error = assertThrows(() => parseMagnet(text), MagnetError);
    assert(error.reason.includes(reason), `${text}: ${error.reason}`);
    assertEquals(error.message, `Cannot read magnet link: ${error.reason}`);
    // deno-lint-ignore no-control-regex
    assert(!/[\x00-\x1f\u202e]/.test(error.message), error.message);
  }
  const error = assertThrows(
    () => parseMagnet("magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a&dn=.."),
    MagnetError,
  );
  assertInstanceOf(error.cause, UnsafePathError);
});

pure("formatMagnet() writes what parseMagnet() reads", () => {
  for (const [text] of MAGNET_LINKS) {
    const link = parseMagnet(text);
    assertEquals(parseMagnet(formatMagnet(link)), link);
  }
});

pure("formatMagnet() escapes what has a meaning in links, and leaves peers as they are", () => {
  const link = {
    infoHash: infoHashFromHex("C12FE1C06BBA254A9DC9F519B335AA7C1367A88A"),
    name: "a&b=c +%#\u00e9",
    length: 7,
    trackers: ["http://t/announce?key=1&x=2"],
    webSeeds: ["http://w/?a&b"],
    selectOnly: "0,2-4",
    peers: ["[::1]:80"],
  };
  assertEquals(
    formatMagnet(link),
    "magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a&dn=a%26b%3Dc%20%2B%25%23%C3%A9" +
      "&xl=7&tr=http%3A%2F%2Ft%2Fannounce%3Fkey%3D1%26x%3D2&ws=http%3A%2F%2Fw%2F%3Fa%26b&so=0%2C2-4&x.pe=[::1]:80",
  );
  assertEquals(parseMagnet(formatMagnet(link)), link);
});

pure(
  "parseMagnet() of mutated links refuses them or gives a link that formatMagnet() keeps",
  () => {
    const random = seededRandom(6);
    const encoder = new TextEncoder();
    const decoder = new TextDecoder();
    let refused = 0;
    for (const [text] of MAGNET_LINKS) {
      for (let round = 0; round < 300; round++) {
        const mutated = decoder.decode(mutate(encoder.encode(text), random));
        try {
          const link = parseMagnet(mutated);
          assertEquals(parseMagnet(formatMagnet(link)), link, mutated);
        } catch (error) {
          assertInstanceOf(error, MagnetError, mutated);
          refused++;
        }
      }
    }
    assert(refused > 300 && refused < MAGNET_LINKS.length * 300 - 300, `${refused} refused`);
  },
);
