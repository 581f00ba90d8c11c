import { assert, assertEquals } from "@std/assert";
import { Bitfield } from "../../../lib/bytes/mod.ts";
import { RarestFirst } from "../../../lib/peer/policy/mod.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";

/** The same choice, made by looking at every piece. */
class NaivePicker {
  readonly holders: Bitfield[] = [];
  readonly excluded = new Set<number>();

  availability(index: number): number {
    return this.holders.filter((bits) => bits.has(index)).length;
  }

  /** How many pieces could be picked if some peer had all of them. */
  obtainable(pieceCount: number): number {
    return Array.from({ length: pieceCount }, (_, index) => index)
      .filter((index) => !this.excluded.has(index) && this.availability(index) > 0).length;
  }

  /** All pieces that would be right to pick. */
  rarest(bits: Bitfield): number[] {
    const choice = [...bits.ones()].filter((index) => !this.excluded.has(index));
    const least = Math.min(...choice.map((index) => this.availability(index)));
    return choice.filter((index) => this.availability(index) === least);
  }
}

function randomBits(random: () => number, length: number): Bitfield {
  const bits = new Bitfield(length);
  const density = random();
  for (let index = 0; index < length; index++) if (random() < density) bits.set(index);
  return bits;
}

function play(seed: number, pieceCount: number, steps: number): Record<string, number> {
  const random = seededRandom(seed);
  const picker = new RarestFirst(pieceCount, random);
  const model = new NaivePicker();
  const done: Record<string, number> = { picked: 0, nothing: 0 };
  const operations: Record<string, () => void> = {
    join() {
      const bits = randomBits(random, pieceCount);
      picker.addHolder(bits);
      model.holders.push(bits);
    },
    gain() {
      const bits = model.holders[randomBelow(random, model.holders.length)];
      const index = randomBelow(random, pieceCount);
      if (bits?.set(index)) picker.countHolder(index);
    },
    leave() {
      const [bits] = model.holders.splice(randomBelow(random, model.holders.length), 1);
      if (bits !== undefined) picker.removeHolder(bits);
    },
    exclude() {
      const index = randomBelow(random, pieceCount);
      picker.exclude(index);
      model.excluded.add(index);
    },
    include() {
      const index = randomBelow(random, pieceCount);
      picker.include(index);
      model.excluded.delete(index);
    },
    pick() {
      const bits = model.holders[randomBelow(random, model.holders.length)];
      if (bits === undefined) return;
      const wanted = model.rarest(bits);
      const picked = picker.pick(bits);
      if (wanted.length === 0) assertEquals(picked, undefined);
      else assert(wanted.includes(picked!), `${picked} was picked, not one of ${wanted}`);
      done[picked === undefined ? "nothing" : "picked"]!++;
    },
  };
  const names = Object.keys(operations);
  for (let step = 0; step < steps; step++) {
    operations[names[randomBelow(random, names.length)]!]!();
    picker.assertInvariant();
    assertEquals(picker.candidates, pieceCount - model.excluded.size);
    assertEquals(picker.obtainable, model.obtainable(pieceCount));
    for (let index = 0; index < pieceCount; index++) {
      assertEquals(picker.availability(index), model.availability(index));
    }
  }
  return done;
}

Deno.test({
  name:
    "RarestFirst picks what a look at every piece would pick, whatever joins, leaves and changes",
  permissions: "none",
  fn() {
    let picked = 0;
    let nothing = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const done = play(seed, 1 + seed % 23, 300);
      picked += done.picked!;
      nothing += done.nothing!;
    }
    assert(picked > 500 && nothing > 50, `picked ${picked} times, found nothing ${nothing} times`);
  },
});

Deno.test({
  name: "RarestFirst picks nothing of a torrent without pieces or a peer without any",
  permissions: "none",
  fn() {
    const empty = new RarestFirst(0, seededRandom(1));
    empty.assertInvariant();
    assertEquals(empty.pick(new Bitfield(0)), undefined);
    const picker = new RarestFirst(9, seededRandom(1));
    assertEquals(picker.pick(new Bitfield(9)), undefined);
  },
});

Deno.test({
  name: "RarestFirst prefers one rare piece to a thousand common ones",
  permissions: "none",
  fn() {
    const random = seededRandom(7);
    const picker = new RarestFirst(1_001, random);
    const most = Bitfield.full(1_001);
    most.clear(640);
    picker.addHolder(most);
    picker.addHolder(Bitfield.full(1_001));
    for (let round = 0; round < 100; round++) {
      assertEquals(picker.pick(Bitfield.full(1_001)), 640);
    }
  },
});

Deno.test({
  name: "RarestFirst breaks ties evenly over many picks",
  permissions: "none",
  fn() {
    const picker = new RarestFirst(20, seededRandom(11));
    picker.addHolder(Bitfield.full(20));
    const counts = new Uint32Array(20);
    for (let round = 0; round < 8_000; round++) counts[picker.pick(Bitfield.full(20))!]!++;
    for (const count of counts) assert(count > 300 && count < 500, `${counts}`);
  },
});

Deno.test({
  name: "RarestFirst breaks ties evenly over many peers that have some of the pieces",
  permissions: "none",
  fn() {
    const random = seededRandom(12);
    const counts = new Uint32Array(40);
    const bits = new Bitfield(40);
    for (const index of [0, 1, 2, 3, 10, 20, 30, 39]) bits.set(index);
    for (let round = 0; round < 4_000; round++) {
      const picker = new RarestFirst(40, random);
      picker.addHolder(bits);
      counts[picker.pick(bits)!]!++;
    }
    for (const index of bits.ones()) {
      assert(counts[index]! > 400 && counts[index]! < 600, `${counts}`);
    }
  },
});
