import type { Member, Peer } from "./peer.ts";
import type { Swarm } from "./swarm.ts";

/** Whom an asker is told of. */
export interface ChooseOptions {
  /** The asker, if it is a member; it is not told of itself. */
  readonly asker: Member | undefined;
  /** Whether members that hold everything are wanted, too. */
  readonly wanted: "all" | "leechers";
  /** Peers at most. */
  readonly count: number;
  /** Whether an asker may be told of a peer. */
  readonly isReachable: (peer: Peer) => boolean;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
}

/** Chooses members for one who announced itself, others each time. */
export function choosePeers(swarm: Swarm, options: ChooseOptions): Peer[] {
  const { asker, wanted, count, isReachable, random } = options;
  const among = wanted === "leechers" ? swarm.leechers : swarm.members.length;
  const chosen: Peer[] = [];
  if (among === 0 || count <= 0) return chosen;
  const step = strideFor(among, random);
  let at = Math.floor(random() * among);
  for (let seen = 0; seen < among && chosen.length < count; seen++) {
    const member = swarm.members[at]!;
    at = (at + step) % among;
    if (member !== asker && isReachable(member.peer)) chosen.push(member.peer);
  }
  return chosen;
}

/** A step that comes to every one of so many places before it comes to one again. */
function strideFor(length: number, random: () => number): number {
  if (length < 3) return 1;
  let stride = 1 + Math.floor(random() * (length - 1));
  while (greatestCommonDivisor(stride, length) !== 1) stride++;
  return stride;
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
