import { CAN_MEASURE, mebibytes, type Usage, usageOf } from "../faults/hostile/usage.ts";
import { say } from "./ledger.ts";
import type { Role } from "./role.ts";
import type { World } from "./world.ts";

/** What the last quarter may have more than the second one: memory in parts and bytes, descriptors. */
const GROWTH = { share: 0.25, bytes: 32 * 1024 * 1024, descriptors: 24 };

/** Samples below which nothing is said. */
const ENOUGH = 16;

/** How long strangers that were let go may still hold descriptors, in milliseconds. */
const QUIET_MS = 20_000;

/** Watches what those take who live from the first second to the last. */
export class Health {
  readonly #world: World;
  readonly #samples = new Map<Role, Usage[]>();

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
      const samples = this.#samples.get(role) ?? [];
      try {
        samples.push(await usageOf(role.process.pid));
      } catch (error) {
        // It has ended meanwhile, which is told of by whoever looks at the roles.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
      this.#samples.set(role, samples);
    }
  }

  /**
   * Compares memory in the second quarter with that in the last one; and descriptors then with those
   * that are left when nobody comes any more. Must be called when nothing goes on.
   */
  async judge(): Promise<void> {
    await Promise.all([...this.#samples].map(async ([role, samples]) => {
      const quarter = Math.floor(samples.length / 4);
      const second = ofMiddle(samples.slice(quarter, 2 * quarter));
      const last = ofMiddle(samples.slice(-quarter));
      const limit = second.descriptors + GROWTH.descriptors;
      const left = await this.#descriptorsLeft(role, limit);
      say(
        `${role.name}: ${
          mebibytes(second.resident)
        } MiB and ${second.descriptors} descriptors in ` +
          `the second quarter, ${mebibytes(last.resident)} and ${last.descriptors} in the last, ` +
          `${left} at the end`,
      );
      const { ledger } = this.#world;
      if (samples.length < ENOUGH) return;
      ledger.judged++;
      if (last.resident > second.resident * (1 + GROWTH.share) + GROWTH.bytes) {
        ledger.fail(`the memory of ${role.name} grows`);
      }
      if (left > limit) ledger.fail(`the descriptors of ${role.name} become more`);
    }));
  }

  /** The descriptors of a process when they are few enough, or after a while. */
  async #descriptorsLeft({ process }: Role, enough: number): Promise<number> {
    const endMs = performance.now() + QUIET_MS;
    while (process.state === "running") {
      const { descriptors } = await usageOf(process.pid);
      if (descriptors <= enough || performance.now() > endMs) return descriptors;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    return 0;
  }
}

/** The medians of some samples. */
function ofMiddle(samples: readonly Usage[]): Usage {
  const middle = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  return {
    descriptors: middle(samples.map(({ descriptors }) => descriptors)),
    sockets: middle(samples.map(({ sockets }) => sockets)),
    resident: middle(samples.map(({ resident }) => resident)),
  };
}
