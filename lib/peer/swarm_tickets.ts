import type { PieceIndex } from "../bytes/mod.ts";
import type { PeerAddress } from "../net/mod.ts";
import type { SwarmTicket } from "./discovery.ts";

/** The memberships of one torrent in its swarm, one for each way by which peers are found. */
export class SwarmTickets {
  readonly #tickets = new Set<SwarmTicket>();

  /** Resolves when others can find us by one of them; at once if there are none. */
  get announced(): Promise<void> {
    if (this.#tickets.size === 0) return Promise.resolve();
    return Promise.race([...this.#tickets].map(({ announced }) => announced));
  }

  /** Hands on the peers that a membership finds, until it ends; one that fails finds no more. */
  async follow(
    ticket: SwarmTicket,
    onFound: (addresses: readonly PeerAddress[]) => void,
  ): Promise<void> {
    this.#tickets.add(ticket);
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
