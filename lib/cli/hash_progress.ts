import type { StorageProgress } from "../storage/mod.ts";
import type { Output } from "./output.ts";
import { printable } from "./printable.ts";
import { formatBytes } from "./units.ts";

/** The time between two lines, in milliseconds. */
const LINE_MS = 1_000;

/** Makes a function that tells now and then how far the hashing of something long is. */
export function hashProgress(
  output: Output,
  name: string,
): (progress: StorageProgress) => void {
  let toldMs = performance.now();
  return ({ doneBytes, totalBytes }) => {
    if (performance.now() - toldMs < LINE_MS) return;
    toldMs = performance.now();
    output.note(
      { type: "checking", name, bytes: doneBytes, length: totalBytes },
      `Checking ${printable(name)}: ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`,
    );
  };
}
