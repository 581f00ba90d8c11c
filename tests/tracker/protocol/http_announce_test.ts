import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodeHex, infoHashFromHex, peerIdFromBytes } from "../../../lib/bytes/mod.ts";
import { MAX_SCRAPED } from "../../../lib/tracker/limits.ts";
import type { AnnouncedPeers } from "../../../lib/tracker/protocol/announce.ts";
import {
  encodeHttpAnnounceReply,
  encodeHttpFailure,
  encodeHttpScrapeReply,
  parseHttpAnnounce,
  parseHttpScrape,
} from "../../../lib/tracker/protocol/http_announce.ts";
import { QueryString } from "../../../lib/tracker/protocol/query_string.ts";
import { TrackerRefusedError } from "../../../lib/tracker/refused_error.ts";

/** As libtorrent 2.0 asks: low bytes, letters as they are, keys that nobody here knows. */
const LIBTORRENT = "info_hash=%05%ffabc%00%01%02%03%04%05%06%07%08%09%0a%0b%0c%0d%0e" +
  "&peer_id=-LT2080-vEcR%28Kx~2.u5&port=6881&uploaded=0&downloaded=16384&left=1000000" +
  "&corrupt=0&key=8D2EF3A1&event=started&numwant=200&compact=1&no_peer_id=1&supportcrypto=1&redundant=0";
const HASH = infoHashFromHex("05ff616263000102030405060708090a0b0c0d0e");

/** The query of an announce with some parameters changed, or taken out if empty. */
function queryWith(changes: Readonly<Record<string, string | undefined>> = {}): QueryString {
  const parameters = new Map(
    LIBTORRENT.split("&").map((part) => part.split("=") as [string, string]),
  );
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) parameters.delete(name);
    else parameters.set(name, value);
  }
  return new QueryString([...parameters].map(([name, value]) => `${name}=${value}`).join("&"));
}

function refusal(changes: Readonly<Record<string, string | undefined>>): string {
  const error = assertThrows(() => parseHttpAnnounce(queryWith(changes)), TrackerRefusedError);
  assertEquals(error.code, 400);
  return error.message;
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

Deno.test({
  name: "parseHttpAnnounce reads each parameter of BEP 3, whatever others there are",
  permissions: "none",
  fn() {
    assertEquals(parseHttpAnnounce(queryWith()), {
      form: "compact",
      request: {
        infoHash: HASH,
        peerId: peerIdFromBytes(new TextEncoder().encode("-LT2080-vEcR(Kx~2.u5")),
        port: 6881,
        uploaded: 0,
        downloaded: 16384,
        left: 1_000_000,
        event: "started",
        numWant: 200,
      },
    });
    const bare = { event: undefined, numwant: undefined, left: undefined, compact: undefined };
    const { request, form } = parseHttpAnnounce(queryWith(bare));
    assertEquals([request.event, request.numWant, form], ["none", undefined, "compact"]);
    assert(request.left > 0, "who does not say what is left is no seeder");
  },
});

Deno.test({
  name: "parseHttpAnnounce reads every event, numwant and form of list that there is",
  permissions: "none",
  fn() {
    const events = ["started", "stopped", "completed", "paused"] as const;
    for (const event of events) {
      assertEquals(parseHttpAnnounce(queryWith({ event })).request.event, event);
    }
    assertEquals(parseHttpAnnounce(queryWith({ event: "" })).request.event, "none");
    const wants = [["0", 0], ["-1", undefined], ["4294967295", 2 ** 32 - 1]] as const;
    for (const [numwant, expected] of wants) {
      assertEquals(parseHttpAnnounce(queryWith({ numwant })).request.numWant, expected);
    }
    const forms = [["0", "0", "full"], ["0", "1", "no-ids"], ["1", "1", "compact"]] as const;
    for (const [compact, no_peer_id, form] of forms) {
      assertEquals(parseHttpAnnounce(queryWith({ compact, no_peer_id })).form, form);
    }
    const most = parseHttpAnnounce(queryWith({ left: "18446744073709551615" })).request.left;
    assertEquals(most, Number.MAX_SAFE_INTEGER);
  },
});

Deno.test({
  name: "parseHttpAnnounce refuses what is missing or wrong, and names it",
  permissions: "none",
  fn() {
    const cases: readonly (readonly [string, string | undefined])[] = [
      ["info_hash", undefined],
      ["info_hash", "abc"],
      ["info_hash", "%00".repeat(19)],
      ["info_hash", "%00".repeat(21)],
      ["info_hash", `${"a".repeat(19)}%z`],
      ["peer_id", undefined],
      ["peer_id", "short"],
      ["port", undefined],
      ["port", "0"],
      ["port", "65536"],
      ["port", "x"],
      ["left", "-1"],
      ["left", "1.5"],
      ["uploaded", "x"],
      ["downloaded", "18446744073709551617000"],
      ["event", "exploded"],
      ["numwant", "many"],
      ["key", "k".repeat(101)],
      ["ip", "somewhere.example"],
      ["ip", "0.0.0.0"],
      ["ip", "255.255.255.255"],
      ["ip", "224.0.0.1"],
      ["ipv6", "ff02::1"],
      ["ipv6", "::"],
    ];
    for (const [name, value] of cases) {
      assert(refusal({ [name]: value }).includes(name), `${name}=${value}`);
    }
    const twice = new QueryString(`${LIBTORRENT}&info_hash=${"b".repeat(20)}`);
    assertThrows(() => parseHttpAnnounce(twice), TrackerRefusedError, "2 times");
    for (const ip of ["192.0.2.7", "2001:db8::7", "[2001:db8::7]:6881", ""]) {
      assertEquals(parseHttpAnnounce(queryWith({ ip })).request.port, 6881, ip);
    }
  },
});

Deno.test({
  name: "parseHttpScrape reads up to 74 info-hashes, and does not scrape everything (BEP 48)",
  permissions: "none",
  fn() {
    const hash = "%00".repeat(20);
    const scrape = (count: number) =>
      new QueryString(Array(count).fill(`info_hash=${hash}`).join("&"));
    assertEquals(parseHttpScrape(scrape(1)), [infoHashFromHex("00".repeat(20))]);
    assertEquals(parseHttpScrape(scrape(MAX_SCRAPED)).length, MAX_SCRAPED);
    for (const query of [scrape(0), scrape(MAX_SCRAPED + 1), new QueryString("info_hash=abc")]) {
      assertThrows(() => parseHttpScrape(query), TrackerRefusedError, "info_hash");
    }
  },
});

const PEERS = [
  {
    id: peerIdFromBytes(new TextEncoder().encode("-LT2080-aaaaaaaaaaaa")),
    host: "192.0.2.7",
    port: 6881,
  },
  {
    id: peerIdFromBytes(new TextEncoder().encode("-LT2080-bbbbbbbbbbbb")),
    host: "2001:db8::7",
    port: 80,
  },
];
function listOf(peers: typeof PEERS): AnnouncedPeers {
  return { form: "list", peers };
}

const REPLY = { intervalS: 300, minIntervalS: 60, seeders: 2, leechers: 3 };

Deno.test({
  name: "encodeHttpAnnounceReply has interval and peers (BEP 3), packed (BEP 23, BEP 7) or in full",
  permissions: "none",
  fn() {
    const compact = textOf(encodeHttpAnnounceReply({ ...REPLY, peers: listOf(PEERS) }, "compact"));
    const v4 = textOf(decodeHex("c00002071ae1"));
    const v6 = textOf(decodeHex("20010db80000000000000000000000070050"));
    const head = "d8:completei2e10:incompletei3e8:intervali300e12:min intervali60e";
    assertEquals(compact, `${head}5:peers6:${v4}6:peers618:${v6}e`);
    const none = textOf(encodeHttpAnnounceReply({ ...REPLY, peers: listOf([]) }, "compact"));
    assertEquals(none, `${head}5:peers0:e`);
    const ipv4 = decodeHex("c00002071ae1");
    const packed = encodeHttpAnnounceReply(
      { ...REPLY, peers: { form: "packed", ipv4 } },
      "compact",
    );
    assertEquals(textOf(packed), `${head}5:peers6:${v4}e`);
    const full = textOf(
      encodeHttpAnnounceReply({ ...REPLY, peers: listOf(PEERS.slice(0, 1)) }, "full"),
    );
    assertEquals(
      full,
      `${head}5:peersld2:ip9:192.0.2.77:peer id20:-LT2080-aaaaaaaaaaaa4:porti6881eeee`,
    );
    const bare = textOf(
      encodeHttpAnnounceReply({ ...REPLY, peers: listOf(PEERS.slice(1)) }, "no-ids"),
    );
    assertEquals(bare, `${head}5:peersld2:ip11:2001:db8::74:porti80eeee`);
  },
});

Deno.test({
  name: "encodeHttpAnnounceReply tells the asker his address, in 4 bytes or 16 (BEP 24)",
  permissions: "none",
  fn() {
    for (
      const [host, hex] of [["203.0.113.9", "cb007109"], [
        "2001:db8::9",
        `20010db8${"0".repeat(22)}09`,
      ]]
    ) {
      const bytes = textOf(decodeHex(hex!));
      const reply = { ...REPLY, peers: listOf([]), externalHost: host };
      for (const form of ["compact", "full"] as const) {
        const text = textOf(encodeHttpAnnounceReply(reply, form));
        const member = `11:external ip${bytes.length}:${bytes}`;
        assertEquals(text.startsWith(`d8:completei2e${member}10:incompletei3e`), true, text);
      }
    }
  },
});

Deno.test({
  name:
    "encodeHttpScrapeReply writes the counts under the bytes of info-hashes (BEP 48), downloaders too (BEP 21)",
  permissions: "none",
  fn() {
    const reply = encodeHttpScrapeReply([[HASH, {
      seeders: 1,
      completions: 7,
      leechers: 2,
      downloaders: 1,
    }]]);
    assertEquals(
      textOf(reply),
      `d5:filesd20:${
        textOf(decodeHex(HASH))
      }d8:completei1e10:downloadedi7e11:downloadersi1e10:incompletei2eeee`,
    );
    assertEquals(textOf(encodeHttpScrapeReply([])), "d5:filesdee");
  },
});

Deno.test({
  name: "encodeHttpFailure writes a failure reason and nothing else (BEP 3)",
  permissions: "none",
  fn() {
    assertEquals(textOf(encodeHttpFailure("no")), "d14:failure reason2:noe");
  },
});

Deno.test({
  name: "parseHttpAnnounce takes a key that is no text, as aria2 sends it",
  permissions: "none",
  fn() {
    const { request } = parseHttpAnnounce(
      new QueryString(
        "info_hash=%D7v%08%83%92%21%80H%C9%16%19%1C%26%1AQ%C2~%23%A2%98" +
          "&peer_id=A2-1-36-0-%F2e%28%B8%AF%06%20v%C9%D6&uploaded=0&downloaded=0&left=0&compact=1" +
          "&key=%28%B8%AF%06%20v%C9%D6&numwant=50&no_peer_id=1&port=40002&event=started" +
          "&supportcrypto=1",
      ),
    );
    assertEquals([request.port, request.left, request.event], [40_002, 0, "started"]);
  },
});
