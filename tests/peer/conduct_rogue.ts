import { assert } from "@std/assert";
import {
  type Conduct,
  decodeConduct,
  encodeConduct,
  EXTENSION_ID,
} from "../../lib/peer/wire/mod.ts";
import { dial, FAST_AND_EXTENDED } from "./fast_rogue.ts";
import { tellGuide } from "./guide_rogue.ts";
import type { RoguePeer } from "./rogue_peer.ts";
import type { SimulatedTorrent, Simulation } from "./simulation.ts";

/** The ids under which rogues take sl_guide and sl_conduct. */
export const EXTENSIONS: ReadonlyMap<string, number> = new Map([["sl_guide", 50], [
  "sl_conduct",
  52,
]]);

/** Connects a peer of our kind that is led by hand, and that takes sl_conduct. */
export async function dialPlayer(
  sim: Simulation,
  torrent: SimulatedTorrent,
  host: string,
): Promise<RoguePeer> {
  const rogue = await dial(sim, torrent, { host, extensions: FAST_AND_EXTENDED });
  rogue.extend({ extensions: EXTENSIONS });
  return rogue;
}

/** Connects some that have nothing and want all. */
export async function dialHungryPlayers(
  sim: Simulation,
  torrent: SimulatedTorrent,
  count: number,
): Promise<RoguePeer[]> {
  const rogues: RoguePeer[] = [];
  for (let number = 0; number < count; number++) {
    const rogue = await dialPlayer(sim, torrent, `player${number}`);
    rogue.send({ type: "have-none" }, { type: "interested" });
    rogues.push(rogue);
  }
  await sim.settle();
  return rogues;
}

/** Connects one that has all, guides, and names nothing to be fetched of it. */
export async function dialConductor(
  sim: Simulation,
  torrent: SimulatedTorrent,
  host = "conductor",
): Promise<RoguePeer> {
  const rogue = await dialPlayer(sim, torrent, host);
  rogue.sendTogether(() => {
    rogue.send({ type: "have-all" });
    tellGuide(rogue, "guided");
    rogue.send({ type: "unchoke" });
  });
  await sim.settle();
  return rogue;
}

/** Connects one that has some pieces and does not serve. */
export async function dialSource(
  sim: Simulation,
  torrent: SimulatedTorrent,
  { host, pieces }: { host: string; pieces: readonly number[] },
): Promise<RoguePeer> {
  const rogue = await dialPlayer(sim, torrent, host);
  rogue.sendTogether(() => {
    rogue.offer(torrent, pieces);
    rogue.send({ type: "choke" });
  });
  await sim.settle();
  return rogue;
}

/** Has a rogue send what a conductor says, or what it is answered. */
export function tellConduct(rogue: RoguePeer, conduct: Conduct): void {
  const payload = encodeConduct(conduct);
  rogue.send({ type: "extended", id: EXTENSION_ID.sl_conduct, payload });
}

/** Has a conductor name pieces of another rogue, or only say that it will. */
export function name(
  conductor: RoguePeer,
  source: RoguePeer,
  pieces: readonly number[] = [],
): void {
  tellConduct(conductor, { type: "fetch", peerId: source.identity.peerId, pieces });
}

/** What a rogue was told, or answered, by sl_conduct. */
export function conductsOf(rogue: RoguePeer): Conduct[] {
  return rogue.all("extended").filter(({ id }) => id === EXTENSIONS.get("sl_conduct")).map((
    { payload },
  ) => decodeConduct(payload));
}

/** The types of what a rogue was told, or answered, by sl_conduct. */
export function typesOf(rogue: RoguePeer): Conduct["type"][] {
  return conductsOf(rogue).map(({ type }) => type);
}

/** The pieces that a rogue was told to fetch of another one. */
export function namedOf(rogue: RoguePeer, source: RoguePeer): number[] {
  return conductsOf(rogue).flatMap((conduct) =>
    conduct.type === "fetch" && conduct.peerId === source.identity.peerId ? conduct.pieces : []
  );
}

/** The only one of some. */
export function only<T>(all: readonly T[]): T {
  const [first] = all;
  assert(all.length === 1 && first !== undefined, `there are ${all.length}`);
  return first;
}
