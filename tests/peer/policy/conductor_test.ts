import { assert, assertEquals } from "@std/assert";
import { Bitfield } from "../../../lib/bytes/mod.ts";
import { PieceLayout } from "../../../lib/metainfo/mod.ts";
import { type Assignment, Conductor, OURSELVES } from "../../../lib/peer/policy/mod.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";

type Open = Assignment & { readonly sinceMs: number };

/** A conductor and a naive model of its swarm, by which all that it decides is checked. */
class Conducted {
  readonly conductor: Conductor;
  readonly hosts = new Map<number, Set<number>>();
  readonly separated = new Map<string, { ms: number; untilMs: number }>();
  open: Open[] = [];
  nowMs = 0;

  constructor(readonly pieceCount: number, seed = 1) {
    const layout = new PieceLayout({ pieceLength: 16_384, totalLength: 16_384 * pieceCount });
    this.conductor = new Conductor({ layout, random: seededRandom(seed) });
  }

  join(key: number, pieces: Iterable<number> = []): void {
    const bits = new Bitfield(this.pieceCount);
    for (const index of pieces) bits.set(index);
    this.hosts.set(key, new Set(pieces));
    this.conductor.join(key, bits);
  }

  leave(key: number): void {
    this.conductor.leave(key);
    this.hosts.delete(key);
    this.open = this.open.filter(({ to, from }) => to !== key && from !== key);
  }

  gain(key: number, index: number): void {
    this.conductor.gained(key, index, this.nowMs);
    this.hosts.get(key)!.add(index);
    const coming = this.open.find((one) => one.to === key && one.index === index);
    if (coming !== undefined) this.separated.delete(pairOf(key, coming.from));
    this.open = this.open.filter((one) => one.to !== key || one.index !== index);
  }

  lose(key: number, index: number): void {
    this.conductor.lost(key, index);
    this.hosts.get(key)!.delete(index);
  }

  apart(key: number, other: number): void {
    this.conductor.apart(key, other, this.nowMs);
    const before = this.separated.get(pairOf(key, other));
    if ((before?.untilMs ?? 0) <= this.nowMs) {
      const ms = Math.min(30_000, 2 * (before?.ms ?? 125));
      this.separated.set(pairOf(key, other), { ms, untilMs: this.nowMs + ms });
    }
    this.open = this.open.filter(({ to, from }) => pairOf(to, from) !== pairOf(key, other));
  }

  copies(): number[] {
    const counts = range(0, this.pieceCount).map(() => 0);
    for (const held of this.hosts.values()) for (const index of held) counts[index]!++;
    for (const { index } of this.open) counts[index]!++;
    return counts;
  }

  next(isReady: (key: number) => boolean = () => true): Assignment | undefined {
    const assignment = this.conductor.next(isReady, this.nowMs);
    if (assignment === undefined) return undefined;
    // None takes over 125 ms, so they are overdue then.
    this.open = this.open.filter(({ sinceMs }) => this.nowMs - sinceMs < 500);
    const { to, from, index } = assignment;
    const copies = this.copies();
    const text = `piece ${index} from ${from} to ${to} of ${copies}`;
    assert(isReady(to) && from !== to && !this.isOpen(to, index), text);
    assert((this.separated.get(pairOf(to, from))?.untilMs ?? 0) <= this.nowMs, `${text}: apart`);
    assert(this.hosts.get(to)?.has(index) === false, `${text}: it has it, or is not here`);
    assert(from === OURSELVES || this.hosts.get(from)?.has(index), `${text}: it is not there`);
    const lacking = copies.filter((_, each) =>
      !this.hosts.get(to)?.has(each) && !this.isOpen(to, each)
    );
    assert(from !== OURSELVES || copies[index] === Math.min(...lacking), `${text}: is not rarest`);
    this.open.push({ ...assignment, sinceMs: this.nowMs });
    return assignment;
  }

  all(isReady?: (key: number) => boolean): Assignment[] {
    const made: Assignment[] = [];
    for (let one = this.next(isReady); one !== undefined; one = this.next(isReady)) made.push(one);
    return made;
  }

  /** Lets every piece come after some time, up to a moment or until nothing is under way. */
  play(tookMs: (one: Open) => number, look = (_: Open): void => {}, endMs = Infinity): void {
    for (;;) {
      while (this.next() !== undefined) look(this.open.at(-1)!);
      const dueMs = (one: Open): number => one.sinceMs + tookMs(one);
      const [first] = this.open.toSorted((one, other) => dueMs(one) - dueMs(other));
      if (first === undefined || dueMs(first) > endMs) return;
      this.nowMs = Math.max(this.nowMs, dueMs(first));
      this.gain(first.to, first.index);
    }
  }

  isOpen(key: number, index: number): boolean {
    return this.open.some((one) => one.to === key && one.index === index);
  }

  count(way: "to" | "from", key: number): number {
    return this.open.filter((one) => one[way] === key).length;
  }
}

function pairOf(one: number, other: number): string {
  return [one, other].toSorted((a, b) => a - b).join(" ");
}

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, step) => from + step);
}

/** A swarm of so many hosts, all of which have the first few of its pieces. */
function evenSwarm(hostCount: number, pieceCount: number, held = 0, seed = 1): Conducted {
  const swarm = new Conducted(pieceCount, seed);
  for (const key of range(1, hostCount + 1)) swarm.join(key, range(0, held));
  return swarm;
}

function isTwo(key: number): boolean {
  return key === 2;
}

/** Host 2 has got piece 1 from us, who are busy, and piece 0, which only 1 and 3 can give, is under way to it. */
function twoGivers(): Conducted {
  const swarm = new Conducted(6);
  for (const key of [1, 3]) swarm.join(key, [0, 2, 3, 4]);
  for (const key of [2, 4, 7, 8, 9]) swarm.join(key, [2, 3, 4, 5]);
  assertEquals(swarm.all(isTwo).map(({ index }) => index), [1, 0]);
  swarm.nowMs = 20;
  swarm.gain(2, 1);
  for (const key of [7, 8, 9]) swarm.conductor.adopt(key, 1, Number.MAX_SAFE_INTEGER);
  return swarm;
}

function playAtRandom(seed: number, done: { assigned: number; hosts: number }): void {
  const random = seededRandom(seed);
  const swarm = evenSwarm(12, 40, 0, seed);
  const some = <T>(all: Iterable<T>): T => [...all][randomBelow(random, [...all].length)]!;
  const changes: ((key: number, index: number) => void)[] = [
    () => swarm.join(++done.hosts, range(0, 40).filter(() => random() < 0.2)),
    (key) => swarm.hosts.size > 8 && swarm.leave(key),
    (key) => swarm.apart(key, some(swarm.hosts.keys())),
    (key, index) => swarm.lose(key, index),
    (key, index) => swarm.isOpen(key, index) || swarm.gain(key, index),
  ];
  for (let step = 0; step < 400; step++) {
    const unready = some(swarm.hosts.keys());
    done.assigned += swarm.all((key) => key !== unready).length;
    swarm.nowMs += 20;
    for (const { to, index, sinceMs } of swarm.open) {
      if (swarm.nowMs - sinceMs <= 100 && (step < 9 || random() < 0.4)) swarm.gain(to, index);
    }
    if (random() < 0.3) some(changes)(some(swarm.hosts.keys()), randomBelow(random, 40));
  }
}

pure("A Conductor assigns what its giver has and its taker lacks, of ours only the rarest", () => {
  const done = { assigned: 0, hosts: 12 };
  for (let seed = 1; seed <= 20; seed++) playAtRandom(seed, done);
  assert(done.assigned > 8_000 && done.hosts > 300, JSON.stringify(done));
});

pure("A Conductor gives nothing to those who are not ready or have all, if there are any", () => {
  assertEquals(new Conducted(4).next(), undefined);
  const swarm = evenSwarm(3, 4, 3);
  swarm.gain(1, 3);
  assertEquals(swarm.next((key) => key === 1), undefined);
  assertEquals(swarm.all((key) => key !== 3), [{ to: 2, from: OURSELVES, index: 3 }]);
});

pure("A Conductor has us send different pieces to different hosts first, by lot", () => {
  const beginnings = range(1, 21).map((seed) => {
    const swarm = evenSwarm(12, 40, 0, seed);
    const ours: Open[] = [];
    swarm.play(() => 40, (one) => one.from === OURSELVES && ours.push(one));
    assertEquals(new Set(ours.slice(0, 4).map(({ to }) => to)).size, 4);
    assertEquals(new Set(ours.slice(0, 40).map(({ index }) => index)).size, 40);
    return ours[0]!.index;
  });
  assert(new Set(beginnings).size > 10);
});

pure(
  "A Conductor has three pieces under way from us, and from or to others one while they hold few",
  () => {
    for (const [held, room] of [[1, 1], [3, 1], [4, 2], [7, 2], [8, 3], [60, 3]] as const) {
      assertEquals(evenSwarm(12, held + 20, held).all().length, 3, "from us");
      const to = new Conducted(held * 12 + 20);
      for (const key of range(0, 12)) to.join(key + 1, range(key * held, (key + 1) * held));
      assertEquals(to.all(isTwo).length, room, `to one that holds ${held}`);
      const from = new Conducted(held * 2);
      from.join(1, range(0, held));
      for (const key of range(2, 13)) from.join(key, range(held, held * 2));
      from.all((key) => key > 1);
      assertEquals(from.count("from", 1), room, `from one that holds ${held}`);
    }
  },
);

pure("A Conductor lets all have all, and has more under way only while that is as fast", () => {
  for (const [hosts, pieces] of [[12, 40], [12, 120], [48, 60], [64, 64]] as const) {
    // The first piece came in 40 ms, and the others do as well, or take longer.
    for (const [laterMs, times] of [[120, 1.6], [40, 2.2]] as const) {
      const swarm = evenSwarm(hosts, pieces);
      const most = { to: 0, from: 0, ours: 0 };
      swarm.play(({ sinceMs }) => sinceMs === 0 ? 40 : laterMs, ({ to, from }) => {
        most.to = Math.max(most.to, swarm.count("to", to));
        most.from = Math.max(most.from, swarm.count("from", from));
        if (from === OURSELVES) most.ours++;
      });
      for (const held of swarm.hosts.values()) assertEquals(held.size, pieces);
      const { to, from, ours } = most;
      assert(ours >= pieces && ours <= pieces * times, `${ours} of ${pieces} to ${hosts}`);
      if (laterMs > 40) assertEquals([to, from], [4, 3], "4 to those behind");
      else assert(Math.min(to, from) > 8 && Math.max(to, from) <= 33, `${to}, ${from}`);
    }
  }
});

pure("A Conductor has less under way to and from a slow host, which takes little room", () => {
  for (const [way, back, room] of [["to", "from", 4], ["from", "to", 4]] as const) {
    const swarm = evenSwarm(12, 600);
    const most = { slow: 0, other: 0, back: 0 };
    swarm.play((one) => one.sinceMs === 0 ? 1 : one[way] > 9 ? 120 : 12, (one) => {
      if (swarm.nowMs < 500) return;
      const who = one[way] > 9 ? "slow" : "other";
      most[who] = Math.max(most[who], swarm.count(way, one[way]));
      most.back = Math.max(most.back, swarm.count(back, one[back]));
    }, 900);
    assert(most.slow < most.other && most.other >= 3 && most.back >= room, JSON.stringify(most));
  }
});

pure("A Conductor gives to whoever is behind first, and one piece more than to others", () => {
  const swarm = evenSwarm(12, 60, 20);
  swarm.join(20, range(0, 8));
  for (const key of range(30, 40)) swarm.join(key, range(0, 60));
  assertEquals(swarm.next()?.to, 20);
  assertEquals(swarm.all((key) => key === 20).length, 3);
  assertEquals(swarm.all((key) => key === 5).length, 3);
  assertEquals(swarm.next()?.to, 1, "what is under way counts as well");
});

pure("A Conductor leaves those alone that are apart, for twice as long each time", () => {
  const swarm = twoGivers();
  for (const ms of [250, 500, 1_000]) {
    swarm.apart(swarm.open[0]!.from, 2);
    assertEquals(swarm.next(isTwo)?.index, 0);
    swarm.apart(2, swarm.open[0]!.from);
    swarm.nowMs += ms - 1;
    assertEquals(swarm.next(isTwo), undefined, `${ms}`);
    swarm.nowMs++;
    assertEquals(swarm.next(isTwo)?.index, 0, `${ms}`);
  }
});

pure("A Conductor gives again what is overdue, and lets a silent giver be for 2 s", () => {
  const swarm = twoGivers();
  const silent = swarm.open[0]!.from;
  swarm.nowMs = 499;
  assertEquals(swarm.next(isTwo), undefined);
  swarm.nowMs = 500;
  assertEquals(swarm.next(isTwo), { to: 2, from: 4 - silent, index: 0 });
  for (const key of [2, 4, 4 - silent]) swarm.leave(key);
  for (const key of range(5, 9)) swarm.join(key);
  for (const [nowMs, count] of [[2_499, 0], [2_500, 1], [2_520, 2]] as const) {
    swarm.nowMs = nowMs;
    for (const { to, index } of swarm.open) swarm.gain(to, index);
    assertEquals(swarm.all().filter(({ from }) => from === silent).length, count, `${nowMs}`);
  }
});

pure("A Conductor gives nothing to a silent host for 2 s, then one try, then as before", () => {
  const swarm = evenSwarm(12, 40, 4);
  swarm.next((key) => key === 1);
  swarm.nowMs = 20;
  swarm.gain(1, swarm.open[0]!.index);
  assertEquals(swarm.all(isTwo).length, 2);
  for (swarm.nowMs of [519, 520, 2_519]) assertEquals(swarm.next(isTwo), undefined);
  swarm.nowMs = 2_520;
  assertEquals(swarm.all(isTwo).length, 1);
  swarm.gain(2, swarm.open.at(-1)!.index);
  assertEquals(swarm.all(isTwo).length, 2);
});

pure("A Conductor that sees nothing of a giver nor of its taker lets the giver be", () => {
  const swarm = twoGivers();
  const silent = swarm.open[0]!.from;
  swarm.nowMs = 520;
  assertEquals(swarm.next(isTwo), { to: 2, from: 4 - silent, index: 0 });
});

/** Host 2 got nothing of ours until it is tried again at 2,520 ms; all that it lacks host 13 can give as well. */
function silentTwo(): Conducted {
  const swarm = evenSwarm(12, 40, 4);
  swarm.next((key) => key === 1);
  swarm.nowMs = 20;
  swarm.gain(1, swarm.open[0]!.index);
  swarm.all(isTwo);
  swarm.nowMs = 520;
  assertEquals(swarm.next(isTwo), undefined);
  swarm.nowMs = 2_520;
  swarm.join(13, range(0, 40));
  return swarm;
}

pure("A Conductor tries a silent host with a piece of ours, whoever else could give it", () => {
  const swarm = silentTwo();
  for (const key of [5, 6]) swarm.conductor.adopt(key, 4, Number.MAX_SAFE_INTEGER);
  assertEquals(swarm.next(isTwo)?.from, OURSELVES);
});

pure(
  "A Conductor tries a silent host when that is due, and has as much under way to the others",
  () => {
    const swarm = silentTwo();
    swarm.leave(13);
    // Whoever holds least comes first, of those that were not silent.
    for (const key of range(3, 13)) swarm.lose(key, 0);
    const given = swarm.all((key) => key > 1).filter(({ from }) => from === OURSELVES);
    assertEquals(given.map(({ to }) => to === 2), [true, false, false, false]);
  },
);

pure("A Conductor fetches from a giver that was silent what nobody else can give", () => {
  const swarm = twoGivers();
  const silent = swarm.open[0]!.from;
  swarm.nowMs = 500;
  swarm.next(isTwo);
  swarm.gain(2, 0);
  swarm.leave(2);
  swarm.join(20, [1, 2, 3, 4, 5]);
  swarm.nowMs = 2_500;
  assertEquals(swarm.next((key) => key === 20), { to: 20, from: 4 - silent, index: 0 });
  swarm.leave(4 - silent);
  for (const key of [4, 7, 8, 9]) swarm.leave(key);
  for (const key of [21, 22, 23]) swarm.conductor.join(key, new Bitfield(6));
  for (const key of [21, 22, 23]) swarm.conductor.adopt(key, 5, Number.MAX_SAFE_INTEGER);
  assertEquals(swarm.next((key) => key === 20), { to: 20, from: silent, index: 0 });
});

pure("A Conductor reckons at once with who joins and leaves, and with what is lost", () => {
  const given = twoGivers();
  given.leave(given.open[0]!.from);
  assertEquals(given.next(isTwo)?.index, 0);
  given.lose(2, 3);
  assertEquals(given.next(isTwo)?.index, 3);
  const swarm = evenSwarm(12, 40);
  assertEquals(swarm.all().map(({ to, from }) => [to, from]), [[1, 0], [2, 0], [3, 0]]);
  swarm.leave(1);
  assertEquals(swarm.all().map(({ to, from }) => [to, from]), [[4, OURSELVES]]);
  for (const key of swarm.hosts.keys()) swarm.conductor.apart(key, 20, 0);
  swarm.leave(20);
  swarm.join(20, [5]);
  assertEquals(swarm.all().map(({ from, index }) => [from, index]), [[20, 5]]);
});
