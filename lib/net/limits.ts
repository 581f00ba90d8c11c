/** Bytes of a list of addresses at most, unpacked: public ones have 1 MiB to 50 MiB. */
export const MAX_ADDRESS_LIST_BYTES: number = 256 * 1024 * 1024;

/** Ranges of one family in a list of addresses at most: the place of one takes 21 bits of a number. */
export const MAX_ADDRESS_RANGES: number = 2 ** 21;

/** Of so many lines of a blocklist one may be unreadable; if more are, it is no such list. */
export const LINES_AN_UNREADABLE_ONE = 100;

/** Unreadable lines of a list that are told of one by one. */
export const MAX_TOLD_LINES = 3;

/** A client of a web server is cut off when so long after it connected or asked no byte of an answer has come. */
export const HTTP_ANSWER_TIMEOUT_MS = 10_000;

/** Bytes that a client sends to a web server without a byte of an answer, at most. */
export const MAX_HTTP_UNANSWERED_BYTES: number = 1024 * 1024;

/** Bytes that must come of a long request within the time for an answer, so that it is waited for as long again. */
export const MIN_HTTP_BODY_BYTES: number = 160 * 1024;

/** A connection to a web server on which nothing moves for so long is closed, in milliseconds. */
export const HTTP_IDLE_TIMEOUT_MS = 30_000;

/**
 * How many addresses' share of something an IPv6 network of 64 bits has: one machine may have all of its
 * addresses, but all machines of an office or a classroom have theirs in one, too.
 */
export const ADDRESS_SHARES_A_NETWORK = 4;

/** Time for one of several addresses of a host to begin an answer by HTTP, in milliseconds. */
export const ADDRESS_PATIENCE_MS = 4_000;

/** Redirects of an HTTP server that are followed. */
export const MAX_REDIRECTS = 3;

/** The longest name of a host, in characters (RFC 1035, 2.3.4). */
export const MAX_HOST_NAME_LENGTH = 253;

/** The longest datagram to a group that is read whole, in bytes (RFC 6762, 17). */
export const MAX_DATAGRAM = 9_000;

/**
 * The longest message about services that is read, in bytes: what is longer does not fit into one
 * packet.
 */
export const MAX_SERVICE_MESSAGE = 1_500;

/** The longest name of a service, in bytes of UTF-8 (RFC 6763, 4.1.1). */
export const MAX_SERVICE_NAME_BYTES = 63;

/** Services of one type that are remembered. */
export const MAX_SERVICES = 64;

/** Services that are believed of one machine. */
export const MAX_SERVICES_PER_MACHINE = 4;

/** TLS connections that may wait to be accepted; others wait in the system. */
export const MAX_WAITING_TLS = 64;

/** Connections that are closed when the process has too many files open, and that many are kept. */
export const SPARE_DESCRIPTORS = 8;

/** How long no more connections than were left then are let in, in milliseconds. */
export const SPARING_MS = 60_000;
