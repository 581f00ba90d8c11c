import type { InfoHash, PieceIndex } from "../../bytes/mod.ts";
import { formatAddress, type PeerAddress } from "../../net/mod.ts";
import { MAX_KNOWN_ADDRESSES } from "../limits.ts";
import type { SwarmTicket } from "./discovery.ts";

/** What a {@linkcode Ticket} tells its client. */
export interface TicketOffice {
  /** A piece of a torrent is held now. */
  pieceHeld(infoHash: InfoHash, index: PieceIndex): void;
  /** A swarm is left. */
  leave(infoHash: InfoHash): void;
}

/**
 * A membership, and the way by which its holder hears of peers. Each address of which a push tells is
 * passed on once, until the peer is said to be gone or the tracker is another; what was asked for is
 * passed on each time. While nobody reads, addresses gather, the latest ones if they are very many.
 */
export class Ticket implements SwarmTicket {
  readonly peers: ReadableStream<PeerAddress[]>;
  /** Of which torrent. */
  readonly infoHash: InfoHash;
  readonly #office: TicketOffice;
  readonly #known = new Set<string>();
  readonly #found = new Map<string, PeerAddress>();
  #phase: "open" | "unread" | "left" = "open";
  #news = Promise.withResolvers<void>();
  readonly #announced = Promise.withResolvers<void>();

  /** Makes the ticket of a torrent. */
  constructor(infoHash: InfoHash, office: TicketOffice) {
    this.infoHash = infoHash;
    this.#office = office;
    this.peers = new ReadableStream<PeerAddress[]>({
      pull: (controller) => this.#pull(controller),
      cancel: () => {
        this.#phase = "unread";
        this.#found.clear();
      },
    }, { highWaterMark: 0 });
  }

  get announced(): Promise<void> {
    return this.#announced.promise;
  }

  /** Notes that the tracker knows of the membership and has the torrent file, or will have neither. */
  markAnnounced(): void {
    this.#announced.resolve();
  }

  pieceHeld(index: PieceIndex): void {
    this.#office.pieceHeld(this.infoHash, index);
  }

  leave(): void {
    if (this.#phase === "left") return;
    this.#phase = "left";
    this.#announced.resolve();
    this.#wake();
    this.#office.leave(this.infoHash);
  }

  [Symbol.dispose](): void {
    this.leave();
  }

  /** Takes in peers of which the tracker told unasked: those that are not known are news. */
  found(peers: Iterable<PeerAddress>): void {
    this.answered([...peers].filter((peer) => !this.#known.has(formatAddress(peer))));
  }

  /** Takes in the peers that the tracker gave when it was asked, best sources first. */
  answered(peers: Iterable<PeerAddress>): void {
    if (this.#phase !== "open") return;
    for (const { host, port } of peers) {
      const key = formatAddress({ host, port });
      this.#known.add(key);
      this.#found.set(key, { host, port });
      dropOldest(this.#known);
      dropOldest(this.#found);
    }
    this.#wake();
  }

  /** Takes in that peers are gone, so that they are news when they come back. */
  lost(peers: Iterable<PeerAddress>): void {
    for (const peer of peers) {
      const key = formatAddress(peer);
      this.#known.delete(key);
      this.#found.delete(key);
    }
  }

  /** Takes in that the tracker is new to us, and may tell again of everybody. */
  restart(): void {
    this.#known.clear();
  }

  async #pull(controller: ReadableStreamDefaultController<PeerAddress[]>): Promise<void> {
    while (this.#phase === "open" && this.#found.size === 0) await this.#news.promise;
    if (this.#found.size > 0) controller.enqueue([...this.#found.values()]);
    else controller.close();
    this.#found.clear();
  }

  #wake(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

function dropOldest(addresses: Map<string, unknown> | Set<string>): void {
  const [oldest] = addresses.keys();
  if (addresses.size > MAX_KNOWN_ADDRESSES && oldest !== undefined) addresses.delete(oldest);
}
