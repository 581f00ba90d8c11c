import { assert, assertEquals } from "@std/assert";
import { concatBytes, decodeHex, infoHashFromHex, peerIdFromHex } from "../../../lib/bytes/mod.ts";
import {
  encodeUdpAnnounceReply,
  encodeUdpConnectReply,
  encodeUdpError,
  encodeUdpScrapeReply,
} from "../../../lib/tracker/protocol/udp_reply.ts";
import { decodeUdpRequest, PROTOCOL_ID } from "../../../lib/tracker/protocol/udp_request.ts";
import { seededRandom } from "../../bytes/seeded_random.ts";

const HASH = "05ff616263000102030405060708090a0b0c0d0e";
const PEER = "2d4c54323038302d7645635228 4b787e322e7535".replace(" ", "");
const CONNECTION = "0123456789abcdef";
const HEAD = { connectionId: 0x0123456789abcdefn, transaction: 0xfedcba98 };

/** An announce as BEP 15 lays it out, field by field. */
const ANNOUNCE = [
  CONNECTION,
  "00000001" + "fedcba98",
  HASH,
  PEER,
  "0000000000004000" + "00000000000f4240" + "0000000100000000",
  "00000002" + "00000000" + "8d2ef3a1" + "000000c8" + "1ae1",
].join("");

function announceWith(at: number, hex: string): Uint8Array {
  const bytes = decodeHex(ANNOUNCE);
  bytes.set(decodeHex(hex), at);
  return bytes;
}

function problemOf(bytes: Uint8Array): string {
  const request = decodeUdpRequest(bytes);
  assert(request?.type === "malformed", `${request?.type}`);
  assertEquals(request.transaction, HEAD.transaction);
  return request.problem;
}

Deno.test({
  name: "decodeUdpRequest reads a connect request, whatever stands behind it (BEP 15)",
  permissions: "none",
  fn() {
    const bytes = decodeHex("0000041727101980" + "00000000" + "fedcba98");
    const expected = {
      type: "connect" as const,
      connectionId: PROTOCOL_ID,
      transaction: 0xfedcba98,
    };
    assertEquals(decodeUdpRequest(bytes), expected);
    assertEquals(decodeUdpRequest(concatBytes([bytes, new Uint8Array(9)])), expected);
    bytes[7]! ^= 1;
    assertEquals(decodeUdpRequest(bytes), undefined, "another protocol is not answered");
  },
});

Deno.test({
  name: "decodeUdpRequest reads each field of an announce where BEP 15 has it",
  permissions: "none",
  fn() {
    assertEquals(decodeUdpRequest(decodeHex(ANNOUNCE)), {
      type: "announce",
      ...HEAD,
      path: "",
      request: {
        infoHash: infoHashFromHex(HASH),
        peerId: peerIdFromHex(PEER),
        downloaded: 16384,
        left: 1_000_000,
        uploaded: 2 ** 32,
        event: "started",
        numWant: 200,
        port: 6881,
      },
    });
    for (const [at, event] of (["none", "completed", "started", "stopped"] as const).entries()) {
      const request = decodeUdpRequest(announceWith(80, `0000000${at}`));
      assert(request?.type === "announce");
      assertEquals(request.request.event, event);
    }
    const open = decodeUdpRequest(announceWith(92, "ffffffff"));
    assert(open?.type === "announce");
    assertEquals(open.request.numWant, undefined, "-1 leaves it to the tracker");
    const most = decodeUdpRequest(announceWith(64, "ffffffffffffffff"));
    assert(most?.type === "announce");
    assertEquals(most.request.left, Number.MAX_SAFE_INTEGER);
  },
});

Deno.test({
  name: "decodeUdpRequest reads the path among the options, of whatever kinds (BEP 41)",
  permissions: "none",
  fn() {
    const path = "/a-token/announce";
    const bytes = new TextEncoder().encode(path);
    const whole = [[2, bytes.length, ...bytes]];
    const parts = [[2, 3, ...bytes.subarray(0, 3)], [1, 1], [9, 2, 7, 7], [
      2,
      14,
      ...bytes.subarray(3),
    ]];
    for (const options of [whole, parts, [...whole, [0], [2, 1, 65]]]) {
      const request = decodeUdpRequest(concatBytes([
        decodeHex(ANNOUNCE),
        Uint8Array.from(options.flat()),
      ]));
      assert(request?.type === "announce");
      assertEquals(request.path, path);
    }
    for (const cut of [[2], [2, 4, 65, 65, 65], [9, 255]]) {
      const bytes = concatBytes([decodeHex(ANNOUNCE), Uint8Array.from(cut)]);
      assertEquals(problemOf(bytes), "the options are cut off");
    }
  },
});

Deno.test({
  name: "decodeUdpRequest reads 74 info-hashes (BEP 15), and says what is wrong with a request",
  permissions: "none",
  fn() {
    const announce = decodeHex(ANNOUNCE);
    for (let length = 16; length < 98; length++) {
      assertEquals(
        problemOf(announce.subarray(0, length)),
        `an announce has ${length} bytes, at least 98`,
      );
    }
    assertEquals(problemOf(announceWith(80, "00000004")), "the event is none of 0 to 3");
    assertEquals(problemOf(announceWith(80, "01000001")), "the event is none of 0 to 3");
    assertEquals(problemOf(announceWith(96, "0000")), "the port is 0");
    const scrape = (hashes: number, more = 0) =>
      concatBytes([
        decodeHex(CONNECTION + "00000002" + "fedcba98"),
        new Uint8Array(20 * hashes + more),
      ]);
    for (const bytes of [scrape(0), scrape(1, 1), scrape(0, 19)]) {
      assertEquals(problemOf(bytes), "a scrape names no whole info-hashes");
    }
    assertEquals(problemOf(scrape(75)), "a scrape names more than 74 torrents");
    const most = decodeUdpRequest(scrape(74));
    assert(most?.type === "scrape");
    assertEquals(most.infoHashes.length, 74);
  },
});

Deno.test({
  name: "decodeUdpRequest gives nothing for what is no request, of any length and action",
  permissions: "none",
  fn() {
    const random = seededRandom(15);
    for (let length = 0; length < 256; length++) {
      for (const action of [0, 1, 2, 3, 4, 0xffffffff]) {
        const bytes = Uint8Array.from({ length }, () => Math.floor(random() * 256));
        if (length >= 16) new DataView(bytes.buffer).setUint32(8, action);
        const request = decodeUdpRequest(bytes);
        if (length < 16 || action === 0 || action > 2) assertEquals(request, undefined);
        else assert(request !== undefined);
      }
    }
  },
});

Deno.test({
  name: "UDP replies are laid out as BEP 15 has them, with the peers of the asker's family",
  permissions: "none",
  fn() {
    const { transaction } = HEAD;
    assertEquals(
      encodeUdpConnectReply(transaction, HEAD.connectionId),
      decodeHex("00000000" + "fedcba98" + CONNECTION),
    );
    const peer = { id: peerIdFromHex(PEER), port: 6881 };
    const reply = {
      ...{ intervalS: 300, minIntervalS: 60, seeders: 2, leechers: 3 },
      peers: {
        form: "list" as const,
        peers: [{ ...peer, host: "192.0.2.7" }, { ...peer, host: "2001:db8::7" }],
      },
    };
    const head = "00000001" + "fedcba98" + "0000012c" + "00000003" + "00000002";
    assertEquals(
      encodeUdpAnnounceReply(transaction, reply, "ipv4"),
      decodeHex(head + "c00002071ae1"),
    );
    assertEquals(
      encodeUdpAnnounceReply(transaction, reply, "ipv6"),
      decodeHex(head + "20010db80000000000000000000000071ae1"),
    );
    assertEquals(
      encodeUdpScrapeReply(transaction, [
        { seeders: 1, completions: 7, leechers: 2, downloaders: 2 },
        { seeders: 0, completions: 0, leechers: 0, downloaders: 0 },
      ]),
      decodeHex("00000002" + "fedcba98" + "000000010000000700000002" + "0".repeat(24)),
    );
    assertEquals(encodeUdpError(transaction, "no"), decodeHex("00000003" + "fedcba98" + "6e6f"));
  },
});
