import { assert, assertEquals, assertThrows } from "@std/assert";
import { concatBytes } from "../../../lib/bytes/mod.ts";
import { formatIp } from "../../../lib/net/mod.ts";
import {
  decodePeerExchange,
  encodePeerExchange,
  type ExchangedPeer,
  type PeerExchangeMessage,
  PeerProtocolError,
  type PeerTrait,
} from "../../../lib/peer/wire/mod.ts";
import { mutate } from "../../bencode/seeded_random.ts";
import { randomBelow, randomBytes, seededRandom } from "../../bytes/seeded_random.ts";
import { bytesOfChars } from "../../vectors/bencode_vectors.ts";
import { bytesOfHex } from "./wire_bytes.ts";

function peer(host: string, port: number, ...traits: PeerTrait[]): ExchangedPeer {
  return { host, port, traits: new Set(traits) };
}

/** Text as it stands, and digits in `<...>` as the bytes that they stand for. */
function payloadOf(text: string): Uint8Array {
  return concatBytes(
    text.split(/[<>]/).map((part, at) => at % 2 === 0 ? bytesOfChars(part) : bytesOfHex(part)),
  );
}

const MESSAGE: PeerExchangeMessage = {
  added: [
    peer("192.0.2.1", 6881, "reachable"),
    peer("203.0.113.255", 80, "upload-only", "reachable"),
    peer("2001:db8::7", 51_413, "upload-only"),
    peer("2001:db8::8", 1),
  ],
  dropped: [{ host: "198.51.100.4", port: 65_535 }, { host: "2001:db8::9", port: 258 }],
};

const PAYLOAD = payloadOf(
  "d5:added12:<c0000201 1ae1 cb0071ff 0050>7:added.f2:<1012>" +
    "6:added636:<20010db8000000000000000000000007 c8d5 20010db8000000000000000000000008 0001>" +
    "8:added6.f2:<0200>7:dropped6:<c6336404 ffff>" +
    "8:dropped618:<20010db8000000000000000000000009 0102>e",
);

Deno.test({
  name: "encodePeerExchange writes contacts, flags and dropped contacts of both families (BEP 11)",
  permissions: "none",
  fn() {
    assertEquals(encodePeerExchange(MESSAGE), PAYLOAD);
  },
});

Deno.test({
  name: "decodePeerExchange reads contacts, flags and dropped contacts of both families (BEP 11)",
  permissions: "none",
  fn() {
    assertEquals(decodePeerExchange(PAYLOAD), MESSAGE);
  },
});

Deno.test({
  name: "A message has at least one of the lists of BEP 11, whoever is told of",
  permissions: "none",
  fn() {
    const messages: PeerExchangeMessage[] = [
      { added: [peer("192.0.2.1", 1)], dropped: [] },
      { added: [peer("2001:db8::1", 1)], dropped: [] },
      { added: [], dropped: [{ host: "192.0.2.1", port: 1 }] },
      { added: [], dropped: [{ host: "2001:db8::1", port: 1 }] },
    ];
    for (const message of messages) {
      const text = String.fromCharCode(...encodePeerExchange(message));
      assert(/\d:(added|added6|dropped|dropped6)\d+:/.test(text), text);
      assertEquals(decodePeerExchange(encodePeerExchange(message)), message);
    }
  },
});

Deno.test({
  name: "Names are left out with their flags, and an address of IPv4 in IPv6 goes to its family",
  permissions: "none",
  fn() {
    const added = [
      peer("peer.example", 6881, "upload-only"),
      peer("::ffff:192.0.2.1", 6881, "reachable"),
      peer("other.example", 6881, "upload-only"),
      peer("192.0.2.2", 6881),
    ];
    const decoded = decodePeerExchange(encodePeerExchange({ added, dropped: added }));
    const wanted = [peer("192.0.2.1", 6881, "reachable"), peer("192.0.2.2", 6881)];
    assertEquals(decoded.added, wanted);
    assertEquals(decoded.dropped, wanted.map(({ host, port }) => ({ host, port })));
  },
});

Deno.test({
  name: "decodePeerExchange takes flags that are missing, unknown or too many (BEP 11)",
  permissions: "none",
  fn() {
    const contacts = "5:added12:<c0000201 1ae1 c0000202 1ae1>";
    const traitsOf = (flags: string) =>
      decodePeerExchange(payloadOf(`d${contacts}${flags}e`)).added.map(({ traits }) => [...traits]);
    assertEquals(traitsOf(""), [[], []]);
    assertEquals(traitsOf("7:added.f1:<02>"), [["upload-only"], []]);
    assertEquals(traitsOf("7:added.f3:<10ff02>"), [["reachable"], ["upload-only", "reachable"]]);
    assertEquals(traitsOf("7:added.f2:<ed0d>"), [[], []]);
    assertEquals(traitsOf("7:added.fi7e"), [[], []]);
  },
});

Deno.test({
  name: "decodePeerExchange leaves out entries that are cut off, and members of another type",
  permissions: "none",
  fn() {
    const empty = { added: [], dropped: [] };
    const first = [peer("192.0.2.1", 6881)];
    const cases: Record<string, PeerExchangeMessage> = {
      "de": empty,
      "d5:addedi7ee": empty,
      "d5:addedle7:droppeddee": empty,
      "d5:added0:6:added60:e": empty,
      "d5:added5:<c00002011a>e": empty,
      "d5:added11:<c00002011ae1 c00002021a>e": { added: first, dropped: [] },
      "d5:added6:<c00002011ae1>6:added617:<20010db80000000000000000000000071a>e": {
        added: first,
        dropped: [],
      },
      "d1:x3:abc7:dropped7:<c00002011ae1 c0>e": {
        added: [],
        dropped: [{ host: "192.0.2.1", port: 6881 }],
      },
    };
    for (const [text, wanted] of Object.entries(cases)) {
      assertEquals(decodePeerExchange(payloadOf(text)), wanted, text);
    }
  },
});

Deno.test({
  name: "decodePeerExchange refuses what is no dictionary, and every truncation",
  permissions: "none",
  fn() {
    for (const text of ["", "i1e", "le", "4:spam", "d", "dex", "l".repeat(100_000)]) {
      assertThrows(
        () => decodePeerExchange(bytesOfChars(text)),
        PeerProtocolError,
        "Cannot read peer exchange",
      );
    }
    for (let length = 0; length < PAYLOAD.length; length++) {
      assertThrows(() => decodePeerExchange(PAYLOAD.subarray(0, length)), PeerProtocolError);
    }
  },
});

Deno.test({
  name: "decodePeerExchange throws nothing but PeerProtocolError, and means what encode writes",
  permissions: "none",
  fn() {
    const random = seededRandom(11);
    const counts = { refused: 0, taken: 0 };
    for (let round = 0; round < 5_000; round++) {
      const payload = mutate(PAYLOAD, random);
      let message;
      try {
        message = decodePeerExchange(payload);
      } catch (error) {
        assert(error instanceof PeerProtocolError, `${error}`);
        counts.refused++;
        continue;
      }
      counts.taken++;
      // An address of IPv4 in IPv6 comes back among those of its family.
      const again = decodePeerExchange(encodePeerExchange(message));
      const named = ({ added, dropped }: PeerExchangeMessage) => [
        added.map(({ host, port, traits }) => `${host} ${port} ${[...traits]}`).sort(),
        dropped.map(({ host, port }) => `${host} ${port}`).sort(),
      ];
      assertEquals(named(again), named(message));
    }
    assert(counts.refused > 500 && counts.taken > 500, JSON.stringify(counts));
  },
});

Deno.test({
  name: "What encodePeerExchange writes of random peers, decodePeerExchange reads again",
  permissions: "none",
  fn() {
    const random = seededRandom(12);
    const traits: PeerTrait[] = ["upload-only", "reachable"];
    const randomPeer = (length: 4 | 16): ExchangedPeer =>
      peer(
        formatIp(randomBytes(random, length)),
        1 + randomBelow(random, 65_535),
        ...traits.filter(() => random() < 0.5),
      );
    const some = (length: 4 | 16): ExchangedPeer[] =>
      Array.from({ length: randomBelow(random, 60) }, () => randomPeer(length));
    for (let round = 0; round < 200; round++) {
      const dropped = [...some(4), ...some(16)].map(({ host, port }) => ({ host, port }));
      const message = { added: [...some(4), ...some(16)], dropped };
      assertEquals(decodePeerExchange(encodePeerExchange(message)), message);
    }
  },
});
