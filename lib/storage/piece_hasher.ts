import { loadNodeSha1 } from "./node_sha1.ts";
import { sha1 } from "./sha1.ts";

/** The longest piece that is hashed at once where it is, in bytes: it takes half a millisecond. */
const MAX_LENGTH = 1024 * 1024;

/** Bytes of pieces after which it pays to load the other implementation. */
const WORTH_LOADING = 8 * 1024 * 1024;

/**
 * Hashes many pieces.
 *
 * The runtime's own digest copies its input and changes threads, which costs a third of the hashing.
 * So only so many pieces are hashed on other threads at a time as there are processors with nothing
 * else to do; the others are hashed where they are, if they have at most 1 MiB and there were enough of
 * them.
 */
export class PieceHasher {
  readonly #spareProcessors: number;
  /** What hashes here, once it is loaded; absent where the runtime has no such thing. */
  #here: ReturnType<typeof loadNodeSha1>;
  #state: "counting" | "loaded" = "counting";
  #bytes = 0;
  #elsewhere = 0;

  /** Makes one that may use so many processors beside the one that it runs on. */
  constructor(spareProcessors: number) {
    this.#spareProcessors = spareProcessors;
  }

  /** For pieces that arrive: of two processors the other one has the network and the disk to do. */
  static forArrivals(): PieceHasher {
    const { hardwareConcurrency } = navigator;
    return new PieceHasher(hardwareConcurrency > 2 ? Infinity : 0);
  }

  /** For data that lies there and is not worth threads, or passes through this one. */
  static forData(): PieceHasher {
    return new PieceHasher(navigator.hardwareConcurrency - 1);
  }

  /** The SHA-1 of a piece, which must not change meanwhile. */
  async hash(data: Uint8Array): Promise<Uint8Array> {
    if (this.#elsewhere >= this.#spareProcessors && data.length <= MAX_LENGTH) {
      this.#bytes += data.length;
      if (this.#state === "counting" && this.#bytes >= WORTH_LOADING) this.#load();
      if (this.#here !== undefined) return this.#here().update(data).digest();
    }
    this.#elsewhere++;
    try {
      return await sha1(data);
    } finally {
      this.#elsewhere--;
    }
  }

  #load(): void {
    this.#state = "loaded";
    this.#here = loadNodeSha1();
  }
}
