import { concatBytes } from "../../bytes/mod.ts";
import { MAX_TORRENT_PARTS, PART_TIMEOUT_MS } from "../limits.ts";
import type { PublishArguments } from "../protocol/mod.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";

/** Bytes that all torrent files that are being handed in take together. */
export class PartialFileBudget {
  readonly #maxBytes: number;
  #bytes = 0;

  /** Makes a budget of which nothing is used. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes some bytes.
   *
   * @throws {TrackerRefusedError} if there are not so many left
   */
  take(bytes: number): void {
    if (this.#bytes + bytes > this.#maxBytes) {
      throw new TrackerRefusedError(
        REFUSAL.tooMany,
        "Cannot take torrent file: too many are being handed in, try again later",
      );
    }
    this.#bytes += bytes;
  }

  /** Gives bytes back. */
  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** The torrent file that one connection is handing in, part by part and in order. */
export class PartialFile {
  readonly #budget: PartialFileBudget;
  #parts: Uint8Array[] = [];
  #received = 0;
  #infoHash = "";
  #total = 0;
  #changedAtMs = 0;

  /** Makes one of which nothing is there. */
  constructor(budget: PartialFileBudget) {
    this.#budget = budget;
  }

  /** Where the part begins that is expected next. */
  get next(): number {
    return this.#received;
  }

  /**
   * Adds a part, if it is the one that is expected or the first one of another file, and gives the
   * file once it is whole.
   *
   * @throws {TrackerRefusedError} if too much is being handed in by all, or it comes in too many parts
   */
  add(part: PublishArguments, nowMs: number): Uint8Array<ArrayBuffer> | undefined {
    const isOther = part.infoHash !== this.#infoHash || part.total !== this.#total;
    if (isOther || part.offset === 0) this.drop();
    // An empty part says nothing, and must not keep what is there from being forgotten.
    if (part.offset !== this.#received || part.data.length === 0) return undefined;
    if (this.#parts.length === MAX_TORRENT_PARTS) {
      this.drop();
      throw new TrackerRefusedError(
        REFUSAL.malformed,
        `Cannot take torrent file: it comes in more than ${MAX_TORRENT_PARTS} parts`,
      );
    }
    this.#budget.take(part.data.length);
    this.#infoHash = part.infoHash;
    this.#total = part.total;
    this.#changedAtMs = nowMs;
    this.#received += part.data.length;
    // A part is a view of the frame in which it came, and would keep all of that frame alive.
    this.#parts.push(part.data.slice());
    if (this.#received < part.total) return undefined;
    const file = concatBytes(this.#parts);
    this.drop();
    return file;
  }

  /** Forgets what is there. */
  drop(): void {
    this.#budget.give(this.#received);
    this.#parts = [];
    this.#received = 0;
    this.#infoHash = "";
  }

  /** Forgets what is there if no part has come for long. */
  sweep(nowMs: number): void {
    if (this.#received > 0 && nowMs - this.#changedAtMs >= PART_TIMEOUT_MS) this.drop();
  }
}
