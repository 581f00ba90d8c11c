import { Bitfield, type PieceIndex } from "../../lib/bytes/mod.ts";
import type { TorrentInfo } from "../../lib/metainfo/mod.ts";
import type { PieceStore } from "../../lib/storage/mod.ts";

/**
 * A store that only counts: it believes every piece and keeps none, so that the data of hundreds of
 * hosts takes no memory and no time to hash.
 */
export class BlindStore implements PieceStore {
  readonly info: TorrentInfo;
  readonly wanted: Bitfield;
  readonly held: Bitfield;
  readonly lost: ReadableStream<PieceIndex>;
  readonly #closed = Promise.withResolvers<void>();

  /** Opens a store that holds everything, or nothing. */
  constructor(info: TorrentInfo, content: "whole" | "empty") {
    const { pieceCount } = info.layout;
    this.info = info;
    this.wanted = Bitfield.full(pieceCount);
    this.held = content === "whole" ? Bitfield.full(pieceCount) : new Bitfield(pieceCount);
    this.lost = new ReadableStream({
      start: (controller) => void this.#closed.promise.then(() => controller.close()),
    });
  }

  /** Believes the piece. */
  put(index: PieceIndex): Promise<"held"> {
    this.held.set(index);
    return Promise.resolve("held");
  }

  /** Leaves the target as it is. */
  read(): Promise<void> {
    return Promise.resolve();
  }

  /** Is not used by peers of today. */
  stream(): ReadableStream<Uint8Array> {
    throw new Error("A blind store has no bytes to stream");
  }

  /** There is nothing to put in a place. */
  finish(): Promise<string> {
    return Promise.resolve(`nowhere/${this.info.name}`);
  }

  /** Ends the stream of lost pieces. */
  close(): Promise<void> {
    this.#closed.resolve();
    return Promise.resolve();
  }

  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
