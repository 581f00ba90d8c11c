import { Bitfield, type PeerId } from "../../../bytes/mod.ts";
import { cellsOf, changedCells, changedFields, encodeCells } from "../../../web/mod.ts";
import { MAX_MAP_CELLS } from "../../api_limits.ts";
import type { FetchedFrom, Member } from "../../swarm/mod.ts";
import type { Sessions } from "../sessions.ts";
import { FlowMeter } from "./flow_meter.ts";
import { RateMeter } from "./rate_meter.ts";
import { type Flow, STILL } from "./shown_file.ts";
import { type ShownMember, shownMember, type ShownPeer, type ShownSource } from "./shown_peer.ts";

/** What is new of a member: always its `id`, and what has changed. */
export type PeerNews = Partial<ShownPeer> & {
  readonly id: number;
  /** The cells of its map that have changed; where those are many, `map` has all. */
  readonly cells?: readonly (readonly [index: number, value: number])[];
};

/** What a look at a member needs besides the member. */
export interface LookedAt {
  /** From whom it says to fetch. */
  readonly fetched: readonly FetchedFrom[];
  /** The `id` of the member that has a peer id, if there is one. */
  readonly idOf: (peerId: PeerId) => number | undefined;
  /** Bytes a second that others say to fetch from it. */
  readonly fed: number;
}

/** Characters of a changed cell in JSON, more or less. */
const CELL_LENGTH = 9;

/** A member of a swarm that is watched, and what listeners know of it. */
export class WatchedMember {
  readonly #member: Member;
  readonly #sessions: Sessions;
  readonly #meter: FlowMeter;
  /** How fast it fetches from others, by their peer ids. */
  #sources: Map<PeerId, RateMeter> | undefined = undefined;
  #told: ShownMember | undefined = undefined;
  #map: Uint8Array | undefined = undefined;
  /** What the map was drawn of. */
  #drawn: Bitfield | undefined = undefined;

  /** Begins with a member of which nothing was told. */
  constructor(member: Member, sessions: Sessions, nowMs: number) {
    this.#member = member;
    this.#sessions = sessions;
    this.#meter = new FlowMeter(member, nowMs);
  }

  /** The member's `id`. */
  get id(): number {
    return this.#member.peer.serial;
  }

  /** How fast it was when it was last looked at. */
  get flow(): Flow {
    return this.#told ?? STILL;
  }

  /** From whom it fetched when it was last told of. */
  get sources(): readonly ShownSource[] {
    return this.#told?.sources ?? [];
  }

  /** Pieces that must be looked at to tell what is new; none if its map is as it was. */
  get piecesToDraw(): number {
    const { holding } = this.#member;
    if (!(holding instanceof Bitfield)) return 0;
    const isDrawn = this.#drawn === holding && this.#told?.heldCount === holding.count;
    return isDrawn ? 0 : holding.length;
  }

  /** Looks at its counters, and from whom it says to fetch; what has changed is told by `news`. */
  look(nowMs: number, { fetched, idOf, fed }: LookedAt): ShownMember {
    const { downRate, upRate } = this.#meter.note(this.#member, nowMs);
    // One who only sends tells of it each 24 s, those who fetch from it each 2 s.
    const flow = { downRate, upRate: Math.max(upRate, fed) };
    const sources = fetched.flatMap(({ peerId, bytes }) => {
      const rate = this.#noteSource(peerId, bytes, nowMs);
      const peer = idOf(peerId);
      return peer === undefined || rate === 0 ? [] : { peer, rate, bytes };
    });
    this.#forgetSources(fetched);
    return shownMember(this.#member, flow, this.#sessions, sources);
  }

  /** What is new of it since the last time, taken as told; nothing if there is nothing. */
  news(shown: ShownMember): PeerNews | undefined {
    const told = this.#told;
    const news = {
      id: this.id,
      ...(told === undefined ? shown : changedFields(told, shown)),
      ...this.#mapNews(),
    };
    this.#told = shown;
    return Object.keys(news).length > 1 ? news : undefined;
  }

  /** All that was told of it. */
  shown(): ShownPeer | undefined {
    if (this.#told === undefined) return undefined;
    return this.#map === undefined ? this.#told : { ...this.#told, map: encodeCells(this.#map) };
  }

  #noteSource(peerId: PeerId, bytes: number, nowMs: number): number {
    const meters = this.#sources ??= new Map();
    const meter = meters.get(peerId);
    if (meter !== undefined) return meter.note(bytes, nowMs);
    meters.set(peerId, new RateMeter(bytes, nowMs, "heard"));
    return 0;
  }

  #forgetSources(fetched: readonly FetchedFrom[]): void {
    if (this.#sources === undefined || this.#sources.size <= fetched.length) return;
    const named = new Set(fetched.map(({ peerId }) => peerId));
    for (const peerId of this.#sources.keys()) {
      if (!named.has(peerId)) this.#sources.delete(peerId);
    }
  }

  #mapNews(): Pick<PeerNews, "map" | "cells"> {
    const { holding } = this.#member;
    const before = this.#map;
    if (!(holding instanceof Bitfield)) {
      this.#map = undefined;
      this.#drawn = undefined;
      return {};
    }
    if (this.piecesToDraw === 0) return {};
    this.#drawn = holding;
    const after = cellsOf(holding, MAX_MAP_CELLS);
    this.#map = after;
    if (before === undefined || before.length !== after.length) return { map: encodeCells(after) };
    const cells = changedCells(before, after);
    if (cells.length === 0) return {};
    const map = encodeCells(after);
    return cells.length * CELL_LENGTH < map.length ? { cells } : { map };
  }
}
