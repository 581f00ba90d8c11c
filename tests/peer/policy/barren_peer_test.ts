import { assert, assertEquals } from "@std/assert";
import { seededRandom } from "../../bytes/seeded_random.ts";
import { PlannedSwarm } from "./planned_swarm.ts";

/** Lets a peer send all that it is asked for of the only piece there is, and has it fail. */
function failOnce(swarm: PlannedSwarm, key: number): void {
  for (const request of swarm.askAll(key)) swarm.answer(key, request);
  swarm.verify(0, "missing");
}

Deno.test({
  name: "DownloadPlan asks a peer that had nothing once it has gained a piece",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 3, maxActive: 9, random: seededRandom(1) });
    const key = swarm.joinWith();
    assertEquals([swarm.ask(key), swarm.ask(key)], [undefined, undefined]);
    swarm.gain(key, 1);
    assertEquals(swarm.ask(key)?.index, 1);
  },
});

Deno.test({
  name: "DownloadPlan asks a peer that had nothing missing once a piece has failed",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 1, maxActive: 9, random: seededRandom(2) });
    const [first, second] = [swarm.joinFull(), swarm.joinFull()];
    for (const request of swarm.askAll(first)) swarm.answer(first, request);
    assertEquals([swarm.ask(first), swarm.ask(second)], [undefined, undefined]);
    swarm.verify(0, "missing");
    assertEquals(swarm.ask(second)?.index, 0);
  },
});

Deno.test({
  name: "DownloadPlan asks a peer that had nothing missing once another one gave up a failed piece",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 1, maxActive: 9, random: seededRandom(3) });
    const [first, second, third] = [swarm.joinFull(), swarm.joinFull(), swarm.joinFull()];
    failOnce(swarm, first);
    assert(swarm.ask(first) !== undefined);
    assertEquals([swarm.ask(second), swarm.ask(third)], [undefined, undefined]);
    swarm.giveBack(first);
    assertEquals(swarm.ask(second)?.index, 0);
    assertEquals(swarm.ask(third), undefined);
    swarm.leave(second);
    assertEquals(swarm.ask(third)?.index, 0);
  },
});

Deno.test({
  name: "DownloadPlan asks a peer that had nothing missing once its piece made room for another",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 3, maxActive: 2, random: seededRandom(4) });
    const late = swarm.joinWith(0);
    const first = swarm.joinWith(0);
    for (const request of swarm.askAll(first)) swarm.answer(first, request);
    assertEquals(swarm.ask(late), undefined);
    swarm.verify(0, "missing");
    assert(swarm.ask(first)?.index === 0);
    assertEquals(swarm.ask(late), undefined);
    const second = swarm.joinWith(1);
    assert(swarm.ask(second)?.index === 1);
    swarm.leave(second);
    const third = swarm.joinWith(2);
    assertEquals(swarm.ask(third)?.index, 2, "the piece that nobody sends gives way");
    const heir = swarm.joinWith(1);
    assertEquals(swarm.ask(heir), undefined, "both places are taken");
    swarm.leave(first);
    assertEquals(swarm.ask(heir)?.index, 1);
  },
});

Deno.test({
  name: "DownloadPlan looks for a missing piece in vain once, however often it is asked",
  permissions: "none",
  fn() {
    let looks = 0;
    const swarm = new PlannedSwarm({ pieceCount: 4_000, maxActive: 9, random: seededRandom(5) });
    swarm.joinFull();
    const key = swarm.joinWith();
    const { bits } = swarm.peer(key);
    const has = bits.has.bind(bits);
    bits.has = (index) => (looks++, has(index));
    assertEquals(swarm.ask(key), undefined);
    assert(looks >= 4_000, `${looks} looks at first`);
    looks = 0;
    for (let time = 0; time < 100; time++) assertEquals(swarm.ask(key), undefined);
    assert(looks < 1_000, `${looks} looks after that`);
  },
});

for (const owed of [0, 1]) {
  Deno.test({
    name:
      `DownloadPlan gives a failed piece to another peer when its only one may be asked for no more, and owes ${owed}`,
    permissions: "none",
    fn() {
      const swarm = new PlannedSwarm({ pieceCount: 2, maxActive: 9, random: seededRandom(5) });
      const liar = swarm.joinWith(0);
      failOnce(swarm, liar);
      swarm.leave(liar);
      const first = swarm.joinWith(0);
      const requests = swarm.askAll(first, 1 + owed);
      for (const request of requests.slice(owed)) swarm.answer(first, request);
      // It guides us from now on, and names another piece.
      const { bits } = swarm.peer(first);
      bits.clear(0);
      swarm.gain(first, 1);
      const next = swarm.ask(first);
      assertEquals(next?.index, owed === 0 ? 1 : undefined);
      for (const request of swarm.requestsOf(first)) swarm.answer(first, request);
      for (const request of swarm.askAll(first)) swarm.answer(first, request);
      const second = swarm.joinFull();
      assertEquals(swarm.ask(second)?.index, 0);
      swarm.finish();
      assert(swarm.plan.isComplete);
    },
  });
}
