import type { PieceIndex } from "../bytes/mod.ts";
import { PIECE_HASH_LENGTH, type PieceLayout } from "../metainfo/mod.ts";
import type { DataFiles } from "./data_files.ts";
import type { LaneReport, LaneWork } from "./hash_lane.ts";
import { prepareLanes } from "./lane_work.ts";
import { MAX_HASH_LANES, MAX_LANE_FILES } from "./limits.ts";

/** What each thread runs. */
const WORKER = new URL("./hash_lane_worker.ts", import.meta.url);

/** Bytes to hash for which it pays to begin threads. */
const WORTH_LANES = 64 * 1024 * 1024;

/** Descriptors that must be free to begin a thread: without, the runtime ends the whole program. */
const DESCRIPTORS_A_LANE = 16;

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
  /** Is told how many bytes more were hashed; what it throws ends the work. */
  readonly onBytes: (bytes: number) => void;
  /** Is given each piece that cannot be read, one after the other; what it rejects with ends the work. */
  readonly onUnreadable: (index: PieceIndex) => Promise<void>;
}

/**
 * Reads and hashes much data on a thread for each processor, up to {@linkcode MAX_HASH_LANES}. Gives the
 * hash of each piece that a thread could read. There is none where threads do not pay or cannot be had:
 * for little data, very many files, one processor, files that are not the machine's, few free
 * descriptors, a source that may not be read or does not lie on this machine. However it ends, nothing
 * runs any more then.
 */
export async function hashInLanes(
  options: HashInLanesOptions,
): Promise<ReadonlyMap<PieceIndex, Uint8Array>> {
  const { files, layout, indices, signal } = options;
  signal?.throwIfAborted();
  if (!areWorthLanes(options)) return new Map();
  const count = Math.min(navigator.hardwareConcurrency, MAX_HASH_LANES, indices.length);
  const work = prepareLanes(files, layout, indices);
  await TURNS.take(
    () => signal?.aborted ? [] : beginThreads(count, work),
    (threads) => new Watch(work, options).over(threads),
  );
  const hashes = new Map<PieceIndex, Uint8Array>();
  for (const [at, index] of indices.entries()) {
    if (Atomics.load(work.done, at) !== 1) continue;
    hashes.set(index, work.hashes.slice(at * PIECE_HASH_LENGTH, (at + 1) * PIECE_HASH_LENGTH));
  }
  return hashes;
}

/** Whether some pieces are worth threads, and those can be had. */
export function areWorthLanes(
  { files, layout, indices }: Pick<HashInLanesOptions, "files" | "layout" | "indices">,
): boolean {
  const isMuch = indices.length > 1 && indices.length * layout.pieceLength >= WORTH_LANES;
  return isMuch && files.isOnMachine && files.files.length <= MAX_LANE_FILES &&
    navigator.hardwareConcurrency > 1 && mayLoadWorker();
}

/** Whether the source of a thread may be read without anybody being asked. */
function mayLoadWorker(): boolean {
  if (WORKER.protocol !== "file:" || typeof Worker === "undefined") return false;
  return Deno.permissions.querySync({ name: "read", path: WORKER }).state === "granted";
}

/**
 * Lets the works of this program begin their threads one after the other, each when those before it have
 * loaded. To count the free descriptors takes them for a moment, and a thread that loads just then might
 * find none.
 */
class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Begins threads when it is this work's turn, and resolves or rejects as their watch does. That begins
   * at once: an error of a thread that nobody listens to ends the whole program.
   */
  async take(begin: () => Worker[], watch: (threads: Worker[]) => Promise<void>): Promise<void> {
    const begun = this.#last.then(() => {
      const threads = begin();
      return { loaded: Promise.all(threads.map(loads)), over: watch(threads) };
    });
    this.#last = begun
      .then(({ loaded, over }) => Promise.race([loaded, over])) // a thread may end before it loads
      .catch(() => undefined);
    await (await begun).over;
  }
}

const TURNS = new Turns();

/** Begins so many threads, or fewer where there is no room for more. */
function beginThreads(count: number, work: LaneWork): Worker[] {
  const threads: Worker[] = [];
  const path = work.files[0]?.path ?? WORKER; // a file of the disk: the executable has its own inside
  const most = Math.floor(freeDescriptors(count * DESCRIPTORS_A_LANE, path) / DESCRIPTORS_A_LANE);
  try {
    while (threads.length < most) threads.push(new Worker(WORKER, { type: "module" }));
  } catch {
    // Those that there are do the work.
  }
  return threads;
}

/** How many descriptors are free, of so many that are wanted. */
function freeDescriptors(wanted: number, path: string | URL): number {
  using opened = new DisposableStack();
  for (let at = 0; at < wanted; at++) {
    try {
      opened.use(Deno.openSync(path));
    } catch {
      return at;
    }
  }
  return wanted;
}

/** Resolves when a thread has opened all that it needs to run, or has failed. */
function loads(thread: Worker): Promise<void> {
  return new Promise((resolve) => {
    for (const type of ["message", "error"]) {
      thread.addEventListener(type, () => resolve(), { once: true });
    }
  });
}

/** Watches over threads until all are over, and ends them early when there is a reason. */
class Watch {
  readonly #work: LaneWork;
  readonly #options: HashInLanesOptions;
  #failure: { readonly reason: unknown } | undefined;
  /** Is done when every piece was looked at that a thread could not read. */
  #looked: Promise<void> = Promise.resolve();

  constructor(work: LaneWork, options: HashInLanesOptions) {
    this.#work = work;
    this.#options = options;
  }

  /** Lets threads work until all are over, and rejects with the first reason to end them early. */
  async over(threads: readonly Worker[]): Promise<void> {
    const { signal } = this.#options;
    const abort = (): void => this.#fail(signal?.reason);
    if (signal?.aborted) abort(); // while it waited for its turn
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await Promise.all(threads.map((thread) => this.#watch(thread)));
      await this.#looked;
    } finally {
      signal?.removeEventListener("abort", abort);
      for (const thread of threads) thread.terminate();
    }
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  /** Resolves when a thread is over, also if it cannot go on. */
  #watch(thread: Worker): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    thread.onmessage = ({ data }: MessageEvent<LaneReport>) => {
      if (data.type === "over") resolve();
      else if (data.type === "hashed") this.#tell(data.bytes);
      else if (data.type === "unreadable") this.#look(data.at);
    };
    thread.onerror = (event) => {
      event.preventDefault(); // what it has not done is done by whoever waits for it
      resolve();
    };
    thread.postMessage(this.#work);
    return promise;
  }

  #tell(bytes: number): void {
    try {
      this.#options.onBytes(bytes);
    } catch (error) {
      this.#fail(error);
    }
  }

  #look(at: number): void {
    const index = this.#options.indices[at];
    if (index === undefined) return;
    this.#looked = this.#looked
      .then(() => this.#failure === undefined ? this.#options.onUnreadable(index) : undefined)
      .catch((error) => this.#fail(error));
  }

  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    Atomics.store(this.#work.stop, 0, 1);
  }
}
