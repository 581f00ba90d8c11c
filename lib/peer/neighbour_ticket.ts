import type { InfoHash } from "../bytes/mod.ts";
import { AddressQueue, type PeerAddress } from "../net/mod.ts";
import type { SwarmTicket } from "./discovery.ts";
import { MAX_NEIGHBOURS } from "./limits.ts";
import { Neighbours } from "./policy/mod.ts";

/**
 * A torrent that neighbours are told of, and the way by which its holder hears of them. While nobody
 * reads, addresses gather, the latest ones if they are more than {@linkcode Neighbours} remembers.
 */
export class NeighbourTicket implements SwarmTicket {
  /** Which torrent. */
  readonly infoHash: InfoHash;
  readonly #onLeave: (ticket: NeighbourTicket) => void;
  readonly #neighbours = new Neighbours();
  readonly #found = new AddressQueue(MAX_NEIGHBOURS);
  readonly #announced = Promise.withResolvers<void>();
  #phase: "open" | "left" = "open";

  /** Makes the ticket of a torrent; `onLeave` hears once that it is left. */
  constructor(infoHash: InfoHash, onLeave: (ticket: NeighbourTicket) => void) {
    this.infoHash = infoHash;
    this.#onLeave = onLeave;
  }

  get peers(): ReadableStream<PeerAddress[]> {
    return this.#found.stream;
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
    this.#found.add([address]);
    return state;
  }

  /** An announce tells of no pieces. */
  pieceHeld(): void {}

  [Symbol.dispose](): void {
    if (this.#phase === "left") return;
    this.#phase = "left";
    this.#found.clear();
    this.#found.close();
    this.#announced.resolve();
    this.#onLeave(this);
  }
}
