import { Bitfield, equalBytes, type PieceIndex } from "../bytes/mod.ts";
import { pieceHash, type TorrentInfo } from "../metainfo/mod.ts";
import type { LongWorkOptions } from "./each_piece.ts";
import { PieceNotHeldError, StorageError } from "./errors.ts";
import type { HeldPieces } from "./held_pieces.ts";
import { OperationGate } from "./operation_gate.ts";
import { PieceHasher } from "./piece_hasher.ts";
import type { PieceStore } from "./piece_store.ts";

/** Bytes that a stream reads at a time. */
const STREAM_CHUNK = 128 * 1024;

/**
 * What all stores do alike: hash before a write, refuse what is not held, let the operations end
 * before the close. Each kind of store adds where the bytes go.
 */
export abstract class BaseStore implements PieceStore {
  /** What the torrent says. */
  readonly info: TorrentInfo;
  /** The pieces that the store is to get in the end. */
  readonly wanted: Bitfield;
  /** The pieces that can be read. */
  readonly held: Bitfield;
  /** The pieces that were held and are bad. */
  readonly lost: ReadableStream<PieceIndex>;
  /** Both of these, to lose pieces. */
  protected readonly pieces: HeldPieces;
  /** Passed by every operation. */
  protected readonly gate: OperationGate;
  readonly #hasher = PieceHasher.forArrivals();
  /** Writes that run; those that reject do so to whoever made them. */
  readonly #writes = new Map<PieceIndex, Promise<unknown>>();

  constructor(
    info: TorrentInfo,
    pieces: HeldPieces,
    wanted: Bitfield = Bitfield.full(info.layout.pieceCount),
  ) {
    this.info = info;
    this.wanted = wanted;
    this.pieces = pieces;
    this.held = pieces.bits;
    this.lost = pieces.lost;
    this.gate = new OperationGate(() =>
      new StorageError(`Cannot use ${info.name}: its store is closed`, info.name)
    );
  }

  /** Keeps a piece whose hash is right. */
  protected abstract writePiece(index: PieceIndex, data: Uint8Array): Promise<void>;

  /** Fills `target` with bytes of a piece that is held. */
  protected abstract readPiece(index: PieceIndex, begin: number, target: Uint8Array): Promise<void>;

  /** Gives everything free; called once, after all operations. */
  protected abstract release(): Promise<void>;

  /** Puts the data in its final place; called when all of it is held. */
  protected abstract place(work: LongWorkOptions): Promise<string>;

  /** Runs the placing: alone, as the files move, unless a kind of store only copies them. */
  protected placing(place: () => Promise<string>): Promise<string> {
    return this.gate.exclusive(place);
  }

  /** Checks a piece and keeps it. */
  put(index: PieceIndex, data: Uint8Array): Promise<"held" | "mismatch"> {
    return this.gate.run(async () => {
      if (this.held.has(index)) return "held";
      if (!this.wanted.has(index)) {
        throw new RangeError(`Cannot put piece ${index} of ${this.info.name}: it is not wanted`);
      }
      if (!equalBytes(await this.#hasher.hash(data), pieceHash(this.info, index))) {
        return "mismatch";
      }
      for (let other = this.#writes.get(index); other; other = this.#writes.get(index)) {
        await other.catch(() => undefined);
      }
      if (this.held.has(index)) return "held";
      const write = this.writePiece(index, data);
      this.#writes.set(index, write);
      try {
        await write;
        this.held.set(index);
      } finally {
        this.#writes.delete(index);
      }
      return "held";
    });
  }

  /** Fills all of `target` with bytes of a piece that is held. */
  read(index: PieceIndex, begin: number, target: Uint8Array): Promise<void> {
    return this.gate.run(async () => {
      this.info.layout.checkBlock(index, begin, target.length);
      if (!this.held.has(index)) throw new PieceNotHeldError(this.info.name, index);
      await this.readPiece(index, begin, target);
    });
  }

  /** Reads a part of a piece as its reader asks for it. */
  stream(index: PieceIndex, begin: number, length: number): ReadableStream<Uint8Array> {
    this.info.layout.checkBlock(index, begin, length);
    let done = 0;
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const chunk = new Uint8Array(Math.min(STREAM_CHUNK, length - done));
        await this.read(index, begin + done, chunk);
        controller.enqueue(chunk);
        done += chunk.length;
        if (done === length) controller.close();
      },
    }, { highWaterMark: 0 });
  }

  /** Puts the wanted data in its final place. */
  finish(work: LongWorkOptions = {}): Promise<string> {
    return this.placing(async () => {
      const missing = this.wanted.count - this.held.count;
      if (missing > 0) {
        throw new StorageError(
          `Cannot finish ${this.info.name}: ${missing} of ${this.wanted.count} pieces are missing`,
          this.info.name,
        );
      }
      return await this.place(work);
    });
  }

  /** Gives the files free. */
  close(): Promise<void> {
    return this.gate.close(async () => {
      this.pieces.close();
      await this.release();
    });
  }

  /** The same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
