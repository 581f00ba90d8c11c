import type { PeerAddress } from "../net/mod.ts";
import type { Discovery } from "./discovery.ts";
import type { Intent } from "./surroundings.ts";

/** How a torrent is opened. */
export interface AddOptions {
  /** Addresses at which peers are known to be. */
  readonly peers?: readonly PeerAddress[];
  /** URLs of web servers that have the data (BEP 19). */
  readonly webSeeds?: readonly string[];
  /** The only means by which peers are found, as of a private torrent (BEP 27); the node's by default. */
  readonly discoveries?: readonly Discovery[];
  /** What it is opened for; to fetch and serve by default. */
  readonly intent?: Intent;
}
