import type { DictionaryReader } from "../../bencode/mod.ts";
import { checkName, MAX_NAME_BYTES, PieceLayout } from "../../metainfo/mod.ts";
import type { TorrentShape } from "../swarm/torrent_report.ts";
import type { Body } from "./message.ts";

/** The keys of a shape, of which all are there or none. */
export const SHAPE_KEYS: readonly string[] = ["name", "length", "piece_length"];

/** `{name, length, piece_length}` */
export function encodeShape(shape: TorrentShape): Body {
  return { name: shape.name, length: shape.length, piece_length: shape.pieceLength };
}

/**
 * Reads what {@linkcode encodeShape} wrote, with a name that is safe as that of a file and pieces that
 * a torrent may have.
 *
 * @throws {TypeError} if a member is missing or of another type
 * @throws {RangeError} if the name or the pieces are not acceptable
 */
export function readShape(reader: DictionaryReader): TorrentShape {
  const name = reader.text("name", { maxBytes: MAX_NAME_BYTES });
  checkName(name);
  const { totalLength, pieceLength } = new PieceLayout({
    totalLength: reader.integer("length"),
    pieceLength: reader.integer("piece_length"),
  });
  return { name, length: totalLength, pieceLength };
}
