import { PieceFlow } from "./piece_flow.ts";

/** Pieces that are under way to a host, or from one or from us, at once: at least, and at most. */
const UNDER_WAY = { min: 3, max: 32 } as const;

/** Until a host holds so many times as many pieces as the least that may be under way, fewer are, in proportion. */
const HELD_EACH = 4;

/** More may be under way as long as pieces take less than so many times as long as the fastest one did. */
const QUICK_TIMES = 2.5;

/** How many more may be under way after each host has got one quickly. */
const STEP = 1;

/** A piece that has been under way for so long counts no more, in milliseconds. */
const OVERDUE_MS = 500;

/** So many times as long as its giver and its taker usually need it may be under way, if that is more. */
const OVERDUE_TIMES = 4;

/** And so many times as long as the fastest piece at most, or where many are slow all wait for them. */
const MOST_TIMES = 12;

/** How long the first ones may be under way, in milliseconds. */
const FIRST_MS = 1_000;

/**
 * How many pieces are to be under way at once to and from each of some hosts, and for how long they may be, by how
 * quickly pieces come to any of them.
 */
export class PiecePace {
  /** All that comes to anybody. */
  readonly #all = new PieceFlow();
  /** How many pieces are to be under way to and from each. */
  #room: number = UNDER_WAY.min;

  /** Notes how long a piece took that has come, and whether both its giver and its taker are fast. */
  came(
    tookMs: number,
    speed: "fast" | "slow",
    { nowMs, hostCount }: { readonly nowMs: number; readonly hostCount: number },
  ): void {
    this.#all.add(tookMs, nowMs);
    if (speed === "slow") return;
    const isQuick = tookMs < QUICK_TIMES * this.#all.leastMs;
    const room = this.#room + (isQuick ? STEP : -STEP) / hostCount;
    this.#room = Math.max(UNDER_WAY.min, Math.min(UNDER_WAY.max, room));
  }

  /** How many pieces are to be under way to or from one that holds so many; few if what comes counts for little. */
  room(
    flow: PieceFlow,
    { held, weight }: { readonly held: number; readonly weight: number },
    nowMs: number,
  ): number {
    const expected = flow.expected(nowMs);
    if (expected !== "all") return expected === "one" ? 1 : 0;
    const few = 1 + held * this.#room / (UNDER_WAY.min * HELD_EACH);
    return Math.max(1, weight * Math.floor(Math.min(this.#room, few)));
  }

  /** How long a piece may be under way to one to whom, and from one from whom, pieces come like this. */
  patienceMs(taken: PieceFlow, given: PieceFlow | undefined): number {
    const usualMs = Math.max(
      ...[this.#all, taken, given].map((flow) => flow?.typicalMs ?? 0),
    );
    if (usualMs === 0) return FIRST_MS;
    const longMs = Math.min(OVERDUE_TIMES * usualMs, MOST_TIMES * this.#all.leastMs);
    return Math.max(OVERDUE_MS, longMs);
  }
}
