/**
 * Moves a file of 2 GiB between two processes and looks at the most memory that each of them ever
 * had. Too slow for the tests: a task of its own runs it, on Linux, and it needs 4 GiB of disk.
 */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { Scene } from "./scene.ts";
import type { Sluice } from "./sluice.ts";

const MEBIBYTE = 1024 * 1024;
const LENGTH = 2048 * MEBIBYTE;

/** Bytes of random data that stand at the beginning of each stretch; the rest is a hole. */
const ISLAND = 64 * 1024;
const STRETCH = 512 * 1024;

/** The most memory that a process may ever have resident. */
const LIMIT = 150 * MEBIBYTE;

/** Writes a file of islands of random data, so that every piece is another. */
async function writeSparse(path: string): Promise<void> {
  const random = seededRandom(2);
  using file = await Deno.open(path, { create: true, write: true });
  await file.truncate(LENGTH);
  const island = randomBytes(random, ISLAND);
  for (let at = 0; at < LENGTH; at += STRETCH) {
    new DataView(island.buffer).setFloat64(0, random());
    await file.seek(at, Deno.SeekMode.Start);
    await file.write(island);
  }
}

/** The most memory that a process has ever had resident, in bytes. */
async function highWaterMark(process: Sluice): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${process.pid}/status`);
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  assert(kibibytes !== undefined, "there is no VmHWM");
  return Number(kibibytes) * 1024;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function main(): Promise<void> {
  if (Deno.build.os !== "linux") return say("Only Linux tells the most memory of a process");
  await using scene = await Scene.open();
  const alice = await scene.library("alice", { "huge.bin": new Uint8Array() });
  const bob = await scene.folder("bob");
  const path = join(alice, "Original_Files", "huge.bin");
  await writeSparse(path);
  const tracker = await scene.tracker();
  const share = await scene.share(alice, "huge.bin", tracker);
  const get = scene.start(bob, ["get", "huge.bin", "--stay", ...tracker.flags, "--json"]);
  const done = await get.report("done");
  say(`2 GiB in ${done.seconds} s`);
  const processes = { tracker: tracker.process, seeder: share.process, leecher: get };
  const tooMuch: string[] = [];
  for (const [name, process] of Object.entries(processes)) {
    const bytes = await highWaterMark(process);
    say(`${name}: at most ${Math.round(bytes / MEBIBYTE)} MiB`);
    if (bytes > LIMIT) tooMuch.push(name);
  }
  const compare = new Deno.Command("cmp", { args: [path, String(done.path)] });
  assertEquals((await compare.output()).code, 0, "the copy differs");
  assertEquals(tooMuch, [], "more than 150 MiB");
}

await main();
