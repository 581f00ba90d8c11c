import { quoteText } from "../../bytes/mod.ts";
import { parseTorrent, TorrentError } from "../../metainfo/mod.ts";
import { TrackerRefusedError } from "../refused_error.ts";
import {
  publishedFrom,
  type PublishedTorrent,
  type RegistryLimits,
  type SwarmRegistry,
} from "../swarm/mod.ts";
import { DEFAULT_LIMITS } from "../tracker_limits.ts";
import type { openDatabase } from "./sqlite.ts";
import { StateFile, type TorrentRow } from "./state_file.ts";

/** How the state of a tracker is opened. */
export interface LastingStateOptions {
  /** The file; it is made if there is none, in a folder that is there. */
  readonly path: string;
  /** The limits of the tracker, as far as they differ from the usual ones: no more is read. */
  readonly limits?: Partial<Pick<RegistryLimits, "torrents" | "torrentFileBytes">>;
  /** Gives up. */
  readonly signal?: AbortSignal;
  /** Opens databases in another way, for tests. */
  readonly open?: typeof openDatabase;
}

/** Torrents of a state file that the tracker does without. They stay in the file. */
export interface LeftOut {
  /** How many. */
  readonly count: number;
  /** Why, of the first of them: a sentence, in which the text of a stranger may be quoted. */
  readonly reason: string;
}

/** A torrent that was known before, and how often it was completed. */
interface Restored {
  readonly torrent: PublishedTorrent;
  readonly completions: number;
}

/**
 * What outlives a tracker: the published torrents and what was counted, in a file that no other tracker
 * can open meanwhile. It is for one tracker, which must be closed first.
 */
export class LastingState implements Disposable {
  /** The file. */
  readonly file: StateFile;
  /** What was counted, by names of which nothing is sure. */
  readonly counts: ReadonlyMap<string, number>;
  #restored: Restored[] = [];
  #leftOut = 0;
  #reason = "";

  private constructor(file: StateFile) {
    this.file = file;
    this.counts = file.counts();
  }

  /**
   * Opens a state and reads it: each torrent is parsed anew and its hash checked, so that nothing in the
   * file is believed. Of more torrents than the limits allow, those that were published last are read.
   *
   * @throws {StateError} if the file cannot be used
   */
  static async open(options: LastingStateOptions): Promise<LastingState> {
    const { path, signal } = options;
    const file = StateFile.open(path, options.open);
    try {
      const state = new LastingState(file);
      await state.#read({ ...DEFAULT_LIMITS, ...options.limits }, signal);
      return state;
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
  }

  /** Torrents that are in the file and not taken over; nothing if there are none. */
  get leftOut(): LeftOut | undefined {
    return this.#leftOut === 0 ? undefined : { count: this.#leftOut, reason: this.#reason };
  }

  /** Has a registry know the torrents, which keep nothing here; gives how many it took in. */
  restoreTo({ catalogue }: Pick<SwarmRegistry, "catalogue">): number {
    const restored = this.#restored;
    this.#restored = [];
    let taken = 0;
    for (const { torrent, completions } of restored) {
      try {
        catalogue.restore(torrent, completions);
        taken++;
      } catch (error) {
        if (!(error instanceof TrackerRefusedError)) throw error;
        this.#leaveOut(1, error.message);
      }
    }
    return taken;
  }

  /** Closes the file. Can be repeated. */
  [Symbol.dispose](): void {
    this.file[Symbol.dispose]();
  }

  async #read(
    limits: Pick<RegistryLimits, "torrents" | "torrentFileBytes">,
    signal?: AbortSignal,
  ): Promise<void> {
    const { ids, others } = this.file.latest(limits);
    for (const id of ids) {
      signal?.throwIfAborted();
      try {
        this.#restored.push(await checkRow(this.file.read(id)));
      } catch (error) {
        if (!(error instanceof TorrentError)) throw error;
        this.#leaveOut(1, error.message);
      }
    }
    if (others > 0) this.#leaveOut(others, "Cannot keep more torrents: the limits are reached");
  }

  #leaveOut(count: number, reason: string): void {
    if (this.#leftOut === 0) this.#reason = reason;
    this.#leftOut += count;
  }
}

/**
 * What a row says, once it is checked.
 *
 * @throws {TorrentError} if it is not what it says, or makes no sense
 */
async function checkRow({ infoHash, completions, torrentFile }: TorrentRow): Promise<Restored> {
  const name = quoteText(String(infoHash));
  const action = `Cannot take torrent ${name} of the state`;
  if (!(torrentFile instanceof Uint8Array)) {
    throw new TorrentError(action, "its torrent file is missing or too long");
  }
  const { info } = await parseTorrent(torrentFile, `torrent ${name} of the state`);
  if (info.infoHash !== infoHash) {
    throw new TorrentError(action, `its torrent file is that of ${info.infoHash}`);
  }
  if (typeof completions !== "number" || !Number.isSafeInteger(completions) || completions < 0) {
    throw new TorrentError(action, "the number of its completions is none");
  }
  return { torrent: publishedFrom(info), completions };
}
