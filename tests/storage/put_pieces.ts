/**
 * Run as a process of its own: fetches the sample into the folder that it is given, and names each
 * piece once the store has said that it is held.
 */
import { openPartialStore } from "../../lib/storage/mod.ts";
import { allPieces, pieceOf } from "./samples.ts";
import { killSample } from "./kill_sample.ts";

const sample = await killSample();
await using store = await openPartialStore({ folder: Deno.args[0] ?? "", info: sample.info });
const indices = allPieces(sample.info)[Symbol.iterator]();

async function run(): Promise<void> {
  for (const index of indices) {
    await store.put(index, pieceOf(sample, index));
    Deno.stdout.writeSync(new TextEncoder().encode(`${index}\n`));
  }
}

await Promise.all([run(), run(), run()]);
await store.finish();
