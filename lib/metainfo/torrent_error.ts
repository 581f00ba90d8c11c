import { BencodeError, BencodeShapeError } from "../bencode/mod.ts";
import { PieceLayoutError } from "./piece_layout.ts";
import { UnsafePathError } from "./safe_path.ts";

/**
 * A torrent is refused. Where another error says why (`BencodeError`, `BencodeShapeError`,
 * `UnsafePathError`, `PieceLayoutError`), that one is the `cause`.
 */
export class TorrentError extends SyntaxError {
  /** The name of the class, for messages. */
  override name = "TorrentError";

  /** Makes the error of what was tried, such as "Cannot read mv1.torrent", and why it failed. */
  constructor(
    action: string,
    /** What is wrong with the torrent, in a clause. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${action}: ${reason}`, options);
  }
}

/** Runs an action; what it throws about a bad torrent becomes one {@linkcode TorrentError}. */
export async function refuseBadTorrent<T>(action: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof BencodeError) {
      const reason = `it is malformed at byte ${cause.offset}, ${cause.reason}`;
      throw new TorrentError(action, reason, { cause });
    }
    if (cause instanceof BencodeShapeError) {
      throw new TorrentError(action, `${cause.reason}, in ${cause.what}`, { cause });
    }
    if (cause instanceof UnsafePathError || cause instanceof PieceLayoutError) {
      throw new TorrentError(action, cause.reason, { cause });
    }
    throw cause;
  }
}
