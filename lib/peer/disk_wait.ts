import { Backoff, type Clock, openDoors } from "../net/mod.ts";
import { NoSpaceError, StorageError } from "../storage/mod.ts";
import { DISK_RETRY_MS, OPEN_FILES_PATIENCE_MS } from "./limits.ts";

/** Why nothing can be written for now. */
export interface DiskObstacle {
  /** What is used up. */
  readonly problem: "disk full" | "too many open files";
  /** The file that could not be written. */
  readonly path: string;
  /** What the write failed with. */
  readonly error: StorageError;
}

/** What writes wait for, or have waited for; it is told again when it has become another problem. */
export type DiskChange = Pick<DiskObstacle, "problem" | "path"> & {
  /** `"disk-ready"` comes when something was written, and not where the wait was given up. */
  readonly type: "disk-waiting" | "disk-ready";
  /** How long the wait was up to now, in milliseconds. */
  readonly waitedMs: number;
};

/** What a {@linkcode DiskWait} needs. */
export interface DiskWaitOptions {
  /** Measures the time between two tries. */
  readonly clock: Clock;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
  /** Is called when nothing can be written from now on, and when the disk takes data again. */
  readonly onChange: (change: DiskChange) => void;
  /** Is called when it may have changed whether writes are wanted. */
  readonly onDemand: () => void;
}

interface Standstill {
  /** What the last trial failed with. */
  obstacle: DiskObstacle;
  readonly sinceMs: number;
  /** Since when the problem is this one: a disk that is full may turn out to have too many files open. */
  problemSinceMs: number;
  /** Those who wait for their turn, the longest waiting first. */
  readonly queue: PromiseWithResolvers<Turn>[];
  /** What lets the next trial begin; there is none while one runs. */
  timer: Disposable | undefined;
  /** Whether somebody waits or tries, or a write is wanted that finds out whether there is room. */
  trial: "assured" | "wanted";
}

/** What a write that has succeeded shows of the disk. */
export type WriteEffect = "written" | "nothing";

/** Whose turn it is to write: everybody's, or one's who finds out whether a standstill is over. */
type Turn = "free" | Standstill;

/**
 * Lets writes wait that fail for want of room on the disk, or of open files, until they succeed.
 *
 * Invariant: while nothing can be written, at most one write is tried at a time, and the others wait
 * for its outcome; each is carried out in the end, or rejects with what kept it, once.
 *
 * Whether there is room again is found out by writing: what the system says of free space leaves out
 * quotas, and what it keeps for the administrator.
 */
export class DiskWait {
  readonly #options: DiskWaitOptions;
  readonly #backoff: Backoff;
  #standstill: Standstill | undefined;
  /** When the last standstill was over. */
  #overMs = -Infinity;
  #patience: "endless" | "none" = "endless";

  /** Makes one that has seen no write fail. */
  constructor(options: DiskWaitOptions) {
    this.#options = options;
    this.#backoff = new Backoff({ ...DISK_RETRY_MS, random: options.random });
  }

  /** What keeps everything from being written now, if something does. */
  get obstacle(): DiskObstacle | undefined {
    return this.#standstill?.obstacle;
  }

  /** Whether there should be writes: while nothing can be written, only one that finds that out. */
  get wantsWrites(): boolean {
    return this.#standstill === undefined || this.#standstill.trial === "wanted";
  }

  /** Lets writes wait from now on, as it is from the beginning. */
  endure(): void {
    this.#patience = "endless";
  }

  /** Ends the wait of all writes with what keeps them; none waits from now on. */
  giveUp(): void {
    this.#patience = "none";
    const { queue = [], obstacle } = this.#end() ?? {};
    for (const waiting of queue) waiting.reject(obstacle?.error);
  }

  /**
   * Carries a write out, which may be tried several times. `effectOf` tells of its outcome whether
   * anything was written: if not, it shows nothing of the disk, and the next one that waits is tried.
   *
   * @throws {StorageError} if it fails for another reason, is given up, or the files that are open
   * stay too many for a minute
   */
  async run<T>(
    write: () => Promise<T>,
    effectOf: (outcome: T) => WriteEffect = () => "written",
  ): Promise<T> {
    for (;;) {
      const turn = this.#standstill === undefined ? "free" : await this.#turn(this.#standstill);
      try {
        const outcome = await write();
        this.#pass(turn, effectOf(outcome));
        return outcome;
      } catch (error) {
        const obstacle = obstacleOf(error);
        if (obstacle === undefined || this.#patience === "none") {
          this.#pass(turn, "another fault");
          throw error;
        }
        this.#stand(obstacle, turn);
      }
    }
  }

  async #turn(standstill: Standstill): Promise<Turn> {
    if (standstill.trial === "wanted") {
      standstill.trial = "assured";
      this.#options.onDemand();
      return standstill;
    }
    const waiting = Promise.withResolvers<Turn>();
    standstill.queue.push(waiting);
    return await waiting.promise;
  }

  /** Begins to stand still, or goes on to after a trial. */
  #stand(obstacle: DiskObstacle, turn: Turn): void {
    const { clock } = this.#options;
    const nowMs = clock.now();
    if (this.#standstill === undefined) {
      // Where there is room for a moment only, the waits stay long.
      if (nowMs - this.#overMs >= DISK_RETRY_MS.calmMs) this.#backoff.reset();
      const queue: Standstill["queue"] = [];
      const times = { sinceMs: nowMs, problemSinceMs: nowMs };
      this.#standstill = { obstacle, ...times, queue, timer: undefined, trial: "assured" };
      this.#tell("disk-waiting", this.#standstill);
    } else if (turn !== this.#standstill) return;
    openDoors.relieve(obstacle.error);
    const standstill = this.#standstill;
    const { problem } = standstill.obstacle;
    standstill.obstacle = obstacle;
    if (obstacle.problem !== problem) {
      standstill.problemSinceMs = nowMs;
      this.#tell("disk-waiting", standstill);
    }
    const waitedMs = nowMs - standstill.problemSinceMs;
    if (obstacle.problem !== "disk full" && waitedMs >= OPEN_FILES_PATIENCE_MS) {
      this.#end();
      for (const waiting of standstill.queue) waiting.reject(obstacle.error);
      throw obstacle.error;
    }
    standstill.timer = clock.setTimer(() => {
      standstill.timer = undefined;
      standstill.queue.shift()?.resolve(standstill);
    }, this.#backoff.next());
  }

  /**
   * Notes that a write has ended, and not for want of room: if it was the trial, all may go on, or the
   * next one is the trial, and where none waits another write is wanted.
   */
  #pass(turn: Turn, outcome: WriteEffect | "another fault"): void {
    if (turn === "free" || turn !== this.#standstill) return;
    if (outcome === "nothing") {
      const next = turn.queue.shift();
      if (next !== undefined) return next.resolve(turn);
      turn.trial = "wanted";
      return this.#options.onDemand();
    }
    this.#end();
    for (const waiting of turn.queue) waiting.resolve("free");
    if (outcome === "written") this.#tell("disk-ready", turn);
  }

  #tell(type: DiskChange["type"], { obstacle: { problem, path }, sinceMs }: Standstill): void {
    this.#options.onChange({ type, problem, path, waitedMs: this.#options.clock.now() - sinceMs });
    this.#options.onDemand();
  }

  #end(): Standstill | undefined {
    const ended = this.#standstill;
    ended?.timer?.[Symbol.dispose]();
    this.#standstill = undefined;
    if (ended !== undefined) this.#overMs = this.#options.clock.now();
    return ended;
  }
}

/** What keeps a write from being carried out that may go away by itself. */
function obstacleOf(error: unknown): DiskObstacle | undefined {
  if (!(error instanceof StorageError)) return undefined;
  const { path } = error;
  if (error instanceof NoSpaceError) return { problem: "disk full", path, error };
  const isFiles = error.code === "EMFILE" || error.code === "ENFILE";
  return isFiles ? { problem: "too many open files", path, error } : undefined;
}

/** What the put of a piece shows of the disk: one that is not the right one is not written. */
export function effectOfPut(outcome: "held" | "mismatch"): WriteEffect {
  return outcome === "held" ? "written" : "nothing";
}
