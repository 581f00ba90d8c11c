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

/** What came of reading a run. */
export type ReadRun =
  /** Bytes of its piece from `begin` on, with all those that are still asked for. */
  | {
    readonly requests: readonly ServedRequest[];
    readonly begin: number;
    readonly bytes: Uint8Array;
  }
  | { readonly requests: readonly ServedRequest[]; readonly fault: unknown };

/** A run that was begun, without what was taken back since. */
interface Begun {
  requests: readonly ServedRequest[];
  /** Never rejects. */
  readonly reading: Promise<Reading>;
}

type Reading =
  | { readonly outcome: "read"; readonly begin: number; readonly bytes: Uint8Array }
  | { readonly outcome: "failed"; readonly bytes: Uint8Array | undefined; readonly fault: unknown };

/**
 * Reads runs of blocks and gives them in the order in which they were begun, so that several can be read
 * at a time. Their memory is used by all connections in turn, and lent until the next run is asked for.
 */
export class RunReader {
  readonly #source: BlockSource;
  readonly #begun: Begun[] = [];
  /** The memory of the run that was given last. */
  #given: Uint8Array | undefined;

  /** Makes one that has nothing to read yet. */
  constructor(source: BlockSource) {
    this.#source = source;
  }

  /** The number of runs that were begun and neither given nor taken back. */
  get count(): number {
    return this.#begun.length;
  }

  /** Begins to read a run, of at most {@linkcode MAX_RUN_LENGTH} bytes. */
  begin(run: Run): void {
    this.#begun.push({ requests: run, reading: this.#read(run) });
  }

  /**
   * Gives the run that was begun first; nothing if there is none, or it was taken back meanwhile. What
   * was given before is not valid any more.
   */
  async next(): Promise<ReadRun | undefined> {
    this.rest();
    const [begun] = this.#begun;
    if (begun === undefined) return undefined;
    const reading = await begun.reading;
    if (!this.#begun.includes(begun)) return undefined;
    this.#begun.shift();
    const { requests } = begun;
    this.#given = reading.bytes;
    if (reading.outcome === "failed") return { requests, fault: reading.fault };
    return { requests, begin: reading.begin, bytes: reading.bytes };
  }

  /**
   * Takes requests back that were begun and not given, and gives them in their order. It is asked once
   * for each of them.
   */
  withdraw(isWithdrawn: (request: ServedRequest) => boolean): ServedRequest[] {
    const withdrawn: ServedRequest[] = [];
    for (const begun of [...this.#begun]) {
      const kept: ServedRequest[] = [];
      for (const request of begun.requests) {
        (isWithdrawn(request) ? withdrawn : kept).push(request);
      }
      begun.requests = kept;
      if (kept.length > 0) continue;
      this.#begun.splice(this.#begun.indexOf(begun), 1);
      void begun.reading.then(({ bytes }) => giveBack(bytes));
    }
    return withdrawn;
  }

  /** Takes back the memory of what was given last, which is not valid any more. */
  rest(): void {
    giveBack(this.#given);
    this.#given = undefined;
  }

  async #read(run: Run): Promise<Reading> {
    const [{ index, begin }] = run;
    const length = run.reduce((sum, request) => sum + request.length, 0);
    let bytes: Uint8Array | undefined;
    try {
      bytes = connectionBuffers.take(length);
      await this.#source.read(index, begin, bytes);
      return { outcome: "read", begin, bytes };
    } catch (fault) {
      return { outcome: "failed", bytes, fault };
    }
  }
}

function giveBack(bytes: Uint8Array | undefined): void {
  if (bytes !== undefined) connectionBuffers.give(bytes);
}
