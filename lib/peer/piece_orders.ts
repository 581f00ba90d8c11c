import type { PieceIndex } from "../bytes/mod.ts";
import type { PeerKey } from "./policy/mod.ts";

/** A piece that was ordered of one peer cannot be had of it. */
export class PieceUnavailableError extends Error {
  /** The name of the class, for messages. */
  override name = "PieceUnavailableError";

  /** Makes the error of a piece, with a reason that can end a sentence. */
  constructor(
    /** The piece. */
    readonly index: PieceIndex,
    /** Why, as the end of a sentence. */
    readonly reason: string,
  ) {
    super(`Cannot fetch piece ${index}: ${reason}`);
  }
}

/** A piece that somebody waits for. */
export interface PieceOrder {
  /** The piece. */
  readonly index: PieceIndex;
  /** Of whom it was ordered. */
  readonly key: PeerKey;
  /** When it was ordered, or some of it came last. */
  readonly heardMs: number;
}

type Entry = PieceOrder & { heardMs: number; readonly done: PromiseWithResolvers<void> };

/** Those who wait for a piece that they ordered of one peer; each order ends exactly once. */
export class PieceOrders {
  readonly #entries = new Map<number, Entry>();

  /** Of whom a piece is ordered, if it is. */
  keyOf(index: PieceIndex): PeerKey | undefined {
    return this.#entries.get(index)?.key;
  }

  /**
   * Orders a piece of a peer; the promise is settled when the order ends. An earlier order of it must
   * have ended.
   */
  place(index: PieceIndex, key: PeerKey, nowMs: number): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#entries.set(index, { index, key, heardMs: nowMs, done });
    return done.promise;
  }

  /** The orders that have not ended. */
  get open(): readonly PieceOrder[] {
    return [...this.#entries.values()];
  }

  /** Notes that something of a piece has come. */
  heard(index: number, nowMs: number): void {
    const entry = this.#entries.get(index);
    if (entry !== undefined) entry.heardMs = nowMs;
  }

  /** Ends an order, if there is one: the piece is held. */
  fulfil(index: PieceIndex): void {
    this.#take(index)?.done.resolve();
  }

  /** Ends an order, if there is one: the peer will not send the piece, for a reason. */
  refuse(index: PieceIndex, reason: string): void {
    this.fail(index, new PieceUnavailableError(index, reason));
  }

  /** Ends an order, if there is one, with an error of ours. */
  fail(index: PieceIndex, error: unknown): void {
    this.#take(index)?.done.reject(error);
  }

  #take(index: PieceIndex): Entry | undefined {
    const entry = this.#entries.get(index);
    this.#entries.delete(index);
    return entry;
  }
}
