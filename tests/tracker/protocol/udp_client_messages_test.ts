import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { concatBytes, decodeHex, infoHashFromHex, peerIdFromHex } from "../../../lib/bytes/mod.ts";
import {
  type AnnounceEvent,
  type AnnounceRequest,
  decodeUdpAnswer,
  decodeUdpRequest,
  encodeUdpAnnounce,
  encodeUdpAnnounceReply,
  encodeUdpConnect,
  encodeUdpConnectReply,
  encodeUdpError,
  MalformedMessageError,
  PROTOCOL_ID,
  TrackerRefusedError,
} from "../../../lib/tracker/mod.ts";

const HASH = "05ff616263000102030405060708090a0b0c0d0e";
const PEER = "2d4c54323038302d76456352284b787e322e7535";
const TRANSACTION = 0xfedcba98;

const REQUEST: AnnounceRequest = {
  infoHash: infoHashFromHex(HASH),
  peerId: peerIdFromHex(PEER),
  ...{ port: 6881, downloaded: 16_384, left: 1_000_000, uploaded: 2 ** 32 },
  ...{ event: "started", numWant: 200 },
};

const EXTRAS = {
  connectionId: 0x8123456789abcdefn,
  transaction: TRANSACTION,
  key: 0x8d2ef3a1,
  path: "",
};

Deno.test({
  name: "encodeUdpConnect and encodeUdpAnnounce write each field where BEP 15 has it",
  permissions: "none",
  fn() {
    assertEquals(
      encodeUdpConnect(TRANSACTION),
      decodeHex("0000041727101980" + "00000000" + "fedcba98"),
    );
    const expected = "8123456789abcdef" + "00000001" + "fedcba98" + HASH + PEER +
      "0000000000004000" + "00000000000f4240" + "0000000100000000" +
      "00000002" + "00000000" + "8d2ef3a1" + "000000c8" + "1ae1";
    assertEquals(encodeUdpAnnounce(REQUEST, EXTRAS), decodeHex(expected));
    const events: Record<AnnounceEvent, number> = {
      ...{ none: 0, completed: 1, started: 2, stopped: 3, paused: 0 },
    };
    for (const [event, number] of Object.entries(events)) {
      const bytes = encodeUdpAnnounce({ ...REQUEST, event: event as AnnounceEvent }, EXTRAS);
      assertEquals([bytes[83], bytes.length], [number, 98], event);
    }
    const any = encodeUdpAnnounce({ ...REQUEST, numWant: undefined }, EXTRAS);
    assertEquals(any.subarray(92, 96), decodeHex("ffffffff"));
  },
});

Deno.test({
  name: "What encodeUdpAnnounce writes is what a tracker reads, with a path of any length (BEP 41)",
  permissions: "none",
  fn() {
    for (const path of ["", "/announce", "/?key=x", `/${"k".repeat(254)}`, `/${"k".repeat(600)}`]) {
      const decoded = decodeUdpRequest(encodeUdpAnnounce(REQUEST, { ...EXTRAS, path }));
      assert(decoded?.type === "announce", path);
      assertEquals(decoded.path, path);
      assertEquals(decoded.request, REQUEST);
    }
    assertEquals(decodeUdpRequest(encodeUdpConnect(7)), {
      ...{ type: "connect", connectionId: PROTOCOL_ID, transaction: 7 },
    });
  },
});

Deno.test({
  name:
    "decodeUdpAnswer reads the answer to its transaction alone, whatever stands behind it (BEP 15)",
  permissions: "none",
  fn() {
    const id = 0xffffffffffffffffn;
    const connected = encodeUdpConnectReply(TRANSACTION, id);
    assertEquals(decodeUdpAnswer(connected, TRANSACTION, "ipv4"), {
      ...{ type: "connection", connectionId: id },
    });
    assertEquals(decodeUdpAnswer(connected, TRANSACTION - 1, "ipv4"), undefined);
    const addresses = [{ host: "192.0.2.7", port: 6881 }, { host: "2001:db8::7", port: 6882 }];
    const reply = {
      ...{ intervalS: 300, minIntervalS: 60, leechers: 2, seeders: 5 },
      peers: {
        form: "list" as const,
        peers: addresses.map((address) => ({ ...address, id: REQUEST.peerId })),
      },
    };
    for (const [index, family] of (["ipv4", "ipv6"] as const).entries()) {
      const bytes = encodeUdpAnnounceReply(TRANSACTION, reply, family);
      const answer = decodeUdpAnswer(bytes, TRANSACTION, family);
      assert(answer?.type === "announced");
      const { intervalS, leechers, seeders } = answer.result;
      assertEquals([intervalS, leechers, seeders], [300, 2, 5]);
      assertEquals(answer.result.peers, [addresses[index]!]);
      const padded = concatBytes([bytes, new Uint8Array(5)]);
      const again = decodeUdpAnswer(padded, TRANSACTION, family);
      assert(again?.type === "announced");
      assertEquals(again.result.peers, [addresses[index]!], "padding is no peer");
    }
  },
});

Deno.test({
  name:
    "decodeUdpAnswer throws the tracker's error, and refuses an answer that is too short (BEP 15)",
  permissions: "none",
  fn() {
    const refusal = encodeUdpError(TRANSACTION, "no such torrent");
    assertThrows(
      () => decodeUdpAnswer(refusal, TRANSACTION, "ipv4"),
      TrackerRefusedError,
      "no such torrent",
    );
    const connected = encodeUdpConnectReply(TRANSACTION, 1n);
    const announced = decodeHex("00000001fedcba98" + "0000012c" + "00000000" + "00000000");
    for (const whole of [connected, announced]) {
      for (let length = 0; length < whole.length; length++) {
        const read = () => decodeUdpAnswer(whole.subarray(0, length), TRANSACTION, "ipv4");
        if (length < 8) assertEquals(read(), undefined);
        else {
          const { message } = assertThrows(read, MalformedMessageError);
          assertMatch(message, new RegExp(`only ${length} bytes`));
        }
      }
    }
    assertEquals(decodeUdpAnswer(decodeHex("00000009fedcba98"), TRANSACTION, "ipv4"), undefined);
    const zero = decodeHex("00000001fedcba98" + "00000000".repeat(3));
    const answer = decodeUdpAnswer(zero, TRANSACTION, "ipv4");
    assert(answer?.type === "announced");
    assertEquals(answer.result.intervalS, 1, "an interval of 0 is none");
    const minusOne = decodeHex("00000001fedcba98" + "ffffffff" + "00000000".repeat(2));
    const long = decodeUdpAnswer(minusOne, TRANSACTION, "ipv4");
    assert(long?.type === "announced");
    assertEquals(long.result.intervalS, 86_400);
  },
});
