import { join } from "@std/path";
import { runToEnd } from "./child.ts";
import { createTorrent } from "./sluice.ts";
import type { Work } from "./work.ts";

/** Bytes of a MiB. */
export const MIB = 1 << 20;

/** As many bytes are asked of the source of randomness at once. */
const RANDOM_LENGTH = 65_536;

/** The name of the file that is moved. */
const NAME = "payload.bin";

/** Random data in a file, and torrents of it. */
export class Payload {
  /** The folder that holds the file alone. */
  readonly folder: string;
  /** The file. */
  readonly path: string;
  /** Its length. */
  readonly bytes: number;

  private constructor(folder: string, bytes: number) {
    this.folder = folder;
    this.path = join(folder, NAME);
    this.bytes = bytes;
  }

  /** Writes random data into a new folder of the part. */
  static async write(mib: number, { folder, signal }: Work): Promise<Payload> {
    const payload = new Payload(
      await Deno.makeTempDir({ dir: folder, prefix: "data-" }),
      mib * MIB,
    );
    using file = await Deno.open(payload.path, { write: true, createNew: true });
    const block = new Uint8Array(MIB);
    for (let written = 0; written < mib; written++) {
      signal.throwIfAborted();
      for (let at = 0; at < MIB; at += RANDOM_LENGTH) {
        crypto.getRandomValues(block.subarray(at, at + RANDOM_LENGTH));
      }
      for (let at = 0; at < MIB;) at += await file.write(block.subarray(at));
    }
    return payload;
  }

  /** Makes a torrent of it and gives its path. */
  async createTorrent(pieceKib: number, work: Work, ...flags: readonly string[]): Promise<string> {
    const out = await Deno.makeTempFile({ dir: work.folder, suffix: ".torrent" });
    const words = createTorrent({ path: this.path, out, pieceKib }, "--force", ...flags);
    await runToEnd(words, work.signal);
    return out;
  }

  /**
   * Compares a copy with it.
   *
   * @throws {Error} if the copy is wrong, so that what was measured does not count
   */
  async expectCopyIn(folder: string, whose: string, { signal }: Work): Promise<void> {
    try {
      await runToEnd(["cmp", this.path, join(folder, NAME)], signal);
    } catch (cause) {
      signal.throwIfAborted();
      throw new Error(`THE COPY IS WRONG: ${whose}`, { cause });
    }
  }
}

/** Uses a folder that is new and gone afterwards. */
export async function withNewFolder<T>(
  { folder }: Work,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = await Deno.makeTempDir({ dir: folder });
  try {
    return await use(path);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}
