import { assertEquals } from "@std/assert";
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

Deno.test("DialRoom gives all their turn, however many want places", async () => {
  const clock = new FakeClock();
  const room = new DialRoom(clock);
  const names = Array.from({ length: 2 * MAX_HALF_OPEN }, (_, at) => `torrent ${at}`);
  const turns = new Map(names.map((name) => [name, 0]));
  for (let round = 0; round < 40; round++) {
    const taken = names.filter((name) => room.ask(name) > 0)
      .slice(0, MAX_HALF_OPEN).map((name) => ({ name, place: room.take(name) }));
    assertEquals(taken.length, MAX_HALF_OPEN);
    for (const { name, place } of taken) {
      turns.set(name, turns.get(name)! + 1);
      place[Symbol.dispose]();
    }
    await clock.advance(1_000);
  }
  assertEquals(new Set(turns.values()), new Set([20]));
});
