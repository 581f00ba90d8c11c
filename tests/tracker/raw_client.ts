import type { DictionaryReader } from "../../lib/bencode/mod.ts";
import { encodeFrame, FrameDecoderStream } from "../../lib/framing/mod.ts";
import type { Connection, PeerAddress, Transport } from "../../lib/net/mod.ts";
import {
  type ArgumentsOf,
  type Body,
  decodeMessage,
  encodeMessage,
  type ErrorMessage,
  type Message,
  PEERS_CHANGED,
  type PeersChanged,
  PROTOCOL_VERSION,
  QUERY_CODECS,
  type QueryCodec,
  type QueryName,
  readPeersChanged,
  type ReplyOf,
} from "../../lib/tracker/mod.ts";
import { samplePeerId } from "./sample_torrents.ts";

/** A client of the TCP door that can say anything, to a tracker that is under test. */
export class RawClient implements Disposable {
  readonly connection: Connection;
  /** What came besides the answers that were waited for. */
  readonly pushes: PeersChanged[] = [];
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #payloads: AsyncGenerator<Uint8Array>;
  #lastTransaction = 0;

  constructor(connection: Connection) {
    this.connection = connection;
    this.#writer = connection.writable.getWriter();
    this.#writer.closed.catch(() => {});
    this.#payloads = payloadsOf(connection);
  }

  static async dial(transport: Transport, address: PeerAddress): Promise<RawClient> {
    return new RawClient(await transport.dial(address));
  }

  /** Dials and says who it is: the peer of that number, at the port of that number. */
  static async enter(
    transport: Transport,
    address: PeerAddress,
    number: number,
  ): Promise<RawClient> {
    const client = await RawClient.dial(transport, address);
    await client.ask("connect", greeting(number));
    return client;
  }

  sendBytes(bytes: Uint8Array): Promise<void> {
    return this.#writer.write(bytes);
  }

  sendPayload(payload: Uint8Array): Promise<void> {
    return this.sendBytes(encodeFrame(payload));
  }

  send(message: Message<Body>): Promise<void> {
    return this.sendPayload(encodeMessage(message));
  }

  /** Sends a query without waiting for the answer. */
  async query<Name extends QueryName>(name: Name, query: ArgumentsOf<Name>): Promise<void> {
    const codec: QueryCodec<ArgumentsOf<Name>, ReplyOf<Name>> = QUERY_CODECS[name];
    const transaction = ++this.#lastTransaction;
    await this.send({ type: "query", transaction, name, content: codec.encodeArguments(query) });
  }

  /** Asks and gives the reply; fails if it is an error. */
  async ask<Name extends QueryName>(
    name: Name,
    query: ArgumentsOf<Name>,
  ): Promise<ReplyOf<Name>> {
    await this.query(name, query);
    const message = await this.next();
    if (message?.type !== "reply") throw new Error(`${name}: ${JSON.stringify(message)}`);
    const codec: QueryCodec<ArgumentsOf<Name>, ReplyOf<Name>> = QUERY_CODECS[name];
    return codec.decodeReply(message.content);
  }

  /** Asks and gives the error; fails if it is a reply. */
  async askInVain<Name extends QueryName>(
    name: Name,
    query: ArgumentsOf<Name>,
  ): Promise<ErrorMessage> {
    await this.query(name, query);
    return await this.nextError();
  }

  /** The next message must be an error. */
  async nextError(): Promise<ErrorMessage> {
    const message = await this.next();
    if (message?.type !== "error") throw new Error(`no error: ${JSON.stringify(message)}`);
    return message;
  }

  /** The payload of the next frame; nothing at the end. */
  async nextPayload(): Promise<Uint8Array | undefined> {
    return (await this.#payloads.next()).value ?? undefined;
  }

  /** The next message that is no push; nothing at the end. */
  async next(): Promise<Message<DictionaryReader> | undefined> {
    const payload = await this.nextPayload();
    if (payload === undefined) return undefined;
    const message = decodeMessage(payload);
    if (message.type !== "push" || message.name !== PEERS_CHANGED) return message;
    this.pushes.push(readPeersChanged(message.content));
    return this.next();
  }

  /** Sends nothing more. */
  endWriting(): Promise<void> {
    return this.#writer.close();
  }

  close(): void {
    this.connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** How the peer of a number says who it is. */
export function greeting(number: number): ArgumentsOf<"connect"> {
  return {
    peerId: samplePeerId(number),
    port: number,
    agent: `Test/${number}`,
    version: PROTOCOL_VERSION,
  };
}

async function* payloadsOf(connection: Connection): AsyncGenerator<Uint8Array> {
  const frames = connection.readable.pipeThrough(new FrameDecoderStream({ maxLength: 1 << 20 }));
  for await (const payloads of frames) yield* payloads;
}
