import type { Bitfield } from "../../bytes/mod.ts";
import type { PieceLayout } from "../../metainfo/mod.ts";
import type { PeerKey } from "./active_piece.ts";
import {
  type Assignment,
  Distribution,
  type Giver,
  type Host,
  OURSELVES,
  type UnderWay,
} from "./distribution.ts";
import type { PieceFlow } from "./piece_flow.ts";
import { PiecePace } from "./piece_pace.ts";
import { Separations } from "./separations.ts";

/** Whoever is faster than so much of the mean counts as fast. */
const FAST_SHARE = 0.5;

/** What is under way to or from a slow host counts for so much at least; just so much, if it was silent. */
const SLOW_WEIGHT = 0.1;

/** What a {@linkcode Conductor} needs. */
export interface ConductorOptions {
  /** Where the pieces are. */
  readonly layout: PieceLayout;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
}

/** What a host is to fetch next, from whom. */
interface Choice {
  readonly from: PeerKey;
  readonly giver: Giver;
  readonly index: number;
}

/**
 * Decides which host fetches which piece from whom, to the end: the rarest pieces first, to those that
 * hold least, few at a time to and from each. So a piece is soon whole where it goes, and can be passed on.
 *
 * It looks at all pieces of all hosts, which is for files of few pieces and swarms of some dozens of hosts.
 */
export class Conductor {
  readonly #pieceCount: number;
  readonly #random: () => number;
  readonly #distribution: Distribution;
  /** Those that do not reach each other. */
  readonly #separations = new Separations();
  #lookedMs = -Infinity;
  #turns = 0;
  /** The mean rates of all hosts, of what they take and of what they give, in pieces a second. */
  #means = { taken: 0, given: 0 };
  readonly #pace = new PiecePace();

  /** Makes one that knows no hosts. */
  constructor({ layout, random }: ConductorOptions) {
    this.#pieceCount = layout.pieceCount;
    this.#random = random;
    this.#distribution = new Distribution(layout.pieceCount);
  }

  /** Notes a host and what it has. */
  join(key: PeerKey, bits: Bitfield): void {
    this.#distribution.join(key, bits);
  }

  /** Notes that a host is to fetch a piece from us already. */
  adopt(key: PeerKey, index: number, nowMs: number): void {
    const host = this.#distribution.hosts.get(key);
    if (host === undefined || !host.lacking.has(index)) return;
    const weights = { given: 1, taken: 1 };
    const coming = { from: OURSELVES, sinceMs: nowMs, begun: "before", weights } as const;
    this.#distribution.begin(host, index, coming);
  }

  /** Notes that a host has one more piece. */
  gained(key: PeerKey, index: number, nowMs: number): void {
    const host = this.#distribution.hosts.get(key);
    if (host === undefined || host.held.has(index)) return;
    const coming = host.underWay.get(index);
    // Of what was late it is not known who gave it, nor of what was on offer before how long it took.
    if (host.late.has(index) || coming?.begun === "before") host.taken.moved(nowMs);
    else if (coming !== undefined) {
      this.#separations.delete(key, coming.from);
      this.#came(host, coming, nowMs);
    }
    this.#distribution.end(host, index);
    this.#distribution.hold(host, index);
  }

  /** Notes that a host gets a piece elsewhere that it was to fetch from us. */
  declined(key: PeerKey, index: number): void {
    const host = this.#distribution.hosts.get(key);
    if (host?.underWay.get(index)?.from === OURSELVES) this.#distribution.end(host, index);
  }

  /** Notes that a host has a piece no more. */
  lost(key: PeerKey, index: number): void {
    const host = this.#distribution.hosts.get(key);
    if (host?.held.has(index)) this.#distribution.lose(host, index);
  }

  /** Notes that a host is not connected to another one: neither is told to fetch from the other for a while. */
  apart(key: PeerKey, other: PeerKey, nowMs: number): void {
    this.#separations.add(key, other, nowMs);
    for (const [one, another] of [[key, other], [other, key]] as const) {
      const host = this.#distribution.hosts.get(one);
      if (host !== undefined) this.#distribution.endFrom(host, another);
    }
  }

  /** Forgets a host, and what was under way to it and from it. */
  leave(key: PeerKey): void {
    this.#distribution.leave(key);
    this.#separations.leave(key);
  }

  /**
   * What one of the hosts that are ready for it is to fetch next, which counts as under way; `undefined`
   * if there is nothing now.
   */
  next(isReady: (key: PeerKey) => boolean, nowMs: number): Assignment | undefined {
    if (nowMs !== this.#lookedMs) this.#look(nowMs);
    const { hosts } = this.#distribution;
    const hungry = [...hosts].filter(([, { count }]) => count < this.#pieceCount);
    const mean = meanOf(hungry.map(([, { count }]) => count));
    const givers = this.#freeGivers(nowMs);
    if (givers.length === 0) return undefined;
    const takers = hungry.filter(([key, host]) => isReady(key) && this.#mayTake(host, mean, nowMs))
      .sort(([, one], [, other]) =>
        Number(isDoubtful(other.taken, nowMs)) - Number(isDoubtful(one.taken, nowMs)) ||
        shareOf(one) - shareOf(other) || one.turn - other.turn
      );
    const areAllSlow = hungry.every(([, { taken }]) => this.#weightOf("taken", taken, nowMs) < 1);
    for (const [to, host] of takers) {
      const weight = this.#weightOf("taken", host.taken, nowMs);
      const reached = givers.filter(([from]) =>
        // Whether a host is there that got nothing is seen best by what we give it.
        isDoubtful(host.taken, nowMs)
          ? from === OURSELVES
          : !this.#separations.has(to, from, nowMs) &&
            !(from === OURSELVES && weight < 1 && !areAllSlow)
      );
      const sure = reached.filter(([, { given }]) => !isDoubtful(given, nowMs));
      const chosen = this.#choose(host, sure) ?? this.#choose(host, reached);
      if (chosen === undefined) continue;
      const { from, index, giver } = chosen;
      const weights = {
        given: weight,
        taken: from === OURSELVES ? 1 : this.#weightOf("given", giver.given, nowMs),
      };
      this.#distribution.begin(host, index, { from, sinceMs: nowMs, begun: "then", weights });
      host.turn = ++this.#turns;
      return { to, from, index };
    }
    return undefined;
  }

  /** For how much counts what is under way to one who takes like this, or from one who gives like this. */
  #weightOf(way: "taken" | "given", flow: PieceFlow, nowMs: number): number {
    if (isDoubtful(flow, nowMs)) return SLOW_WEIGHT;
    const rate = flow.rate(nowMs);
    const share = rate / this.#means[way];
    return rate === 0 || share >= FAST_SHARE ? 1 : Math.max(SLOW_WEIGHT, share);
  }

  /** Drops what is overdue, and measures how fast hosts take and give, those that do. */
  #look(nowMs: number): void {
    this.#lookedMs = nowMs;
    this.#dropOverdue(nowMs);
    const hosts = [...this.#distribution.hosts.values()];
    const mean = (flowOf: (host: Host) => PieceFlow): number =>
      meanOf(hosts.map((host) => flowOf(host).rate(nowMs)).filter((rate) => rate > 0));
    this.#means = { taken: mean(({ taken }) => taken), given: mean(({ given }) => given) };
  }

  /** Notes how long a piece took that has come. */
  #came({ taken }: Host, { from, sinceMs, weights }: UnderWay, nowMs: number): void {
    const tookMs = nowMs - sinceMs;
    const { hosts } = this.#distribution;
    for (const flow of [this.#distribution.giver(from)?.given, taken]) flow?.add(tookMs, nowMs);
    const areFast = weights.given === 1 && weights.taken === 1;
    this.#pace.came(tookMs, areFast ? "fast" : "slow", { nowMs, hostCount: hosts.size });
  }

  /** The rarest piece that a host lacks and one of the givers holds, and who that is. */
  #choose(
    { lacking }: Host,
    givers: readonly (readonly [PeerKey, Giver])[],
  ): Choice | undefined {
    const { copies, ourselves } = this.#distribution;
    let fewest = Infinity;
    lacking.forEachShared(ourselves.held, (index) => fewest = Math.min(fewest, copies[index]!));
    // Of pieces that are equally rare it is by lot, or all hosts would begin with the same.
    const offset = Math.floor(this.#random() * copies.length);
    let chosen: Choice | undefined;
    let rarest = Infinity;
    for (const [from, giver] of givers) {
      giver.held.forEachShared(lacking, (index) => {
        const count = copies[index]!;
        // What others can give is not sent by us again.
        if (from === OURSELVES && count > fewest) return;
        const rarity = count * copies.length + (index + offset) % copies.length;
        const least = chosen?.giver.given.load ?? Infinity;
        if (rarity > rarest || rarity === rarest && giver.given.load >= least) return;
        rarest = rarity;
        chosen = { from, index, giver };
      });
    }
    return chosen;
  }

  /** Those from whom one more piece may be fetched. */
  #freeGivers(nowMs: number): [PeerKey, Giver][] {
    const { ourselves, hosts } = this.#distribution;
    const all: [PeerKey, Giver][] = [[OURSELVES, ourselves], ...hosts];
    return all.filter(([key, { count, given }]) => {
      const weight = key === OURSELVES ? 1 : this.#weightOf("given", given, nowMs);
      return count > 0 && given.load < this.#pace.room(given, { held: count, weight }, nowMs);
    });
  }

  /** Whether one more piece may be under way to a host; to one that is behind the others sooner. */
  #mayTake({ count, taken }: Host, mean: number, nowMs: number): boolean {
    const weight = this.#weightOf("taken", taken, nowMs);
    const isBehind = weight === 1 && count > 0 && count < mean - 1;
    const room = this.#pace.room(taken, { held: count, weight }, nowMs);
    return taken.load < room + (isBehind ? 1 : 0);
  }

  /**
   * Lets what has been under way for too long count no more. Whoever has given nothing meanwhile, or else has
   * got nothing, is silent, and left alone for a while.
   */
  #dropOverdue(nowMs: number): void {
    for (const host of this.#distribution.hosts.values()) {
      for (const [index, coming] of host.underWay) {
        const given = this.#distribution.giver(coming.from)?.given;
        const patienceMs = this.#pace.patienceMs(host.taken, given);
        if (nowMs - coming.sinceMs < patienceMs) continue;
        // What we give is seen by what others get.
        const suspects = coming.from === OURSELVES ? [host.taken] : [given, host.taken];
        const silent = suspects.find((flow) =>
          flow !== undefined && nowMs - flow.movedMs >= patienceMs
        );
        silent?.missed(nowMs);
        this.#distribution.end(host, index);
        host.late.add(index);
      }
    }
  }
}

/** Whether it is not sure that somebody takes or gives: nothing came that should have. */
function isDoubtful(flow: PieceFlow, nowMs: number): boolean {
  return flow.expected(nowMs) !== "all";
}

/** What a host holds, or is to. */
function shareOf({ count, underWay }: Host): number {
  return count + underWay.size;
}

/** The mean of numbers, 0 if there are none. */
function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / Math.max(1, numbers.length);
}
