import { assert, assertEquals, assertGreater } from "@std/assert";
import { Bitfield } from "../../../lib/bytes/mod.ts";
import { DownloadPlan, RequestWindow, UNIT_LENGTH } from "../../../lib/peer/policy/mod.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";
import { PlannedSwarm } from "./planned_swarm.ts";

const U = UNIT_LENGTH;

/** Lets peers come, go, gain, answer, choke; pieces pass and fail. Then lets the rest arrive. */
function playAtRandom(
  seed: number,
  maxActive: number,
  readers: "none" | "some" = "none",
): PlannedSwarm {
  const random = seededRandom(seed);
  const pieceCount = 1 + randomBelow(random, 12);
  const swarm = new PlannedSwarm({ pieceCount, maxActive, random });
  function pick<T>(choices: Iterable<T>): T | undefined {
    const all = [...choices];
    return all[randomBelow(random, all.length)];
  }
  const operations: (() => void)[] = [
    () => {
      if (swarm.peers.size > 6) return;
      const bits = new Bitfield(pieceCount);
      for (let count = randomBelow(random, 2 * pieceCount); count > 0; count--) {
        bits.set(randomBelow(random, pieceCount));
      }
      swarm.join(bits);
    },
    () => {
      const key = pick(swarm.peers.keys());
      if (key !== undefined) swarm.gain(key, randomBelow(random, pieceCount));
    },
    () => {
      const key = pick(swarm.peers.keys());
      if (key !== undefined && random() < 0.1) swarm.leave(key);
      else if (key !== undefined && random() < 0.2) swarm.giveBack(key);
    },
    () => {
      if (readers === "some" && random() < 0.3) {
        const first = randomBelow(random, pieceCount);
        const pieces = [...Array(randomBelow(random, 4)).keys()].map((step) => first + step);
        swarm.plan.first.want(pieces.filter((index) => index < pieceCount));
      }
    },
    () => {
      const index = pick(swarm.verifying.keys());
      if (index !== undefined) swarm.verify(index, random() < 0.7 ? "held" : "missing");
    },
    () => {
      const { index, key } = pick(swarm.heldUp()) ?? { index: 0, key: 0 };
      const taker = pick(swarm.peers.keys());
      if (key === 0 || taker === undefined || taker === key || !swarm.plan.isFree(taker)) return;
      if (swarm.peer(taker).bits.has(index)) swarm.handOver(index, key, taker);
    },
    ...Array<() => void>(4).fill(() => {
      const key = pick(swarm.peers.keys());
      if (key !== undefined) swarm.ask(key, randomBelow(random, 5) * U);
    }),
    ...Array<() => void>(4).fill(() => {
      const key = pick(swarm.peers.keys());
      const request = key === undefined ? undefined : pick(swarm.requestsOf(key));
      if (key !== undefined && request !== undefined) swarm.answer(key, request);
    }),
  ];
  for (let step = 0; step < 400; step++) pick(operations)?.();
  for (const key of swarm.peers.keys()) swarm.giveBack(key);
  for (const index of [...swarm.verifying.keys()]) swarm.verify(index, "missing");
  swarm.joinFull();
  swarm.finish();
  return swarm;
}

Deno.test({
  name: "DownloadPlan keeps its rules at every step and completes, whatever peers do",
  permissions: "none",
  fn() {
    let handOvers = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const swarm = playAtRandom(seed, [2, 3, 100][seed % 3]!);
      handOvers += swarm.handOvers;
      assert(swarm.plan.isComplete, `seed ${seed}: ${swarm.held.count} of ${swarm.held.length}`);
    }
    assertGreater(handOvers, 100);
  },
});

Deno.test({
  name:
    "DownloadPlan keeps its rules and completes while readers want pieces first, wherever they go",
  permissions: "none",
  fn() {
    for (let seed = 1; seed <= 150; seed++) {
      const swarm = playAtRandom(seed, [2, 3, 100][seed % 3]!, "some");
      assert(swarm.plan.isComplete, `seed ${seed}: ${swarm.held.count} of ${swarm.held.length}`);
    }
  },
});

Deno.test({
  name: "DownloadPlan gives each peer a piece of its own while there are missing ones",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 9, maxActive: 9, random: seededRandom(1) });
    const keys = [swarm.joinFull(), swarm.joinFull(), swarm.joinFull()];
    const pieces = keys.map((key) => new Set(swarm.askAll(key, 4).map(({ index }) => index)));
    for (const own of pieces) assertEquals(own.size, 1);
    assertEquals(new Set(pieces.flatMap((own) => [...own])).size, 3);
  },
});

Deno.test({
  name: "DownloadPlan asks for the rarest piece first",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 30, maxActive: 9, random: seededRandom(2) });
    const seeder = swarm.joinFull();
    swarm.joinWith(...Array.from({ length: 30 }, (_, index) => index).filter((i) => i !== 17));
    assertEquals(swarm.ask(seeder)?.index, 17);
  },
});

Deno.test({
  name: "DownloadPlan lets a peer help with others' pieces once none is missing",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 2, maxActive: 9, random: seededRandom(3) });
    const [first, second] = [swarm.joinFull(), swarm.joinFull()];
    const own = swarm.ask(first)!;
    const whole = swarm.askAll(second, 4);
    assert(whole.every(({ index }) => index === 1 - own.index));
    const help = swarm.ask(second)!;
    assertEquals([help.index, help.begin], [own.index, U]);
  },
});

Deno.test({
  name:
    "DownloadPlan asks three peers for the same late block in the endgame, and more in time while they send",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 1, maxActive: 9, random: seededRandom(4) });
    const keys = Array.from({ length: 5 }, () => swarm.joinFull());
    assertEquals(swarm.askAll(keys[0]!).length, 4);
    assertEquals(swarm.askAll(keys[1]!).length, 4);
    assertEquals(swarm.askAll(keys[2]!).length, 4);
    assertEquals(swarm.askAll(keys[3]!).length, 0);
    swarm.wait(499);
    assertEquals(swarm.askAll(keys[3]!).length, 0);
    swarm.wait(1);
    assertEquals(swarm.askAll(keys[3]!).length, 4);
    swarm.wait(800);
    const request = swarm.requestsOf(keys[3]!)[1]!;
    assertEquals(swarm.answer(keys[3]!, request), U);
    assertEquals(swarm.owing(0, request.begin), 0);
    assertEquals(swarm.askAll(keys[4]!).length, 0);
    swarm.wait(499);
    assertEquals(swarm.askAll(keys[4]!).length, 0, "who was asked last was heard 999 ms ago");
    swarm.wait(1);
    assertEquals(swarm.askAll(keys[4]!).map(({ begin }) => begin), [0, 2 * U, 3 * U]);
  },
});

Deno.test({
  name:
    "DownloadPlan asks for a late block a second after it was asked of one who is silent, however many are",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 1, maxActive: 9, random: seededRandom(4) });
    const keys = Array.from({ length: 12 }, () => swarm.joinFull());
    for (const key of keys.splice(0, 3)) assertEquals(swarm.askAll(key).length, 4);
    for (const key of keys) {
      assertEquals(swarm.askAll(key).length, 0, "half a second after the one before");
      swarm.wait(499);
      assertEquals(swarm.askAll(key).length, 0);
      swarm.wait(1);
      assertEquals(swarm.askAll(key).length, 4);
    }
  },
});

Deno.test({
  name:
    "DownloadPlan asks for a late block a second after it was asked of one who owes it no more, too",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 1, maxActive: 9, random: seededRandom(4) });
    const keys = Array.from({ length: 8 }, () => swarm.joinFull());
    for (const key of keys) {
      while (swarm.askAll(key).length === 0) swarm.wait(250);
    }
    swarm.giveBack(keys.at(-1)!);
    const next = swarm.joinFull();
    assertEquals(swarm.askAll(next).length, 0, "half a second after that");
    swarm.wait(500);
    assertEquals(swarm.askAll(next).length, 4);
  },
});

Deno.test({
  name: "DownloadPlan asks nobody in the endgame who is late himself, until he sends again",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 2, maxActive: 9, random: seededRandom(4) });
    const [first, second] = [swarm.joinFull(), swarm.joinFull()];
    const [owed] = swarm.askAll(first, 4);
    swarm.askAll(second, 4);
    assertEquals(
      swarm.askAll(first).length,
      0,
      "the other piece is as late as what it owes itself",
    );
    swarm.answer(first, owed!);
    assertEquals(swarm.askAll(first).length, 4);
  },
});

Deno.test({
  name: "DownloadPlan asks nobody twice while blocks are missing that nobody was asked for",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 4, maxActive: 9, random: seededRandom(5) });
    const seeder = swarm.joinFull();
    const [first] = swarm.askAll(seeder, 4);
    const other = swarm.joinWith(first!.index);
    assertEquals(swarm.ask(other), undefined, "the seeder owes all of its only piece");
    swarm.askAll(seeder);
    assert(swarm.ask(other) !== undefined, "now everything is asked for");
  },
});

Deno.test({
  name: "DownloadPlan has a peer help with a later piece while all of earlier ones is asked for",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 4, maxActive: 2, random: () => 0 });
    const [first, second, third] = [swarm.joinFull(), swarm.joinFull(), swarm.joinFull()];
    const asked = swarm.ask(first, 10 * U);
    const begun = swarm.ask(second, U);
    assert(asked !== undefined && begun?.length === U && asked.index !== begun.index);
    const helped = swarm.ask(third, 10 * U);
    assertEquals(helped, { index: begun.index, begin: U, length: 3 * U });
    assertEquals(swarm.ask(third, 10 * U), undefined, "nothing is free, and pieces are missing");
  },
});

Deno.test({
  name: "DownloadPlan enters the endgame though there are pieces that nobody has",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 4, maxActive: 9, random: seededRandom(6) });
    const first = swarm.joinWith(2);
    const second = swarm.joinWith(2);
    assertEquals(swarm.askAll(first).length, 4);
    assertEquals(swarm.askAll(second).length, 4);
  },
});

Deno.test({
  name: "DownloadPlan asks others for what a peer that left owed",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 3, maxActive: 9, random: seededRandom(7) });
    const [gone, stays] = [swarm.joinFull(), swarm.joinFull()];
    const owed = swarm.askAll(gone, 3);
    swarm.answer(gone, owed[0]!);
    swarm.leave(gone);
    swarm.finish();
    assert(swarm.plan.isComplete);
    assert(swarm.peers.has(stays));
  },
});

Deno.test({
  name: "DownloadPlan has no more pieces active and verifying than it may",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 20, maxActive: 3, random: seededRandom(8) });
    const seeder = swarm.joinFull();
    const requests = swarm.askAll(seeder, 100);
    assertEquals(new Set(requests.map(({ index }) => index)).size, 3);
    for (const request of requests) swarm.answer(seeder, request);
    assertEquals(swarm.verifying.size, 3);
    assertEquals(swarm.ask(seeder), undefined);
    swarm.verify([...swarm.verifying.keys()][0]!, "missing");
    assert(swarm.ask(seeder) !== undefined);
  },
});

Deno.test({
  name: "DownloadPlan does not let idle pieces whose sources are gone use up the places",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 9, maxActive: 3, random: seededRandom(9) });
    for (const piece of [0, 1, 2]) {
      const gone = swarm.joinWith(piece);
      swarm.answer(gone, swarm.ask(gone)!);
      swarm.leave(gone);
    }
    const key = swarm.joinWith(3, 4, 5, 6, 7, 8);
    swarm.finish();
    assertEquals([...swarm.held.ones()], [3, 4, 5, 6, 7, 8]);
    swarm.leave(key);
    swarm.joinWith(0, 1, 2);
    swarm.finish();
    assert(swarm.plan.isComplete);
  },
});

Deno.test({
  name: "DownloadPlan asks nothing of a peer that has nothing, or nothing that is wanted",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 3, maxActive: 9, random: seededRandom(10) });
    const [empty, some] = [swarm.joinWith(), swarm.joinWith(1)];
    assertEquals(swarm.ask(empty), undefined);
    assert(!swarm.plan.isInteresting(swarm.peer(empty)));
    assert(swarm.plan.isInteresting(swarm.peer(some)));
    swarm.finish();
    assert(!swarm.plan.isInteresting(swarm.peer(some)));
    assertEquals(swarm.ask(some), undefined);
  },
});

Deno.test({
  name: "DownloadPlan begins a piece anew whose hash was wrong, with none of its old bytes",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 1, maxActive: 9, random: seededRandom(11) });
    const [first, second] = [swarm.joinFull(), swarm.joinFull()];
    for (const request of swarm.askAll(first)) swarm.answer(first, request);
    swarm.verify(0, "missing");
    const again = swarm.askAll(second);
    assertEquals(again.map(({ begin }) => begin), [0, U, 2 * U, 3 * U]);
    for (const request of again) assertEquals(swarm.answer(second, request), request.length);
    swarm.verify(0, "held");
    assert(swarm.plan.isComplete);
  },
});

Deno.test({
  name: "DownloadPlan fetches a piece that failed from one peer alone the next time",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 1, maxActive: 9, random: seededRandom(13) });
    const [first, second, third] = [swarm.joinFull(), swarm.joinFull(), swarm.joinFull()];
    swarm.answer(first, swarm.ask(first)!);
    for (const request of swarm.askAll(second)) swarm.answer(second, request);
    swarm.verify(0, "missing");
    const again = swarm.askAll(third, 2);
    assertEquals(swarm.ask(first), undefined, "nobody helps");
    assertEquals(swarm.askAll(third).length, 2);
    assertEquals(swarm.ask(second), undefined, "nobody is asked for the same");
    for (const request of again) swarm.answer(third, request);
    for (const request of swarm.requestsOf(third)) swarm.answer(third, request);
    assertEquals(new Set(swarm.verifying.get(0)?.senders), new Set([third]));
  },
});

Deno.test({
  name: "DownloadPlan begins a failed piece anew with another peer when its only one gives it up",
  permissions: "none",
  fn() {
    const swarm = new PlannedSwarm({ pieceCount: 1, maxActive: 9, random: seededRandom(14) });
    const [first, second] = [swarm.joinFull(), swarm.joinFull()];
    for (const request of swarm.askAll(first)) swarm.answer(first, request);
    swarm.verify(0, "missing");
    swarm.answer(first, swarm.ask(first)!);
    assertEquals(swarm.askAll(first, 1).length, 1);
    assertEquals(swarm.ask(second), undefined);
    swarm.giveBack(first);
    for (const request of swarm.askAll(second)) swarm.answer(second, request);
    assertEquals(new Set(swarm.verifying.get(0)?.senders), new Set([second]));
    swarm.verify(0, "held");
    assert(swarm.plan.isComplete);
  },
});

Deno.test({
  name: "DownloadPlan leaves alone what is held from the start",
  permissions: "none",
  fn() {
    const { layout } = new PlannedSwarm({ pieceCount: 4, maxActive: 4, random: seededRandom(1) });
    const held = new Bitfield(4);
    for (const index of [0, 2, 3]) held.set(index);
    const plan = new DownloadPlan({ layout, held, maxActive: () => 4, random: seededRandom(12) });
    plan.holders.join(Bitfield.full(4));
    const source = { key: 1, bits: Bitfield.full(4), window: new RequestWindow() };
    for (let count = 0; count < 4; count++) assertEquals(plan.next(source, U, 0)?.index, 1);
    assertEquals(plan.holders.availability(1), 1);
    assert(!plan.isComplete && plan.isInteresting(source));
  },
});
