import type { PieceIndex } from "../bytes/mod.ts";
import { connectionBuffers } from "../net/mod.ts";
import type { BlockRequest } from "./wire/mod.ts";

/** Bytes of a piece that are read from the store at once, when the requests lie side by side. */
export const MAX_RUN_LENGTH = 256 * 1024;

/** Where the bytes of requested blocks come from. */
export interface BlockSource {
  /** Reads a part of a piece that is held; rejects if it cannot be read any more. */
  read(index: PieceIndex, begin: number, target: Uint8Array): Promise<void>;
}

/** A request of the other peer whose piece is known to exist. */
export interface ServedRequest extends BlockRequest {
  /** The piece's index. */
  readonly index: PieceIndex;
}

/** Requests for blocks that lie side by side in a piece, at least one, in their order. */
export type Run = readonly [ServedRequest, ...ServedRequest[]];

/** A run and what came of reading it. */
export type ReadRun =
  | { readonly run: Run; readonly bytes: Uint8Array }
  | { readonly run: Run; readonly fault: unknown };

/** A run in the memory that it is read into, and what kept it from being read. */
interface Reading {
  readonly run: Run;
  readonly bytes: Uint8Array;
  readonly fault?: unknown;
}

/**
 * Reads runs of blocks and gives them in the order in which they were begun, so that several can be read
 * at a time. Their memory is that of all connections, lent until the next run is asked for.
 */
export class RunReader {
  readonly #source: BlockSource;
  /** Runs that were begun and not given; none rejects. */
  readonly #begun: Promise<Reading>[] = [];
  /** The memory of the run that was given last. */
  #given: Uint8Array | undefined;

  /** Makes one that has nothing to read yet. */
  constructor(source: BlockSource) {
    this.#source = source;
  }

  /** The number of runs that were begun and not given. */
  get count(): number {
    return this.#begun.length;
  }

  /** Begins to read a run, of at most {@linkcode MAX_RUN_LENGTH} bytes or of one block. */
  begin(run: Run): void {
    this.#begun.push(this.#read(run));
  }

  /** Gives the run that was begun first, if any; what was given before is not valid any more. */
  async next(): Promise<ReadRun | undefined> {
    this.rest();
    const reading = await this.#begun[0];
    this.#begun.shift();
    if (reading === undefined) return undefined;
    const { run, bytes, fault } = reading;
    this.#given = bytes;
    return fault === undefined ? { run, bytes } : { run, fault };
  }

  /** Takes back the memory of what was given last, which is not valid any more. */
  rest(): void {
    if (this.#given !== undefined) connectionBuffers.give(this.#given);
    this.#given = undefined;
  }

  async #read(run: Run): Promise<Reading> {
    const [{ index, begin }] = run;
    const bytes = connectionBuffers.take(run.reduce((sum, { length }) => sum + length, 0));
    try {
      await this.#source.read(index, begin, bytes);
      return { run, bytes };
    } catch (fault) {
      return { run, bytes, fault };
    }
  }
}
