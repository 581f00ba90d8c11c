import { formatAddress } from "../../../net/mod.ts";
import { cellsOf, encodeCells } from "../../../web/mod.ts";
import { MAX_MAP_CELLS } from "../../api_limits.ts";
import type { Member } from "../../swarm/mod.ts";
import type { Sessions } from "../sessions.ts";
import { type Flow, STILL } from "./shown_file.ts";

/** How much a peer fetched from another one lately. */
export interface ShownSource {
  /** Of whom, by its `id`. */
  readonly peer: number;
  /** Bytes a second. */
  readonly rate: number;
  /** Bytes in all. */
  readonly bytes: number;
}

/** What is shown of a member of a swarm besides its map. */
export interface ShownMember extends Flow {
  /** Tells it from all other peers that the tracker has known since it started. */
  readonly id: number;
  /** Where it is, `host:port`. */
  readonly address: string;
  /** Its client; the text of a stranger. */
  readonly client: string;
  /** Whether it is connected at the TCP door, so that it tells of each piece. */
  readonly kind: "sluice" | "other";
  /** Whether it holds all pieces, some, or nobody knows. */
  readonly holding: "complete" | "some" | "unknown";
  /** Pieces that it holds, as far as is known. */
  readonly heldCount: number;
  /** Bytes sent to others, by its own account. */
  readonly uploaded: number;
  /** Bytes fetched from others, by its own account. */
  readonly downloaded: number;
  /** Seconds until it holds everything, if that can be told. */
  readonly leftSeconds: number | null;
  /** From whom it fetches. */
  readonly sources: readonly ShownSource[];
}

/** A member of a swarm as the API shows it. */
export interface ShownPeer extends ShownMember {
  /** Its pieces by cells, in base 64; only where `holding` is `some`. */
  readonly map?: string;
}

/** What the API shows of a member, but its map. */
export function shownMember(
  member: Member,
  flow: Flow,
  sessions: Sessions,
  sources: readonly ShownSource[] = [],
): ShownMember {
  const { peer, holding, uploaded, downloaded } = member;
  const { downRate, upRate } = flow;
  return {
    id: peer.serial,
    address: formatAddress(peer),
    client: peer.agent,
    kind: sessions.of(peer) === undefined ? "other" : "sluice",
    holding: typeof holding === "string" ? holding : "some",
    heldCount: heldCountOf(member),
    ...{ uploaded, downloaded, upRate, downRate },
    leftSeconds: leftSecondsOf(member, downRate),
    sources,
  };
}

/** What the API shows of a member, with what is known of it where somebody watches it. */
export function shownPeer(
  member: Member,
  watched: { readonly flow: Flow; readonly sources: readonly ShownSource[] } | undefined,
  sessions: Sessions,
): ShownPeer {
  const { holding } = member;
  const shown = shownMember(member, watched?.flow ?? STILL, sessions, watched?.sources);
  if (typeof holding === "string") return shown;
  return { ...shown, map: encodeCells(cellsOf(holding, MAX_MAP_CELLS)) };
}

function heldCountOf({ holding, swarm }: Member): number {
  if (holding === "complete") return swarm.pieceCount;
  return holding === "unknown" ? 0 : holding.count;
}

/** Seconds until a member holds everything at its rate; nothing if nobody can know. */
function leftSecondsOf(member: Member, downRate: number): number | null {
  const { holding, swarm: { torrent } } = member;
  if (holding === "complete") return 0;
  if (holding === "unknown" || torrent.state === "unnamed" || downRate <= 0) return null;
  const { length, pieceLength } = torrent.shape;
  const leftBytes = Math.max(0, length - holding.count * pieceLength);
  return Math.ceil(leftBytes / downRate);
}
