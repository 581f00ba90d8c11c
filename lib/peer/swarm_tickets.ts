import type { PieceIndex } from "../bytes/mod.ts";
import type { PeerAddress } from "../net/mod.ts";
import type { SwarmTicket } from "./discovery.ts";

/** The memberships of one torrent in its swarm, one for each way by which peers are found. */
export class SwarmTickets {
  readonly #tickets = new Set<SwarmTicket>();
  readonly #announced = Promise.withResolvers<void>();

  /** Resolves when others can find us by one of them, also one to come; at once if there are none. */
  get announced(): Promise<void> {
    return this.#tickets.size === 0 ? Promise.resolve() : this.#announced.promise;
  }

  /** Hands on the peers that a membership finds, until it ends; one that fails finds no more. */
  async follow(
    ticket: SwarmTicket,
    onFound: (addresses: readonly PeerAddress[]) => void,
  ): Promise<void> {
    this.#tickets.add(ticket);
    void ticket.announced.then(this.#announced.resolve);
    const sink = new WritableStream<PeerAddress[]>({ write: onFound });
    await ticket.peers.pipeTo(sink).catch(() => undefined);
    this.#tickets.delete(ticket);
  }

  /** States that one more piece is held. */
  pieceHeld(index: PieceIndex): void {
    for (const ticket of this.#tickets) ticket.pieceHeld(index);
  }

  /** Leaves the swarm. */
  leave(): void {
    for (const ticket of this.#tickets) ticket[Symbol.dispose]();
  }
}
