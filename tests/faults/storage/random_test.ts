import { assert } from "@std/assert";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";
import { type Fault, type FaultPlan, FaultyLayer } from "../../storage/faulty_layer.ts";
import { CODES, type Run, Stage } from "./campaign.ts";
import { OPERATIONS } from "./operations.ts";

/** Lets the same faults come again: `SLUICE_FAULT_SEED=7 deno task test:faults`. */
const SEED = Number(Deno.env.get("SLUICE_FAULT_SEED") ?? "1");

/** Lives of processes in a row that go wrong, for each kind of work. */
const LIVES = 8;

/** Folders in which each kind of work is done. */
const FOLDERS = 25;

/** A layer on which each call may fail, most of them by a code, some by the end of the process. */
function unlucky(random: () => number): FaultyLayer {
  const chance = [0.003, 0.01, 0.05][randomBelow(random, 3)] ?? 0;
  const plan: FaultPlan = (): Fault | undefined => {
    if (random() >= chance) return undefined;
    if (random() < 0.1) return { kind: "kill" };
    // EIO of a read may cost pieces, which the other test counts.
    const code = CODES.filter((each) => each !== "EIO")[randomBelow(random, CODES.length - 1)];
    return { kind: "error", code: code ?? "ENOSPC" };
  };
  return new FaultyLayer(plan, plan);
}

async function live(run: Run, random: () => number): Promise<number> {
  const layer = unlucky(random);
  await run.attempt(layer);
  await layer.kill();
  return layer.faults.length;
}

for (const [number, operation] of OPERATIONS.entries()) {
  Deno.test(`${operation.name} loses nothing to faults one after the other (seed ${SEED})`, async (t) => {
    const random = seededRandom(SEED * 1_000 + number);
    await using stage = await Stage.open(operation);
    let faults = 0;
    for (let folder = 0; folder < FOLDERS; folder++) {
      await using run = await stage.copy();
      for (let life = 0; life < LIVES; life++) faults += await live(run, random);
      const lost = await run.complete();
      assert(lost <= stage.lost, `folder ${folder}: ${lost} pieces that were held are lost`);
    }
    await t.step(`${faults} faults in ${FOLDERS * LIVES} processes`, () => assert(faults > 0));
  });
}
