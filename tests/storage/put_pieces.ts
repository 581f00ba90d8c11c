/**
 * Run as a process of its own: fetches the sample into the folder that it is given, and names each
 * piece once the store has said that it is held. It is a few pieces ahead of whoever answers each
 * name with a byte, so that it does not end before it is killed.
 */
import { openPartialStore } from "../../lib/storage/mod.ts";
import { allPieces, pieceOf } from "./samples.ts";
import { killSample } from "./kill_sample.ts";

/** Pieces that are put before the first answer. */
const AHEAD = 4;

const sample = await killSample();
await using store = await openPartialStore({ folder: Deno.args[0] ?? "", info: sample.info });
const indices = allPieces(sample.info)[Symbol.iterator]();
const answers = Deno.stdin.readable.getReader();
let allowed = AHEAD;

async function takeTurn(): Promise<void> {
  while (allowed === 0) {
    const { value } = await answers.read();
    allowed += value?.length ?? 0;
  }
  allowed--;
}

async function run(): Promise<void> {
  for (const index of indices) {
    await takeTurn();
    await store.put(index, pieceOf(sample, index));
    Deno.stdout.writeSync(new TextEncoder().encode(`${index}\n`));
  }
}

await Promise.all([run(), run(), run()]);
await answers.cancel();
await store.finish();
