import {
  MAX_BLOCK_LENGTH,
  MAX_DISOWNED,
  MAX_FRUITLESS,
  MAX_PENDING_BYTES,
  MAX_PENDING_REQUESTS,
  REQUEST_TIMEOUT_MS,
} from "../limits.ts";
import type { BlockRequest } from "../wire/mod.ts";
import { UNIT_LENGTH } from "./active_piece.ts";
import { RateMeter } from "./rate_meter.ts";

/** Bytes asked for at first, before anything is known of the peer's rate. */
const FIRST_TARGET = 128 * 1024;

/**
 * How much of the peer's rate is asked for ahead, besides what two journeys there and back need. The
 * less it is, the sooner a piece is whole that has come first to others.
 */
const AHEAD_MS = 100;

/** Journeys there and back that are allowed for, so that the peer never waits for a request. */
const JOURNEYS = 2;

/** A journey that takes longer is taken for this long, in milliseconds. */
const MAX_JOURNEY_MS = 2_000;

/** An answer that may take longer is taken to take this long, in milliseconds. */
const MAX_ANSWER_MS = 10_000;

/** How much of the peer's rate one block may be, so that a slow peer gets small blocks. */
const BLOCK_SECONDS = 0.025;

/**
 * How much of the window is free until more is asked for: a quarter, or so many bytes if that is less. What is
 * asked for together goes out, and comes, with fewer turns of both sides; but where a peer is so far away
 * that the window is all that is under way, what is free is lost.
 */
const REFILL = { share: 1 / 4, maxBytes: 256 * 1024 } as const;

/** What part of the requests that a peer lets wait is free until more is asked for. */
const REFILL_REQUESTS_SHARE = 1 / 16;

/** Units of a piece are at most 4096: a piece has at most 64 MiB. */
const UNITS_PER_PIECE = 4_096;

/**
 * What one peer was asked for and has not sent yet, and how much more it may be asked for.
 *
 * The window grows by what arrives until it covers a moment of the peer's measured rate, which is the
 * longer the longer its answers travel, and then follows that rate. It is filled in batches, whenever a
 * quarter of it is free, or 256 KiB. A peer that owes blocks and sends none for 30 s is stalled: it is
 * asked for one unit at a time from then on, until it sends again.
 */
export class RequestWindow {
  readonly #pending = new Map<number, BlockRequest>();
  /** When each of them was made. */
  readonly #askedMs = new Map<number, number>();
  /** Requests that were given up and whose answers may come yet, each by how often. */
  readonly #disowned = new Map<string, number>();
  readonly #meter = new RateMeter();
  #agreedLength: number = MAX_BLOCK_LENGTH;
  #maxPending: number = MAX_PENDING_REQUESTS;
  #pendingBytes = 0;
  /** Rejects, and blocks that nobody asked for, since a block came that was asked for. */
  #fruitless = 0;
  #grownBytes = FIRST_TARGET;
  #trust: "full" | "one unit" = "full";
  /** The shortest time in which a block came that was asked for, in milliseconds. */
  #journeyMs = MAX_JOURNEY_MS;
  /** When the peer last sent a block, or was first asked after it owed nothing. */
  #heardMs = 0;

  /** Sets the longest block that the peer serves, in bytes, and how many requests it lets wait. */
  agree(blockLength: number, maxRequests: number = MAX_PENDING_REQUESTS): void {
    this.#agreedLength = blockLength;
    this.#maxPending = Math.min(maxRequests, MAX_PENDING_REQUESTS);
  }

  /** The requests that are under way. */
  get pending(): Iterable<BlockRequest> {
    return this.#pending.values();
  }

  /** The requests for a piece that are under way. */
  pendingOf(index: number): BlockRequest[] {
    return [...this.#pending.values()].filter((request) => request.index === index);
  }

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    return this.#pending.size === 0;
  }

  /** What has arrived, and how fast. */
  get meter(): RateMeter {
    return this.#meter;
  }

  /** The length of the next block to ask for, in bytes; 0 if the window is full. */
  room(nowMs: number): number {
    if (this.isStalled(nowMs) || this.#pending.size >= this.#maxPending) return 0;
    if (this.#trust === "one unit") return this.#pending.size === 0 ? UNIT_LENGTH : 0;
    const rate = this.#meter.rate(nowMs);
    if (this.#pendingBytes >= this.#targetAt(rate)) return 0;
    return Math.max(UNIT_LENGTH, Math.min(this.#agreedLength, rate * BLOCK_SECONDS));
  }

  /** Whether one request more is borne with, also where the window is full of bytes. */
  bearsOneMore(nowMs: number): boolean {
    return this.#pending.size < this.#maxPending && !this.hasStalled && !this.isStalled(nowMs);
  }

  /** Whether so much of it is free, in bytes and in requests, that it is worth a message to fill it. */
  isLow(nowMs: number): boolean {
    const target = this.#targetAt(this.#meter.rate(nowMs));
    const freeRequests = this.#maxPending - this.#pending.size;
    return target - this.#pendingBytes >= Math.min(REFILL.maxBytes, REFILL.share * target) &&
      freeRequests >= REFILL_REQUESTS_SHARE * this.#maxPending;
  }

  /** How long what is asked for now takes to come at the peer's rate, in milliseconds; 0 if it sends nothing. */
  answerMs(nowMs: number): number {
    const rate = this.#meter.rate(nowMs);
    if (rate === 0) return 0;
    return Math.min(MAX_ANSWER_MS, this.#journeyMs + this.#pendingBytes * 1000 / rate);
  }

  /** How long the peer has owed blocks and sent none, in milliseconds; 0 if it owes none. */
  silenceMs(nowMs: number): number {
    return this.#pending.size > 0 ? nowMs - this.#heardMs : 0;
  }

  /** Whether the peer owes blocks and has sent none for too long. */
  isStalled(nowMs: number): boolean {
    return this.silenceMs(nowMs) >= REQUEST_TIMEOUT_MS;
  }

  /** Whether the peer has stalled, and has sent nothing since. */
  get hasStalled(): boolean {
    return this.#trust === "one unit";
  }

  /** Whether something of a piece was asked for. */
  owes(index: number): boolean {
    for (const request of this.#pending.values()) if (request.index === index) return true;
    return false;
  }

  /** Whether a block that begins here was asked for. */
  covers(index: number, begin: number): boolean {
    for (const request of this.#pending.values()) {
      if (
        request.index === index && request.begin <= begin && begin < request.begin + request.length
      ) return true;
    }
    return false;
  }

  /** Notes a request that is sent now. */
  add(request: BlockRequest, nowMs: number): void {
    if (this.#pending.size === 0) this.#heardMs = nowMs;
    this.#pending.set(keyOf(request), request);
    this.#askedMs.set(keyOf(request), nowMs);
    this.#pendingBytes += request.length;
  }

  /** Notes a block that arrived; `undefined` if nobody asked for it. */
  receive(block: BlockRequest, nowMs: number): BlockRequest | undefined {
    const request = this.#find(block);
    if (request === undefined) return undefined;
    this.#measureJourney(request, nowMs);
    this.#forget(request);
    this.#trust = "full";
    this.#fruitless = 0;
    this.#heardMs = nowMs;
    this.#meter.add(block.length, nowMs);
    const covered = this.#meter.rate(nowMs) * this.#aheadSeconds;
    if (this.#grownBytes < Math.min(MAX_PENDING_BYTES, Math.max(FIRST_TARGET, 2 * covered))) {
      this.#grownBytes += block.length;
    } else {
      this.#grownBytes = Math.max(FIRST_TARGET, Math.min(MAX_PENDING_BYTES, covered));
    }
    return request;
  }

  /** Forgets a request that was withdrawn; tells whether there was exactly this one. */
  remove(request: BlockRequest): boolean {
    if (!this.#forget(request)) return false;
    this.#disown(request);
    return true;
  }

  /** Notes that the peer will not answer a request (BEP 6); tells whether it was under way, or given up. */
  reject(request: BlockRequest): "under way" | "given up" | "never made" {
    // Answers come in the order of the requests, and what was given up was asked for before.
    if (this.settle(request)) return "given up";
    this.#fruitless++;
    return this.#forget(request) ? "under way" : "never made";
  }

  /** Notes that the peer cannot answer a request, for no fault of its own; tells whether it was under way. */
  excuse(request: BlockRequest): boolean {
    return this.#forget(request);
  }

  /** Whether the peer sends so many rejects and blocks of no use in a row that it is of none itself. */
  get isFutile(): boolean {
    return this.#fruitless >= MAX_FRUITLESS;
  }

  /** Notes a block that was not asked for, or no more: it may be the answer to what was given up (BEP 6). */
  dismiss(block: BlockRequest): "answer" | "unasked" {
    if (this.settle(block)) return "answer";
    this.#fruitless++;
    return "unasked";
  }

  /** Notes the answer to a request that was given up; tells whether there was one (BEP 6). */
  settle({ index, begin, length }: BlockRequest): boolean {
    const key = `${index}:${begin}:${length}`;
    const count = this.#disowned.get(key);
    if (count === undefined) return false;
    if (count > 1) this.#disowned.set(key, count - 1);
    else this.#disowned.delete(key);
    return true;
  }

  /** The requests under way that lie inside a part of a piece. */
  inside({ index, begin, length }: BlockRequest): BlockRequest[] {
    return [...this.#pending.values()].filter((request) =>
      request.index === index && request.begin >= begin &&
      request.begin + request.length <= begin + length
    );
  }

  /** Forgets every request, because the peer stalls, and gives them back. */
  giveUp(): BlockRequest[] {
    this.#trust = "one unit";
    return this.clear();
  }

  /** Forgets every request, because the peer chokes us or has left, and gives them back. */
  clear(): BlockRequest[] {
    const requests = [...this.#pending.values()];
    for (const request of requests) this.#disown(request);
    this.#pending.clear();
    this.#askedMs.clear();
    this.#pendingBytes = 0;
    this.#grownBytes = FIRST_TARGET;
    return requests;
  }

  /** How many bytes are to be under way at a rate of the peer. */
  #targetAt(rate: number): number {
    return Math.min(MAX_PENDING_BYTES, Math.max(this.#grownBytes, rate * this.#aheadSeconds));
  }

  get #aheadSeconds(): number {
    return (AHEAD_MS + JOURNEYS * this.#journeyMs) / 1000;
  }

  /** Measures how long a block took; not if it may be the answer to an earlier request. */
  #measureJourney({ index, begin, length }: BlockRequest, nowMs: number): void {
    const askedMs = this.#askedMs.get(keyOf({ index, begin, length }));
    if (askedMs === undefined) return;
    // There is hardly ever one, and a name for each block takes time.
    if (this.#disowned.size > 0 && this.#disowned.has(`${index}:${begin}:${length}`)) return;
    this.#journeyMs = Math.min(this.#journeyMs, nowMs - askedMs);
  }

  #forget(request: BlockRequest): boolean {
    if (this.#find(request) === undefined) return false;
    this.#pending.delete(keyOf(request));
    this.#askedMs.delete(keyOf(request));
    this.#pendingBytes -= request.length;
    return true;
  }

  /** Remembers that an answer may come; of too many the oldest are forgotten. */
  #disown({ index, begin, length }: BlockRequest): void {
    const key = `${index}:${begin}:${length}`;
    this.#disowned.set(key, (this.#disowned.get(key) ?? 0) + 1);
    if (this.#disowned.size <= MAX_DISOWNED) return;
    const [oldest] = this.#disowned.keys();
    if (oldest !== undefined) this.#disowned.delete(oldest);
  }

  /** The request under way that asks for exactly this block. */
  #find({ index, begin, length }: BlockRequest): BlockRequest | undefined {
    const request = this.#pending.get(keyOf({ index, begin, length }));
    const isSame = request?.index === index && request.begin === begin && request.length === length;
    return isSame ? request : undefined;
  }
}

function keyOf({ index, begin }: BlockRequest): number {
  return index * UNITS_PER_PIECE + Math.floor(begin / UNIT_LENGTH);
}
