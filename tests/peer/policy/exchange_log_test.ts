import { assert, assertEquals, assertThrows } from "@std/assert";
import { formatAddress, type PeerAddress } from "../../../lib/net/mod.ts";
import { EXCHANGE_INTERVAL_MS, ExchangeLog } from "../../../lib/peer/policy/mod.ts";
import {
  type ExchangedPeer,
  type PeerExchangeMessage,
  PeerProtocolError,
} from "../../../lib/peer/wire/mod.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";

const MINUTE = 60_000;

function peerAt(host: string, port = 6881): ExchangedPeer {
  return { host, port, traits: new Set() };
}

/** Peers of one family at addresses of their own. */
function peersAt(count: number, family: "ipv4" | "ipv6" = "ipv4", from = 0): ExchangedPeer[] {
  return Array.from({ length: count }, (_, at) => {
    const number = from + at;
    return peerAt(
      family === "ipv4" ? `10.0.${number >> 8}.${number & 255}` : `2001:db8::${number}`,
    );
  });
}

function keysOf(peers: readonly PeerAddress[]): string[] {
  return peers.map(formatAddress);
}

/** What a peer believes who is told of others, and checks that each message may be sent to it. */
class Believer {
  readonly believed = new Set<string>();
  messages = 0;
  #heardMs = -Infinity;

  hear({ added, dropped }: PeerExchangeMessage, nowMs: number): void {
    const [come, gone] = [keysOf(added), keysOf(dropped)];
    assert(nowMs - this.#heardMs >= MINUTE, `a message after ${nowMs - this.#heardMs} ms`);
    assert(come.length + gone.length > 0, "a message that says nothing");
    assertEquals(new Set(come).size, come.length, "nobody is added twice");
    assertEquals(new Set(gone).size, gone.length, "nobody is dropped twice");
    assert(gone.every((key) => !come.includes(key)), "nobody is added and dropped");
    assert(come.every((key) => !this.believed.has(key)), "nobody is added who was added");
    assert(gone.every((key) => this.believed.has(key)), "nobody is dropped who was not added");
    if (this.messages > 0) assert(come.length <= 50 && gone.length <= 50);
    for (const key of come) this.believed.add(key);
    for (const key of gone) this.believed.delete(key);
    this.messages++;
    this.#heardMs = nowMs;
  }
}

Deno.test({
  name: "EXCHANGE_INTERVAL_MS is the minute of which BEP 11 allows one message",
  permissions: "none",
  fn: () => assertEquals(EXCHANGE_INTERVAL_MS, MINUTE),
});

Deno.test({
  name:
    "Whatever comes and goes, a peer is told the truth, of all who went, of nobody both ways (BEP 11)",
  permissions: "none",
  fn() {
    for (let seed = 0; seed < 20; seed++) {
      const random = seededRandom(seed);
      const everybody = [...peersAt(150), ...peersAt(150, "ipv6")];
      const log = new ExchangeLog();
      const believer = new Believer();
      const connected = new Map<string, ExchangedPeer>();
      let nowMs = randomBelow(random, 1_000_000);
      for (let step = 0; step < 1_000; step++) {
        nowMs += randomBelow(random, 10_000);
        // Now and then many at once, as when a network fails.
        for (let events = random() < 0.05 ? 200 : randomBelow(random, 3); events > 0; events--) {
          const peer = everybody[randomBelow(random, everybody.length)]!;
          if (!connected.delete(formatAddress(peer))) connected.set(formatAddress(peer), peer);
        }
        const message = log.next(connected.values(), nowMs);
        if (message === undefined) continue;
        for (const peer of message.added) assert(connected.has(formatAddress(peer)));
        for (const peer of message.dropped) assert(!connected.has(formatAddress(peer)));
        believer.hear(message, nowMs);
      }
      assert(believer.messages > 20, `${believer.messages} messages`);
      for (let turn = 0; turn < 12; turn++) {
        const message = log.next(connected.values(), nowMs += MINUTE);
        if (message !== undefined) believer.hear(message, nowMs);
      }
      assertEquals(
        believer.believed,
        new Set(connected.keys()),
        "in the end it believes the truth",
      );
      assertEquals(log.next(connected.values(), nowMs + 10 * MINUTE), undefined, "nothing is new");
    }
  },
});

Deno.test({
  name:
    "The first message tells of all, each later one adds and drops 50 at most, families together",
  permissions: "none",
  fn() {
    const log = new ExchangeLog();
    const before = [...peersAt(70), ...peersAt(70, "ipv6")];
    assertEquals(log.next(before, 0)?.added.length, 140);
    const after = [...peersAt(70, "ipv4", 1_000), ...peersAt(70, "ipv6", 1_000)];
    const sizes: number[][] = [];
    for (let minute = 1; minute <= 4; minute++) {
      const message = log.next(after, minute * MINUTE);
      if (message !== undefined) sizes.push([message.added.length, message.dropped.length]);
    }
    assertEquals(sizes, [[50, 50], [50, 50], [40, 40]]);
  },
});

Deno.test({
  name: "A message is not sent before a minute has passed (BEP 11), nor kept back after it",
  permissions: "none",
  fn() {
    const log = new ExchangeLog();
    assertEquals(log.next([], 5), undefined, "there is nobody to tell of");
    assertEquals(log.next(peersAt(1), 6)?.added.length, 1);
    assertEquals(log.next(peersAt(2), 6 + MINUTE - 1), undefined);
    assertEquals(log.next(peersAt(2), 6 + MINUTE)?.added, peersAt(1, "ipv4", 1));
  },
});

Deno.test({
  name: "Who comes and goes between two messages is not told of, nor who goes and comes back",
  permissions: "none",
  fn() {
    const log = new ExchangeLog();
    const [staying, passing] = peersAt(2);
    log.next([staying!], 0);
    assertEquals(log.next([staying!, passing!], 1_000), undefined);
    assertEquals(log.next([], 2_000), undefined);
    assertEquals(log.next([staying!], MINUTE), undefined);
    assertEquals(log.next([], 2 * MINUTE), {
      added: [],
      dropped: [{ host: "10.0.0.0", port: 6881 }],
    });
  },
});

Deno.test({
  name: "Two at one address are told of once (BEP 11), with what they are",
  permissions: "none",
  fn() {
    const peer: ExchangedPeer = { ...peerAt("192.0.2.1"), traits: new Set(["reachable"]) };
    const message = new ExchangeLog().next([peer, peer], 0);
    assertEquals(message, { added: [peer], dropped: [] });
  },
});

function hear(added: readonly ExchangedPeer[], sender = "192.0.2.9"): string[] {
  return keysOf(new ExchangeLog().heard({ added, dropped: [] }, sender, 0));
}

Deno.test({
  name:
    "Of each machine one address is believed, so that no victim is dialled at many ports (BEP 11)",
  permissions: "none",
  fn() {
    const added = [
      peerAt("198.51.100.1", 1),
      peerAt("198.51.100.1", 2),
      peerAt("198.51.100.2", 3),
      peerAt("2001:db8::1", 4),
      peerAt("2001:db8::1", 5),
    ];
    assertEquals(hear(added), ["198.51.100.1:1", "198.51.100.2:3", "[2001:db8::1]:4"]);
  },
});

Deno.test({
  name: "Groups, everybody and nobody are not believed to be peers, nor is this machine from afar",
  permissions: "none",
  fn() {
    const bad = [
      "224.0.0.1",
      "239.1.2.3",
      "255.255.255.255",
      "240.0.0.1",
      "0.0.0.0",
      "ff02::1",
      "::",
    ];
    const near = ["127.0.0.1", "127.9.8.7", "::1"];
    const good = peerAt("198.51.100.7");
    assertEquals(hear([...bad, ...near].map((host) => peerAt(host)).concat(good)), [
      "198.51.100.7:6881",
    ]);
    for (const sender of ["127.0.0.1", "::1"]) {
      const added = [...bad.map((host) => peerAt(host)), peerAt("127.0.0.1", 1), peerAt("::1", 2)];
      assertEquals(hear([...added, peerAt("127.0.0.1", 3)], sender), [
        "127.0.0.1:1",
        "[::1]:2",
        "127.0.0.1:3",
      ]);
    }
  },
});

Deno.test({
  name: "Of the first message 200 peers are believed, of each later one 50",
  permissions: "none",
  fn() {
    const log = new ExchangeLog();
    const message = { added: peersAt(1_000), dropped: [] };
    assertEquals(log.heard(message, "192.0.2.9", 0).length, 200);
    assertEquals(log.heard(message, "192.0.2.9", MINUTE).length, 50);
    assertEquals(log.heard(message, "192.0.2.9", 2 * MINUTE).length, 50);
  },
});

Deno.test({
  name:
    "Messages that come more often than once a minute are not read, far too many end it (BEP 11)",
  permissions: "none",
  fn() {
    const log = new ExchangeLog();
    let read = 0;
    for (let nowMs = 0; nowMs < 10 * MINUTE; nowMs += 5_000) {
      if (!log.mayHear(nowMs)) continue;
      log.heard({ added: peersAt(1), dropped: [] }, "192.0.2.9", nowMs);
      read++;
    }
    assert(read >= 10 && read <= 11, `${read} in ten minutes`);
    const hasty = new ExchangeLog();
    hasty.heard({ added: [], dropped: [] }, "192.0.2.9", 0);
    for (let early = 1; early < 20; early++) assertEquals(hasty.mayHear(early), false);
    assertThrows(() => hasty.mayHear(20), PeerProtocolError, "before a minute is over");
  },
});

Deno.test({
  name: "What is heard changes nothing of what is told",
  permissions: "none",
  fn() {
    const log = new ExchangeLog();
    log.heard({ added: peersAt(3), dropped: peersAt(1, "ipv4", 9) }, "192.0.2.9", 0);
    assertEquals(log.next(peersAt(2), 1)?.added.length, 2);
    assertEquals(log.heard({ added: peersAt(3), dropped: [] }, "192.0.2.9", MINUTE).length, 3);
  },
});
