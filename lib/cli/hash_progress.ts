import { type Clock, systemClock } from "../net/mod.ts";
import type { StorageProgress } from "../storage/mod.ts";
import type { Output } from "./output.ts";
import { usualPaint } from "./paint.ts";
import { printable } from "./printable.ts";
import { formatBytes } from "./units.ts";

/** The time between two lines, and before the first, in milliseconds. */
const LINE_MS = 1_000;

/** Where the hashing is told of. */
export type HashOutput = Pick<Output, "isLive" | "note" | "show">;

/**
 * Makes a function that tells how far the hashing of something long is: in a line that changes on a
 * terminal, and now and then elsewhere.
 */
export function hashProgress(
  output: HashOutput,
  name: string,
  clock: Clock = systemClock,
): (progress: StorageProgress) => void {
  return output.isLive ? shown(output, name, clock) : logged(output, name, clock);
}

function logged(
  output: HashOutput,
  name: string,
  clock: Clock,
): (progress: StorageProgress) => void {
  let toldMs = clock.now();
  return ({ doneBytes, totalBytes }) => {
    if (clock.now() - toldMs < LINE_MS) return;
    toldMs = clock.now();
    output.note(
      { type: "checking", name, bytes: doneBytes, length: totalBytes },
      `Checking ${printable(name)}: ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`,
    );
  };
}

/** What is shown goes when all is hashed, or with all that is live at the end of the command. */
function shown(
  output: HashOutput,
  name: string,
  clock: Clock,
): (progress: StorageProgress) => void {
  const startMs = clock.now();
  let latest: StorageProgress;
  let state: "quiet" | "shown" | "over" = "quiet";
  let line: Disposable | undefined;
  async function show(): Promise<void> {
    state = "shown";
    const { hashLine } = await import("./hash_line.ts");
    if (state !== "shown") return;
    line = output.show(({ columns }) => {
      const seconds = (clock.now() - startMs) / 1000;
      return [hashLine(name, { ...latest, seconds }, { cells: columns - 1, paint: usualPaint() })];
    });
  }
  return (progress) => {
    latest = progress;
    if (progress.doneBytes >= progress.totalBytes) {
      state = "over";
      line?.[Symbol.dispose]();
    } else if (state === "quiet" && clock.now() - startMs >= LINE_MS) void show();
  };
}
