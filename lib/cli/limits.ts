/** Characters of a message about an error that are shown at most. */
export const MAX_SHOWN_MESSAGE = 2_000;

/** Entries of a list that are taken from a tracker at most. */
export const MAX_LISTED_ENTRIES = 200_000;

/** Lines of one kind about others that the shell says in a second; those beyond are counted. */
export const MAX_LINES_A_SECOND = 40;

/** Lines of the shell that are kept between runs. */
export const MAX_HISTORY_LINES = 1_000;

/** Words that are offered to complete a line at most; they must fit on a screen. */
export const MAX_COMPLETIONS = 200;

/** Bytes of the shell's history that are read, from its end; of a longer file the rest is dropped. */
export const MAX_HISTORY_BYTES: number = 4 * 1024 * 1024;

/** Bytes of the file of a swarm key at most, which takes about a hundred; no more are read. */
export const MAX_KEY_FILE_BYTES = 1_024;

/** Bytes of a file with certificates or a key for TLS at most. */
export const MAX_PEM_BYTES: number = 1024 * 1024;

/** Lines about peers that do not know a swarm's key at most, so that nobody can fill a log. */
export const MAX_TOLD_STRANGERS = 1_000;

/** Trackers that nobody named with which a node works. */
export const MAX_FOUND_TRACKERS = 4;

/** How many of them may be on one machine. */
export const MAX_FOUND_PER_MACHINE = 2;

/** Trackers on the network that are looked at at most, so that nobody can name them without end. */
export const MAX_TRIED_TRACKERS = 32;

/** Trackers on the network that are asked at most, one after the other. */
export const MAX_ASKED_TRACKERS = 8;

/** How long one of them, whom nobody named, may take to answer, in milliseconds. */
export const FOUND_TIMEOUT_MS = 10_000;

/** Addresses of this machine that a tracker tells of, so that all fits into one packet. */
export const MAX_TOLD_ADDRESSES = 16;

/** Swarms of which `top` keeps what it saw of their peers; of more, those looked at last. */
export const MAX_TOP_SWARMS = 256;

/** Cells of the map of a transfer's pieces on a peer's page, at most. */
export const MAX_SHOWN_CELLS = 512;

/** Files of a transfer that a peer's page is told of. */
export const MAX_SHOWN_FILES = 1_000;

/** Streams of events that a peer's page has at once, in all browsers together. */
export const MAX_PAGE_STREAMS = 16;

/** Files that are read over a peer's page at once. */
export const MAX_PAGE_READINGS = 16;

/** Bytes of what a peer's page is asked to change. */
export const MAX_PAGE_BODY = 4_096;
