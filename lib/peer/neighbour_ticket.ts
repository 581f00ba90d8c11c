import type { InfoHash } from "../bytes/mod.ts";
import { formatAddress, type PeerAddress } from "../net/mod.ts";
import type { SwarmTicket } from "./discovery.ts";
import { MAX_NEIGHBOURS, Neighbours } from "./policy/mod.ts";

/**
 * A torrent that neighbours are told of, and the way by which its holder hears of them. While nobody
 * reads, addresses gather, the latest ones if they are more than {@linkcode Neighbours} remembers.
 */
export class NeighbourTicket implements SwarmTicket {
  readonly peers: ReadableStream<PeerAddress[]>;
  /** Which torrent. */
  readonly infoHash: InfoHash;
  readonly #onLeave: (ticket: NeighbourTicket) => void;
  readonly #neighbours = new Neighbours();
  readonly #found = new Map<string, PeerAddress>();
  readonly #announced = Promise.withResolvers<void>();
  #news = Promise.withResolvers<void>();
  #phase: "open" | "left" = "open";

  /** Makes the ticket of a torrent; `onLeave` hears once that it is left. */
  constructor(infoHash: InfoHash, onLeave: (ticket: NeighbourTicket) => void) {
    this.infoHash = infoHash;
    this.#onLeave = onLeave;
    this.peers = new ReadableStream<PeerAddress[]>({
      pull: (controller) => this.#pull(controller),
      cancel: () => this.#found.clear(),
    }, { highWaterMark: 0 });
  }

  get announced(): Promise<void> {
    return this.#announced.promise;
  }

  /** Notes that the network took an announce of the torrent. */
  markAnnounced(): void {
    this.#announced.resolve();
  }

  /** Takes in that a neighbour announced the torrent; tells whether it had not been heard before. */
  heard(address: PeerAddress, nowMs: number): "new" | "known" | "refused" {
    const state = this.#neighbours.hear(address, nowMs);
    if (state === "refused" || this.#phase === "left") return "refused";
    this.#found.set(formatAddress(address), address);
    const [oldest] = this.#found.keys();
    if (this.#found.size > MAX_NEIGHBOURS && oldest !== undefined) this.#found.delete(oldest);
    this.#wake();
    return state;
  }

  /** An announce tells of no pieces. */
  pieceHeld(): void {}

  [Symbol.dispose](): void {
    if (this.#phase === "left") return;
    this.#phase = "left";
    this.#found.clear();
    this.#announced.resolve();
    this.#wake();
    this.#onLeave(this);
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
