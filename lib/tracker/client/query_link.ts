import type { DictionaryReader } from "../../bencode/mod.ts";
import { FrameDecoderStream } from "../../framing/mod.ts";
import { type Clock, type Connection, DeadlineError, type PeerAddress } from "../../net/mod.ts";
import { Feed } from "../feed.ts";
import { MAX_FRAME_LENGTH, REPLY_TIMEOUT_MS } from "../limits.ts";
import { DEFAULT_LIMITS } from "../tracker_limits.ts";
import { Outbox } from "../outbox.ts";
import {
  type ArgumentsOf,
  type Body,
  decodeMessage,
  type ErrorMessage,
  MalformedMessageError,
  type Message,
  PEERS_CHANGED,
  type PeersChanged,
  QUERY_CODECS,
  type QueryCodec,
  type QueryMessage,
  type QueryName,
  readPeersChanged,
  type ReplyOf,
} from "../protocol/mod.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import { TrackerUnreachableError } from "./tracker_unreachable_error.ts";

/** What a {@linkcode QueryLink} needs to know besides its connection. */
export interface QueryLinkOptions {
  /** Where the tracker is, for errors. */
  readonly address: PeerAddress;
  /** The time. */
  readonly clock: Clock;
}

/** A query without an answer. */
type Waiting = PromiseWithResolvers<DictionaryReader>;

/** Pushes that wait for their reader at most. */
const PUSH_CAPACITY = 1024;

/**
 * Queries and their answers over one connection, whose messages it sorts: an answer goes to the query
 * of its transaction, a push to the feed, and a ping is answered.
 *
 * Invariant: every query settles; when the connection ends, those that wait fail with the reason.
 */
export class QueryLink {
  /** Resolves, with the reason, when the connection has ended. */
  readonly ended: Promise<Error>;
  readonly #connection: Connection;
  readonly #options: QueryLinkOptions;
  readonly #outbox: Outbox;
  readonly #pushes = new Feed<PeersChanged>({ capacity: PUSH_CAPACITY });
  readonly #waiting = new Map<number, Waiting>();
  #lastTransaction = 0;
  /** Why the connection ends, as far as that is known; the first reason counts. */
  #reason: unknown = undefined;
  #state: "open" | "ended" = "open";

  /** Takes over a connection, of which nothing was read. */
  constructor(connection: Connection, options: QueryLinkOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#outbox = new Outbox(connection, DEFAULT_LIMITS.outgoingBytes);
    this.ended = this.#read();
  }

  /** Who came to a swarm and who went. */
  get pushes(): ReadableStream<PeersChanged> {
    return this.#pushes.readable;
  }

  /**
   * Asks the tracker and waits for its answer.
   *
   * @throws {TrackerRefusedError} if the tracker refuses
   * @throws {TrackerUnreachableError} if the connection ends first, or no answer comes in time
   * @throws {MalformedMessageError} if the answer makes no sense
   */
  async query<Name extends QueryName>(
    name: Name,
    query: ArgumentsOf<Name>,
  ): Promise<ReplyOf<Name>> {
    const codec: QueryCodec<ArgumentsOf<Name>, ReplyOf<Name>> = QUERY_CODECS[name];
    const reply = await this.#ask(name, codec.encodeArguments(query));
    try {
      return codec.decodeReply(reply);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : `${cause}`;
      throw new MalformedMessageError(`Cannot read answer to ${name}: ${reason}`, { cause });
    }
  }

  /** Closes the connection. Can be repeated. */
  close(): void {
    this.#close(new Error("the connection was closed here"));
  }

  #close(reason: unknown): void {
    this.#reason ??= reason;
    this.#connection.close();
  }

  async #ask(name: QueryName, content: Body): Promise<DictionaryReader> {
    if (this.#state === "ended") throw this.#failure();
    const transaction = this.#lastTransaction = (this.#lastTransaction + 1) % 2 ** 32;
    const answer = Promise.withResolvers<DictionaryReader>();
    // Answers come in order, so one that is late holds up all others: the connection is of no use.
    using _timer = this.#options.clock.setTimer(() => {
      this.#close(new DeadlineError(`${name} was not answered in ${REPLY_TIMEOUT_MS / 1000} s`));
    }, REPLY_TIMEOUT_MS);
    this.#waiting.set(transaction, answer);
    void this.#outbox.send({ type: "query", transaction, name, content });
    try {
      return await answer.promise;
    } finally {
      this.#waiting.delete(transaction);
    }
  }

  async #read(): Promise<Error> {
    const frames = this.#connection.readable
      .pipeThrough(new FrameDecoderStream({ maxLength: MAX_FRAME_LENGTH }));
    try {
      for await (const payloads of frames) {
        for (const payload of payloads) this.#receive(decodeMessage(payload));
      }
      this.#close(new Error("the tracker closed the connection"));
    } catch (error) {
      this.#close(error);
    }
    this.#state = "ended";
    this.#pushes.end();
    for (const { reject } of this.#waiting.values()) reject(this.#failure());
    return this.#failure();
  }

  #receive(message: Message<DictionaryReader>): void {
    switch (message.type) {
      case "reply":
        this.#waiting.get(message.transaction)?.resolve(message.content);
        break;
      case "error":
        this.#refused(message);
        break;
      case "push":
        if (message.name === PEERS_CHANGED) this.#pushes.offer(readPeersChanged(message.content));
        break;
      case "query":
        this.#answer(message);
        break;
    }
  }

  #refused({ transaction, code, text }: ErrorMessage): void {
    const refusal = new TrackerRefusedError(code, text);
    if (transaction === undefined) this.#reason ??= refusal;
    else this.#waiting.get(transaction)?.reject(refusal);
  }

  #answer({ name, transaction }: QueryMessage<DictionaryReader>): void {
    if (name !== "ping" && Object.hasOwn(QUERY_CODECS, name)) {
      // An answer would come back, too, as the refusal of our own query.
      throw new MalformedMessageError(`Cannot read message: ${name} is what only clients ask`);
    }
    void this.#outbox.send(
      name === "ping" ? { type: "reply", transaction, content: {} } : {
        type: "error",
        transaction,
        code: REFUSAL.unknown,
        text: "Cannot answer: no such query",
      },
    );
  }

  #failure(): Error {
    return this.#reason instanceof TrackerRefusedError
      ? this.#reason
      : new TrackerUnreachableError(this.#options.address, this.#reason);
  }
}
