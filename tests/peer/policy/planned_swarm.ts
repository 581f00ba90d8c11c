import { assert, assertEquals } from "@std/assert";
import { Bitfield } from "../../../lib/bytes/mod.ts";
import { PieceLayout } from "../../../lib/metainfo/mod.ts";
import {
  type ActivePiece,
  DownloadPlan,
  RequestWindow,
  type Source,
  UNIT_LENGTH,
  type Wanted,
} from "../../../lib/peer/policy/mod.ts";
import type { BlockRequest } from "../../../lib/peer/wire/mod.ts";

/** Peers that the same block may be asked of as soon as it is late; others only after longer and longer. */
const MOST_AT_ONCE = 3;

/** What a {@linkcode PlannedSwarm} is made of. */
export interface PlannedSwarmOptions {
  readonly pieceCount: number;
  readonly maxActive: number;
  readonly random: () => number;
  /** Which missing pieces are wanted; all by default. */
  readonly wanted?: Wanted;
  /** Units of each piece but the last, which has one unit less and half a unit. */
  readonly units?: number;
}

/**
 * A download plan and peers that answer it. Each request is checked against what the swarm knows of
 * its own: what was asked of whom, what has come, what is being verified and held.
 */
export class PlannedSwarm {
  readonly layout: PieceLayout;
  readonly plan: DownloadPlan;
  readonly peers = new Map<number, Source>();
  readonly verifying = new Map<number, ActivePiece>();
  readonly held: Bitfield;
  /** Failed pieces that were begun anew by others. */
  handOvers = 0;
  /** Goes on whenever somebody is asked who was not asked last, so that what others owe is late. */
  #nowMs = 0;
  #askedLast = 0;
  /** Pieces that have failed. */
  readonly #failed = new Set<number>();
  /** Of whom each unit was asked last, and when. */
  readonly #asked = new Map<number, { readonly of: RequestWindow; readonly ms: number }>();
  readonly #options: PlannedSwarmOptions;
  #nextKey = 1;

  constructor(options: PlannedSwarmOptions) {
    this.#options = options;
    const pieceLength = (options.units ?? 4) * UNIT_LENGTH;
    this.layout = new PieceLayout({
      pieceLength,
      totalLength: options.pieceCount * pieceLength - UNIT_LENGTH / 2,
    });
    this.held = new Bitfield(options.pieceCount);
    this.plan = new DownloadPlan({
      ...options,
      layout: this.layout,
      held: this.held,
      maxActive: () => options.maxActive,
    });
  }

  join(bits: Bitfield): number {
    const key = this.#nextKey++;
    this.peers.set(key, { key, bits, window: new RequestWindow() });
    this.plan.holders.join(bits);
    return key;
  }

  joinFull(): number {
    return this.join(Bitfield.full(this.#options.pieceCount));
  }

  joinWith(...pieces: number[]): number {
    const bits = new Bitfield(this.#options.pieceCount);
    for (const piece of pieces) bits.set(piece);
    return this.join(bits);
  }

  peer(key: number): Source {
    const peer = this.peers.get(key);
    assert(peer !== undefined);
    return peer;
  }

  gain(key: number, index: number): void {
    const { bits } = this.peer(key);
    if (bits.set(index)) this.plan.holders.gained(bits, index);
  }

  leave(key: number): void {
    this.giveBack(key);
    this.plan.leave(key, this.peer(key).bits);
    this.peers.delete(key);
  }

  /** Takes back all that a peer was asked for, as when it chokes us. */
  giveBack(key: number): void {
    for (const request of this.peer(key).window.clear()) this.plan.release(request);
    this.plan.pause(key);
  }

  requestsOf(key: number): BlockRequest[] {
    return [...this.peer(key).window.pending];
  }

  /** How many peers owe the unit that begins here. */
  owing(index: number, begin: number): number {
    return [...this.peers.values()].filter(({ window }) => window.covers(index, begin)).length;
  }

  /** The failed pieces that are held up now, each with who does and all who have had a turn. */
  heldUp(): { index: number; key: number; tried: number[] }[] {
    return this.plan.heldUp(this.#nowMs).map(({ index, key, turnOf }) => ({
      ...{ index, key },
      tried: [...turnOf.keys()],
    }));
  }

  /** Lets time pass. */
  wait(ms: number): void {
    this.#nowMs += ms;
  }

  /** Asks a peer for one more block, if the plan wants one of it, and checks the plan's choice. */
  ask(key: number, maxLength: number = UNIT_LENGTH): BlockRequest | undefined {
    const source = this.peer(key);
    if (key !== this.#askedLast) this.wait(500);
    this.#askedLast = key;
    const request = this.plan.next(source, maxLength, this.#nowMs);
    if (request !== undefined) this.#note(request, source, maxLength);
    return request;
  }

  /** Takes a failed piece from who holds it up and gives it to somebody who is free; checks what is asked. */
  handOver(index: number, holder: number, taker: number): BlockRequest | undefined {
    const { window } = this.peer(holder);
    for (const request of window.pendingOf(index)) {
      assert(window.remove(request));
      this.plan.release(request);
    }
    const source = this.peer(taker);
    const request = this.plan.handOver(index, source, this.#nowMs);
    if (request === undefined) return undefined;
    this.handOvers++;
    this.#note(request, source, UNIT_LENGTH);
    return request;
  }

  /** Notes what a peer is asked for, and checks it. */
  #note(request: BlockRequest, source: Source, maxLength: number): void {
    const { key } = source;
    const { index, begin, length } = request;
    const piece = this.layout.pieceIndex(index);
    this.layout.checkBlock(piece, begin, length);
    assert(source.bits.has(index), `peer ${key} was asked for piece ${index}, which it lacks`);
    assert(!this.held.has(index), `piece ${index} was asked for and is held`);
    assert(!this.verifying.has(index), `piece ${index} was asked for and is being verified`);
    assert(length <= Math.max(UNIT_LENGTH, maxLength), `${length} bytes were asked for`);
    assertEquals(begin % UNIT_LENGTH, 0);
    assert(
      length % UNIT_LENGTH === 0 || begin + length === this.layout.pieceSize(piece),
      "units are asked for whole",
    );
    for (let at = begin; at < begin + length; at += UNIT_LENGTH) {
      assert(!source.window.covers(index, at), `${at} of ${index} was asked twice of peer ${key}`);
      const more = this.owing(index, at) - MOST_AT_ONCE;
      const unit = index * 1_000 + at / UNIT_LENGTH;
      const asked = this.#asked.get(unit);
      const isSilent = asked !== undefined &&
        (!asked.of.covers(index, at) || asked.of.silenceMs(this.#nowMs) >= 1_000);
      const patienceMs = isSilent ? 1_000 : 500 * 2 ** (more + 1);
      const waitedMs = this.#nowMs - (asked?.ms ?? 0);
      assert(more < 0 || waitedMs >= patienceMs, `${at} of ${index} is asked of too many`);
      this.#asked.set(unit, { of: source.window, ms: this.#nowMs });
    }
    source.window.add(request, this.#nowMs);
    assert(this.busyPieces <= Math.max(2, this.#options.maxActive), "too many pieces at once");
  }

  /** Asks a peer for all that the plan wants of it, up to a number of requests. */
  askAll(key: number, most = Infinity, maxLength: number = UNIT_LENGTH): BlockRequest[] {
    const requests: BlockRequest[] = [];
    while (requests.length < most) {
      const request = this.ask(key, maxLength);
      if (request === undefined) break;
      requests.push(request);
    }
    return requests;
  }

  /** Lets a peer answer a request; gives the bytes that were new. */
  answer(key: number, request: BlockRequest): number {
    const { window } = this.peer(key);
    assertEquals(window.receive(request, this.#nowMs), request);
    const block = new Uint8Array(request.length).fill(contentOf(request.index));
    const { fresh, complete, isShared } = this.plan.receive(request, block, key, this.#nowMs);
    if (isShared || complete !== undefined) this.#withdraw(request, complete);
    if (complete === undefined) return fresh;
    const { index, data, senders } = complete;
    assertEquals(index, request.index);
    assertEquals(data.length, this.layout.pieceSize(this.layout.pieceIndex(index)));
    assert(data.every((byte) => byte === contentOf(index)), `piece ${index} is not what was sent`);
    assert(senders.every((sender) => sender !== undefined));
    const hasFailed = this.#failed.has(index);
    assert(!hasFailed || new Set(senders).size === 1, `failed piece ${index} came of several`);
    assert(!this.verifying.has(index));
    this.verifying.set(index, complete);
    return fresh;
  }

  /** Ends the verification of a piece. */
  verify(index: number, outcome: "held" | "missing"): void {
    const piece = this.verifying.get(index);
    assert(piece !== undefined && this.verifying.delete(index));
    if (outcome === "missing") {
      this.#failed.add(index);
      return this.plan.markMissing(index);
    }
    this.plan.markHeld(piece);
    this.held.set(index);
    assertEquals(this.plan.isComplete, this.held.isFull);
  }

  /** Lets all peers answer, piece after piece, until nothing is asked for any more. */
  finish(): void {
    for (let isMoving = true; isMoving;) {
      isMoving = false;
      for (const key of this.peers.keys()) {
        isMoving = this.ask(key) !== undefined || isMoving;
        const [request] = this.requestsOf(key);
        if (request !== undefined) this.answer(key, request);
      }
      for (const index of [...this.verifying.keys()]) this.verify(index, "held");
    }
  }

  /** Pieces of which blocks are asked for or that are being verified. */
  get busyPieces(): number {
    const busy = new Set(this.verifying.keys());
    for (const { window } of this.peers.values()) {
      for (const { index } of window.pending) busy.add(index);
    }
    return busy.size;
  }

  /** What a download does: what has come is withdrawn elsewhere, and of a whole piece everything. */
  #withdraw({ index, begin, length }: BlockRequest, complete: ActivePiece | undefined): void {
    const from = complete === undefined ? begin : 0;
    const to = complete === undefined ? begin + length : complete.data.length;
    for (const { window } of this.peers.values()) {
      for (const other of [...window.pending]) {
        const isCovered = other.index === index && other.begin >= from &&
          other.begin + other.length <= to;
        if (isCovered && window.remove(other)) this.plan.release(other);
      }
    }
  }
}

function contentOf(index: number): number {
  return 1 + index % 255;
}
