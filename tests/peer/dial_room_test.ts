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
  assertEquals(room.leftFor("a"), MAX_HALF_OPEN);
  const places = takeMany(room, "a", MAX_HALF_OPEN);
  assertEquals([room.leftFor("a"), room.underWay], [0, MAX_HALF_OPEN]);
  places[0]?.[Symbol.dispose]();
  assertEquals([room.leftFor("a"), room.underWay], [1, MAX_HALF_OPEN - 1]);
});

Deno.test("DialRoom gives what comes free to those who have less than their share", () => {
  const room = new DialRoom(new FakeClock());
  const places = takeMany(room, "a", MAX_HALF_OPEN);
  assertEquals(room.leftFor("b"), 0);
  for (const place of places.slice(0, 4)) place[Symbol.dispose]();
  assertEquals([room.leftFor("a") <= 0, room.leftFor("b")], [true, 4]);
  takeMany(room, "b", 4);
  for (const place of places.slice(4, 12)) place[Symbol.dispose]();
  assertEquals([room.leftFor("a"), room.leftFor("b")], [2, 6]);
});

Deno.test("DialRoom counts nobody who has asked for nothing for two seconds", async () => {
  const clock = new FakeClock();
  const room = new DialRoom(clock);
  for (const name of ["a", "b", "c", "d"]) room.leftFor(name);
  assertEquals(room.leftFor("a"), MAX_HALF_OPEN / 4);
  const place = room.take("b");
  await clock.advance(2_001);
  assertEquals(room.leftFor("a"), MAX_HALF_OPEN / 2);
  place[Symbol.dispose]();
  assertEquals(room.leftFor("a"), MAX_HALF_OPEN);
});

Deno.test("DialRoom has a place for each of as many as there are places, in their turn", () => {
  const room = new DialRoom(new FakeClock());
  const names = Array.from({ length: 2 * MAX_HALF_OPEN }, (_, at) => `torrent ${at}`);
  for (const name of names) room.leftFor(name);
  const lucky = names.filter((name) => room.leftFor(name) > 0 && room.take(name));
  assertEquals(lucky, names.slice(0, MAX_HALF_OPEN));
});
