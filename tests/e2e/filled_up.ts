import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { Scene } from "./scene.ts";
import { fault } from "./staged_disk.ts";

/** A `get` whose disk of 4 MiB is full, by a file that can be removed again. */
export async function filledUp(
  scene: Scene,
  small: string,
  film: Uint8Array,
  flags: readonly string[] = [],
) {
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": film });
  await scene.share(alice, "film.bin", tracker, ["--piece-length", "64K"]);
  const get = ["get", "film.bin", "--out", small, ...tracker.flags];
  const first = scene.start(scene.path, [...get, "--down", "1M", "--json", ...flags]);
  await first.report("progress", ({ chunks }) => Number(chunks) > 0);
  const filler = join(small, "filler");
  fault("dd", "if=/dev/zero", `of=${filler}`, "bs=64k");
  const waiting = await first.report("disk-waiting");
  assertEquals([waiting.name, waiting.reason], ["film.bin", "disk-full"]);
  assertStringIncludes(String(waiting.path), small);
  assertGreater(film.length, Number(waiting.missing));
  return { get, first, filler };
}
