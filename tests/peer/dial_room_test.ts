import { assert, assertEquals } from "@std/assert";
import { FakeClock } from "../../lib/net/mod.ts";
import { DialRoom } from "../../lib/peer/dial_room.ts";
import { MAX_HALF_OPEN } from "../../lib/peer/mod.ts";

/** Takes so many places for somebody. */
function takeMany(room: DialRoom, name: string, count: number): Disposable[] {
  return Array.from({ length: count }, () => room.take(name));
}

Deno.test("DialRoom gives one who is alone all places, and none beyond", () => {
  const room = new DialRoom(new FakeClock());
  assertEquals(room.ask("a"), MAX_HALF_OPEN);
  const places = takeMany(room, "a", MAX_HALF_OPEN);
  assertEquals([room.ask("a"), room.underWay], [0, MAX_HALF_OPEN]);
  places[0]?.[Symbol.dispose]();
  assertEquals([room.ask("a"), room.underWay], [1, MAX_HALF_OPEN - 1]);
});

Deno.test("DialRoom gives what comes free to those who have less than their share", () => {
  const room = new DialRoom(new FakeClock());
  const places = takeMany(room, "a", MAX_HALF_OPEN);
  assertEquals(room.ask("b"), 0);
  for (const place of places.slice(0, 4)) place[Symbol.dispose]();
  assertEquals([room.ask("a") <= 0, room.ask("b")], [true, 4]);
  takeMany(room, "b", 4);
  room.ask("b");
  for (const place of places.slice(4, 12)) place[Symbol.dispose]();
  assertEquals([room.ask("a"), room.ask("b")], [2, 6]);
});

Deno.test("DialRoom shares what is left of the places that others do not want any more", async () => {
  const clock = new FakeClock();
  const room = new DialRoom(clock);
  room.ask("old");
  takeMany(room, "old", MAX_HALF_OPEN / 2);
  await clock.advance(2_001);
  room.ask("b");
  assertEquals(room.ask("a"), MAX_HALF_OPEN / 4);
});

Deno.test("DialRoom counts nobody who has asked for nothing for two seconds", async () => {
  const clock = new FakeClock();
  const room = new DialRoom(clock);
  for (const name of ["a", "b", "c", "d"]) room.ask(name);
  assertEquals(room.ask("a"), MAX_HALF_OPEN / 4);
  const place = room.take("b");
  await clock.advance(2_001);
  assertEquals(room.ask("a"), MAX_HALF_OPEN - 1);
  place[Symbol.dispose]();
  assertEquals(room.ask("a"), MAX_HALF_OPEN);
});

interface Habits {
  /** For how long it holds a place. */
  readonly heldMs: number;
  /** How long it wants none after one that it held. */
  readonly pauseMs: number;
}

/**
 * Has torrents ask, in this order, for as many places as they get, and again every second. Gives how often
 * each got one.
 */
async function countTurns(
  torrents: readonly Habits[],
  seconds: number,
  limit?: number,
): Promise<number[]> {
  const clock = new FakeClock();
  const room = new DialRoom(clock);
  const turns = torrents.map(() => 0);
  const wantedMs = torrents.map(() => 0);
  for (let at = 0; at < seconds; at++) {
    for (const [position, { heldMs, pauseMs }] of torrents.entries()) {
      while (clock.now() >= wantedMs[position]! && room.ask(`${position}`, limit) > 0) {
        turns[position]!++;
        const place = room.take(`${position}`);
        clock.setTimer(() => place[Symbol.dispose](), heldMs);
        // One without a pause always has somebody else to dial, too.
        if (pauseMs > 0) wantedMs[position] = clock.now() + heldMs + pauseMs;
      }
    }
    assert(room.underWay <= (limit ?? MAX_HALF_OPEN));
    await clock.advance(1_000);
  }
  await clock.advance(60_000);
  assertEquals(room.underWay, 0);
  return turns;
}

for (const count of [2, 7, 11, 13, 15, 19, 20, 21, 40, 100]) {
  Deno.test(`DialRoom gives each of ${count} torrents that always want places its turns`, async () => {
    const torrents = Array.from({ length: count }, () => ({ heldMs: 5_000, pauseMs: 0 }));
    const turns = await countTurns(torrents, 500);
    const fair = MAX_HALF_OPEN * 500 / 5 / count;
    assert(Math.min(...turns) >= fair / 2, `${turns}: ${fair} would be the same for all`);
  });
}

for (const limit of [1, 5]) {
  Deno.test(`DialRoom gives all their turn where only ${limit} may be under way`, async () => {
    for (const count of [2, 40]) {
      const torrents = Array.from({ length: count }, () => ({ heldMs: 900, pauseMs: 0 }));
      const turns = await countTurns(torrents, 400, limit);
      const fair = limit * 400 / count;
      assert(Math.min(...turns) >= fair / 2, `${turns}: ${fair} would be the same for all`);
    }
  });
}

for (const dead of [5, 30, 40, 60, 100]) {
  Deno.test(`DialRoom goes on to serve a torrent beside ${dead} whose only peer is dead`, async () => {
    const alive = { heldMs: 1_000, pauseMs: 0 };
    const others = Array.from({ length: dead }, () => ({ heldMs: 5_000, pauseMs: 4_000 }));
    const [early = 0] = await countTurns([alive, ...others], 100);
    const [late = 0] = await countTurns([alive, ...others], 300);
    const fair = MAX_HALF_OPEN * 200 / 5 / (dead + 1);
    assert(late - early >= fair, `${late - early} of ${late} in the last 200 s`);
  });
}

for (const refusing of [5, 30, 60]) {
  Deno.test(`DialRoom leaves no place idle for ${refusing} whose only peer refuses at once`, async () => {
    const patient = { heldMs: 5_000, pauseMs: 0 };
    const others = Array.from({ length: refusing }, () => ({ heldMs: 10, pauseMs: 4_000 }));
    const [turns = 0] = await countTurns([patient, ...others], 300);
    // Were it alone it would have 20 every 5 s.
    assert(turns >= 20 * 300 / 5 / 2, `${turns} in 300 s`);
  });
}
