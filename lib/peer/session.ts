import type { PeerId } from "../bytes/mod.ts";
import { FrameDecoderStream, FrameEncoderStream } from "../framing/mod.ts";
import { connectionBuffers, type Pace, type PeerAddress, withDeadline } from "../net/mod.ts";
import {
  IDLE_TIMEOUT_MS,
  KEEP_ALIVE_MS,
  MAX_BLOCK_LENGTH,
  MAX_MESSAGE_LENGTH,
  MAX_QUEUED_REQUESTS,
  OFFERED_BLOCK_LENGTH,
  PING_TIMEOUT_MS,
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
  EXTENSION_ID,
  type ExtensionName,
  type Message,
  PeerProtocolError,
} from "./wire/mod.ts";

/** What a {@linkcode PeerSession} needs. */
export interface PeerSessionOptions extends Omit<OutgoingOptions, "onOverflow" | "unreadable"> {
  /** The extensions whose messages are taken. */
  readonly takes: readonly ExtensionName[];
  /** What we call ourselves, told to the peer. */
  readonly client: string;
  /** The port at which we listen, told to the peer. */
  readonly listenPort: number;
  /** Bytes of the torrent's metadata, if we have it, told to the peer. */
  readonly metadataSize?: number;
  /** Whether we want pieces of others, told to the peer. */
  readonly appetite: "pieces" | "nothing";
  /** Slows down what is read. */
  readonly receivePace?: Pace;
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
  /** What the peer was told last of what we want. */
  #appetite: "pieces" | "nothing";

  /** Takes over a connection, begins to send, and closes it in the end. */
  constructor(greeted: GreetedConnection, options: PeerSessionOptions) {
    this.#greeted = greeted;
    this.#options = options;
    this.peerId = greeted.theirs.peerId;
    this.direction = greeted.direction;
    this.#heardMs = options.clock.now();
    this.#appetite = options.appetite;
    this.outgoing = new Outgoing({
      ...options,
      unreadable: this.isFast ? "reject" : "fail",
      onOverflow: () => this.close(),
    });
    if (greeted.theirs.extensions.has("extension-protocol")) this.#sendExtendedHandshake();
    this.#writing = this.outgoing.readable
      .pipeThrough(new FrameEncoderStream((length) => connectionBuffers.take(length)))
      .pipeTo(greeted.connection.writable)
      .catch(() => this.close());
  }

  /** The other end of the connection; its port is not the one at which the peer listens, if it dialled. */
  get remote(): PeerAddress {
    return this.#greeted.connection.remote;
  }

  /** This end of the connection. */
  get local(): PeerAddress {
    return this.#greeted.connection.local;
  }

  /** Whether both sides speak the fast extension (BEP 6). */
  get isFast(): boolean {
    return this.#greeted.theirs.extensions.has("fast");
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
   * The bytes in them are valid until the next ones are asked for. Of the extended ones there are
   * those of the extensions that are taken, by the ids of `EXTENSION_ID`, but for pings.
   *
   * @throws {PeerProtocolError} if the peer breaks the protocol
   * @throws {FrameTooLongError} if it announces a longer message than is accepted
   */
  async *messages(): AsyncGenerator<Message[]> {
    const { receivePace, clock } = this.#options;
    const frames = this.#greeted.connection.readable.pipeThrough(
      new FrameDecoderStream({
        maxLength: MAX_MESSAGE_LENGTH,
        payloads: "borrowed",
        onUsedUp: (memory) => connectionBuffers.adopt(memory),
        lender: connectionBuffers,
      }),
    );
    for await (const payloads of frames) {
      // What waits stays in the socket, so that the sender slows down.
      if (receivePace?.isLimited) await receivePace.take(totalLength(payloads));
      this.#heardMs = clock.now();
      const messages: Message[] = [];
      for (const payload of payloads) {
        const message = decodeMessage(payload);
        if (message.type !== "extended" || this.#isForOthers(message.id, message.payload)) {
          messages.push(message);
        }
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
    if (!this.knows("sl_ping")) {
      throw new PeerProtocolError("Cannot ping the peer: it does not know sl_ping");
    }
    const nonce = this.#pongs.size === 0 ? 0 : Math.max(...this.#pongs.keys()) + 1;
    const { clock } = this.#options;
    const sentMs = clock.now();
    try {
      await withDeadline(() => {
        const pong = Promise.withResolvers<void>();
        this.#pongs.set(nonce, pong);
        this.sendExtended("sl_ping", encodePing({ kind: "ping", nonce }));
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
    this.outgoing.flush();
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

  /** Whether the peer takes messages of an extension. */
  knows(name: ExtensionName): boolean {
    return (this.#theirs.extensions.get(name) ?? 0) !== 0;
  }

  /**
   * Sends a message of an extension, whose payload may be made when its turn has come; one that the
   * peer does not take is dropped.
   */
  sendExtended(name: ExtensionName, payload: Uint8Array | (() => Uint8Array)): void {
    const id = this.#theirs.extensions.get(name);
    if (!id) return;
    this.outgoing.send(
      typeof payload === "function"
        ? () => ({ type: "extended", id, payload: payload() })
        : { type: "extended", id, payload },
    );
  }

  /** Tells the peer that we want nothing any more, or something again (BEP 21), if that is news. */
  tellAppetite(appetite: "pieces" | "nothing"): void {
    if (this.#appetite === appetite) return;
    this.#appetite = appetite;
    if (this.#greeted.theirs.extensions.has("extension-protocol")) {
      const payload = encodeExtendedHandshake({ extensions: new Map(), appetite });
      this.outgoing.send({ type: "extended", id: EXTENDED_HANDSHAKE_ID, payload });
    }
  }

  #sendExtendedHandshake(): void {
    const { takes, client, listenPort, metadataSize, appetite } = this.#options;
    const payload = encodeExtendedHandshake({
      extensions: new Map(takes.map((name) => [name, EXTENSION_ID[name]])),
      client,
      port: listenPort,
      maxRequests: MAX_QUEUED_REQUESTS,
      blockLength: OFFERED_BLOCK_LENGTH,
      yourHost: this.remote.host,
      ...(metadataSize !== undefined && { metadataSize }),
      ...(appetite === "nothing" && { appetite }),
    });
    this.outgoing.send({ type: "extended", id: EXTENDED_HANDSHAKE_ID, payload });
  }

  /** Takes what belongs to the connection; tells whether a message is for others. */
  #isForOthers(id: number, payload: Uint8Array): boolean {
    if (id === EXTENDED_HANDSHAKE_ID) this.#greet(payload);
    else if (id === EXTENSION_ID.sl_ping) this.#handlePing(payload);
    else return this.#options.takes.some((name) => EXTENSION_ID[name] === id);
    return false;
  }

  #greet(payload: Uint8Array): void {
    const { extensions, ...rest } = decodeExtendedHandshake(payload);
    // A later one adds to the first, as BEP 10 allows; what is not spoken here is not remembered.
    const spoken = [...extensions].filter(([name]) => Object.hasOwn(EXTENSION_ID, name));
    this.#theirs = {
      ...this.#theirs,
      ...rest,
      extensions: new Map([...this.#theirs.extensions, ...spoken]),
    };
  }

  #handlePing(payload: Uint8Array): void {
    const { kind, nonce } = decodePing(payload);
    if (kind === "pong") return this.#pongs.get(nonce)?.resolve();
    this.#options.onPing?.();
    this.sendExtended("sl_ping", encodePing({ kind: "pong", nonce }));
  }
}

function totalLength(payloads: readonly Uint8Array[]): number {
  return payloads.reduce((sum, { length }) => sum + length, 0);
}
