import { Bitfield } from "../../bytes/mod.ts";
import type { Holding, Member } from "./peer.ts";
import type { Swarm } from "./swarm.ts";

/** Missing pieces that are looked up in each candidate: what is missing beyond them is like these. */
const MAX_COMPARED_PIECES = 512;

/** For whom sources are ranked. */
export interface Asker {
  /** What it holds; nothing, if it is no member. */
  readonly holding: Holding | "nothing";
  /** Decides between equal sources, so that not all askers get the same ones first. */
  readonly seed: number;
}

/**
 * The members in the order of what they are worth to the asker: those that hold most of what it lacks
 * come first. An asker that lacks nothing looks for those that lack something. Members that are equal
 * in this come in an order that only the asker's seed decides, so pages of one list fit each other.
 */
export function rankSources(
  swarm: Swarm,
  candidates: readonly Member[],
  asker: Asker,
): Member[] {
  const missing = missingPieces(swarm, asker.holding);
  const ranked = candidates.map((member) => ({
    member,
    worth: missing === undefined ? Number(member.holding !== "complete") : worthOf(member, missing),
    lot: lotOf(member.peer.serial, asker.seed),
  }));
  ranked.sort((a, b) => b.worth - a.worth || a.lot - b.lot);
  return ranked.map(({ member }) => member);
}

/** Pieces that the asker lacks, evenly chosen if there are many; `undefined` if it lacks none. */
function missingPieces(swarm: Swarm, holding: Asker["holding"]): number[] | undefined {
  if (holding === "complete") return undefined;
  const held = holding instanceof Bitfield ? holding : new Bitfield(swarm.pieceCount);
  const count = swarm.pieceCount - held.count;
  const step = Math.max(1, Math.ceil(count / MAX_COMPARED_PIECES));
  const missing: number[] = [];
  for (let piece = 0, nth = 0; piece < swarm.pieceCount; piece++) {
    if (!held.has(piece) && nth++ % step === 0) missing.push(piece);
  }
  return missing;
}

/** How much of what is missing a member holds; one that says nothing of its pieces comes last. */
function worthOf(member: Member, missing: readonly number[]): number {
  if (member.holding === "complete") return missing.length + 1;
  if (member.holding === "unknown") return -1;
  let worth = 0;
  for (const piece of missing) if (member.holding.has(piece)) worth++;
  return worth;
}

/** A number that the serial and the seed decide and that looks random: the finalizer of MurmurHash3. */
function lotOf(serial: number, seed: number): number {
  let lot = (serial ^ seed) | 0;
  lot = Math.imul(lot ^ (lot >>> 16), 0x85ebca6b);
  lot = Math.imul(lot ^ (lot >>> 13), 0xc2b2ae35);
  return (lot ^ (lot >>> 16)) >>> 0;
}
