import { CAN_MEASURE, mebibytes, type Usage, usageOf } from "../faults/hostile/usage.ts";
import { say } from "./ledger.ts";
import type { World } from "./world.ts";

/** What the last quarter may have more than the second one: memory in parts and bytes, descriptors. */
const GROWTH = { share: 0.25, bytes: 32 * 1024 * 1024, descriptors: 24 };

/** Samples below which nothing is said. */
const ENOUGH = 16;

/** Watches what those take who live from the first second to the last. */
export class Health {
  readonly #world: World;
  readonly #samples = new Map<string, Usage[]>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Takes a sample of each. */
  async sample(): Promise<void> {
    if (!CAN_MEASURE) return;
    const { trackers } = this.#world;
    const roles = [this.#world.role("alice"), this.#world.role("carol"), trackers[1]?.role];
    for (const role of roles) {
      if (role === undefined || role.process.state === "ended") continue;
      const samples = this.#samples.get(role.name) ?? [];
      samples.push(await usageOf(role.process.pid));
      this.#samples.set(role.name, samples);
    }
  }

  /** Compares the second quarter with the last one. */
  judge(): void {
    for (const [name, samples] of this.#samples) {
      const quarter = Math.floor(samples.length / 4);
      const second = median(samples.slice(quarter, 2 * quarter));
      const last = median(samples.slice(-quarter));
      say(
        `${name}: ${mebibytes(second.resident)} MiB and ${second.descriptors} descriptors in the ` +
          `second quarter, ${mebibytes(last.resident)} and ${last.descriptors} in the last`,
      );
      if (samples.length < ENOUGH) continue;
      const limit = second.resident * (1 + GROWTH.share) + GROWTH.bytes;
      const { ledger } = this.#world;
      if (last.resident > limit) ledger.fail(`the memory of ${name} grows`);
      if (last.descriptors > second.descriptors + GROWTH.descriptors) {
        ledger.fail(`the descriptors of ${name} become more`);
      }
    }
  }
}

function median(samples: readonly Usage[]): Usage {
  const middle = (values: number[]): number =>
    values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  return {
    descriptors: middle(samples.map(({ descriptors }) => descriptors)),
    sockets: middle(samples.map(({ sockets }) => sockets)),
    resident: middle(samples.map(({ resident }) => resident)),
  };
}
