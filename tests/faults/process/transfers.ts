import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { randomBytes, seededRandom } from "../../bytes/seeded_random.ts";
import type { Report, Sluice } from "../../e2e/sluice.ts";

/** Bytes of a chunk of all that is moved here. */
export const PIECE: number = 64 * 1024;

/** The flags that make chunks so long. */
export const IN_PIECES: readonly string[] = ["--piece-length", "64K"];

/** Data of so many chunks, of which the last is a short one. */
export function filmOf(seed: number, pieces: number): Uint8Array<ArrayBuffer> {
  return randomBytes(seededRandom(seed), (pieces - 1) * PIECE + 99);
}

/** What a `get --json` has told of how it goes. */
export function progressOf(process: Sluice): Report[] {
  return process.reports.filter(({ type }) => type === "progress");
}

/** The bytes that a `get` has told last to hold. */
export function bytesOf(process: Sluice): number {
  return Number(progressOf(process).at(-1)?.bytes ?? 0);
}

/** Waits until a `get` tells that it holds so many bytes, and gives what it tells. */
export function holds(process: Sluice, bytes: number): Promise<Report> {
  return process.report("progress", (report) => Number(report.bytes) >= bytes);
}

/** Waits until a `get` holds more than it has told by now. */
export function goesOn(process: Sluice): Promise<Report> {
  return holds(process, bytesOf(process) + 1);
}

/** Makes sure that a `get` has never told to hold less than it had told before. */
export function assertNothingLost(process: Sluice): void {
  let last = 0;
  for (const { bytes } of progressOf(process)) {
    assertGreaterOrEqual(Number(bytes), last, "what was held is not held any more");
    last = Number(bytes);
  }
}

/** Waits until a `get` is done and has ended well; gives its last report. */
export async function done(process: Sluice): Promise<Report> {
  const { code, stderr } = await process.outcome();
  const last = process.reports.at(-1);
  assertEquals({ code, stderr, last: last?.type }, { code: 0, stderr: [], last: "done" });
  assert(last !== undefined);
  assertNothingLost(process);
  return last;
}

/** Waits for something and gives how long it took, in milliseconds. */
export async function timed(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return performance.now() - start;
}

/** Lets a fault last; what is waited for is nothing that anybody could tell. */
export function lasting(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
