import { assert } from "@std/assert";
import { concatBytes, type InfoHash, type PeerId, peerIdFromBytes } from "../../lib/bytes/mod.ts";
import { encodeFrames, FrameDecoder, readExactly } from "../../lib/framing/mod.ts";
import type { Connection, Listener, PeerAddress, Transport } from "../../lib/net/mod.ts";
import type { Torrent } from "../../lib/peer/mod.ts";
import {
  type BlockRequest,
  decodeHandshake,
  decodeMessage,
  encodeExtendedHandshake,
  encodeHandshake,
  encodeMessage,
  type ExtendedHandshake,
  type Handshake,
  HANDSHAKE_LENGTH,
  type Message,
} from "../../lib/peer/wire/mod.ts";
import { pieceOf, type SimulatedTorrent } from "./simulation.ts";

/** Who a {@linkcode RoguePeer} says it is. */
export interface RogueIdentity {
  readonly infoHash: InfoHash;
  readonly peerId?: PeerId;
  /** Whether it reads what it is sent; it does by default. */
  readonly reading?: "eager" | "never";
  readonly extensions?: Handshake["extensions"];
}

interface Greeting {
  readonly identity: Handshake;
  readonly theirs: Handshake;
  readonly reading: "eager" | "never";
}

let made = 0;

function nextPeerId(): PeerId {
  const bytes = new TextEncoder().encode(`-RG0001-${String(++made).padStart(12, "0")}`);
  return peerIdFromBytes(bytes);
}

/** What a rogue says in its handshake; its name is a new one where none is given. */
function handshakeOf(identity: RogueIdentity): Handshake {
  const { infoHash, peerId = nextPeerId(), extensions = new Set() } = identity;
  return { infoHash, peerId, extensions };
}

/** A peer that is led by hand: it sends what the test says and keeps what it is sent. */
export class RoguePeer implements Disposable {
  readonly connection: Connection;
  /** Its own handshake. */
  readonly identity: Handshake;
  /** The handshake of the other side. */
  readonly theirs: Handshake;
  /** Everything that arrived. */
  readonly log: Message[] = [];
  /** What it has answered. */
  readonly answered: BlockRequest[] = [];
  /** Resolves when the other side has closed the connection. */
  readonly closed: Promise<void>;
  state: "open" | "closed" = "open";
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #together: Uint8Array[] | undefined;
  #changed = Promise.withResolvers<void>();
  #read = 0;

  constructor(connection: Connection, greeting: Greeting) {
    const { identity, theirs, reading } = greeting;
    this.connection = connection;
    this.identity = identity;
    this.theirs = theirs;
    this.#writer = connection.writable.getWriter();
    const written = this.#writer.closed.catch(() => undefined);
    this.closed = (reading === "eager" ? this.#follow() : written).catch(ignoreReset).then(() => {
      this.state = "closed";
      this.#changed.resolve();
    });
  }

  /** Connects to a node and shakes hands. */
  static async dial(
    transport: Transport,
    address: PeerAddress,
    wanted: RogueIdentity,
  ): Promise<RoguePeer> {
    const connection = await transport.dial(address);
    const identity = handshakeOf(wanted);
    return await orClose(connection, async () => {
      await writeOnce(connection, encodeHandshake(identity));
      const theirs = await readHandshake(connection);
      return new RoguePeer(connection, { identity, theirs, reading: wanted.reading ?? "eager" });
    });
  }

  /** Waits for a node to connect and shakes hands. */
  static async accept(listener: Listener, wanted: RogueIdentity): Promise<RoguePeer> {
    const connection = await listener.accept();
    const identity = handshakeOf(wanted);
    return await orClose(connection, async () => {
      const theirs = await readHandshake(connection);
      await writeOnce(connection, encodeHandshake(identity));
      return new RoguePeer(connection, { identity, theirs, reading: wanted.reading ?? "eager" });
    });
  }

  /** Has a torrent that is led by hand connect to one that offers all of it. */
  static async meet(
    here: Torrent,
    listener: Listener,
    torrent: SimulatedTorrent,
  ): Promise<RoguePeer> {
    const accepting = RoguePeer.accept(listener, { infoHash: torrent.info.infoHash });
    const connecting = here.connect(listener.address);
    const rogue = await accepting;
    rogue.offer(torrent);
    await connecting;
    return rogue;
  }

  /** Sends messages, in one chunk. Does not wait until they are taken. */
  send(...messages: readonly Message[]): void {
    this.sendBytes(encodeFrames(messages.map(encodeMessage)));
  }

  /** Sends bytes as they are. */
  sendBytes(bytes: Uint8Array): void {
    if (this.#together !== undefined) this.#together.push(bytes);
    else this.#writer.write(bytes).catch(() => undefined);
  }

  /** Sends all that is sent meanwhile in one chunk. */
  sendTogether(sendAll: () => void): void {
    const parts: Uint8Array[] = this.#together = [];
    sendAll();
    this.#together = undefined;
    this.sendBytes(concatBytes(parts));
  }

  /** Sends an extended handshake. */
  extend(handshake: Partial<ExtendedHandshake>): void {
    const payload = encodeExtendedHandshake({ extensions: new Map(), ...handshake });
    this.send({ type: "extended", id: 0, payload });
  }

  /** The next message of a type that has not been given out yet; those between are passed over. */
  async next<T extends Message["type"]>(type: T): Promise<Extract<Message, { type: T }>> {
    while (true) {
      while (this.#read < this.log.length) {
        const message = this.log[this.#read++];
        if (message?.type === type) return message as Extract<Message, { type: T }>;
      }
      assert(this.state === "open", `the connection was closed before ${type} came`);
      await this.#changed.promise;
    }
  }

  /** All messages of a type that have arrived. */
  all<T extends Message["type"]>(type: T): Extract<Message, { type: T }>[] {
    return this.log.filter((message) => message.type === type) as Extract<Message, { type: T }>[];
  }

  /** What it was asked for and has not answered, and what was not withdrawn, in order. */
  owed(): BlockRequest[] {
    const done: BlockRequest[] = [...this.answered, ...this.all("cancel")];
    return this.all("request").filter((request) => {
      const at = done.findIndex(({ index, begin, length }) =>
        index === request.index && begin === request.begin && length === request.length
      );
      if (at >= 0) done.splice(at, 1);
      return at < 0;
    });
  }

  /** Says that it has some pieces of a torrent, or by default all, and that it serves. */
  offer({ info }: SimulatedTorrent, pieces?: Iterable<number>): void {
    const { pieceCount } = info.layout;
    const bits = new Uint8Array(Math.ceil(pieceCount / 8));
    const all = Array.from({ length: pieceCount }, (_, index) => index);
    for (const index of pieces ?? all) bits[index >> 3]! |= 0x80 >> (index & 7);
    this.send({ type: "bitfield", bits }, { type: "unchoke" });
  }

  /** Answers a request, with the right bytes or with others. */
  answer(torrent: SimulatedTorrent, request: BlockRequest, content: "right" | "wrong"): void {
    const { index, begin, length } = request;
    const block = pieceOf(torrent, index).slice(begin, begin + length);
    if (content === "wrong") block[block.length >> 1]! ^= 0xff;
    this.answered.push({ index, begin, length });
    this.send({ type: "piece", index, begin, block });
  }

  /** Answers what is owed, and every request from now on until the connection ends. */
  async serve(
    torrent: SimulatedTorrent,
    contentOf: (request: BlockRequest) => "right" | "wrong" = () => "right",
  ): Promise<void> {
    for (const request of this.owed()) this.answer(torrent, request, contentOf(request));
    for (let at = this.log.length; this.state === "open"; await this.#changed.promise) {
      for (; at < this.log.length; at++) {
        const message = this.log[at];
        if (message?.type === "request") this.answer(torrent, message, contentOf(message));
      }
    }
  }

  close(): void {
    this.connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #follow(): Promise<void> {
    const decoder = new FrameDecoder({ maxLength: 4 * 1024 * 1024 });
    for await (const chunk of this.connection.readable) {
      this.log.push(...decoder.push(chunk.slice()).map(decodeMessage));
      this.#changed.resolve();
      this.#changed = Promise.withResolvers<void>();
    }
  }
}

/** Does something with a connection, which is closed if that fails. */
async function orClose<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** A reset ends a connection as well, and only sockets know it. */
function ignoreReset(error: unknown): void {
  if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
}

async function writeOnce(connection: Connection, bytes: Uint8Array): Promise<void> {
  const writer = connection.writable.getWriter();
  await writer.write(bytes);
  writer.releaseLock();
}

async function readHandshake(connection: Connection): Promise<Handshake> {
  const bytes = await readExactly(connection.readable, HANDSHAKE_LENGTH);
  assert(bytes !== undefined, "the connection was closed before the handshake");
  return decodeHandshake(bytes);
}
