import { assert, assertEquals } from "@std/assert";
import { DEFAULT_LIMITS } from "../../../lib/tracker/tracker_limits.ts";
import { Rates } from "../../../lib/tracker/server/rates.ts";
import { Visitors } from "../../../lib/tracker/server/visitors.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";

/** How many of so many events at a time are granted. */
function granted(rates: Rates, key: string, nowMs: number, count: number): number {
  let grants = 0;
  for (let event = 0; event < count; event++) if (rates.take(key, nowMs)) grants++;
  return grants;
}

Deno.test({
  name:
    "a key is granted its burst at once, its rate in the long run, and its burst again after a rest",
  permissions: "none",
  fn() {
    const rates = new Rates({ perSecond: 10, burst: 30, capacity: 100 });
    assertEquals(granted(rates, "a", 0, 100), 30);
    assertEquals(granted(rates, "a", 99, 100), 0);
    assertEquals(granted(rates, "a", 100, 100), 1);
    assertEquals(granted(rates, "a", 1_100, 100), 10);
    assertEquals(granted(rates, "b", 1_100, 100), 30);
    assertEquals(granted(rates, "a", 4_100, 100), 30);
    assertEquals(granted(rates, "a", 1e9, 100), 30);
  },
});

Deno.test({
  name: "asking whether an event is granted counts none, and the answer is true",
  permissions: "none",
  fn() {
    const rates = new Rates({ perSecond: 1, burst: 2, capacity: 100 });
    for (let round = 0; round < 10; round++) assert(rates.allows("a", 0));
    assertEquals(granted(rates, "a", 0, 2), 2);
    assertEquals([rates.allows("a", 999), rates.allows("a", 1_000)], [false, true]);
  },
});

Deno.test({
  name: "in no span a key is granted more than its burst and its rate, whatever others do",
  permissions: "none",
  fn() {
    const random = seededRandom(7);
    const rates = new Rates({ perSecond: 5, burst: 12, capacity: 1_000 });
    const grants: number[] = [];
    let nowMs = 0;
    for (let event = 0; event < 20_000; event++) {
      nowMs += randomBelow(random, 8) === 0 ? randomBelow(random, 600) : 0;
      rates.take(`other ${randomBelow(random, 200)}`, nowMs);
      if (rates.take("a", nowMs)) grants.push(nowMs);
    }
    for (const [at, fromMs] of grants.entries()) {
      for (let to = at; to < Math.min(grants.length, at + 200); to++) {
        const spanMs = (grants[to] ?? 0) - fromMs;
        assert(to - at + 1 <= 12 + spanMs * 5 / 1000 + 1e-6, `${to - at + 1} in ${spanMs} ms`);
      }
    }
    // Nor is it granted less.
    assert(grants.length >= nowMs * 5 / 1000 * 0.9, `${grants.length} in ${nowMs} ms`);
  },
});

Deno.test({
  name: "a million keys take the memory of the capacity, and have nobody else refused",
  permissions: "none",
  fn() {
    const rates = new Rates({ perSecond: 1, burst: 3, capacity: 1_000 });
    let most = 0;
    for (let key = 0; key < 1_000_000; key++) {
      assert(rates.take(`${key}`, key / 1_000));
      most = Math.max(most, rates.size);
    }
    assertEquals(most, 1_000);
    assertEquals(granted(rates, "late", 1_000, 10), 3);
  },
});

Deno.test({
  name: "keys that rest are forgotten",
  permissions: "none",
  fn() {
    const rates = new Rates({ perSecond: 1, burst: 3, capacity: 1_000 });
    for (let key = 0; key < 300; key++) rates.take(`${key}`, 0);
    assertEquals(rates.size, 300);
    rates.take("a", 3_000);
    rates.take("b", 6_000);
    assertEquals(rates.size, 2);
  },
});

/** How many announces of these addresses in turn are granted at one moment. */
function announces(hosts: readonly string[]): number {
  const visitors = new Visitors({ ...DEFAULT_LIMITS, announceBurst: 5 });
  let grants = 0;
  for (let round = 0; round < 100; round++) {
    for (const host of hosts) if (visitors.mayAnnounce(host, 0)) grants++;
  }
  return grants;
}

Deno.test({
  name: "an IPv6 network of 64 bits counts as one address, IPv4 addresses each for itself",
  permissions: "none",
  fn() {
    const cases: readonly (readonly [hosts: readonly string[], grants: number])[] = [
      [["192.0.2.7"], 5],
      [["192.0.2.7", "192.0.2.8"], 10],
      [["2001:db8::1", "2001:db8::2:3:4:5", "2001:db8:0:0:ffff::"], 5],
      [["2001:db8:1:2::", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::7"], 5],
      [["2001:db8:1:2::1", "2001:db8:1:3::1"], 10],
      [["2001:db8::1:0:0:0:1", "2001:db8:0:1::2"], 5],
      [["::5:0:0:0:1", "::6:0:0:0:1"], 10],
      [["fe80::1%eth0", "fe80::2%eth0"], 5],
      [["127.0.0.1"], 100],
      [["::1"], 100],
    ];
    for (const [hosts, grants] of cases) assertEquals(announces(hosts), grants, `${hosts}`);
  },
});

/** How often something is granted at once, and how often after a second, a minute and a day of rest. */
function grantsOf(take: (nowMs: number) => boolean): number[] {
  const second = 1_000;
  const pauses = [0, second, 60 * second, 86_400 * second];
  let nowMs = 0;
  return pauses.map((pauseMs) => {
    nowMs += pauseMs;
    let grants = 0;
    while (take(nowMs)) grants++;
    return grants;
  });
}

Deno.test({
  name:
    "an address connects 512 times at once and 20 times a second, announces 2,000 and 100 times",
  permissions: "none",
  fn() {
    const visitors = new Visitors(DEFAULT_LIMITS);
    const host = "192.0.2.7";
    assertEquals(grantsOf((ms) => visitors.mayConnect(host, ms)), [512, 20, 512, 512]);
    assertEquals(grantsOf((ms) => visitors.mayAnnounce(host, ms)), [2_000, 100, 2_000, 2_000]);
  },
});

Deno.test({
  name:
    "an address shows 20 wrong tokens at once and 6 a minute, the same one again in ten minutes",
  permissions: "none",
  fn() {
    const visitors = new Visitors(DEFAULT_LIMITS);
    let guess = 0;
    const guesses = grantsOf((ms) => {
      const bearer = { host: "192.0.2.7", nowMs: ms };
      if (!visitors.mayShowToken(bearer)) return false;
      visitors.showedWrongToken(bearer, `${guess++}`);
      return true;
    });
    assertEquals(guesses, [20, 0, 6, 20]);
    // Twenty that hold to an old token are no guessers before they show it again ten minutes later.
    const at = (nowMs: number) => ({ host: "192.0.2.8", nowMs });
    const show = (ms: number): void => visitors.showedWrongToken(at(ms), "old");
    for (let count = 0; count < 100; count++) show(0);
    for (let count = 0; count < 19; count++) visitors.showedWrongToken(at(599_999), `${count}`);
    show(599_999);
    assert(visitors.mayShowToken(at(599_999)));
    show(600_000);
    assert(!visitors.mayShowToken(at(600_000)));
  },
});
