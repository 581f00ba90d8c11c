import { assert, assertEquals } from "@std/assert";
import { seededRandom } from "../../bytes/seeded_random.ts";
import { PlannedSwarm } from "./planned_swarm.ts";

function planOf(wanted: "all" | "demanded", pieceCount = 4, maxActive = 9): PlannedSwarm {
  return new PlannedSwarm({ pieceCount, maxActive, wanted, random: seededRandom(pieceCount) });
}

/** The pieces that are asked of a peer, each once. */
function piecesOf(swarm: PlannedSwarm, key: number): number[] {
  return [...new Set(swarm.askAll(key).map(({ index }) => index))].sort();
}

Deno.test({
  name: "DownloadPlan that wants only what is demanded asks for that, and only that peer",
  permissions: "none",
  fn() {
    const swarm = planOf("demanded");
    const [first, second] = [swarm.joinFull(), swarm.joinFull()];
    assert(!swarm.plan.isInteresting(swarm.peer(first)));
    assertEquals([piecesOf(swarm, first), piecesOf(swarm, second)], [[], []]);

    swarm.plan.demand(2, first);
    assert(swarm.plan.isInteresting(swarm.peer(first)));
    assert(!swarm.plan.isInteresting(swarm.peer(second)));
    assertEquals([piecesOf(swarm, second), piecesOf(swarm, first)], [[], [2]]);
    assertEquals(piecesOf(swarm, second), [], "no help and no endgame");
    for (const request of swarm.requestsOf(first)) swarm.answer(first, request);
    swarm.verify(2, "held");
    assert(!swarm.plan.isInteresting(swarm.peer(first)));
    assertEquals([piecesOf(swarm, first), piecesOf(swarm, second)], [[], []]);
  },
});

Deno.test({
  name: "DownloadPlan asks for a demanded piece first, and for no other peer's",
  permissions: "none",
  fn() {
    const swarm = planOf("all", 3);
    const [first, second] = [swarm.joinFull(), swarm.joinFull()];
    swarm.plan.demand(2, first);
    assertEquals(swarm.ask(first)?.index, 2);
    assertEquals(piecesOf(swarm, second), [0, 1]);
    swarm.answer(first, swarm.requestsOf(first)[0]!);
    assertEquals(piecesOf(swarm, first), [0, 1, 2], "the endgame is only for the others");
    assertEquals(piecesOf(swarm, second), []);
  },
});

Deno.test({
  name: "DownloadPlan keeps a demand over a choke, and ends it when it is withdrawn",
  permissions: "none",
  fn() {
    const swarm = planOf("demanded");
    const [first, second] = [swarm.joinFull(), swarm.joinFull()];
    swarm.plan.demand(1, first);
    swarm.ask(first);
    swarm.giveBack(first);
    assertEquals(piecesOf(swarm, second), []);
    assertEquals(piecesOf(swarm, first), [1]);
    swarm.giveBack(first);
    swarm.plan.withdraw(1);
    assert(!swarm.plan.isInteresting(swarm.peer(first)));
    assertEquals([piecesOf(swarm, first), piecesOf(swarm, second)], [[], []]);
    swarm.plan.demand(1, second);
    assertEquals([piecesOf(swarm, first), piecesOf(swarm, second)], [[], [1]]);
  },
});

Deno.test({
  name: "DownloadPlan forgets what was demanded of a peer that left, or sent it corrupt",
  permissions: "none",
  fn() {
    const swarm = planOf("all", 1);
    const [first, second] = [swarm.joinFull(), swarm.joinFull()];
    swarm.plan.demand(0, first);
    swarm.ask(first);
    assertEquals(piecesOf(swarm, second), []);
    swarm.leave(first);
    swarm.plan.demand(0, second);
    for (const request of swarm.askAll(second)) swarm.answer(second, request);
    swarm.verify(0, "missing");
    const third = swarm.joinFull();
    assertEquals(piecesOf(swarm, third), [0], "anybody may be asked for it again");
  },
});

Deno.test({
  name: "DownloadPlan can be told to want everything, and then nothing more",
  permissions: "none",
  fn() {
    const swarm = planOf("demanded", 4, 2);
    const key = swarm.joinFull();
    swarm.plan.demand(3, key);
    for (const request of swarm.askAll(key)) swarm.answer(key, request);
    swarm.plan.want("all");
    swarm.verify(3, "held");
    assert(swarm.plan.isInteresting(swarm.peer(key)));
    const begun = piecesOf(swarm, key);
    assertEquals(begun.length, 2, "as many as may be active");
    swarm.giveBack(key);
    swarm.plan.want("demanded");
    assertEquals(piecesOf(swarm, key), []);
    assert(!swarm.plan.isInteresting(swarm.peer(key)));
    swarm.plan.want("all");
    swarm.finish();
    assert(swarm.plan.isComplete);
  },
});

Deno.test({
  name: "DownloadPlan ignores a demand for what is held or under way",
  permissions: "none",
  fn() {
    const swarm = planOf("all", 2);
    const [first, second] = [swarm.joinFull(), swarm.joinWith()];
    for (const request of swarm.askAll(first)) swarm.answer(first, request);
    swarm.verify(0, "held");
    for (const index of [0, 1]) swarm.plan.demand(index, second);
    swarm.verify(1, "missing");
    assertEquals(piecesOf(swarm, first), [1], "it is nobody's alone");
    for (const request of swarm.requestsOf(first)) swarm.answer(first, request);
    swarm.verify(1, "held");
    assert(swarm.plan.isComplete);
  },
});
