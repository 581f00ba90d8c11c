import type { PeerNode } from "../../lib/peer/mod.ts";
import { decodeGuide, encodeGuide, EXTENSION_ID, type Guide } from "../../lib/peer/wire/mod.ts";
import { dial, FAST_AND_EXTENDED } from "./fast_rogue.ts";
import type { RoguePeer } from "./rogue_peer.ts";
import type { SimulatedTorrent, Simulation } from "./simulation.ts";

/** The id under which rogues take sl_guide. */
const OURS = 50;

/** Connects a peer of our kind that is led by hand, and that takes sl_guide. */
export async function dialTaker(
  sim: Simulation,
  torrent: SimulatedTorrent,
  options: { host?: string; node?: PeerNode } = {},
): Promise<RoguePeer> {
  const rogue = await dial(sim, torrent, { ...options, extensions: FAST_AND_EXTENDED });
  rogue.extend({ extensions: new Map([["sl_guide", OURS]]) });
  return rogue;
}

/** Connects one that has nothing and wants all. */
export async function dialHungry(
  sim: Simulation,
  torrent: SimulatedTorrent,
  host: string,
): Promise<RoguePeer> {
  const rogue = await dialTaker(sim, torrent, { host });
  rogue.send({ type: "have-none" }, { type: "interested" });
  await sim.settle();
  return rogue;
}

/** Connects one that has all and guides, and says what is to be fetched of it. */
export async function dialGuide(
  sim: Simulation,
  torrent: SimulatedTorrent,
  pieces: readonly number[],
  host = "guide",
): Promise<RoguePeer> {
  const rogue = await dialTaker(sim, torrent, { host });
  rogue.sendTogether(() => {
    rogue.send({ type: "have-all" });
    tellGuide(rogue, "guided", pieces);
    rogue.send({ type: "unchoke" });
  });
  await sim.settle();
  return rogue;
}

/** Has a rogue send a guide. */
export function tellGuide(
  rogue: RoguePeer,
  choice: Guide["choice"],
  pieces: readonly number[] = [],
): void {
  sendGuideBytes(rogue, encodeGuide({ choice, pieces }));
}

/** Has a rogue send bytes as a guide. */
export function sendGuideBytes(rogue: RoguePeer, payload: Uint8Array): void {
  rogue.send({ type: "extended", id: EXTENSION_ID.sl_guide, payload });
}

/** The guides that a rogue was sent. */
export function guidesOf(rogue: RoguePeer): Guide[] {
  return rogue.all("extended").filter(({ id }) => id === OURS).map(({ payload }) =>
    decodeGuide(payload)
  );
}

/** What a rogue was told last: whether it is guided. */
export function choiceOf(rogue: RoguePeer): Guide["choice"] | undefined {
  return guidesOf(rogue).at(-1)?.choice;
}

/** The pieces that a rogue was offered, or that were declined of those that it named. */
export function namedIn(rogue: RoguePeer, choice: Guide["choice"]): number[] {
  return guidesOf(rogue).filter((guide) => guide.choice === choice).flatMap(({ pieces }) => pieces);
}

/** The pieces of which a rogue was asked for something, each once. */
export function askedOf(rogue: RoguePeer): number[] {
  return [...new Set(rogue.all("request").map(({ index }) => index))].toSorted((a, b) => a - b);
}
