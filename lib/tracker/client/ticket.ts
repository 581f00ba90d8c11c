import type { InfoHash, PieceIndex } from "../../bytes/mod.ts";
import { formatAddress, type PeerAddress } from "../../net/mod.ts";
import { MAX_KNOWN_ADDRESSES } from "../limits.ts";
import type { SwarmMember, SwarmTicket } from "./discovery.ts";

/** What a {@linkcode Ticket} tells its client. */
export interface TicketOffice {
  /** A piece of a torrent is held now. */
  pieceHeld(infoHash: InfoHash, index: PieceIndex): void;
  /** A swarm is left. */
  leave(infoHash: InfoHash): void;
}

/**
 * A membership, and the way by which its holder hears of peers. Each address is passed on once, until
 * the peer is said to be gone; while nobody reads, addresses gather.
 */
export class Ticket implements SwarmTicket {
  readonly peers: ReadableStream<PeerAddress[]>;
  /** Whose membership it is. */
  readonly member: SwarmMember;
  /** Whether the tracker was asked for its peers; the client keeps this. */
  state: "new" | "asked" = "new";
  readonly #office: TicketOffice;
  readonly #known = new Set<string>();
  #found: PeerAddress[] = [];
  #phase: "open" | "unread" | "left" = "open";
  #news = Promise.withResolvers<void>();
  readonly #announced = Promise.withResolvers<void>();

  /** Makes the ticket of a member. */
  constructor(member: SwarmMember, office: TicketOffice) {
    this.member = member;
    this.#office = office;
    this.peers = new ReadableStream<PeerAddress[]>({
      pull: (controller) => this.#pull(controller),
      cancel: () => {
        this.#phase = "unread";
        this.#found = [];
      },
    }, { highWaterMark: 0 });
  }

  get announced(): Promise<void> {
    return this.#announced.promise;
  }

  /** Notes that the tracker knows of the membership, and has the torrent file. */
  markAnnounced(): void {
    this.#announced.resolve();
  }

  pieceHeld(index: PieceIndex): void {
    this.#office.pieceHeld(this.member.info.infoHash, index);
  }

  leave(): void {
    if (this.#phase === "left") return;
    this.#phase = "left";
    this.#announced.resolve();
    this.#wake();
    this.#office.leave(this.member.info.infoHash);
  }

  [Symbol.dispose](): void {
    this.leave();
  }

  /** Takes in peers of which the tracker told, best sources first. */
  found(peers: Iterable<PeerAddress>): void {
    if (this.#phase !== "open") return;
    for (const { host, port } of peers) {
      const key = formatAddress({ host, port });
      if (this.#known.has(key) || this.#known.size >= MAX_KNOWN_ADDRESSES) continue;
      this.#known.add(key);
      this.#found.push({ host, port });
    }
    this.#wake();
  }

  /** Takes in that peers are gone, so that they are news when they come back. */
  lost(peers: Iterable<PeerAddress>): void {
    for (const peer of peers) this.#known.delete(formatAddress(peer));
  }

  async #pull(controller: ReadableStreamDefaultController<PeerAddress[]>): Promise<void> {
    while (this.#phase === "open" && this.#found.length === 0) await this.#news.promise;
    if (this.#found.length > 0) controller.enqueue(this.#found);
    else controller.close();
    this.#found = [];
  }

  #wake(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}
