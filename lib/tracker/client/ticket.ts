import type { InfoHash, PieceIndex } from "../../bytes/mod.ts";
import { AddressQueue, formatAddress, type PeerAddress } from "../../net/mod.ts";
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
  /** Of which torrent. */
  readonly infoHash: InfoHash;
  readonly #office: TicketOffice;
  readonly #known = new Set<string>();
  readonly #found = new AddressQueue(MAX_KNOWN_ADDRESSES);
  #phase: "open" | "left" = "open";
  readonly #announced = Promise.withResolvers<void>();

  /** Makes the ticket of a torrent. */
  constructor(infoHash: InfoHash, office: TicketOffice) {
    this.infoHash = infoHash;
    this.#office = office;
  }

  get peers(): ReadableStream<PeerAddress[]> {
    return this.#found.stream;
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
    this.#found.close();
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
    if (!this.#found.isOpen) return;
    const addresses = Array.from(peers, ({ host, port }) => ({ host, port }));
    for (const address of addresses) {
      this.#known.add(formatAddress(address));
      const [oldest] = this.#known;
      if (this.#known.size > MAX_KNOWN_ADDRESSES && oldest !== undefined) {
        this.#known.delete(oldest);
      }
    }
    this.#found.add(addresses);
  }

  /** Takes in that peers are gone, so that they are news when they come back. */
  lost(peers: Iterable<PeerAddress>): void {
    for (const peer of peers) {
      this.#known.delete(formatAddress(peer));
      this.#found.remove(peer);
    }
  }

  /** Takes in that the tracker is new to us, and may tell again of everybody. */
  restart(): void {
    this.#known.clear();
  }
}
