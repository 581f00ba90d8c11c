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

/**
 * So many of those who answer make room for another connection of their torrent at once; after that the
 * next ones wait for its turn, once a second, so that those of other torrents come to theirs.
 */
export const HURRIED_CONNECTIONS = 50;

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

/** Pieces that one message of our guide extension names at most. */
export const MAX_GUIDED_PIECES = 1_000;

/** Peers that are told what to fetch from each other at most, and from whom one fetches what is named. */
export const MAX_CONDUCTED = 64;

/** Entries of each list of a peer exchange that are read (BEP 11). */
export const MAX_EXCHANGED_PEERS = 200;

/** Bytes of a local announce at most, so that it fits into one packet of every network (BEP 14). */
export const MAX_LOCAL_ANNOUNCE = 1_400;

/** Torrents that fit into one local announce with an IPv6 group and a cookie of 16 bytes. */
export const MAX_LOCALLY_ANNOUNCED = 25;

/** Bytes of a local announce of others that are read; what is longer is no announce. */
export const MAX_HEARD_ANNOUNCE = 2_048;

/** Characters of the cookie of a local announce that are looked at. */
export const MAX_COOKIE_LENGTH = 256;

/** Connections that a search for metadata keeps at once. */
export const MAX_SOURCES = 8;

/** How many connections of a search others may have opened, so that they cannot take all. */
export const MAX_INCOMING_SOURCES = 4;

/** How many connections of a search may be to one machine, unless that is this one. */
export const MAX_SOURCES_PER_ADDRESS = 2;

/** Addresses that a search remembers of peers who dialled us. */
export const MAX_CALLERS = 50;

/** How often the whole metadata is given to one connection. */
export const MAX_METADATA_COPIES = 2;

/** Peers that are remembered as banned at once; the oldest is forgotten for one more. */
export const MAX_BANNED = 1_000;

/** So many peer exchanges that come too early one after the other are a breach of the protocol. */
export const MAX_EARLY_EXCHANGES = 20;

/** Peers that are told of as added, or as dropped, in one peer exchange but the first (BEP 11). */
export const MAX_TOLD_PEERS = 50;

/** Peers that are believed of one peer exchange. */
export const MAX_HEARD_PEERS = 50;

/** Peers that are believed of the first peer exchange of a peer, which may tell of all it knows. */
export const MAX_HEARD_FIRST = 200;

/** Addresses of one torrent that are remembered of neighbours. */
export const MAX_NEIGHBOURS = 512;

/** Addresses of one torrent that are believed of one machine at a time. */
export const MAX_PER_NEIGHBOUR = 8;

/** Bad copies of pieces that are kept until a good copy shows who lied. */
export const MAX_BAD_COPIES = 4;

/** Bytes that one peer is asked for ahead at most, whatever its rate. */
export const MAX_PENDING_BYTES: number = 4 * 1024 * 1024;

/** A peer that sends so many rejects, and blocks that nobody asked for, and none that was, is of no use. */
export const MAX_FRUITLESS = 1_000;

/** Requests without an answer that are remembered after they were given up. */
export const MAX_DISOWNED = 4_096;

/** Web seeds of one torrent that are used; further ones are passed over. */
export const MAX_WEB_SEEDS = 16;

/** How deep an extended handshake nests at most (BEP 10): others put their own things into it. */
export const MAX_GREETING_DEPTH = 10;

/** Values in an extended handshake at most. */
export const MAX_GREETING_VALUES = 1_000;

/** How deep the message of any other extension nests at most. */
export const MAX_PAYLOAD_DEPTH = 4;

/** Values in the message of any other extension at most. */
export const MAX_PAYLOAD_VALUES = 64;

/** Bytes of the name and version of a peer's program; a longer one is passed over. */
export const MAX_CLIENT_BYTES = 256;

/** Bytes of bad copies of pieces that are kept, but for a single one. */
export const MAX_BAD_BYTES: number = 4 * 1024 * 1024;

/** Events that wait for a watcher that is slow; further ones pass it by. */
export const MAX_WATCHED_EVENTS = 10_000;

/** The time for a pong to arrive, in milliseconds. */
export const PING_TIMEOUT_MS = 5_000;

/** Blocks of metadata that one peer is asked for ahead. */
export const MAX_METADATA_REQUESTS = 8;

/** Peers that are asked for the metadata at once, each for all of it. */
export const MAX_METADATA_PEERS = 3;
