import type { PieceIndex } from "../bytes/mod.ts";
import { PIECE_HASH_LENGTH, type PieceLayout } from "../metainfo/mod.ts";
import type { DataFiles } from "./data_files.ts";
import type { LaneReport, LaneWork } from "./hash_lane.ts";
import { prepareLanes } from "./lane_work.ts";
import { MAX_HASH_LANES } from "./limits.ts";

/** Bytes to hash for which it pays to begin threads. */
const WORTH_LANES = 64 * 1024 * 1024;

/** What each thread runs. */
const WORKER = new URL("./hash_lane_worker.ts", import.meta.url);

/** What {@linkcode hashInLanes} takes. */
export interface HashInLanesOptions {
  /** Where the data lies. */
  readonly files: DataFiles;
  /** How it is cut up. */
  readonly layout: PieceLayout;
  /** The pieces, which are begun in this order. */
  readonly indices: readonly PieceIndex[];
  /** Ends the work; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Is told how many bytes more were hashed. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Reads and hashes much data on a thread for each processor, up to {@linkcode MAX_HASH_LANES}. Gives the
 * hash of each piece that could be read; none where threads do not pay or cannot be had: for little
 * data, with one processor, for files that are not the machine's, or without the permission to read
 * the thread's source.
 */
export async function hashInLanes(
  options: HashInLanesOptions,
): Promise<ReadonlyMap<PieceIndex, Uint8Array>> {
  const { files, layout, indices, signal, onBytes } = options;
  signal?.throwIfAborted();
  const count = Math.min(navigator.hardwareConcurrency, MAX_HASH_LANES, indices.length);
  const isMuch = indices.length * layout.pieceLength >= WORTH_LANES;
  if (!isMuch || count < 2 || !files.areOfTheMachine || !mayBegin()) return new Map();

  const work = prepareLanes(files, layout, indices);
  const lanes = Array.from({ length: count }, () => new Worker(WORKER, { type: "module" }));
  try {
    await Promise.all(lanes.map((lane) => run(lane, work, onBytes, signal)));
  } finally {
    for (const lane of lanes) lane.terminate();
  }
  const hashes = new Map<PieceIndex, Uint8Array>();
  for (const [at, index] of indices.entries()) {
    if (Atomics.load(work.done, at) !== 1) continue;
    hashes.set(index, work.hashes.slice(at * PIECE_HASH_LENGTH, (at + 1) * PIECE_HASH_LENGTH));
  }
  return hashes;
}

/** Whether threads may be begun without anybody being asked. */
function mayBegin(): boolean {
  if (WORKER.protocol !== "file:") return true;
  return Deno.permissions.querySync({ name: "read", path: WORKER }).state === "granted";
}

/** Lets one thread work; resolves when it is over, also if it cannot be begun, and rejects if aborted. */
async function run(
  lane: Worker,
  work: LaneWork,
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const over = Promise.withResolvers<void>();
  const abort = (): void => over.reject(signal?.reason);
  lane.onmessage = ({ data: { bytes, state } }: MessageEvent<LaneReport>) => {
    onBytes(bytes);
    if (state === "over") over.resolve();
  };
  lane.onerror = (event) => {
    event.preventDefault(); // what is not done by it is done here
    over.resolve();
  };
  signal?.addEventListener("abort", abort, { once: true });
  try {
    lane.postMessage(work);
    await over.promise;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
