/** The longest message that a peer may send, in bytes after its length prefix. */
export const MAX_MESSAGE_LENGTH: number = 1024 * 1024;

/** The longest block that a peer may ask for without an agreement on more (BEP 3, `request`). */
export const MAX_BLOCK_LENGTH: number = 16 * 1024;

/** The block length that we offer to our own kind, in bytes. */
export const OFFERED_BLOCK_LENGTH: number = 64 * 1024;

/** Requests of one peer that wait to be served; those beyond are not taken. */
export const MAX_QUEUED_REQUESTS = 500;

/** Requests to one peer that may be under way. */
export const MAX_PENDING_REQUESTS = 250;

/** Connections of a node, in all its torrents. */
export const MAX_CONNECTIONS = 200;

/** Connections of a node from one address that is not loopback. */
export const MAX_CONNECTIONS_PER_ADDRESS = 10;

/** Connections of a node that are being opened at once, in all its torrents. */
export const MAX_HALF_OPEN = 20;

/** The time for the transport to connect, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 5_000;

/** The time for the other side's handshake to arrive, in milliseconds. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;

/** A peer that sends none of what was asked for so long gets its requests taken back. */
export const REQUEST_TIMEOUT_MS = 30_000;

/** A connection on which nothing arrives, or nothing can be sent, for so long is closed. */
export const IDLE_TIMEOUT_MS = 120_000;

/** After so long without sending, a keep-alive is sent. */
export const KEEP_ALIVE_MS = 60_000;

/** Control messages that may wait for a peer that does not read; one more closes the connection. */
export const MAX_QUEUED_MESSAGES = 10_000;

/** Bytes of pieces that are being assembled, hashed and written at once, in all torrents of a node. */
export const ASSEMBLY_BUDGET: number = 8 * 1024 * 1024;

/** Pieces that are being assembled, hashed and written at once, in a torrent of small pieces. */
export const MAX_ACTIVE_PIECES = 320;

/** Connections whose handshake has not come yet; the oldest gives way to one more. */
export const MAX_UNGREETED = 64;

/** How long a peer is shut out that sent corrupt data, in milliseconds. */
export const BAN_MS = 3_600_000;

/** Addresses remembered for one torrent. */
export const MAX_KNOWN_ADDRESSES = 2_000;

/** Pieces of which a peer may say that they are to be had while it chokes us (BEP 6). */
export const MAX_OFFERED = 100;

/** The longest metadata that is fetched of peers, in bytes (BEP 9). */
export const MAX_METADATA_LENGTH: number = 4 * 1024 * 1024;

/** A peer that has sent no metadata for so long, although it was asked, is given up. */
export const METADATA_TIMEOUT_MS = 10_000;

/**
 * The waits between two tries to write on a disk that is full, from the first to the longest, and how
 * long it must have taken data for the first one to be short again; in milliseconds.
 */
export const DISK_RETRY_MS = { minMs: 1_000, maxMs: 10_000, calmMs: 60_000 };

/** How long a write waits for files to be closed when too many are open, in milliseconds. */
export const OPEN_FILES_PATIENCE_MS = 60_000;
