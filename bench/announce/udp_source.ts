import { type InfoHash, infoHashFromBytes, peerIdFromBytes } from "../../lib/bytes/mod.ts";
import { decodeUdpAnswer, encodeUdpAnnounce, encodeUdpConnect } from "../../lib/tracker/mod.ts";

/** The load comes from as many addresses, since one has too few ports for all peers. */
export const SOURCES = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"];

/** Requests of one source that are under way at most. */
const WINDOW = 16;

/** The time after which a request counts as lost, in milliseconds. */
const LOST_MS = 1_000;

/** How often a source tries to reach a tracker that has just been started. */
const ATTEMPTS = 6;

/** Who announces himself, and to whom. */
export interface Load {
  readonly peers: number;
  readonly swarms: number;
  /** The UDP door. */
  readonly port: number;
}

/** A number in 20 bytes. */
export function numbered(number: number): Uint8Array {
  const bytes = new Uint8Array(20);
  new DataView(bytes.buffer).setUint32(16, number);
  return bytes;
}

/** The info-hashes of the swarms. */
export function infoHashes(swarms: number): InfoHash[] {
  return Array.from({ length: swarms }, (_, number) => infoHashFromBytes(numbered(number)));
}

/**
 * One source of announces: the peers at one address, counted from 0, of which each is at a port of its
 * own and in one swarm, so that every source has some in every swarm.
 */
export class UdpSource implements Disposable {
  readonly #load: Load;
  readonly #rest: number;
  readonly #socket: Deno.DatagramConn;
  readonly #waiting = new Map<number, PromiseWithResolvers<Uint8Array | undefined>>();
  #transactions = 0;
  #connectionId = 0n;
  /** Milliseconds from request to answer. */
  readonly latencies: number[] = [];
  lost = 0;

  constructor(load: Load, rest: number) {
    this.#load = load;
    this.#rest = rest;
    const hostname = SOURCES[rest]!;
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    void this.#receive();
  }

  /** Asks for a connection id until a tracker that has just been started gives one. */
  async connect(): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const transaction = this.#transactions++;
      const reply = await this.#ask(encodeUdpConnect(transaction), transaction);
      const answer = reply && decodeUdpAnswer(reply, transaction, "ipv4");
      if (answer?.type !== "connection") continue;
      this.#connectionId = answer.connectionId;
      return;
    }
    throw new Error("The tracker gives no connection id");
  }

  /** Announces peers for as long as there is a next one, several at a time. */
  async announceAll(next: () => number | undefined): Promise<void> {
    await Promise.all(Array.from({ length: WINDOW }, async () => {
      for (let number = next(); number !== undefined; number = next()) await this.#announce(number);
    }));
  }

  async #announce(number: number): Promise<void> {
    const peer = number * SOURCES.length + this.#rest;
    const transaction = this.#transactions++;
    const request = encodeUdpAnnounce(
      {
        infoHash: infoHashFromBytes(numbered(number % this.#load.swarms)),
        peerId: peerIdFromBytes(numbered(peer)),
        ...{ port: portOf(number), uploaded: 0, downloaded: 0, left: leftOf(peer) },
        ...{ event: "none", numWant: 50 },
      },
      { connectionId: this.#connectionId, transaction, key: 1, path: "" },
    );
    const startMs = performance.now();
    const reply = await this.#ask(request, transaction);
    if (reply === undefined) return void this.lost++;
    if (decodeUdpAnswer(reply, transaction, "ipv4")?.type !== "announced") {
      throw new Error("The tracker answers something else");
    }
    this.latencies.push(performance.now() - startMs);
  }

  async #ask(request: Uint8Array, transaction: number): Promise<Uint8Array | undefined> {
    const waiting = Promise.withResolvers<Uint8Array | undefined>();
    this.#waiting.set(transaction, waiting);
    const timer = setTimeout(() => waiting.resolve(undefined), LOST_MS);
    const { port } = this.#load;
    await this.#socket.send(request, { transport: "udp", hostname: "127.0.0.1", port });
    const reply = await waiting.promise;
    clearTimeout(timer);
    this.#waiting.delete(transaction);
    return reply;
  }

  async #receive(): Promise<void> {
    try {
      while (true) {
        const [bytes] = await this.#socket.receive(new Uint8Array(2_048));
        const transaction = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4);
        this.#waiting.get(transaction)?.resolve(bytes);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted)) {
        throw error;
      }
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** The port of a peer, by its number at its address. */
export function portOf(number: number): number {
  return 1_024 + number;
}

/** What a peer lacks: a third of them nothing. */
export function leftOf(peer: number): number {
  return peer % 3;
}

/** Opens all sources, as connected as UDP is. */
export async function openSources(load: Load): Promise<UdpSource[]> {
  using cleanup = new DisposableStack();
  const sources = SOURCES.map((_, rest) => cleanup.use(new UdpSource(load, rest)));
  for (const source of sources) await source.connect();
  cleanup.move();
  return sources;
}

/**
 * Has every peer announce itself once.
 *
 * @throws {Error} if some have not come through when the time is over
 */
export async function announceEverybody(
  sources: readonly UdpSource[],
  { peers }: Load,
  endMs: number,
): Promise<void> {
  const each = peers / SOURCES.length;
  await Promise.all(sources.map((source) => {
    let number = 0;
    return source.announceAll(() =>
      number < each && performance.now() < endMs ? number++ : undefined
    );
  }));
  const came = sources.reduce((sum, { latencies }) => sum + latencies.length, 0);
  // A lost datagram now and then is the way of UDP.
  if (came < peers * 0.999) {
    throw new Error(`Only ${came} of ${peers} peers could announce themselves`);
  }
}
