/** The port of the TCP door unless another is asked for. */
export const DEFAULT_PORT = 6789;

/** The longest frame, in bytes; a longer one is refused when its prefix is known. */
export const MAX_FRAME_LENGTH: number = 1024 * 1024;

/** The longest first frame, in bytes: little is buffered for those who are not let in yet. */
export const MAX_CONNECT_LENGTH = 4096;

/** How deep a message nests: envelope, arguments, a list, its items, their lists. */
export const MAX_MESSAGE_DEPTH = 6;

/** Values in one message. */
export const MAX_MESSAGE_VALUES = 65_536;

/** Bytes of the name and version of a client. */
export const MAX_AGENT_BYTES = 64;

/** Bytes of a token. */
export const MAX_TOKEN_BYTES = 512;

/** Bytes of a torrent file that travel in one `publish` or `get_torrent`. */
export const MAX_PART_LENGTH: number = 512 * 1024;

/** Trackers of one torrent that are announced to, of all tiers; further ones are passed over. */
export const MAX_TRACKERS = 200;

/** Parts in which one torrent file is handed in or fetched: with the longest ones it takes twenty. */
export const MAX_TORRENT_PARTS = 4_096;

/** Entries of one `update_status`, told and gone together. */
export const MAX_STATUS_ENTRIES = 4096;

/** Peers of which a report says that it fetches from them. */
export const MAX_FETCHED_FROM = 32;

/** How often a client tells of a torrent from whom it fetches at most, in milliseconds. */
export const FETCHED_MS = 2_000;

/** Entries of one page of `list_files` or `get_peers`. */
export const MAX_PAGE_ENTRIES = 1000;

/** Bytes that a peer may say it has moved since its last report to be believed, for rates that are shown. */
export const MAX_BELIEVED_BYTES: number = 2 ** 40;

/** Entries of a page whose length the asker leaves open. */
export const DEFAULT_PAGE_ENTRIES = 50;

/** A page takes no more entries once they have so many bytes: the largest one still fits a frame. */
export const MAX_PAGE_BYTES: number = 640 * 1024;

/** Members of a swarm that are told of a change, and peers that one push names. */
export const MAX_PUSHED_PEERS = 50;

/** Info-hashes that one reply lists as wanted or to be told again. */
export const MAX_LISTED_HASHES = 256;

/** Time for a new connection to say who it is. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** Time for a frame to arrive whole. */
export const FRAME_TIMEOUT_MS = 30_000;

/** Time between two parts of a torrent file that is handed in. */
export const PART_TIMEOUT_MS = 60_000;

/** Time for the other side to close after it was told why. */
export const LINGER_MS = 1_000;

/** Time for all to get their last answers from a tracker that drains. */
export const DRAIN_MS = 5_000;

/** Time for a client to reach the tracker. */
export const DIAL_TIMEOUT_MS = 5_000;

/** Time for the tracker to answer a query. */
export const REPLY_TIMEOUT_MS = 15_000;

/** The first and the longest wait of a client before it tries to reach its tracker again. */
export const RECONNECT_MS: { readonly min: number; readonly max: number } = {
  min: 500,
  max: 30_000,
};

/** The share of the tracker's interval after which a client says something. */
export const KEEP_ALIVE_SHARE = 0.8;

/** Addresses of a swarm that a client remembers to have passed on. */
export const MAX_KNOWN_ADDRESSES = 4000;

/** Changes of a swarm within this time become one push. */
export const PUSH_DELAY_MS = 200;

/** Changes of what a client holds within this time become one `update_status`. */
export const STATUS_DELAY_MS = 300;

/** How often the tracker looks for what has expired. */
export const SWEEP_MS = 1_000;

/** How often a client is heard from at least, unless the tracker is told otherwise. */
export const INTERVAL_MS = 30_000;

/** Intervals of silence after which a connection is closed, and for which a `disconnect` is kept. */
export const SILENT_INTERVALS = 2.5;

/** How long a peer that vanished without a word is kept. */
export const GRACE_MS = 30_000;

/** How long a torrent that nobody holds any more is kept. */
export const EMPTY_TORRENT_MS = 3_600_000;

/** A torrent's metainfo is asked of one holder at a time, who has this long to hand it in. */
export const PUBLISH_PATIENCE_MS = 10_000;

/**
 * A holder that was asked for the metainfo in vain is asked again only after this time, within which
 * each other one has said something.
 */
export const VAIN_PATIENCE_MS = 40_000;

/** How often a client hands in the same torrent file, or tells the same in full, at a tracker's wish. */
export const PUBLISH_BACKOFF_MS: { readonly minMs: number; readonly maxMs: number } = {
  minMs: PUBLISH_PATIENCE_MS,
  maxMs: 600_000,
};

/** How long a client waits before it looks again whether a torrent was published by another one. */
export const PROBE_MS = 2_000;

/** Queries of a client besides its news before it tells what is new meanwhile. */
export const QUERIES_A_TURN = 20;

/** Members of a swarm whose bitfields are compared for one page of `get_peers`. */
export const MAX_RANKED_MEMBERS = 200;

/** Bytes of an `update_status` that count as another query. */
export const STATUS_BYTES_A_QUERY = 2048;

/** The port of the HTTP and the UDP door unless another is asked for. */
export const DEFAULT_ANNOUNCE_PORT = 6969;

/** How often those are to announce themselves who come by HTTP or UDP. */
export const ANNOUNCE_INTERVAL_MS = 300_000;

/** The share of the interval by which it differs from one answer to the next, so that no wave builds up. */
export const ANNOUNCE_JITTER = 0.1;

/** The time before which nobody should announce himself again. */
export const MIN_ANNOUNCE_INTERVAL_MS = 60_000;

/** How long one is kept who announced himself; it exceeds the interval twice. */
export const ANNOUNCE_EXPIRY_MS = 690_000;

/** Peers in the answer to an announce that leaves their number open. */
export const DEFAULT_NUM_WANT = 50;

/** Peers in the answer to an announce at most. */
export const MAX_NUM_WANT = 200;

/** Bytes of an answer of the UDP door at most: it fits one datagram wherever IPv6 does. */
export const MAX_UDP_REPLY = 1_232;

/** Events of a tracker that wait for who reads them; of more the newest are lost. */
export const MAX_WAITING_EVENTS = 1_024;

/** Minutes after which one who asks too often by HTTP is told to ask again (BEP 31). */
export const RETRY_MINUTES = 1;

/** How often an address may show the same wrong token before it counts again: each ten minutes. */
export const STALE_TOKENS_A_SECOND: number = 1 / 600;

/** How long who has shown the right token is let in although others at his address guess, in milliseconds. */
export const TRUST_MS = 3_600_000;

/** Of how many it is remembered that they have shown the right token. */
export const MAX_TRUSTED = 65_536;

/** How often it is told that an address is refused for one reason: each ten seconds. */
export const NEWS_A_SECOND: number = 1 / 10;

/** Bytes of a request that the HTTP door answers without its web server. */
export const MAX_PLAIN_REQUEST_BYTES = 4_096;

/** Characters of a query string of the HTTP door that are read at most. */
export const MAX_QUERY_LENGTH = 8_192;

/** Parameters of a query string of the HTTP door that are read at most. */
export const MAX_PARAMETERS = 256;

/** Bytes of the `key` of an announce at most. */
export const MAX_KEY_BYTES = 100;

/** Torrents of one scrape (BEP 15: about 74 fit one datagram). */
export const MAX_SCRAPED = 74;

/** Bytes of the path that options of the UDP door give (BEP 41): a token, each byte escaped, and a rest. */
export const MAX_UDP_PATH: number = 3 * MAX_TOKEN_BYTES + 64;

/** Bytes of an address of a peer as the TCP door writes it: of IPv6 with a zone. */
export const MAX_HOST_BYTES = 64;

/** Values in the answer of an HTTP tracker at most; a list of dictionaries has seven for each peer. */
export const MAX_HTTP_REPLY_VALUES = 65_536;

/** How deep the answer of an HTTP tracker nests: itself, a list of peers, a peer. */
export const MAX_HTTP_REPLY_DEPTH = 3;

/** Bytes that are read of what a tracker says to people. */
export const MAX_TRACKER_TEXT_BYTES = 4_096;

/** Bytes of the id that a tracker wants to be told again. */
export const MAX_TRACKER_ID_BYTES = 256;

/** The longest interval that is believed of a tracker, in seconds. */
export const MAX_BELIEVED_INTERVAL_S = 86_400;

/** How long a connection id of the UDP door is good; a client uses one for a minute (BEP 15). */
export const ISSUED_ID_MS = 120_000;

/** Bytes of the answer of a UDP tracker that are read at most: of 450 peers with IPv6 addresses. */
export const MAX_UDP_ANSWER = 8_192;

/** Bytes of the answer of an HTTP tracker at most. */
export const MAX_HTTP_REPLY: number = 1024 * 1024;

/** How long the name of a tracker that a torrent names may take to be looked up, in milliseconds. */
export const LOOK_UP_TIMEOUT_MS = 10_000;

/** Time for an HTTP tracker to answer. */
export const HTTP_ANNOUNCE_TIMEOUT_MS = 15_000;

/** The first wait for the answer of a UDP tracker, which doubles with each further one (BEP 15). */
export const UDP_ANNOUNCE_TIMEOUT_MS = 15_000;

/** Requests to a UDP tracker that is silent, before it is given up. */
export const UDP_ATTEMPTS = 2;

/** How long a tracker may be silent before the next one is asked, too. */
export const TRACKER_HEAD_START_MS = 5_000;

/** How long the connection id of a UDP tracker is used (BEP 15). */
export const CONNECTION_ID_MS = 60_000;

/** The first and the longest wait before trackers are tried again of which none answered. */
export const ANNOUNCE_RETRY_MS: { readonly minMs: number; readonly maxMs: number } = {
  minMs: 5_000,
  maxMs: 1_800_000,
};

/** The shortest time between two announces to a tracker that names a shorter one, or none. */
export const ANNOUNCE_FLOOR_MS = 30_000;

/** Time for trackers to hear that we stop. */
export const STOPPED_TIMEOUT_MS = 3_000;

/** Peers that we would like to hear of. */
export const ASKED_PEERS = 100;

/** Agents of peer ids that are remembered; with more the memory starts anew. */
export const MAX_REMEMBERED_AGENTS = 1_024;

/** Origins that are remembered to have been asked for metainfo at most; with more the memory starts anew. */
export const MAX_ASKED_ORIGINS = 256;

/** Missing pieces that are looked up in each candidate: what is missing beyond them is like these. */
export const MAX_COMPARED_PIECES = 256;

/** Pieces that are looked at to find missing ones. */
export const MAX_VISITED_PIECES: number = 2 ** 15;

/** Info-hashes that an error names of torrents of the same name. */
export const MAX_NAMED_HASHES = 10;

/** How often it is written to the state file what has changed. */
export const STATE_SAVE_MS = 1_000;

/** Torrents that are written to the state file at once; of more the rest follows. */
export const MAX_SAVED_TORRENTS = 500;

/** Bytes of torrent files that are written to the state file at once, but for a single one that has more. */
export const MAX_SAVED_BYTES: number = 4 * 1024 * 1024;

/** Counts that are read from a state file. */
export const MAX_STATE_COUNTERS = 256;

/** Files that are handed in at once. */
export const MAX_UPLOADS = 8;

/** Bytes of a file that is refused that are read all the same, so that its sender hears why. */
export const MAX_DRAINED_BYTES: number = 8 * 1024 * 1024;

/** How long such bytes are read. */
export const DRAIN_TIMEOUT_MS = 5_000;

/**
 * Bytes that may come to the HTTP door of a tracker that takes in files before it is known whether they
 * are such a file: more than the system holds between the front and the web server.
 */
export const MAX_UNEXPECTED_BYTES: number = 16 * 1024 * 1024;
