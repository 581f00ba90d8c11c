import type { PeerNode } from "../../lib/peer/mod.ts";
import type { BlockRequest, Message } from "../../lib/peer/wire/mod.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { createTorrent, type SimulatedTorrent, type Simulation } from "./simulation.ts";

/** Bytes of a block. */
export const U = 16 * 1024;

/** The extensions of a peer that speaks that of BEP 6, that and the protocol of BEP 10, or none. */
export const FAST = new Set(["fast"] as const);
export const FAST_AND_EXTENDED = new Set(["fast", "extension-protocol"] as const);
export const PLAIN = new Set<never>();

/** A torrent of 40 pieces of two blocks each. */
export function createFortyPieces(): Promise<SimulatedTorrent> {
  return createTorrent({ length: 40 * 2 * U - 1_000, pieceLength: 2 * U });
}

/** Connects a peer that is led by hand to a node, by default the first one of a simulation. */
export function dial(
  sim: Simulation,
  { info: { infoHash } }: SimulatedTorrent,
  options: { host?: string; extensions?: Set<"fast" | "extension-protocol">; node?: PeerNode } = {},
): Promise<RoguePeer> {
  const { host = "rogue", extensions = FAST, node = sim.nodes[0]! } = options;
  return RoguePeer.dial(sim.network.host(host), node.address, { infoHash, extensions });
}

/** A block of one unit, or of another length. */
export function block(index: number, unit = 0, length = U): BlockRequest {
  return { index, begin: unit * U, length };
}

/** A request for a block of one unit. */
export function request(index: number, unit = 0): Message {
  return { type: "request", ...block(index, unit) };
}

/** Sends requests for blocks. */
export function ask(rogue: RoguePeer, requests: readonly BlockRequest[]): void {
  rogue.send(...requests.map((each) => ({ type: "request", ...each }) as const));
}

/** A block as a text. */
export function nameOf({ index, begin, length }: BlockRequest): string {
  return `${index}:${begin}:${length}`;
}
