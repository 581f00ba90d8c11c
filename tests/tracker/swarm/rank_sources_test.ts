import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { Bitfield } from "../../../lib/bytes/mod.ts";
import {
  type Asker,
  MAX_RANKED_MEMBERS,
  rankSources,
  type Swarm,
  type SwarmRegistry,
} from "../../../lib/tracker/mod.ts";
import { sampleHash, sampleShape } from "../sample_torrents.ts";
import { admit, COMPLETE, eight, registryWith, report } from "./sample_registry.ts";

const hash = sampleHash(1);
const shape = sampleShape("mv1.mp4", 8);

/** A swarm in which the peer of each number holds these pieces. */
function swarmOf(held: readonly (number | "complete")[]): Swarm {
  const registry: SwarmRegistry = registryWith();
  for (const [number, bits] of held.entries()) {
    const pieces = bits === "complete" ? COMPLETE : eight(bits);
    registry.report(admit(registry, number), report(hash, pieces, shape));
  }
  const swarm = registry.swarms.get(hash);
  assert(swarm !== undefined);
  return swarm;
}

/** The numbers of the peers, in the order of their rank. */
function ranked(swarm: Swarm, holding: Asker["holding"], seed = 1): number[] {
  return rankSources(swarm, swarm.members, { holding, seed }).map(({ peer }) => peer.serial);
}

Deno.test({
  name: "those come first that hold most of what the asker lacks",
  permissions: "none",
  fn() {
    const swarm = swarmOf([0b1111_0000, 0b0000_0011, "complete", 0b0000_0111, 0]);
    assertEquals(ranked(swarm, "nothing"), [2, 0, 3, 1, 4]);
    const asker = Bitfield.fromBytes(Uint8Array.of(0b1111_1000), 8);
    assertEquals(ranked(swarm, asker).slice(0, 3), [2, 3, 1]);
  },
});

Deno.test({
  name: "an asker that lacks nothing gets those first that lack something",
  permissions: "none",
  fn() {
    const swarm = swarmOf(["complete", 0b1111_0000, "complete", 0]);
    assertEquals(new Set(ranked(swarm, "complete").slice(0, 2)), new Set([1, 3]));
  },
});

Deno.test({
  name: "those of whom nothing is known come last",
  permissions: "none",
  fn() {
    const swarm = swarmOf([0, 0b1000_0000, 0]);
    const [first] = swarm.members;
    assert(first !== undefined);
    swarm.hold(first, "unknown");
    assertEquals(ranked(swarm, "nothing").at(-1), 0);
    assertEquals(ranked(swarm, "unknown").at(0), 1);
  },
});

Deno.test({
  name: "equal sources come in an order that the seed alone decides, each first for some seed",
  permissions: "none",
  fn() {
    const swarm = swarmOf(new Array(8).fill("complete"));
    assertEquals(ranked(swarm, "nothing", 5), ranked(swarm, "nothing", 5));
    assertNotEquals(ranked(swarm, "nothing", 5), ranked(swarm, "nothing", 6));
    const times = new Array<number>(8).fill(0);
    for (let seed = 0; seed < 4000; seed++) {
      const [first = 0] = ranked(swarm, "nothing", Math.imul(seed, 0x9e3779b1));
      times[first] = (times[first] ?? 0) + 1;
    }
    for (const count of times) assert(Math.abs(count - 500) < 120, `${times}`);
  },
});

Deno.test({
  name: "of very many missing pieces some stand for all",
  permissions: "none",
  fn() {
    const registry = registryWith();
    const pieces = 20_000;
    const large = sampleShape("large", pieces);
    const bitfield = (count: number): Uint8Array => {
      const field = new Bitfield(pieces);
      for (let piece = 0; piece < count; piece++) field.set(pieces - 1 - piece);
      return field.toBytes();
    };
    for (const [number, count] of [5000, 15_000, 10_000].entries()) {
      const bytes = bitfield(count);
      registry.report(admit(registry, number), report(hash, { kind: "bitfield", bytes }, large));
    }
    const swarm = registry.swarms.get(hash);
    assert(swarm !== undefined);
    assertEquals(ranked(swarm, "nothing"), [1, 2, 0]);
  },
});

Deno.test({
  name:
    "in a large swarm those that hold everything come first, and of the others some are compared",
  permissions: "none",
  fn() {
    const held = Array.from({ length: 1000 }, (_, number) => number % 2 === 0 ? 0b1000_0000 : 0);
    const swarm = swarmOf([...held, "complete"]);
    let looks = 0;
    for (const { holding } of swarm.members) {
      if (!(holding instanceof Bitfield)) continue;
      const has = holding.has.bind(holding);
      holding.has = (piece) => {
        looks++;
        return has(piece);
      };
    }
    const order = ranked(swarm, "nothing");
    assertEquals(looks, MAX_RANKED_MEMBERS * 8);
    assertEquals(order[0], 1000);
    assertEquals(new Set(order).size, 1001);
    const worths = order.slice(1, 1 + MAX_RANKED_MEMBERS).map((number) => held[number] ?? 0);
    assertEquals(worths, worths.toSorted((a, b) => b - a));
    assert(worths.includes(0) && worths.includes(0b1000_0000));
    assertEquals(order, ranked(swarm, "nothing"));
  },
});
