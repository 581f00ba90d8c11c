import { assertEquals, assertNotEquals } from "@std/assert";
import { Chance } from "./chance.ts";

/** Some numbers of a chance. */
function drawn(chance: Chance): number[] {
  return Array.from({ length: 20 }, () => chance.random());
}

Deno.test("Chance is the same for a seed and a name, whatever others draw", () => {
  const [one, two] = [new Chance(1), new Chance(1)];
  const early = drawn(one.of("link 3"));
  drawn(two);
  drawn(two.of("link 2"));
  assertEquals(drawn(two.of("link 3")), early);
});

Deno.test("Chance differs for another name and for another seed", () => {
  const link = drawn(new Chance(1).of("link 3"));
  assertNotEquals(drawn(new Chance(1).of("link 4")), link);
  assertNotEquals(drawn(new Chance(2).of("link 3")), link);
  assertNotEquals(drawn(new Chance(1).of("a").of("link 3")), link);
});

Deno.test("Chance shuffles without losing or doubling anything", () => {
  const all = Array.from({ length: 30 }, (_, at) => at);
  const shuffled = new Chance(1).shuffled(all);
  assertNotEquals(shuffled, all);
  assertEquals(shuffled.toSorted((a, b) => a - b), all);
});
