/**
 * Torrents: reading, making and checking them, magnet links, and the arithmetic of pieces, blocks
 * and files.
 *
 * @module
 */
export type { InfoHash, PieceIndex } from "../bytes/mod.ts";
export type { InfoFields } from "./check_info.ts";
export { createInfo, type CreateInfoOptions } from "./create_info.ts";
export * from "./encode_torrent.ts";
export * from "./file_indices.ts";
export * from "./file_spans.ts";
export * from "./limits.ts";
export * from "./magnet.ts";
export * from "./parse_torrent.ts";
export * from "./piece_layout.ts";
export * from "./piece_length.ts";
export { quoteText } from "../bytes/mod.ts";
export * from "./safe_path.ts";
export * from "./select_files.ts";
export * from "./torrent.ts";
export { TorrentError } from "./torrent_error.ts";
