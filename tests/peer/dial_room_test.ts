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

/**
 * Has torrents ask each second for as many places as they get, in this order. Each holds a place for
 * its time; one that is done with one wants the next after its pause. Gives how often each got one.
 */
async function countTurns(
  torrents: readonly { readonly heldMs: number; readonly pauseMs: number }[],
  seconds: number,
): Promise<number[]> {
  const clock = new FakeClock();
  const room = new DialRoom(clock);
  const states = torrents.map((each) => ({ ...each, turns: 0, sinceMs: 0, places: [] as Place[] }));
  interface Place {
    readonly untilMs: number;
    readonly place: Disposable;
  }
  for (let at = 0; at < seconds; at++) {
    const nowMs = clock.now();
    for (const state of states) {
      for (const { untilMs, place } of state.places) if (untilMs <= nowMs) place[Symbol.dispose]();
      const left = state.places.filter(({ untilMs }) => untilMs > nowMs);
      if (left.length < state.places.length) state.sinceMs = nowMs + state.pauseMs;
      state.places = left;
    }
    for (const [position, state] of states.entries()) {
      while (nowMs >= state.sinceMs && room.ask(`${position}`) > 0) {
        state.places.push({
          untilMs: nowMs + state.heldMs,
          place: room.take(`${position}`),
        });
        state.turns++;
      }
    }
    assert(room.underWay <= MAX_HALF_OPEN);
    await clock.advance(1_000);
  }
  return states.map(({ turns }) => turns);
}

for (const count of [2, 7, 11, 13, 15, 19, 20, 21, 40, 100]) {
  Deno.test(`DialRoom gives each of ${count} torrents that always want places its turns`, async () => {
    const torrents = Array.from({ length: count }, () => ({ heldMs: 5_000, pauseMs: 0 }));
    const turns = await countTurns(torrents, 500);
    const fair = MAX_HALF_OPEN * 500 / 5 / count;
    assert(Math.min(...turns) >= fair / 2, `${turns}: ${fair} would be the same for all`);
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
