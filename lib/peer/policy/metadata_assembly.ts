import { MAX_METADATA_LENGTH, MAX_METADATA_REQUESTS, METADATA_TIMEOUT_MS } from "../limits.ts";
import { METADATA_BLOCK_LENGTH, type MetadataMessage, PeerProtocolError } from "../wire/mod.ts";

/** A peer that sends less a millisecond makes way for one that waits: 64 KiB a second. */
const SLOWEST_BYTES_PER_MS = 64;

/**
 * The metadata of a torrent as one peer sends it (BEP 9).
 *
 * Invariant: every block is from this peer, so that it alone is to blame if the whole has another
 * hash. A block is asked for, or has come, or neither; at most eight are asked for at once.
 */
export class MetadataAssembly {
  /** The bytes, as far as they have come. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #blocks: ("asked" | "here" | undefined)[];
  #pending = 0;
  #missing: number;
  readonly #startedMs: number;
  #heardMs: number;

  /**
   * Makes one of which nothing has come.
   *
   * @throws {PeerProtocolError} if there is to be more than is ever fetched
   */
  constructor(totalSize: number, nowMs: number) {
    if (totalSize > MAX_METADATA_LENGTH) {
      throw new PeerProtocolError(
        `Cannot fetch metadata: it has ${totalSize} bytes, at most ${MAX_METADATA_LENGTH} are taken`,
      );
    }
    this.bytes = new Uint8Array(totalSize);
    this.#missing = Math.ceil(totalSize / METADATA_BLOCK_LENGTH);
    this.#blocks = new Array(this.#missing).fill(undefined);
    this.#startedMs = nowMs;
    this.#heardMs = nowMs;
  }

  /** Whether every block has come. */
  get isComplete(): boolean {
    return this.#missing === 0;
  }

  /** Whether the peer owes a block and has sent none for too long. */
  isStalled(nowMs: number): boolean {
    return !this.isComplete && nowMs - this.#heardMs >= METADATA_TIMEOUT_MS;
  }

  /** Whether the peer has had its time: another one that waits may do better. */
  isOverdue(nowMs: number): boolean {
    const turnMs = METADATA_TIMEOUT_MS + this.bytes.length / SLOWEST_BYTES_PER_MS;
    return !this.isComplete && nowMs - this.#startedMs >= turnMs;
  }

  /** The blocks to ask for now, which count as asked for. */
  next(): number[] {
    const chosen: number[] = [];
    for (const [piece, state] of this.#blocks.entries()) {
      if (this.#pending === MAX_METADATA_REQUESTS) break;
      if (state !== undefined) continue;
      this.#blocks[piece] = "asked";
      this.#pending++;
      chosen.push(piece);
    }
    return chosen;
  }

  /**
   * Takes a block.
   *
   * @throws {PeerProtocolError} if it was not asked for, or its length or that of the whole is wrong
   */
  receive(message: Extract<MetadataMessage, { type: "data" }>, nowMs: number): void {
    const { piece, totalSize, block } = message;
    const start = piece * METADATA_BLOCK_LENGTH;
    const length = Math.min(METADATA_BLOCK_LENGTH, this.bytes.length - start);
    if (this.#blocks[piece] !== "asked") throw misfit(piece, "it was not asked for");
    if (totalSize !== this.bytes.length) {
      throw misfit(piece, `the whole has ${totalSize} bytes now`);
    }
    if (block.length !== length) throw misfit(piece, `it has ${block.length} bytes, not ${length}`);
    this.bytes.set(block, start);
    this.#blocks[piece] = "here";
    this.#pending--;
    this.#missing--;
    this.#heardMs = nowMs;
  }
}

function misfit(piece: number, reason: string): PeerProtocolError {
  return new PeerProtocolError(`Cannot take block ${piece} of metadata: ${reason}`);
}
