/** The longest torrent file, in bytes, and the longest info dictionary. */
export const MAX_TORRENT_BYTES: number = 10 * 1024 * 1024;

/** The most pieces of a torrent. */
export const MAX_PIECES: number = 2 ** 21;

/** The shortest pieces, in bytes. */
export const MIN_PIECE_LENGTH: number = 16 * 1024;

/** The longest pieces, in bytes. */
export const MAX_PIECE_LENGTH: number = 64 * 1024 * 1024;

/** The length of pieces, in bytes, where nothing asks for longer ones. */
export const DEFAULT_PIECE_LENGTH: number = 512 * 1024;

/** The part of a piece that one request asks for, in bytes (BEP 3). */
export const BLOCK_LENGTH: number = 16 * 1024;

/** Bytes of the SHA-1 of a piece. */
export const PIECE_HASH_LENGTH = 20;

/** The most data of a torrent, in bytes: as many of the longest pieces as there may be. */
export const MAX_TOTAL_LENGTH: number = MAX_PIECES * MAX_PIECE_LENGTH;

/** The longest name of a torrent, file or folder, in bytes of UTF-8. */
export const MAX_NAME_BYTES = 240;

/** The most components of a path below the torrent's name. */
export const MAX_PATH_DEPTH = 100;

/** The longest magnet link, in characters. */
export const MAX_MAGNET_LENGTH: number = 64 * 1024;

/** The bytes of a torrent file that are kept for everything but piece hashes, when pieces are chosen. */
export const RESERVED_TORRENT_BYTES: number = 2 * 1024 * 1024;
