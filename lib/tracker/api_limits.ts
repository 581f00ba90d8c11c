/** Entries of one page of a list of the HTTP API. */
export const MAX_LISTED_ENTRIES = 1000;

/** Entries of a page of the HTTP API whose length the asker leaves open. */
export const DEFAULT_LISTED_ENTRIES = 100;

/** Entries of lists of the HTTP API that one address may have a second, in the long run. */
export const LISTED_PER_SECOND = 500;

/** Entries of lists of the HTTP API that one address may have at once after a rest. */
export const LISTED_BURST = 20_000;

/** Torrents at which a search of the HTTP API by a part of the name looks. */
export const MAX_SWARMS_SEARCHED = 50_000;

/** Pieces of the maps of peers after which a page of them ends, but for the last map. */
export const MAX_PIECES_LISTED: number = 2 ** 20;

/** How often the totals of the tracker are counted at most, in milliseconds. */
export const TOTALS_MS = 1_000;

/** How often what is watched is looked at, in milliseconds. */
export const EVENT_MS = 1_000;

/** How often some of what is watched is looked at, in milliseconds. */
export const WATCH_ROUND_MS = 250;

/** Members of swarms at which one round looks; it ends the look at a swarm that it has begun. */
export const LOOKS_A_ROUND = 2_500;

/** Streams of events at once. */
export const MAX_EVENT_STREAMS = 256;

/**
 * Streams of events of one address, or IPv6 network, at once; loopback is not counted where the connection
 * itself shows it.
 */
export const MAX_EVENT_STREAMS_PER_ADDRESS = 32;

/** Sets of announce URLs by which those find this tracker who listen to events; further ones get none. */
export const MAX_WAYS_HERE = 8;

/** Bytes of the changes in one event, but for the last of them. */
export const MAX_EVENT_BYTES: number = 128 * 1024;

/** Files of which events tell, those with the most peers. */
export const MAX_WATCHED_FILES = 1_000;

/** Members of a swarm of which events tell. */
export const MAX_WATCHED_PEERS = 1_000;

/** Pieces of maps that are drawn in one look at a swarm, but for the last map. */
export const MAX_PIECES_DRAWN: number = 2 ** 22;

/** Swarms among which those with the most peers are looked for, a second. */
export const SWARMS_A_SECOND = 10_000;

/** The time between two samples of the tracker's history, in milliseconds. */
export const HISTORY_STEP_MS = 10_000;

/** Samples of the tracker's history that are kept: an hour. */
export const HISTORY_SAMPLES = 360;

/** Cells of the map of a member's pieces. */
export const MAX_MAP_CELLS = 512;

/** Peers of which it is remembered from whom they fetch, in all swarms that are watched. */
export const MAX_FETCHING_PEERS = 10_000;
