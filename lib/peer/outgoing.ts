import type { Payload } from "../framing/mod.ts";
import type { PieceIndex } from "../bytes/mod.ts";
import type { Clock, Pace } from "../net/mod.ts";
import { MAX_QUEUED_MESSAGES, MAX_QUEUED_REQUESTS } from "./limits.ts";
import {
  type BlockSource,
  MAX_RUN_LENGTH,
  type ReadRun,
  type Run,
  RunReader,
  type ServedRequest,
} from "./run_reader.ts";
import { type BlockRequest, encodeMessage, type Message } from "./wire/mod.ts";

/** So many messages do not wait for another one. */
const MAX_WAITING_ALONG = 100;

/** Runs that are read while the one before them is sent, to a connection that takes them fast. */
const RUNS_AHEAD = 2;

/** A run is taken fast at so many bytes a millisecond: 100 Mbit/s. */
const FAST_RATE = 12_500;

/** Runs in a row that a fast connection has taken fast: a slow one may have room for fewer. */
const FAST_RUNS = 8;

/** What an {@linkcode Outgoing} needs. */
export interface OutgoingOptions {
  /** Measures when something was sent. */
  readonly clock: Clock;
  /** Where blocks are read. */
  readonly source: BlockSource;
  /** Slows down the blocks that are sent. */
  readonly sendPace?: Pace;
  /** Is told of the bytes of a piece that are passed on to be sent, from `begin` on. */
  readonly onUpload: (bytes: number, index: PieceIndex, begin: number) => void;
  /**
   * What to do when a block cannot be read: `"reject"` tells the peer so (BEP 6); `"fail"`, the
   * default, ends the stream with the error.
   */
  readonly unreadable?: "reject" | "fail";
  /** Is called when too many messages wait, because the peer does not read; they are dropped. */
  readonly onOverflow: () => void;
}

/**
 * All that waits to be sent to one peer: messages first, then the blocks that it asked for.
 *
 * The queue is one `ReadableStream`, to be piped through the framing into the connection. Blocks are
 * read from the store only when the pipe asks for more, so a peer that reads slowly slows down the
 * reading of the file, and holds no more than a run of blocks in memory. For a connection that takes
 * them fast the next two runs are read meanwhile.
 */
export class Outgoing {
  /** What is to be sent, a batch of payloads at a time; each is valid until the next is asked for. */
  readonly readable: ReadableStream<readonly Payload[]>;
  readonly #options: OutgoingOptions;
  #messages: (Message | (() => Message))[] = [];
  readonly #requests: ServedRequest[] = [];
  #state: "open" | "ending" = "open";
  #wake: (() => void) | undefined;
  #takenMs: number;
  /**
   * Runs in a row that were taken fast, and until when the last one must be to count (`NaN`: it does not). None counts that is
   * given after the connection has waited: while idle it takes one at once, however slow it is.
   */
  readonly #fast = { runs: 0, untilMs: NaN, isIdle: false };
  #work: "none" | "reading" = "none";
  /** Our turn to send a block, where the rate is limited. */
  #turn: "none" | "awaited" | "come" = "none";
  readonly #reader: RunReader;

  /** Makes an empty queue. */
  constructor(options: OutgoingOptions) {
    this.#options = options;
    this.#takenMs = options.clock.now();
    this.#reader = new RunReader(options.source);
    this.readable = new ReadableStream({
      pull: (controller) => this.#pull(controller),
      cancel: () => {
        this.#state = "ending";
        this.withdrawAll();
      },
    }, { highWaterMark: 0 });
  }

  /** Whether nothing waits. */
  get isIdle(): boolean {
    return this.#messages.length === 0 && this.#requests.length === 0 && this.#reader.count === 0;
  }

  /** Until when the connection has asked for more to send: now, while blocks are made ready for it. */
  get takenMs(): number {
    const isWorking = this.#work === "reading" || this.#turn === "awaited";
    return isWorking ? this.#options.clock.now() : this.#takenMs;
  }

  /**
   * Queues a message, or what makes one when its turn has come: a long one need not lie in memory for
   * a peer that does not read. After {@linkcode end} it is dropped.
   */
  send(message: Message | (() => Message)): void {
    if (this.#state === "ending") return;
    // Does not throw: whoever sends may be serving another peer.
    if (this.#messages.length >= MAX_QUEUED_MESSAGES) return this.#options.onOverflow();
    this.#messages.push(message);
    this.#wake?.();
  }

  /** Queues a message that goes along with the next one, or at the next {@linkcode flush}. */
  sendAlong(message: Message): void {
    if (this.#state === "ending") return;
    if (this.#messages.length >= MAX_WAITING_ALONG) return this.send(message);
    this.#messages.push(message);
  }

  /** Lets go what waits for other messages; should be called every second. */
  flush(): void {
    if (this.#messages.length > 0) this.#wake?.();
  }

  /**
   * Queues a block that the peer asked for; tells whether it was taken: beyond the limit it is not
   * (BEP 10, `reqq`), nor after {@linkcode end}.
   */
  serve(request: ServedRequest): boolean {
    if (this.#state === "ending") return false;
    if (this.#requests.length >= MAX_QUEUED_REQUESTS) return false;
    this.#requests.push(request);
    this.#wake?.();
    return true;
  }

  /** Takes back a block, and tells whether it had not been given to the connection yet. */
  withdraw({ index, begin, length }: BlockRequest): boolean {
    const isMeant = (request: BlockRequest): boolean =>
      request.index === index && request.begin === begin && request.length === length;
    const position = this.#requests.findIndex(isMeant);
    if (position >= 0) this.#requests.splice(position, 1);
    if (position >= 0) return true;
    let wanted = 1; // it may have been asked for twice
    return this.#reader.withdraw((request) => isMeant(request) && wanted-- > 0).length > 0;
  }

  /** Takes back, and gives, every block of these pieces that was not given yet; all by default. */
  withdrawAll(isWithdrawn: (index: PieceIndex) => boolean = () => true): ServedRequest[] {
    const withdrawn = this.#reader.withdraw(({ index }) => isWithdrawn(index));
    const kept: ServedRequest[] = [];
    for (const request of this.#requests.splice(0)) {
      (isWithdrawn(request.index) ? withdrawn : kept).push(request);
    }
    this.#requests.push(...kept);
    return withdrawn;
  }

  /** Ends the stream once what waits was taken. */
  end(): void {
    this.#state = "ending";
    this.#wake?.();
  }

  async #pull(controller: ReadableStreamDefaultController<readonly Payload[]>): Promise<void> {
    this.#noteTaken();
    while (true) {
      if (this.#messages.length > 0) {
        return controller.enqueue(this.#takeMessages());
      }
      if (this.#beginRun()) {
        const blocks = await this.#readBlocks();
        if (blocks.length === 0) continue;
        if (this.#fast.runs >= FAST_RUNS) this.#readAhead(RUNS_AHEAD);
        return controller.enqueue(blocks);
      }
      if (this.#state === "ending") return controller.close();
      this.#reader.rest();
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = undefined;
      this.#fast.isIdle = true;
    }
  }

  /** The connection asks for more: it has taken what it was given. */
  #noteTaken(): void {
    const fast = this.#fast;
    this.#takenMs = this.#options.clock.now();
    if (this.#takenMs >= fast.untilMs) fast.runs = 0;
    if (this.#takenMs < fast.untilMs) fast.runs++;
    fast.untilMs = NaN;
  }

  /** Takes messages that wait: all, unless those that are made now become too long. */
  #takeMessages(): Payload[] {
    const batch: Payload[] = [];
    let length = 0;
    for (const message of this.#messages) {
      if (length >= MAX_RUN_LENGTH) break;
      const payload = encodeMessage(typeof message === "function" ? message() : message);
      if (typeof message === "function") length += payloadLength(payload);
      batch.push(payload);
    }
    this.#messages.splice(0, batch.length);
    return batch;
  }

  /** Whether a run may be sent now; if it must wait for its turn, messages go first meanwhile. */
  #isPaid(): boolean {
    const { sendPace } = this.#options;
    if (!sendPace?.isLimited || this.#requests.length === 0) return true;
    if (this.#turn === "come") {
      this.#turn = "none";
      return true;
    }
    if (this.#turn === "none") {
      this.#turn = "awaited";
      void sendPace.take(this.#requests[0]?.length ?? 0).then(() => {
        this.#turn = "come";
        this.#wake?.();
      });
    }
    return false;
  }

  /** Begins to read until so many runs are read or being read; none where the rate is limited. */
  #readAhead(count: number): void {
    if (this.#options.sendPace?.isLimited) return;
    while (this.#reader.count < count && this.#requests.length > 0) {
      this.#reader.begin(this.#takeRun());
    }
  }

  /** Takes the next request and, unless the rate is limited, those that lie side by side with it. */
  #takeRun(): Run {
    const longest = this.#options.sendPace?.isLimited ? 0 : MAX_RUN_LENGTH;
    let count = 0;
    let length = 0;
    for (const request of this.#requests) {
      const before = this.#requests[count - 1];
      const isNext = before === undefined ||
        (before.index === request.index && before.begin + before.length === request.begin);
      if (!isNext || (count > 0 && length + request.length > longest)) break;
      length += request.length;
      count++;
    }
    const [first, ...others] = this.#requests.splice(0, count);
    return [first!, ...others];
  }

  /** Tells whether a run was begun, now or before: not while there is none, or it must wait. */
  #beginRun(): boolean {
    // What was read ahead when the rate was not limited waits for its turn, too.
    if (this.#options.sendPace?.isLimited) {
      this.#requests.unshift(...this.#reader.withdraw(() => true));
    }
    if (this.#reader.count > 0) return true;
    if (this.#requests.length === 0 || !this.#isPaid()) return false;
    this.#reader.begin(this.#takeRun());
    return true;
  }

  /** The blocks of the run that was begun first; none if it was taken back, or rejects are queued. */
  async #readBlocks(): Promise<Payload[]> {
    this.#work = "reading";
    const read = await this.#reader.next();
    this.#work = "none";
    return read === undefined ? [] : this.#give(read);
  }

  #give(read: ReadRun): Payload[] {
    const { requests } = read;
    if ("fault" in read) {
      if (this.#options.unreadable !== "reject") throw read.fault;
      for (const request of requests) this.send({ type: "reject", ...request });
      return [];
    }
    const { begin: first, bytes } = read;
    this.#takenMs = this.#options.clock.now();
    if (!this.#fast.isIdle) this.#fast.untilMs = this.#takenMs + bytes.length / FAST_RATE;
    this.#fast.isIdle = false;
    this.#tellUpload(requests);
    return requests.map(({ index, begin, length }) => {
      const block = bytes.subarray(begin - first, begin - first + length);
      return encodeMessage({ type: "piece", index, begin, block });
    });
  }

  /** Tells of blocks of one piece, of those side by side at once: of some in the middle nobody may want. */
  #tellUpload(requests: readonly ServedRequest[]): void {
    for (let from = 0; from < requests.length;) {
      const { index, begin } = requests[from]!;
      let end = begin;
      while (requests[from]?.begin === end) end += requests[from++]!.length;
      this.#options.onUpload(end - begin, index, begin);
    }
  }
}

function payloadLength(payload: Payload): number {
  const parts = payload instanceof Uint8Array ? [payload] : payload;
  return parts.reduce((sum, { length }) => sum + length, 0);
}
