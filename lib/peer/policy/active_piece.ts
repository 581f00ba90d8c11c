import type { BlockRequest } from "../wire/mod.ts";
import type { RequestWindow } from "./request_window.ts";

/** The unit in which the blocks of a piece are counted, in bytes; a request asks for one or more. */
export const UNIT_LENGTH: number = 16 * 1024;

/** Names a connected peer inside one torrent. */
export type PeerKey = number;

/** The peer that was asked for something, as far as it matters here. */
export type AskedPeer = Pick<RequestWindow, "silenceMs" | "covers">;

/** Who was asked for a unit, and when. */
export interface Asked {
  /** Where it begins in the piece, in bytes. */
  readonly begin: number;
  /** The number of peers that owe it. */
  readonly peers: number;
  /** When a peer was asked for it last, in milliseconds. */
  readonly lastMs: number;
  /** That peer, which may owe it no more; `undefined` if nobody was asked. */
  readonly last: AskedPeer | undefined;
}

/** Which units may be asked for once more. */
export interface DuplicateOptions {
  /** Tells whether one may be asked of one more peer. */
  readonly isDue: (asked: Asked) => boolean;
  /** Tells whether the peer at hand is asked for the unit that begins here. */
  readonly own: (begin: number) => boolean;
}

/**
 * Which units of one piece have arrived, from whom, and which are asked for.
 *
 * Invariant: a unit is received, or else asked for by `#pending` requests, or, if that is 0, free.
 * `#free` is the number of units that are free, `#asked` the sum of all `#pending`.
 */
export class ActivePiece {
  /** The piece. */
  readonly index: number;
  /** The bytes of the piece, as far as they were received. */
  readonly data: Uint8Array<ArrayBuffer>;
  readonly #pending: number[];
  /** When each unit was asked for last, in milliseconds, and of whom. */
  readonly #askedMs: number[];
  readonly #askedLast: (AskedPeer | undefined)[];
  readonly #senders: (PeerKey | undefined)[];
  #missing: number;
  #free: number;
  #asked = 0;

  /** Makes a piece of which everything is free, to be assembled in `data`. */
  constructor(index: number, data: Uint8Array<ArrayBuffer>) {
    this.index = index;
    this.data = data;
    const count = Math.ceil(data.length / UNIT_LENGTH);
    this.#missing = this.#free = count;
    this.#pending = new Array(count).fill(0);
    this.#askedMs = new Array(count).fill(0);
    this.#askedLast = new Array(count).fill(undefined);
    this.#senders = new Array(count).fill(undefined);
  }

  /** Whether every unit was received. */
  get isComplete(): boolean {
    return this.#missing === 0;
  }

  /** Whether nothing of it is asked for. */
  get isIdle(): boolean {
    return this.#asked === 0;
  }

  /** Whether some unit of it is free. */
  get hasFree(): boolean {
    return this.#free > 0;
  }

  /** Who sent each unit. */
  get senders(): readonly (PeerKey | undefined)[] {
    return this.#senders;
  }

  /** The first run of free units, of at most `maxLength` bytes; `undefined` if none is free. */
  nextFree(maxLength: number): BlockRequest | undefined {
    if (this.#free === 0) return undefined;
    return this.#firstRun(maxLength, (unit) => this.#pending[unit] === 0);
  }

  /**
   * The first run of units that are asked for and due to be asked of one more peer, but not of the one
   * that is asked for its `own`; for the endgame.
   */
  nextDuplicate(maxLength: number, options: DuplicateOptions): BlockRequest | undefined {
    const { isDue, own } = options;
    return this.#firstRun(maxLength, (unit) => {
      const peers = this.#pending[unit]!;
      const begin = unit * UNIT_LENGTH;
      const last = this.#askedLast[unit];
      return isDue({ begin, peers, lastMs: this.#askedMs[unit]!, last }) && !own(begin);
    });
  }

  /**
   * Counts a request to a peer; must be undone by {@linkcode release} when it is answered or given up.
   */
  reserve(request: Omit<BlockRequest, "index">, peer: AskedPeer, nowMs: number): void {
    const end = endOf(request);
    for (let unit = request.begin / UNIT_LENGTH; unit < end; unit++) {
      if (this.#isFree(unit)) this.#free--;
      this.#pending[unit]!++;
      this.#asked++;
      this.#askedMs[unit] = nowMs;
      this.#askedLast[unit] = peer;
    }
  }

  /** Takes a request back. */
  release(request: Omit<BlockRequest, "index">): void {
    const end = endOf(request);
    for (let unit = request.begin / UNIT_LENGTH; unit < end; unit++) {
      this.#pending[unit]!--;
      this.#asked--;
      if (this.#isFree(unit)) this.#free++;
    }
  }

  /** Whether some part of a block is asked for. */
  isAskedFor(block: Omit<BlockRequest, "index">): boolean {
    const end = endOf(block);
    for (let unit = block.begin / UNIT_LENGTH; unit < end; unit++) {
      if (this.#pending[unit]! > 0) return true;
    }
    return false;
  }

  /** Copies those units of a block that are new, and gives the number of their bytes. */
  receive(begin: number, block: Uint8Array, sender: PeerKey): number {
    let fresh = 0;
    const end = endOf({ begin, length: block.length });
    for (let unit = begin / UNIT_LENGTH; unit < end; unit++) {
      if (this.#senders[unit] !== undefined) continue;
      if (this.#isFree(unit)) this.#free--;
      this.#senders[unit] = sender;
      this.#missing--;
      const start = unit * UNIT_LENGTH;
      const bytes = block.subarray(start - begin, start - begin + UNIT_LENGTH);
      this.data.set(bytes, start);
      fresh += bytes.length;
    }
    return fresh;
  }

  #isFree(unit: number): boolean {
    return this.#senders[unit] === undefined && this.#pending[unit] === 0;
  }

  #firstRun(maxLength: number, isWanted: (unit: number) => boolean): BlockRequest | undefined {
    const count = this.#pending.length;
    const isEligible = (unit: number): boolean =>
      this.#senders[unit] === undefined && isWanted(unit);
    let first = 0;
    while (first < count && !isEligible(first)) first++;
    if (first === count) return undefined;
    const limit = Math.min(count, first + Math.max(1, Math.floor(maxLength / UNIT_LENGTH)));
    let end = first + 1;
    while (end < limit && isEligible(end)) end++;
    const begin = first * UNIT_LENGTH;
    return {
      index: this.index,
      begin,
      length: Math.min(end * UNIT_LENGTH, this.data.length) - begin,
    };
  }
}

/** The first unit after a block, whose begin is that of a unit. */
function endOf({ begin, length }: Omit<BlockRequest, "index">): number {
  return Math.ceil((begin + length) / UNIT_LENGTH);
}
