import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { encode } from "../../../lib/bencode/mod.ts";
import { concatBytes } from "../../../lib/bytes/mod.ts";
import {
  decodeHttpAnnounceReply,
  MalformedMessageError,
  TrackerRefusedError,
} from "../../../lib/tracker/mod.ts";
import { seededRandom } from "../../bytes/seeded_random.ts";

const utf8 = new TextEncoder();
const V4 = Uint8Array.of(192, 0, 2, 7, 0x1a, 0xe1);
const V6 = concatBytes([Uint8Array.of(0x20, 1, 0xd, 0xb8), new Uint8Array(11), V4.subarray(3)]);

function decodeText(text: string): ReturnType<typeof decodeHttpAnnounceReply> {
  return decodeHttpAnnounceReply(utf8.encode(text));
}

Deno.test({
  name: "decodeHttpAnnounceReply reads packed peers (BEP 23, BEP 7), and all that is said beside",
  permissions: "none",
  fn() {
    const reply = encode({
      complete: 3,
      "external ip": Uint8Array.of(203, 0, 113, 9),
      incomplete: 4,
      interval: 1_800,
      "min interval": 60,
      peers: V4,
      peers6: V6,
      "tracker id": utf8.encode("again"),
      "warning message": utf8.encode("be quick"),
    });
    assertEquals(decodeHttpAnnounceReply(reply), {
      ...{ intervalS: 1_800, minIntervalS: 60, seeders: 3, leechers: 4 },
      peers: [{ host: "192.0.2.7", port: 6881 }, { host: "2001:db8::7", port: 6881 }],
      externalHost: "203.0.113.9",
      trackerId: utf8.encode("again"),
      warning: "be quick",
    });
  },
});

Deno.test({
  name:
    "decodeHttpAnnounceReply reads a list of dictionaries, too (BEP 23), and passes over no peers",
  permissions: "none",
  fn() {
    const good = "d2:ip9:192.0.2.74:porti6881ee";
    const mapped = "d2:ip16:::ffff:192.0.2.87:peer id3:abc4:porti1ee";
    const none = "d2:ip8:example.4:porti1ee" + "d2:ip9:192.0.2.74:porti0ee" +
      "d2:ip9:192.0.2.74:porti65536ee" + "d4:porti1ee" + "i7e" + "le";
    const { peers, intervalS, minIntervalS, seeders, externalHost, trackerId, warning } =
      decodeText(
        `d11:external ip3:abc8:intervali9e12:min intervali-1e5:peersl${good}${none}${mapped}e10:tracker idi7ee`,
      );
    assertEquals(peers, [{ host: "192.0.2.7", port: 6881 }, { host: "192.0.2.8", port: 1 }]);
    assertEquals(
      { intervalS, minIntervalS, seeders, externalHost, trackerId, warning },
      {
        ...{ intervalS: 9, minIntervalS: undefined, seeders: undefined },
        ...{ externalHost: undefined, trackerId: undefined, warning: undefined },
      },
    );
  },
});

Deno.test({
  name:
    "decodeHttpAnnounceReply takes the whole entries of a list that is cut, and a line end behind it",
  permissions: "none",
  fn() {
    const cut = encode({ interval: 9, peers: concatBytes([V4, V4.subarray(0, 5)]), peers6: V4 });
    const { peers } = decodeHttpAnnounceReply(concatBytes([cut, utf8.encode("\r\n")]));
    assertEquals(peers, [{ host: "192.0.2.7", port: 6881 }]);
  },
});

Deno.test({
  name: "decodeHttpAnnounceReply believes no interval of more than a day, and no long tracker id",
  permissions: "none",
  fn() {
    const { intervalS, trackerId } = decodeText(
      `d8:intervali9007199254740991e5:peers0:10:tracker id257:${"x".repeat(257)}e`,
    );
    assertEquals([intervalS, trackerId], [86_400, undefined]);
    assertEquals(decodeText("d8:intervali1ee").peers, []);
    const { minIntervalS } = decodeText(`d12:min intervali999999e5:peers0:e`);
    assertEquals(minIntervalS, 86_400);
    for (const interval of ["i-5e", "3:120", "le"]) {
      assertEquals(decodeText(`d8:interval${interval}5:peers0:e`).intervalS, 1_800, interval);
    }
    assertEquals(decodeText("d8:intervali0ee").intervalS, 1);
    assertEquals(decodeText("d5:peers0:e").intervalS, 1_800, "no interval at all");
    assertEquals(decodeText("d5:peers0:8:intervali7ee").intervalS, 7, "keys in any order");
  },
});

Deno.test({
  name:
    "decodeHttpAnnounceReply throws the failure reason, whatever stands beside it or not (BEP 3)",
  permissions: "none",
  fn() {
    const reason = (text: string) => assertThrows(() => decodeText(text), TrackerRefusedError);
    assertEquals(reason("d14:failure reason7:no wayse").message, "no ways");
    assertEquals(reason("d14:failure reason2:no8:intervali1e5:peersi1ee").message, "no");
    const waits = ["", "8:retry ini5e", "8:retry ini0e", "8:retry in5:never", "8:retry in2:no"]
      .map((wish) => reason(`d14:failure reason2:no${wish}e`).retryAfterMs);
    assertEquals(waits, [undefined, 300_000, 1_000, 86_400_000, undefined]);
    const bytes = concatBytes([
      utf8.encode("d14:failure reason2:"),
      Uint8Array.of(0xff, 0x41, 0x65),
    ]);
    assertThrows(() => decodeHttpAnnounceReply(bytes), TrackerRefusedError, "\ufffdA");
    const long = `d14:failure reason5000:${"x".repeat(5_000)}e`;
    assertEquals(reason(long).message.length, 4_096);
  },
});

Deno.test({
  name: "decodeHttpAnnounceReply says what is wrong with what is no answer",
  permissions: "none",
  fn() {
    const cases: readonly (readonly [text: string, problem: RegExp])[] = [
      ["", /Cannot read the tracker's answer: /],
      ["<html>no</html>", /Cannot read the tracker's answer: /],
      ["le", /it is no dictionary/],
      ["de", /neither an interval nor peers/],
      ["d8:completei1ee", /neither an interval nor peers/],
      ["d8:intervali1e5:peersi5ee", /peers is neither a list nor packed/],
      ["d8:intervali1e1:xllleeee", /deep|nest/],
      ["d8:intervali1e5:peers0:ex", /answer: /],
    ];
    for (const [text, problem] of cases) {
      const { message } = assertThrows(() => decodeText(text), MalformedMessageError);
      assertMatch(message, problem, text);
    }
  },
});

Deno.test({
  name:
    "decodeHttpAnnounceReply throws nothing but its two errors for bytes that are cut or changed",
  permissions: "none",
  fn() {
    const random = seededRandom(12);
    const whole = encode({ interval: 1_800, peers: V4, peers6: V6, "tracker id": V4 });
    for (let round = 0; round < 2_000; round++) {
      const bytes = whole.slice(0, Math.floor(random() * (whole.length + 1)));
      for (let change = 0; change < 2; change++) {
        if (bytes.length > 0) bytes[Math.floor(random() * bytes.length)] = random() * 256;
      }
      try {
        for (const { host, port } of decodeHttpAnnounceReply(bytes).peers) {
          assertMatch(`${host} ${port}`, /^[0-9a-f.:]+ \d+$/);
        }
      } catch (error) {
        if (error instanceof MalformedMessageError) continue;
        if (!(error instanceof TrackerRefusedError)) throw error;
      }
    }
  },
});
