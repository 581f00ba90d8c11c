import type { Clock } from "../net/mod.ts";
import type { PieceStore } from "../storage/mod.ts";
import type { TorrentEvent } from "./events.ts";
import type { PeerLink } from "./link.ts";
import type { Motion } from "./motion.ts";
import type { PeerKey } from "./policy/mod.ts";
import type { Intent, RateLimits } from "./surroundings.ts";

/** What a `Download` needs. */
export interface DownloadOptions {
  /** Whether to ask for what is missing, for what is ordered, or for nothing. */
  readonly intent: Intent;
  /** Where the pieces go. */
  readonly store: PieceStore;
  /** The connected peers, live. */
  readonly links: ReadonlyMap<PeerKey, PeerLink>;
  /** Whether anything is asked for at all now. */
  readonly motion: Pick<Motion, "state">;
  /** Bytes of pieces that may be in assembly at once. */
  readonly assemblyBytes: () => number;
  /** Measures the peers' rates. */
  readonly clock: Clock;
  /** How much may be received. */
  readonly limits: Pick<RateLimits, "down">;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
  /** Is told of pieces. */
  readonly onEvent: (event: TorrentEvent) => void;
  /** Is called when a peer has sent what it should not have: it is to be shut out. */
  readonly onConviction: (link: PeerLink) => void;
  /** Is called when the store cannot take what it is given; nothing is asked for any more then. */
  readonly onFailure: (error: unknown) => void;
}
