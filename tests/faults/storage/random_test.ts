import { assert } from "@std/assert";
import { relative } from "@std/path";
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

/** A number that follows from a text (FNV-1a). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash;
}

/**
 * A layer on which each call may fail, most of them by a code, some by the end of the process. The
 * fate of a call follows from the life it is in, what it is, its path, and how many of that pair came
 * before it: calls that run side by side may come in any order.
 */
function unlucky(life: string, root: string): FaultyLayer {
  const chance = [0.003, 0.01, 0.05][randomBelow(seededRandom(hashOf(life)), 3)] ?? 0;
  const counts = new Map<string, number>();
  const plan: FaultPlan = (call, _, path): Fault | undefined => {
    const pair = `${call} ${relative(root, path)}`;
    const count = (counts.get(pair) ?? 0) + 1;
    counts.set(pair, count);
    const random = seededRandom(hashOf(`${life} ${pair} ${count}`));
    if (random() >= chance) return undefined;
    if (random() < 0.1) return { kind: "kill" };
    // EIO of a read may cost pieces, which the other test counts.
    const code = CODES.filter((each) => each !== "EIO")[randomBelow(random, CODES.length - 1)];
    return { kind: "error", code: code ?? "ENOSPC" };
  };
  return new FaultyLayer(plan, plan);
}

/** Lives once in a folder; gives what went wrong, a line for each fault. */
async function live(run: Run, life: string): Promise<string[]> {
  const layer = unlucky(life, run.path);
  const faults = () =>
    layer.faults.map(({ call, path }) => `${life}: ${call} ${relative(run.path, path)}`);
  try {
    await run.attempt(layer);
  } catch (cause) {
    throw new Error(`${cause}\n${faults().join("\n")}`, { cause });
  }
  await layer.kill();
  return faults();
}

for (const [number, operation] of OPERATIONS.entries()) {
  Deno.test(`${operation.name} loses nothing to faults one after the other (seed ${SEED})`, async (t) => {
    await using stage = await Stage.open(operation);
    let faults = 0;
    for (let folder = 0; folder < FOLDERS; folder++) {
      await using run = await stage.copy();
      const told: string[] = [];
      for (let life = 0; life < LIVES; life++) {
        told.push(
          ...await live(run, `seed ${SEED}, work ${number}, folder ${folder}, life ${life}`),
        );
      }
      try {
        const lost = await run.complete();
        assert(lost <= stage.lost, `${lost} pieces that were held are lost`);
      } catch (cause) {
        throw new Error(`${cause}, after\n${told.join("\n")}`, { cause });
      }
      faults += told.length;
    }
    await t.step(`${faults} faults in ${FOLDERS * LIVES} processes`, () => assert(faults > 0));
  });
}
