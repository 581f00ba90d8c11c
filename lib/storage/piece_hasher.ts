import { sha1 } from "./sha1.ts";

/** The longest piece that is hashed at once where it is, in bytes: it takes half a millisecond. */
const MAX_LENGTH = 1024 * 1024;

/** Bytes of pieces after which it pays to load the other implementation. */
const WORTH_LOADING = 8 * 1024 * 1024;

/** With no more processors than this, the other ones have the network and the disk to do. */
const FEW_PROCESSORS = 2;

/**
 * Hashes the pieces that come one after the other.
 *
 * The runtime's own digest copies its input and changes threads, which costs a fifth of the hashing.
 * Where there are processors to spare that does not matter. Else pieces of up to 1 MiB are hashed
 * where they are, once there were enough of them.
 */
export class PieceHasher {
  #hash: ((data: Uint8Array) => Uint8Array) | undefined;
  #bytes = 0;
  #state: "counting" | "loading" | "done";

  /** Makes one for a machine with so many processors; this one by default. */
  constructor(processors: number = navigator.hardwareConcurrency) {
    this.#state = processors <= FEW_PROCESSORS ? "counting" : "done";
  }

  /** The SHA-1 of a piece, which must not change meanwhile. */
  async hash(data: Uint8Array): Promise<Uint8Array> {
    if (this.#hash !== undefined && data.length <= MAX_LENGTH) return this.#hash(data);
    this.#bytes += data.length;
    if (this.#state === "counting" && this.#bytes >= WORTH_LOADING) void this.#load();
    return await sha1(data);
  }

  async #load(): Promise<void> {
    this.#state = "loading";
    const { createHash } = await import("node:crypto");
    this.#hash = (data) => createHash("sha1").update(data).digest();
    this.#state = "done";
  }
}
