import { type InfoHash, infoHashFromBytes } from "../bytes/mod.ts";
import type { TorrentFile } from "./file_spans.ts";
import { PIECE_HASH_LENGTH } from "./limits.ts";
import { PieceLayout, PieceLayoutError } from "./piece_layout.ts";
import { checkName, checkPath, checkTree } from "./safe_path.ts";
import type { TorrentInfo } from "./torrent.ts";

/** The fields of an info dictionary, from which everything else follows. */
export type InfoFields =
  & Pick<TorrentInfo, "name" | "shape" | "pieceLength" | "pieceHashes" | "privacy">
  & { readonly files: readonly Omit<TorrentFile, "offset">[] };

/**
 * Makes sure that the fields are safe and agree with each other, and lays out files and pieces. This
 * is the one gate through which a torrent comes in, whether it was read or made.
 *
 * @throws {UnsafePathError} if a path is not safe
 * @throws {PieceLayoutError} if lengths and hashes do not fit each other or their limits
 */
export function checkInfo(fields: InfoFields): Omit<TorrentInfo, "infoHash" | "rawInfo"> {
  checkName(fields.name);
  checkFiles(fields);
  let offset = 0;
  const files = fields.files.map((file) => {
    if (!Number.isSafeInteger(file.length) || file.length < 0) {
      throw new PieceLayoutError(`length of a file is ${file.length}, must be at least 0`);
    }
    const placed = { ...file, offset };
    offset += file.length;
    return placed;
  });
  const layout = new PieceLayout({ totalLength: offset, pieceLength: fields.pieceLength });
  if (fields.pieceHashes.length !== layout.pieceCount * PIECE_HASH_LENGTH) {
    throw new PieceLayoutError(
      `piece hashes have ${fields.pieceHashes.length} bytes, ${layout.pieceCount} pieces need ${
        layout.pieceCount * PIECE_HASH_LENGTH
      }`,
    );
  }
  return { ...fields, files, layout };
}

/** The SHA-1 of an info dictionary. */
export async function hashInfo(rawInfo: Uint8Array): Promise<InfoHash> {
  return infoHashFromBytes(new Uint8Array(await crypto.subtle.digest("SHA-1", rawInfo.slice())));
}

function checkFiles({ shape, files }: InfoFields): void {
  if (shape === "file") {
    if (files.length !== 1 || files[0]?.path.length !== 0) {
      throw new PieceLayoutError("a torrent of one file has one file, with an empty path");
    }
    return;
  }
  if (files.length === 0) throw new PieceLayoutError("a torrent of a folder has at least one file");
  for (const { path } of files) checkPath(path);
  checkTree(writtenPaths(files));
}

/** The paths of the files, those of padding files of one path and length only once. */
function* writtenPaths(files: InfoFields["files"]): Generator<readonly string[]> {
  const padding = new Set<string>();
  for (const { path, length, role } of files) {
    const key = `${length} ${path.join("/")}`;
    if (role === "padding" && padding.has(key)) continue;
    if (role === "padding") padding.add(key);
    yield path;
  }
}
