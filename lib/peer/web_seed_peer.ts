import type { PieceIndex } from "../bytes/mod.ts";
import { FrameDecoderStream, FrameEncoderStream, type Payload } from "../framing/mod.ts";
import { fileSpans, type TorrentInfo } from "../metainfo/mod.ts";
import type { Clock, Connection, Fetch, UrlGuard } from "../net/mod.ts";
import { fetchRange } from "./fetch_range.ts";
import { MAX_MESSAGE_LENGTH, MAX_QUEUED_REQUESTS, OFFERED_BLOCK_LENGTH } from "./limits.ts";
import {
  type BlockRequest,
  decodeMessage,
  encodeExtendedHandshake,
  encodeMessage,
  EXTENDED_HANDSHAKE_ID,
  type Message,
} from "./wire/mod.ts";
import { webSeedFileUrl } from "./web_seed_url.ts";

/** Bytes that are asked of the server in one request, if so many lie side by side. */
const MAX_RANGE_LENGTH = 4 * 1024 * 1024;

/** Requests to the server at once. */
const LANES = 2;

/** What a {@linkcode WebSeedPeer} needs. */
export interface WebSeedPeerOptions {
  /** Its end of a connection to a torrent of ours, behind the handshakes. */
  readonly connection: Connection;
  /** The torrent. */
  readonly info: TorrentInfo;
  /** The URL of the web seed. */
  readonly url: string;
  /** What the peer is called. */
  readonly name: string;
  /** Our program, as the server is told of it. */
  readonly agent: string;
  /** Measures how long nothing comes. */
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** What fetches. */
  readonly fetch: Fetch;
  /** Which URLs may be asked. */
  readonly urls: UrlGuard;
}

/**
 * A web server in the shape of a peer that has everything and serves at once (BEP 19): it takes
 * requests for blocks, fetches those that lie side by side as one range, and sends them on.
 *
 * So whatever is true of peers is true of web seeds: they are asked for the rarest pieces, as fast as
 * they answer; what they owe is asked of others when they stall; and who sends corrupt data is banned.
 */
export class WebSeedPeer {
  readonly #options: WebSeedPeerOptions;
  readonly #queue: BlockRequest[] = [];
  readonly #send: WritableStreamDefaultWriter<readonly Payload[]>;
  readonly #ended = new AbortController();
  #running = 0;
  #servedBytes = 0;
  #failure: unknown;

  /** Takes its end of a connection over, and closes it in the end. */
  constructor(options: WebSeedPeerOptions) {
    this.#options = options;
    const { readable, writable } = new FrameEncoderStream();
    this.#send = writable.getWriter();
    readable.pipeTo(options.connection.writable).catch(() => this.#end());
  }

  /** Bytes of the blocks that the server has given whole. */
  get servedBytes(): number {
    return this.#servedBytes;
  }

  /**
   * Serves until the torrent closes the connection.
   *
   * @throws {Error} if the server does not give what it should have
   */
  async serve(): Promise<void> {
    const { connection, name, signal } = this.#options;
    const end = (): void => this.#end();
    signal.addEventListener("abort", end, { once: true });
    const hello = encodeExtendedHandshake({
      extensions: new Map(),
      client: name,
      maxRequests: MAX_QUEUED_REQUESTS,
      blockLength: OFFERED_BLOCK_LENGTH,
      appetite: "nothing",
    });
    try {
      void this.#say(
        { type: "extended", id: EXTENDED_HANDSHAKE_ID, payload: hello },
        { type: "have-all" },
        { type: "unchoke" },
      );
      const frames = connection.readable
        .pipeThrough(new FrameDecoderStream({ maxLength: MAX_MESSAGE_LENGTH }));
      for await (const payloads of frames) {
        for (const payload of payloads) this.#take(decodeMessage(payload));
        this.#fetchNext();
      }
    } finally {
      signal.removeEventListener("abort", end);
      this.#end();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #take(message: Message): void {
    if (message.type === "request") {
      this.#queue.push({ index: message.index, begin: message.begin, length: message.length });
    } else if (message.type === "cancel") {
      const { index, begin, length } = message;
      const at = this.#queue.findIndex((request) =>
        request.index === index && request.begin === begin && request.length === length
      );
      if (at < 0) return;
      this.#queue.splice(at, 1);
      void this.#say({ type: "reject", index, begin, length });
    }
  }

  /** Has as many ranges fetched at once as may be. */
  #fetchNext(): void {
    while (this.#running < LANES && this.#queue.length > 0 && !this.#ended.signal.aborted) {
      this.#running++;
      void this.#fetchRun(this.#takeRun()).catch((error) => {
        this.#failure ??= error;
        this.#end();
      }).finally(() => {
        this.#running--;
        this.#fetchNext();
      });
    }
  }

  /** Takes the next requests that lie side by side. */
  #takeRun(): BlockRequest[] {
    let end: number | undefined;
    let length = 0;
    let count = 0;
    for (const request of this.#queue) {
      const offset = this.#offsetOf(request);
      if (end !== undefined && offset !== end) break;
      if (length > 0 && length + request.length > MAX_RANGE_LENGTH) break;
      length += request.length;
      end = offset + request.length;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  /** Fetches a run of blocks, and sends each as soon as it is there. */
  async #fetchRun(run: readonly BlockRequest[]): Promise<void> {
    const waiting = [...run];
    let block = new Uint8Array(waiting[0]?.length ?? 0);
    let filled = 0;
    const length = run.reduce((sum, request) => sum + request.length, 0);
    for await (const part of this.#read(this.#offsetOf(run[0]!), length)) {
      for (let at = 0; at < part.length;) {
        const taken = part.subarray(at, at + block.length - filled);
        block.set(taken, filled);
        filled += taken.length;
        at += taken.length;
        if (filled < block.length) break;
        const { index, begin } = waiting.shift()!;
        this.#servedBytes += block.length;
        await this.#say({ type: "piece", index, begin, block });
        block = new Uint8Array(waiting[0]?.length ?? 0);
        filled = 0;
      }
    }
  }

  /** The bytes of a range of the torrent's data, file by file; padding is not asked for (BEP 47). */
  async *#read(offset: number, length: number): AsyncGenerator<Uint8Array> {
    const { info, url, agent, clock, fetch, urls } = this.#options;
    for (const span of fileSpans(info.files, offset, length)) {
      const file = info.files[span.fileIndex]!;
      if (file.role === "padding") {
        yield new Uint8Array(span.length);
        continue;
      }
      yield* fetchRange({
        ...{ agent, clock, fetch, urls, signal: this.#ended.signal },
        url: webSeedFileUrl(url, info, span.fileIndex),
        start: span.fileOffset,
        length: span.length,
        fileLength: file.length,
      });
    }
  }

  #offsetOf({ index, begin }: BlockRequest): number {
    return this.#options.info.layout.pieceOffset(index as PieceIndex) + begin;
  }

  /** Sends messages; done when there is room for more. */
  async #say(...messages: readonly Message[]): Promise<void> {
    await this.#send.write(messages.map(encodeMessage)).catch(() => this.#end());
    await this.#send.ready.catch(() => undefined);
  }

  #end(): void {
    this.#ended.abort();
    this.#options.connection.close();
  }
}
