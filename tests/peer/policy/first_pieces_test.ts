import { assert, assertEquals } from "@std/assert";
import { seededRandom } from "../../bytes/seeded_random.ts";
import { UNIT_LENGTH } from "../../../lib/peer/policy/mod.ts";
import { PlannedSwarm } from "./planned_swarm.ts";

function swarmOf(pieceCount = 12, maxActive = 20): PlannedSwarm {
  return new PlannedSwarm({ pieceCount, maxActive, random: seededRandom(pieceCount) });
}

/** The pieces of the next blocks that are asked of a peer. */
function piecesOf(swarm: PlannedSwarm, key: number, blocks: number): number[] {
  return swarm.askAll(key, blocks).map(({ index }) => index);
}

Deno.test({
  name:
    "DownloadPlan asks for what readers wait for before all else, in their order, all peers together",
  permissions: "none",
  fn() {
    const swarm = swarmOf();
    const [first, second] = [swarm.joinFull(), swarm.joinFull()];
    swarm.plan.first.want([7, 3]);
    const ask = (key: number): unknown => {
      const { index, begin = 0, length = 0 } = swarm.ask(key, 3 * UNIT_LENGTH) ?? {};
      return [index, begin / UNIT_LENGTH, length / UNIT_LENGTH];
    };
    assertEquals(ask(first), [7, 0, 3]);
    assertEquals([ask(second), ask(second)], [[7, 3, 1], [3, 0, 3]], "it helps with the first one");
    assertEquals(ask(first), [3, 3, 1]);
  },
});

Deno.test({
  name: "DownloadPlan turns to another position at once, and goes on with the left piece later",
  permissions: "none",
  fn() {
    const swarm = swarmOf();
    const key = swarm.joinFull();
    const [own] = piecesOf(swarm, key, 2);
    assert(own !== undefined);
    const position = own === 5 ? 6 : 5;
    swarm.plan.first.want([position]);
    assertEquals(piecesOf(swarm, key, 4), Array(4).fill(position));
    assertEquals(piecesOf(swarm, key, 2), [own, own], "nothing of it is lost");
    swarm.plan.first.want([0, 1]);
    const [next] = piecesOf(swarm, key, 1);
    assert(next === 0 || next === 1, `it was ${next} after ${own}`);
    swarm.plan.first.want([]);
    swarm.giveBack(key);
    swarm.finish();
    assert(swarm.plan.isComplete);
  },
});

Deno.test({
  name: "DownloadPlan makes room for a position where no more pieces may be active",
  permissions: "none",
  fn() {
    const swarm = swarmOf(12, 2);
    const [first, second] = [swarm.joinFull(), swarm.joinFull()];
    const left = [...piecesOf(swarm, first, 1), ...piecesOf(swarm, second, 1)];
    swarm.leave(first);
    const position = [0, 1, 2].find((index) => !left.includes(index))!;
    swarm.plan.first.want([position]);
    assertEquals(piecesOf(swarm, second, 1), [position], "what nobody sends gives way");
  },
});

Deno.test({
  name:
    "DownloadPlan asks nobody for a position that he lacks, nor for one that is held or demanded",
  permissions: "none",
  fn() {
    const swarm = swarmOf();
    const [part, other] = [swarm.joinWith(1, 2), swarm.joinFull()];
    swarm.plan.first.want([4, 2]);
    assertEquals(piecesOf(swarm, part, 1), [2]);
    swarm.plan.demand(5, other);
    swarm.plan.first.want([5]);
    const asked = piecesOf(swarm, part, Infinity);
    assert(!asked.includes(5));
    for (const request of [...swarm.requestsOf(part)]) swarm.answer(part, request);
    for (const index of [...swarm.verifying.keys()]) swarm.verify(index, "held");
    swarm.plan.first.want([1, 2]);
    assert(!piecesOf(swarm, other, 3).some((index) => index === 1 || index === 2));
  },
});

Deno.test({
  name: "DownloadPlan asks for a position that came corrupt of one peer alone",
  permissions: "none",
  fn() {
    const swarm = swarmOf();
    const [first, second] = [swarm.joinFull(), swarm.joinFull()];
    swarm.plan.first.want([6]);
    for (const key of [first, second]) piecesOf(swarm, key, 2);
    for (const key of [first, second]) {
      for (const request of swarm.requestsOf(key)) swarm.answer(key, request);
    }
    swarm.verify(6, "missing");
    assertEquals(piecesOf(swarm, second, 4), [6, 6, 6, 6]);
    assert(!piecesOf(swarm, first, 4).includes(6));
  },
});

Deno.test({
  name:
    "DownloadPlan asks another peer for a block at the position that is late for seconds, no other",
  permissions: "none",
  fn() {
    const swarm = swarmOf();
    const [slow, quick] = [swarm.joinFull(), swarm.joinFull()];
    swarm.plan.first.want([6, 7]);
    assertEquals(piecesOf(swarm, slow, 8), [6, 6, 6, 6, 7, 7, 7, 7]);
    swarm.wait(2_400);
    assertEquals(piecesOf(swarm, quick, 4).filter((index) => index === 6), [], "not late yet");
    swarm.wait(100);
    const asked = piecesOf(swarm, quick, 12).filter((index) => index === 6 || index === 7);
    assertEquals(asked, [6, 6, 6, 6]);
  },
});

Deno.test({
  name: "DownloadPlan asks another peer for a late block though a reader rests at what is held",
  permissions: "none",
  fn() {
    const swarm = swarmOf();
    const [slow, quick] = [swarm.joinFull(), swarm.joinFull()];
    swarm.plan.first.want([0]);
    piecesOf(swarm, slow, 4);
    for (const request of swarm.requestsOf(slow)) swarm.answer(slow, request);
    swarm.verify(0, "held");
    swarm.plan.first.want([0, 5]);
    assertEquals(piecesOf(swarm, slow, 8).slice(0, 4), [5, 5, 5, 5]);
    swarm.wait(2_500);
    const asked = piecesOf(swarm, quick, 8).filter((index) => index === 5);
    assertEquals(asked, [5, 5, 5, 5]);
  },
});
