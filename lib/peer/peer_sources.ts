import type { PieceIndex } from "../bytes/mod.ts";
import type { PeerAddress } from "../net/mod.ts";
import type { Discovery, SwarmMember } from "./discovery.ts";
import type { PeerLink } from "./link.ts";
import { PeerExchange } from "./peer_exchange.ts";
import type { PeerKey } from "./policy/mod.ts";
import { SwarmTickets } from "./swarm_tickets.ts";
import { WebSeeds, type WebSeedsOptions } from "./web_seeds.ts";

/** What {@linkcode PeerSources} need. */
export interface PeerSourcesOptions extends WebSeedsOptions, Omit<SwarmMember, "appetite"> {
  /** The connected peers, live. */
  readonly links: ReadonlyMap<PeerKey, PeerLink>;
  /** Is given addresses at which a discovery has found peers. */
  readonly onFound: (addresses: readonly PeerAddress[]) => void;
  /** Is given addresses at which peers may be, by the word of a peer. */
  readonly onHearsay: (addresses: readonly PeerAddress[]) => void;
}

/** All that gives a torrent peers: discoveries, the peers themselves, and web servers. */
export class PeerSources {
  /** What peers tell of each other. */
  readonly exchange: PeerExchange;
  readonly #options: PeerSourcesOptions;
  /** What those are told of the torrent who help to find peers. */
  readonly #member: SwarmMember;
  readonly #tickets = new SwarmTickets();
  readonly #webSeeds: WebSeeds;

  /** Makes one that gives nothing yet. */
  constructor(options: PeerSourcesOptions) {
    this.#options = options;
    const { info, held, uploaded, downloaded, fetchedFrom, appetite } = options;
    const told = { info, held, uploaded, downloaded, appetite };
    this.#member = { ...told, ...(fetchedFrom && { fetchedFrom }) };
    this.exchange = new PeerExchange(options);
    this.#webSeeds = new WebSeeds(options);
  }

  /** Resolves when others can find us by one of the discoveries; at once if there are none. */
  get announced(): Promise<void> {
    return this.#tickets.announced;
  }

  /**
   * Enters the swarm by one more means, and gives the end of that, which never rejects.
   *
   * @throws {Error} if it is not to be entered by that means
   */
  discoverBy(discovery: Discovery): Promise<void> {
    return this.#tickets.follow(discovery.join(this.#member), this.#options.onFound);
  }

  /** Fetches from web servers, too, and gives the end of that. */
  async useWebSeeds(urls: readonly string[]): Promise<void> {
    await this.#webSeeds.use(urls);
  }

  /** States that one more piece is held. */
  pieceHeld(index: PieceIndex): void {
    this.#tickets.pieceHeld(index);
  }

  /** Leaves the swarm. */
  leave(): void {
    this.#tickets.leave();
  }
}
