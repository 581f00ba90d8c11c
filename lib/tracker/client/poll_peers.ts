import type { InfoHash } from "../../bytes/mod.ts";
import { type Clock, type PeerAddress, sleep } from "../../net/mod.ts";
import type { SwarmTicket } from "./discovery.ts";
import { Ticket } from "./ticket.ts";

/** The time between two questions, in milliseconds. */
const POLL_MS = 5_000;

/** What {@linkcode pollPeers} needs. */
export interface PollPeersOptions {
  /** Of which torrent. */
  readonly infoHash: InfoHash;
  /** Asks once. */
  readonly ask: () => Promise<readonly PeerAddress[]>;
  /** Measures the waits. */
  readonly clock: Clock;
  /** Ends with the one who is asked. */
  readonly signal: AbortSignal;
}

/** Asks for the peers of a torrent again and again, as one who is none of them, until it is left. */
export function pollPeers(options: PollPeersOptions): SwarmTicket {
  const left = new AbortController();
  const ticket = new Ticket(options.infoHash, {
    pieceHeld: () => undefined,
    leave: () => left.abort(),
  });
  options.signal.addEventListener("abort", () => ticket.leave(), { once: true });
  ticket.markAnnounced();
  void poll(ticket, left.signal, options);
  return ticket;
}

async function poll(ticket: Ticket, signal: AbortSignal, options: PollPeersOptions): Promise<void> {
  while (!signal.aborted) {
    // While there is no tracker, or it knows nothing of the torrent, there is nobody.
    ticket.answered(await options.ask().catch(() => []));
    await sleep(options.clock, POLL_MS, signal);
  }
}
