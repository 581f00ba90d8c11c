import type { PeerId } from "../bytes/mod.ts";
import { FrameDecoderStream, FrameEncoderStream } from "../framing/mod.ts";
import { type PeerAddress, withDeadline } from "../net/mod.ts";
import {
  IDLE_TIMEOUT_MS,
  KEEP_ALIVE_MS,
  MAX_BLOCK_LENGTH,
  MAX_MESSAGE_LENGTH,
  MAX_QUEUED_REQUESTS,
  OFFERED_BLOCK_LENGTH,
} from "./limits.ts";
import type { GreetedConnection } from "./open_session.ts";
import { Outgoing, type OutgoingOptions } from "./outgoing.ts";
import {
  decodeExtendedHandshake,
  decodeMessage,
  decodePing,
  encodeExtendedHandshake,
  encodePing,
  EXTENDED_HANDSHAKE_ID,
  type ExtendedHandshake,
  type Message,
  PeerProtocolError,
  PING_EXTENSION,
  PING_EXTENSION_ID,
} from "./wire/mod.ts";

/** The time for a pong to arrive, in milliseconds. */
const PING_TIMEOUT_MS = 5_000;

/** What a {@linkcode PeerSession} needs. */
export interface PeerSessionOptions extends Omit<OutgoingOptions, "onOverflow"> {
  /** What we call ourselves, told to the peer. */
  readonly client: string;
  /** The port at which we listen, told to the peer. */
  readonly listenPort: number;
  /** Slows down what is read, if there is a limit. */
  readonly throttle?: TransformStream<Uint8Array, Uint8Array>;
  /** Is called when the peer has pinged us. */
  readonly onPing?: () => void;
}

/**
 * One connection to a peer after the handshakes: messages in, messages out.
 *
 * What belongs to the connection is done here: framing, the extended handshake (BEP 10), pings. What
 * belongs to the torrent is left to whoever reads {@linkcode messages}.
 */
export class PeerSession implements Disposable {
  /** The name the peer gave itself. */
  readonly peerId: PeerId;
  /** Who dialled. */
  readonly direction: "incoming" | "outgoing";
  /** What waits to be sent. */
  readonly outgoing: Outgoing;
  readonly #greeted: GreetedConnection;
  readonly #options: PeerSessionOptions;
  readonly #pongs = new Map<number, PromiseWithResolvers<void>>();
  readonly #writing: Promise<void>;
  #theirs: ExtendedHandshake = { extensions: new Map() };
  #heardMs: number;

  /** Takes over a connection, begins to send, and closes it in the end. */
  constructor(greeted: GreetedConnection, options: PeerSessionOptions) {
    this.#greeted = greeted;
    this.#options = options;
    this.peerId = greeted.theirs.peerId;
    this.direction = greeted.direction;
    this.#heardMs = options.clock.now();
    this.outgoing = new Outgoing({ ...options, onOverflow: () => this.close() });
    if (greeted.theirs.extensions.has("extension-protocol")) this.#sendExtendedHandshake();
    this.#writing = this.outgoing.readable
      .pipeThrough(new FrameEncoderStream())
      .pipeTo(greeted.connection.writable)
      .catch(() => this.close());
  }

  /** The other end of the connection; its port is not the one at which the peer listens, if it dialled. */
  get remote(): PeerAddress {
    return this.#greeted.connection.remote;
  }

  /** What the peer said in its extended handshake; empty until it has come. */
  get extended(): ExtendedHandshake {
    return this.#theirs;
  }

  /** For how long nothing has arrived, in milliseconds. */
  get silentMs(): number {
    return this.#options.clock.now() - this.#heardMs;
  }

  /** The longest block that one of us may ask of the other, in bytes. */
  get blockLength(): number {
    const agreed = Math.min(OFFERED_BLOCK_LENGTH, this.#theirs.blockLength ?? MAX_BLOCK_LENGTH);
    return Math.max(MAX_BLOCK_LENGTH, agreed);
  }

  /**
   * The messages that arrive, those of one read together; ends when the peer closes the connection.
   * The bytes in them are valid until the next ones are asked for.
   *
   * @throws {PeerProtocolError} if the peer breaks the protocol
   * @throws {FrameTooLongError} if it announces a longer message than is accepted
   */
  async *messages(): AsyncGenerator<Message[]> {
    const { throttle, clock } = this.#options;
    const readable = this.#greeted.connection.readable;
    const frames = (throttle === undefined ? readable : readable.pipeThrough(throttle))
      .pipeThrough(new FrameDecoderStream({ maxLength: MAX_MESSAGE_LENGTH, payloads: "borrowed" }));
    for await (const payloads of frames) {
      this.#heardMs = clock.now();
      const messages: Message[] = [];
      for (const payload of payloads) {
        const message = decodeMessage(payload);
        if (message.type === "extended") this.#handleExtended(message.id, message.payload);
        else messages.push(message);
      }
      yield messages;
    }
  }

  /**
   * Measures the time for a message to the peer and back, in milliseconds.
   *
   * @throws {PeerProtocolError} if the peer does not know our ping extension, or goes
   * @throws {DeadlineError} if it does not answer in 5 s
   */
  async ping(): Promise<number> {
    const id = this.#theirs.extensions.get(PING_EXTENSION);
    if (!id) throw new PeerProtocolError("Cannot ping the peer: it does not know sl_ping");
    const nonce = this.#pongs.size === 0 ? 0 : Math.max(...this.#pongs.keys()) + 1;
    const { clock } = this.#options;
    const sentMs = clock.now();
    try {
      await withDeadline(() => {
        const pong = Promise.withResolvers<void>();
        this.#pongs.set(nonce, pong);
        this.outgoing.send({ type: "extended", id, payload: encodePing({ kind: "ping", nonce }) });
        return pong.promise;
      }, { clock, ms: PING_TIMEOUT_MS, message: "Cannot ping the peer: no answer in 5 s" });
    } finally {
      this.#pongs.delete(nonce);
    }
    return clock.now() - sentMs;
  }

  /**
   * Closes the connection if nothing arrived, or nothing could be sent, for 120 s, and sends a
   * keep-alive if nothing else was sent for 60 s; should be called every second.
   */
  checkIdle(): void {
    const nowMs = this.#options.clock.now();
    const unsentMs = nowMs - this.outgoing.takenMs;
    const isStuck = !this.outgoing.isIdle && unsentMs >= IDLE_TIMEOUT_MS;
    if (isStuck || nowMs - this.#heardMs >= IDLE_TIMEOUT_MS) this.close();
    else if (this.outgoing.isIdle && unsentMs >= KEEP_ALIVE_MS) {
      this.outgoing.send({ type: "keep-alive" });
    }
  }

  /** Sends what waits and then closes the connection. */
  async end(): Promise<void> {
    this.outgoing.withdrawAll();
    this.outgoing.end();
    await this.#writing;
    this.close();
  }

  /** Closes the connection at once. */
  close(): void {
    this.outgoing.withdrawAll();
    this.outgoing.end();
    this.#greeted.connection.close();
    for (const pong of this.#pongs.values()) {
      pong.reject(new PeerProtocolError("Cannot ping the peer: it has gone"));
    }
  }

  /** The same as `close`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #sendExtendedHandshake(): void {
    const payload = encodeExtendedHandshake({
      extensions: new Map([[PING_EXTENSION, PING_EXTENSION_ID]]),
      client: this.#options.client,
      port: this.#options.listenPort,
      maxRequests: MAX_QUEUED_REQUESTS,
      blockLength: OFFERED_BLOCK_LENGTH,
    });
    this.outgoing.send({ type: "extended", id: EXTENDED_HANDSHAKE_ID, payload });
  }

  #handleExtended(id: number, payload: Uint8Array): void {
    if (id === EXTENDED_HANDSHAKE_ID) {
      const { extensions, ...rest } = decodeExtendedHandshake(payload);
      // A later one adds to the first, as BEP 10 allows.
      this.#theirs = {
        ...this.#theirs,
        ...rest,
        extensions: new Map([...this.#theirs.extensions, ...extensions]),
      };
    } else if (id === PING_EXTENSION_ID) {
      const { kind, nonce } = decodePing(payload);
      if (kind === "pong") return this.#pongs.get(nonce)?.resolve();
      this.#options.onPing?.();
      const theirId = this.#theirs.extensions.get(PING_EXTENSION);
      if (!theirId) return;
      const answer = encodePing({ kind: "pong", nonce });
      this.outgoing.send({ type: "extended", id: theirId, payload: answer });
    }
  }
}
