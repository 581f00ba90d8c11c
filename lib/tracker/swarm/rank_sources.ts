import { Bitfield } from "../../bytes/mod.ts";
import { MAX_COMPARED_PIECES, MAX_RANKED_MEMBERS, MAX_VISITED_PIECES } from "../limits.ts";
import type { Holding, Member } from "./peer.ts";
import type { Swarm } from "./swarm.ts";

/** Members that may be drawn at most; their places and lots of 32 bits share a number of 53. */
const MAX_CANDIDATES = 2 ** 21;

/** A member of which a bitfield is kept. */
type PartialMember = Member & { readonly holding: Bitfield };

/** For whom sources are ranked. */
export interface Asker {
  /** What it holds; nothing, if it is no member. */
  readonly holding: Holding | "nothing";
  /** Decides between equal sources, so that not all askers get the same ones first. */
  readonly seed: number;
}

/**
 * The members in the order of what they are worth to the asker: first those that hold everything, then
 * those that hold part of it, most of what the asker lacks first, then those that say nothing. Of those
 * that hold part {@linkcode MAX_RANKED_MEMBERS} are compared, and the others come behind them. An asker
 * that lacks nothing looks for those that lack something. Members that are equal in this come in an
 * order that only the asker's seed decides, so pages of one list fit each other.
 */
export function rankSources(
  swarm: Swarm,
  candidates: readonly Member[],
  asker: Asker,
): Member[] {
  const complete: Member[] = [];
  const partial: PartialMember[] = [];
  const unknown: Member[] = [];
  for (const member of drawn(candidates, asker.seed)) {
    if (member.holding === "complete") complete.push(member);
    else if (isPartial(member)) partial.push(member);
    else unknown.push(member);
  }
  if (asker.holding === "complete") return [...partial, ...unknown, ...complete];
  const missing = missingPieces(swarm, asker.holding);
  const ranked = partial.splice(0, MAX_RANKED_MEMBERS)
    .map((member) => ({ member, worth: worthOf(member.holding, missing) }))
    .sort((a, b) => b.worth - a.worth)
    .map(({ member }) => member);
  return [...complete, ...ranked, ...partial, ...unknown];
}

function isPartial(member: Member): member is PartialMember {
  return member.holding instanceof Bitfield;
}

/** The members in the order of their lots. */
function drawn(members: readonly Member[], seed: number): Member[] {
  // Sorting numbers that bear both a lot and a place takes a fraction of the time of sorting objects.
  const draws = Float64Array.from(
    members,
    ({ peer }, place) => lotOf(peer.serial, seed) * MAX_CANDIDATES + place,
  ).sort();
  const order: Member[] = [];
  for (const draw of draws) {
    const member = members[draw % MAX_CANDIDATES];
    if (member !== undefined) order.push(member);
  }
  return order;
}

/** Pieces that the asker lacks, evenly chosen if there are many. */
function missingPieces(swarm: Swarm, holding: Asker["holding"]): number[] {
  const held = holding instanceof Bitfield ? holding : undefined;
  const stride = Math.ceil(swarm.pieceCount / MAX_VISITED_PIECES);
  const count = (swarm.pieceCount - (held?.count ?? 0)) / stride;
  const step = Math.max(1, Math.ceil(count / MAX_COMPARED_PIECES));
  const missing: number[] = [];
  for (let piece = 0, nth = 0; piece < swarm.pieceCount; piece += stride) {
    if (!held?.has(piece) && nth++ % step === 0) missing.push(piece);
  }
  return missing;
}

/** How much of what is missing is held. */
function worthOf(held: Bitfield, missing: readonly number[]): number {
  let worth = 0;
  for (const piece of missing) if (held.has(piece)) worth++;
  return worth;
}

/** A number that the serial and the seed decide and that looks random: the finalizer of MurmurHash3. */
function lotOf(serial: number, seed: number): number {
  let lot = (serial ^ seed) | 0;
  lot = Math.imul(lot ^ (lot >>> 16), 0x85ebca6b);
  lot = Math.imul(lot ^ (lot >>> 13), 0xc2b2ae35);
  return (lot ^ (lot >>> 16)) >>> 0;
}
