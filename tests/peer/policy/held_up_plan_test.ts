import { assert, assertEquals } from "@std/assert";
import { seededRandom } from "../../bytes/seeded_random.ts";
import { PlannedSwarm } from "./planned_swarm.ts";

/** A plan of one piece that has failed, and two peers that have it. */
function failedOnce(): { swarm: PlannedSwarm; first: number; second: number } {
  const swarm = new PlannedSwarm({ pieceCount: 1, maxActive: 9, random: seededRandom(1) });
  const [first, second] = [swarm.joinFull(), swarm.joinFull()];
  for (const request of swarm.askAll(first)) swarm.answer(first, request);
  swarm.verify(0, "missing");
  return { swarm, first, second };
}

Deno.test({
  name:
    "DownloadPlan tells of a failed piece that is held up, and hands it over to a peer that is free",
  permissions: "none",
  fn() {
    const { swarm, first, second } = failedOnce();
    assert(swarm.plan.isFree(first));
    assertEquals(swarm.askAll(first).length, 4);
    assert(!swarm.plan.isFree(first) && swarm.plan.isFree(second));
    assertEquals([swarm.askAll(second), swarm.heldUp()], [[], []]);
    swarm.wait(60_000);
    assertEquals(swarm.heldUp(), [{ index: 0, key: first, tried: [first] }]);
    swarm.giveBack(first);
    const { window } = swarm.peer(second);
    const request = swarm.plan.handOver(0, swarm.peer(second), 60_000);
    assert(request !== undefined);
    window.add(request, 60_000);
    assertEquals(swarm.askAll(second).length, 3);
    assertEquals(swarm.askAll(first), []);
    for (const owed of swarm.requestsOf(second)) swarm.answer(second, owed);
    swarm.verify(0, "held");
    assert(swarm.plan.isComplete && swarm.heldUp().length === 0);
  },
});

Deno.test({
  name: "DownloadPlan lets a peer have a failed piece anew that choked, or was told to give it",
  permissions: "none",
  fn() {
    const { swarm, first } = failedOnce();
    swarm.askAll(first);
    swarm.wait(60_000);
    assertEquals(swarm.heldUp().length, 1);
    swarm.giveBack(first);
    assertEquals(swarm.heldUp(), [], "nobody holds it up");
    swarm.askAll(first);
    assertEquals(swarm.heldUp(), [], "its time begins now");
    swarm.giveBack(first);
    swarm.plan.demand(0, first);
    swarm.askAll(first);
    swarm.wait(60_000);
    assertEquals(swarm.heldUp(), [], "nobody else is to give it");
  },
});

Deno.test({
  name:
    "DownloadPlan forgets of a failed piece who had it and has left, and that it failed once it is there",
  permissions: "none",
  fn() {
    const { swarm, first, second } = failedOnce();
    swarm.askAll(first);
    swarm.leave(first);
    swarm.askAll(second);
    swarm.wait(60_000);
    assertEquals(swarm.heldUp(), [{ index: 0, key: second, tried: [second] }]);
    swarm.giveBack(second);
    assert(swarm.plan.supply(0));
    swarm.plan.markLost(0);
    swarm.ask(second);
    assert(swarm.ask(swarm.joinFull()) !== undefined, "others help with it");
  },
});
