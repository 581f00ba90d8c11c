import { assert, assertEquals, assertThrows } from "@std/assert";
import { type InfoHash, infoHashFromBytes } from "../../../lib/bytes/mod.ts";
import { MAX_LOCAL_ANNOUNCE, MAX_LOCALLY_ANNOUNCED } from "../../../lib/peer/limits.ts";
import {
  formatLocalAnnounce,
  type LocalAnnounce,
  parseLocalAnnounce,
  PeerProtocolError,
} from "../../../lib/peer/wire/mod.ts";
import { randomBelow, randomBytes, seededRandom } from "../../bytes/seeded_random.ts";
import { ANNOUNCED, LOCAL_ANNOUNCES } from "../../vectors/local_announces.ts";

const HOST = "239.192.152.143:6771";

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function hashes(count: number, seed = 1): InfoHash[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => infoHashFromBytes(randomBytes(random, 20)));
}

/** A datagram of lines, with the two empty ones at its end. */
function datagram(...lines: readonly string[]): Uint8Array {
  return bytesOf(`${lines.join("\r\n")}\r\n\r\n\r\n`);
}

const FIRST = "BT-SEARCH * HTTP/1.1";
const HASH = `Infohash: ${ANNOUNCED}`;

Deno.test({
  name: "BEP 14: an announce is written byte by byte as the text has it",
  permissions: "none",
  fn() {
    const [libtorrent] = LOCAL_ANNOUNCES;
    const { port, cookie, text } = libtorrent;
    const written = formatLocalAnnounce({ host: HOST, port, infoHashes: [ANNOUNCED], cookie });
    assertEquals(new TextDecoder().decode(written), text);
  },
});

for (const { by, text, port, cookie } of LOCAL_ANNOUNCES) {
  Deno.test({
    name: `BEP 14: the announce of ${by} is read`,
    permissions: "none",
    fn() {
      const announce = parseLocalAnnounce(bytesOf(text));
      assertEquals(announce.cookie, cookie);
      assertEquals({ ...announce, cookie: undefined }, {
        ...{ host: HOST, port, infoHashes: [ANNOUNCED] },
        cookie: undefined,
      });
    },
  });
}

Deno.test({
  name: "BEP 14: several info-hashes stand in one announce, 25 of them in at most 1400 bytes",
  permissions: "none",
  fn() {
    const host = "[ff15::efc0:988f]:6771";
    const cookie = "0123456789abcdef";
    const longest = { host, port: 65_535, cookie, infoHashes: hashes(MAX_LOCALLY_ANNOUNCED) };
    const written = formatLocalAnnounce(longest);
    assert(written.length <= MAX_LOCAL_ANNOUNCE, `${written.length}`);
    assertEquals(MAX_LOCAL_ANNOUNCE, 1_400);
    assertEquals(parseLocalAnnounce(written), longest);
    const more = { ...longest, infoHashes: hashes(MAX_LOCALLY_ANNOUNCED + 1) };
    assertThrows(() => formatLocalAnnounce(more), RangeError, "1400");
    assertThrows(() => formatLocalAnnounce({ ...longest, infoHashes: [] }), RangeError);
  },
});

Deno.test({
  name: "BEP 14: headers that are not known are ignored, and so is the case of those that are",
  permissions: "none",
  fn() {
    const read = parseLocalAnnounce(
      datagram(FIRST, "X-Mood: sunny", "PORT:6881", `infoHash:   ${ANNOUNCED}  `, "no header"),
    );
    assertEquals(read, { host: "", port: 6881, infoHashes: [ANNOUNCED] });
  },
});

Deno.test({
  name: "BEP 14: info-hashes of another kind are passed over, and one that comes twice counts once",
  permissions: "none",
  fn() {
    const upper = `Infohash: ${ANNOUNCED.toUpperCase()}`;
    const longer = `Infohash: ${ANNOUNCED}${ANNOUNCED.slice(0, 24)}`;
    const read = parseLocalAnnounce(datagram(FIRST, "Port: 1", longer, HASH, upper, "Infohash: "));
    assertEquals(read.infoHashes, [ANNOUNCED]);
  },
});

Deno.test({
  name: "BEP 14: what is no announce is refused with PeerProtocolError",
  permissions: "none",
  fn() {
    const wrong = [
      new Uint8Array(),
      bytesOf("\r\n\r\n"),
      datagram("BT-SEARCH * HTTP/1.0", "Port: 1", HASH),
      datagram("M-SEARCH * HTTP/1.1", "Port: 1", HASH),
      datagram(FIRST, HASH),
      datagram(FIRST, "Port: 1"),
      ...["0", "65536", "-1", "1e3", "0x10", "", "6881 6882", "99999999999"].map((port) =>
        datagram(FIRST, `Port: ${port}`, HASH)
      ),
      datagram(FIRST, "Port: 1", "Port: 2", HASH),
      datagram(FIRST, "Port: 1", "Infohash: nonsense"),
      // What follows the empty line is not part of the headers.
      datagram(FIRST, "Port: 1", "", HASH),
      datagram(FIRST, "Port: 1", HASH, `X: ${"y".repeat(2_048)}`),
    ];
    for (const bytes of wrong) {
      assertThrows(
        () => parseLocalAnnounce(bytes),
        PeerProtocolError,
        "Cannot read local announce",
      );
    }
  },
});

Deno.test({
  name: "BEP 14: a cookie that is too long is no cookie",
  permissions: "none",
  fn() {
    const read = parseLocalAnnounce(datagram(FIRST, "Port: 1", HASH, `cookie: ${"c".repeat(300)}`));
    assertEquals(read.cookie, undefined);
  },
});

Deno.test({
  name:
    "BEP 14: an announce that is cut off anywhere names no torrent or port that it did not name",
  permissions: "none",
  fn() {
    const whole: LocalAnnounce = {
      host: HOST,
      port: 51_413,
      infoHashes: hashes(3),
      cookie: "c00c1e",
    };
    const bytes = formatLocalAnnounce(whole);
    for (let length = 0; length < bytes.length; length++) {
      let read: LocalAnnounce;
      try {
        read = parseLocalAnnounce(bytes.subarray(0, length));
      } catch (error) {
        assert(error instanceof PeerProtocolError, String(error));
        continue;
      }
      assertEquals(read.port, whole.port);
      for (const infoHash of read.infoHashes) assert(whole.infoHashes.includes(infoHash));
    }
  },
});

Deno.test({
  name: "BEP 14: bytes of chance, and announces with bytes changed, are read or refused, soon",
  permissions: "none",
  fn() {
    const random = seededRandom(14);
    const bytes = formatLocalAnnounce({ host: HOST, port: 6881, infoHashes: hashes(5) });
    for (let round = 0; round < 5_000; round++) {
      const noise = round % 2 === 0
        ? randomBytes(random, randomBelow(random, 2_048))
        : bytes.slice();
      for (let change = 0; change < 4; change++) {
        if (noise.length > 0) noise[randomBelow(random, noise.length)] = randomBelow(random, 256);
      }
      try {
        const { port, infoHashes } = parseLocalAnnounce(noise);
        assert(port >= 1 && port <= 65_535 && infoHashes.length > 0 && infoHashes.length <= 5);
      } catch (error) {
        assert(error instanceof PeerProtocolError, String(error));
      }
    }
  },
});

Deno.test({
  name: "BEP 14: whatever is written is read again as it was",
  permissions: "none",
  fn() {
    const random = seededRandom(140);
    for (let round = 0; round < 200; round++) {
      const announce = {
        host: HOST,
        port: 1 + randomBelow(random, 65_535),
        infoHashes: hashes(1 + randomBelow(random, MAX_LOCALLY_ANNOUNCED), round),
        cookie: randomBelow(random, 2 ** 31).toString(16),
      };
      assertEquals(parseLocalAnnounce(formatLocalAnnounce(announce)), announce);
    }
  },
});
