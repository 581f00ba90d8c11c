import type { PeerId } from "../bytes/mod.ts";
import type { Clock, Fetch, PeerAddress, RateLimit, UrlGuard } from "../net/mod.ts";
import type { DialRules } from "./dial_rules.ts";
import type { GreetedConnection } from "./open_session.ts";

/**
 * What a torrent is opened for. All of them serve what is held; besides, `"fetch"` fetches what is
 * missing from whoever is found; `"order"` connects to nobody by itself, keeps whoever is connected,
 * and fetches only what it is told to; `"serve"` leaves the store as it is.
 */
export type Intent = "fetch" | "order" | "serve";

/** How fast all torrents of a node together may be; each of the two may be changed at any time. */
export interface RateLimits {
  /** Limits what is received. */
  readonly down: RateLimit;
  /** Limits the blocks that are sent. */
  readonly up: RateLimit;
}

/** What a {@linkcode Torrent} shares with the other torrents of its node. */
export interface TorrentSurroundings {
  /** Our name on the wire. */
  readonly peerId: PeerId;
  /** What we call ourselves to people. */
  readonly client: string;
  /** Where we listen. */
  readonly listenPort: number;
  /** The clock of everything that waits. */
  readonly clock: Clock;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
  /** Fetches over HTTP, from web seeds. */
  readonly fetch: Fetch;
  /** Which web seeds may be asked. */
  readonly urls: UrlGuard;
  /** Whom to dial, and with whom to stay connected. */
  readonly rules: DialRules;
  /** Connects and exchanges handshakes for this torrent. */
  readonly dial: (address: PeerAddress, signal: AbortSignal) => Promise<GreetedConnection>;
  /** Bytes of pieces that the torrent may have in assembly at once: its share of the node's. */
  readonly assemblyBytes: () => number;
  /** How many more connections the node may have. */
  readonly room: () => number;
  /** How many more of them the torrent may open now; to be asked only when it has somebody to dial, and may. */
  readonly dialRoom: () => number;
  /** Limits what is received and sent. */
  readonly limits: RateLimits;
}
