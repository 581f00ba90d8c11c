import { assertEquals } from "@std/assert";
import { Availability } from "../../../lib/tracker/swarm/mod.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";

/** What the counters should say, counted anew. */
function copiesOf(holders: readonly number[]): number {
  const fewest = Math.min(...holders);
  const more = holders.filter((count) => count > fewest).length;
  return fewest * 1000 + Math.floor(more * 1000 / holders.length);
}

Deno.test({
  name: "availability is whole copies and the share of the next, whatever the order of changes",
  permissions: "none",
  fn() {
    const random = seededRandom(1);
    for (const pieces of [1, 2, 7, 40]) {
      const availability = new Availability(pieces);
      const holders = new Array<number>(pieces).fill(0);
      for (let change = 0; change < 2000; change++) {
        const piece = randomBelow(random, pieces);
        const count = holders[piece] ?? 0;
        // Now and then more goes than comes, so that the counters also come back to nothing.
        if (count > 0 && random() < (change % 400 < 200 ? 0.3 : 0.8)) {
          availability.remove(piece);
          holders[piece] = count - 1;
        } else {
          availability.add(piece);
          holders[piece] = count + 1;
        }
        assertEquals(availability.copies, copiesOf(holders));
      }
    }
  },
});

Deno.test({
  name: "a torrent without pieces has no copies besides those of its seeders",
  permissions: "none",
  fn() {
    assertEquals(new Availability(0).copies, 0);
  },
});
