import { assertEquals } from "@std/assert";
import { createFortyPieces, dial, PLAIN } from "./fast_rogue.ts";
import type { RoguePeer } from "./rogue_peer.ts";
import { Simulation } from "./simulation.ts";

/** Sixteen blocks. */
const PIECES = [0, 1, 2, 3, 4, 5, 6, 7];

/** How many requests came since this was asked last. */
function counter(rogue: RoguePeer): () => number {
  let before = 0;
  return () => {
    const count = rogue.all("request").length;
    const fresh = count - before;
    before = count;
    return fresh;
  };
}

Deno.test("Requests go out in batches, a quarter of the window at least, and to the last block", async () => {
  await using sim = new Simulation(1);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using rogue = await dial(sim, torrent, { extensions: PLAIN });
  const fresh = counter(rogue);
  rogue.offer(torrent, PIECES);
  await sim.settle();
  assertEquals(fresh(), 8, "128 KiB");
  const batches: number[] = [];
  for (let answered = 0; answered < rogue.all("request").length; answered++) {
    rogue.answer(torrent, rogue.all("request")[answered]!, "right");
    await sim.settle();
    batches.push(fresh());
  }
  assertEquals(leecher.store.held.count, PIECES.length);
  assertEquals(rogue.all("request").length, 16, "each block once");
  assertEquals(batches, [...Array(4).fill([0, 2]).flat(), ...Array(8).fill(0)]);
});
