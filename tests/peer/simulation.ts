import { assert, assertEquals } from "@std/assert";
import { concatBytes, createPeerId } from "../../lib/bytes/mod.ts";
import { createInfo, type TorrentInfo } from "../../lib/metainfo/mod.ts";
import {
  type Connection,
  FakeClock,
  formatAddress,
  type Listener,
  MemoryNetwork,
  type PeerAddress,
  type Transport,
  UrlGuard,
} from "../../lib/net/mod.ts";
import { type AddOptions, type NodeOptions, PeerNode, type Torrent } from "../../lib/peer/mod.ts";
import { openMemoryStore, type PieceStore } from "../../lib/storage/mod.ts";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";

/** The fake time between two looks at a condition, in milliseconds. */
const STEP_MS = 100;

/** A torrent and the data that it was made of. */
export interface SimulatedTorrent {
  readonly info: TorrentInfo;
  readonly data: Uint8Array;
}

/** Makes a torrent of one file of random data; by default 8 pieces of 64 KiB and a bit. */
export async function createTorrent(
  options: { name?: string; length?: number; pieceLength?: number } = {},
): Promise<SimulatedTorrent> {
  const { name = "data.bin", pieceLength = 64 * 1024 } = options;
  const length = options.length ?? 8 * pieceLength - 1_000;
  const data = randomBytes(seededRandom(length + name.length), length);
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < length; at += pieceLength) {
    const digest = await crypto.subtle.digest("SHA-1", data.subarray(at, at + pieceLength));
    hashes.push(new Uint8Array(digest));
  }
  const info = await createInfo({
    name,
    shape: "file",
    files: [{ path: [], length }],
    pieceLength,
    pieceHashes: concatBytes(hashes),
  });
  return { info, data };
}

/** The bytes of one piece. */
export function pieceOf({ info, data }: SimulatedTorrent, index: number): Uint8Array {
  const start = index * info.pieceLength;
  return data.subarray(start, start + info.pieceLength);
}

/**
 * Nodes on a network in memory, with a clock that goes on only when the simulation says so, and never
 * while a piece is being hashed: so the time that hashing really takes does not matter.
 *
 * Its end closes every node and fails if a timer or a connection of a node is left.
 */
export class Simulation implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly network = new MemoryNetwork();
  readonly random: () => number;
  readonly nodes: PeerNode[] = [];
  /** How often nodes have dialled each address, `host:port`. */
  readonly dials = new Map<string, number>();
  readonly #puts = new Set<Promise<unknown>>();
  readonly #open = new Set<Connection>();

  constructor(seed = 1) {
    this.random = seededRandom(seed);
  }

  /** Starts a node on a host of its own. */
  node(host: string, options: Partial<NodeOptions> = {}): PeerNode {
    const node = new PeerNode({
      host,
      transport: this.#tracked(this.network.host(host)),
      clock: this.clock,
      random: this.random,
      peerId: createPeerId(randomBytes(this.random, 12)),
      // Names of web servers are looked up nowhere.
      urls: new UrlGuard({ resolve: () => Promise.resolve(["203.0.113.80"]) }),
      ...options,
    });
    this.nodes.push(node);
    return node;
  }

  /** A node that has the whole torrent. */
  seed(host: string, torrent: SimulatedTorrent, options: Partial<NodeOptions> = {}): PeerNode {
    const node = this.node(host, options);
    node.add(this.store(torrent.info, torrent.data));
    return node;
  }

  /** A node that begins with nothing, and its torrent. */
  leech(
    host: string,
    torrent: SimulatedTorrent,
    options: AddOptions & { readonly node?: Partial<NodeOptions> } = {},
  ): Torrent {
    return this.node(host, options.node).add(this.store(torrent.info), options);
  }

  /** Listens as a host that is no node. */
  listen(host: string): Listener {
    return this.network.host(host).listen({ host, port: 0 });
  }

  /** A store in memory that holds nothing, or all of `data`. */
  store(info: TorrentInfo, data?: Uint8Array): PieceStore {
    const store = openMemoryStore(info, data);
    const put = store.put.bind(store);
    store.put = (index, data) => {
      const done = put(index, data);
      this.#puts.add(done);
      const forget = (): void => void this.#puts.delete(done);
      done.then(forget, forget);
      return done;
    };
    return store;
  }

  /** A store that holds some pieces. */
  async partialStore(torrent: SimulatedTorrent, pieces: Iterable<number>): Promise<PieceStore> {
    const store = this.store(torrent.info);
    for (const index of pieces) {
      const data = pieceOf(torrent, index);
      assertEquals(await store.put(torrent.info.layout.pieceIndex(index), data), "held");
    }
    return store;
  }

  /** Lets everything happen that needs no time to pass. */
  async settle(): Promise<void> {
    do {
      await Promise.allSettled(this.#puts);
      await this.clock.advance(0);
    } while (this.#puts.size > 0);
  }

  /** Lets time pass, a little at a time. */
  async advance(ms: number): Promise<void> {
    await this.settle();
    for (let left = ms; left > 0; left -= STEP_MS) {
      await this.clock.advance(Math.min(STEP_MS, left));
      await this.settle();
    }
  }

  /** Lets time pass until something is so; gives the time it took, in milliseconds. */
  async until(condition: () => boolean, withinMs = 600_000): Promise<number> {
    const startMs = this.clock.now();
    await this.settle();
    while (!condition()) {
      assert(this.clock.now() - startMs < withinMs, `not within ${withinMs} ms: ${condition}`);
      await this.advance(STEP_MS);
    }
    return this.clock.now() - startMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.close()));
    await this.settle();
    assertEquals(this.clock.pending, 0, "timers are left");
    assertEquals([...this.#open].map(({ remote }) => remote), [], "connections are left");
  }

  #tracked(transport: Transport): Transport {
    const track = (connection: Connection): Connection => {
      const close = (): void => {
        this.#open.delete(tracked);
        connection.close();
      };
      const { readable, writable, local, remote } = connection;
      const tracked = { readable, writable, local, remote, close, [Symbol.dispose]: close };
      this.#open.add(tracked);
      return tracked;
    };
    return {
      listen: (address: PeerAddress): Listener => {
        const listener = transport.listen(address);
        return {
          address: listener.address,
          accept: async () => track(await listener.accept()),
          close: () => listener.close(),
          [Symbol.dispose]: () => listener.close(),
        };
      },
      dial: async (address, options) => {
        const key = formatAddress(address);
        this.dials.set(key, (this.dials.get(key) ?? 0) + 1);
        return track(await transport.dial(address, options));
      },
    };
  }
}

/** Fails unless a torrent's store holds exactly the data. */
export async function assertWhole(torrent: Torrent, { data }: SimulatedTorrent): Promise<void> {
  const { store } = torrent;
  const { layout, name } = store.info;
  assert(store.held.isFull, `${name} has ${store.held.count} of ${store.held.length} pieces`);
  for (const index of layout.pieceIndices()) {
    const piece = new Uint8Array(layout.pieceSize(index));
    await store.read(index, 0, piece);
    const start = layout.pieceOffset(index);
    assertEquals(piece, data.slice(start, start + piece.length), `piece ${index} of ${name}`);
  }
}
