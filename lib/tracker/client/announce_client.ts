import type { InfoHash, PeerId, PieceIndex } from "../../bytes/mod.ts";
import { type Clock, type Fetch, systemClock, UrlGuard } from "../../net/mod.ts";
import { Feed } from "../feed.ts";
import type { AnnounceResult } from "../protocol/mod.ts";
import { announcedMember, announcedSearch, type AnnouncedTorrent } from "./announced_torrent.ts";
import { AnnounceMembership } from "./announce_membership.ts";
import { announceTiers, redactUrl } from "./announce_url.ts";
import type { SwarmMember, SwarmTicket } from "./discovery.ts";
import { randomUint32 } from "./random_uint32.ts";
import { Ticket, type TicketOffice } from "./ticket.ts";
import { TrackerTiers } from "./tracker_tiers.ts";

/**
 * How many trackers of a torrent are used: `"first answer"` asks the next one, too, when one is silent
 * for five seconds; `"one at a time"` only when one has failed, as private torrents must (BEP 27).
 */
export type TrackerUsage = "first answer" | "one at a time";

/** Which trackers to announce to, and as whom. */
export interface AnnounceClientOptions {
  /** Announce URLs, `http:`, `https:` or `udp:`, in tiers (BEP 12); others are passed over. */
  readonly tiers: readonly (readonly string[])[];
  /** Our name on the peer wire. */
  readonly peerId: PeerId;
  /** Where we listen for peers. */
  readonly port: number;
  /** The program, as trackers are told of it. */
  readonly agent?: string;
  /**
   * A number of 32 bits that nobody else knows: what shows trackers that it is us although our address
   * is another. One of chance by default.
   */
  readonly key?: number;
  /** How many of the trackers are used; `"first answer"` by default. */
  readonly usage?: TrackerUsage;
  /**
   * Whether the user has named a URL himself; what a torrent or a magnet link names, which is all of
   * them by default, is asked only if {@linkcode AnnounceClientOptions.urls} lets it be.
   */
  readonly isNamed?: (url: string) => boolean;
  /** Which URLs of torrents may be asked; by default none that lead further in than strangers come. */
  readonly urls?: UrlGuard;
  /** Is called when a torrent has another tracker than before, of which peers are to come next. */
  readonly onSwitch?: (infoHash: InfoHash) => void;
  /** What asks HTTP trackers, with certificates of its own say; that of the runtime by default. */
  readonly get?: Fetch | undefined;
  /** The time; that of the machine by default. */
  readonly clock?: Clock;
  /** Numbers from 0 up to but not including 1, for waits and orders of chance. */
  readonly random?: () => number;
}

/** How an announce ended. */
export type AnnounceState =
  | {
    readonly type: "announced";
    readonly url: string;
    readonly infoHash: InfoHash;
    readonly result: AnnounceResult;
  }
  | {
    readonly type: "unreachable";
    readonly infoHash: InfoHash;
    /** The URLs that were tried. */
    readonly urls: readonly string[];
    readonly error: Error;
    readonly retryMs: number;
  };

/** States that wait for a reader at most. */
const STATE_CAPACITY = 256;

/**
 * Announces torrents to trackers of any kind by HTTP (BEP 3) and UDP (BEP 15), and hears of peers from
 * them. It tries again by itself when they fail.
 */
export class AnnounceClient implements TicketOffice, AsyncDisposable {
  readonly #options: AnnounceClientOptions;
  readonly #states = new Feed<AnnounceState>({ capacity: STATE_CAPACITY });
  readonly #memberships = new Map<InfoHash, AnnounceMembership>();
  readonly #leaving = new Map<InfoHash, Promise<void>>();
  readonly #tiers: readonly string[][];
  readonly #key: number;
  #phase: "open" | "closed" = "open";

  /**
   * Makes a client that is in no swarm.
   *
   * @throws {TypeError} if there is no tracker that it can announce to
   */
  constructor(options: AnnounceClientOptions) {
    this.#tiers = announceTiers(options.tiers);
    if (this.#tiers.length === 0) {
      const urls = options.tiers.flat().map(redactUrl).join(", ");
      throw new TypeError(
        `Cannot announce to ${urls || "no tracker"}: it takes http, https and udp URLs`,
      );
    }
    this.#options = options;
    this.#key = options.key ?? randomUint32();
  }

  /** How the announces end, for one reader. */
  get states(): ReadableStream<AnnounceState> {
    return this.#states.readable;
  }

  /**
   * Enters a swarm and begins to hear of its peers.
   *
   * @throws {Error} if the swarm was entered and not left, or the client is closed
   */
  join(member: SwarmMember): SwarmTicket {
    return this.#enter(announcedMember(member), member.info.name);
  }

  /**
   * Begins to hear of the peers of a torrent of which only the info-hash is known. The swarm is to be
   * left before it is joined.
   *
   * @throws {Error} if the swarm was entered and not left, or the client is closed
   */
  seek(infoHash: InfoHash): SwarmTicket {
    return this.#enter(announcedSearch(infoHash), infoHash);
  }

  /** Takes down that a piece is held. */
  pieceHeld(infoHash: InfoHash, _index: PieceIndex): void {
    this.#memberships.get(infoHash)?.pieceHeld();
  }

  /** Leaves a swarm and tells the tracker so. */
  leave(infoHash: InfoHash): void {
    const membership = this.#memberships.get(infoHash);
    this.#memberships.delete(infoHash);
    if (membership === undefined) return;
    const leaving = membership.leave().finally(() => {
      if (this.#leaving.get(infoHash) === leaving) this.#leaving.delete(infoHash);
    });
    this.#leaving.set(infoHash, leaving);
  }

  /** Leaves all swarms and waits until the trackers have heard it, but not for long. */
  async close(): Promise<void> {
    this.#phase = "closed";
    for (const infoHash of [...this.#memberships.keys()]) this.leave(infoHash);
    await Promise.all(this.#leaving.values());
    this.#states.end();
  }

  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #enter(torrent: AnnouncedTorrent, name: string): SwarmTicket {
    const { infoHash } = torrent;
    if (this.#memberships.has(infoHash)) {
      throw new Error(`Cannot join swarm of ${name}: it was joined before, leave it first`);
    }
    if (this.#phase === "closed") {
      throw new Error(`Cannot join swarm of ${name}: the client is closed`);
    }
    const { agent = "Sluice", clock = systemClock, random = Math.random } = this.#options;
    const { peerId, port, usage = "first answer", onSwitch, get } = this.#options;
    const { isNamed = () => false, urls = new UrlGuard() } = this.#options;
    const ticket = new Ticket(infoHash, this);
    const membership = new AnnounceMembership({
      ...{ ticket, torrent, peerId, port, agent, clock, random, usage, isNamed, urls, get },
      key: this.#key,
      onSwitch: () => onSwitch?.(infoHash),
      tiers: new TrackerTiers(this.#tiers, random),
      after: this.#leaving.get(infoHash),
      onState: (state) => this.#states.offer(state),
    });
    this.#memberships.set(infoHash, membership);
    return ticket;
  }
}
