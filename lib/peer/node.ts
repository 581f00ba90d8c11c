import { createPeerId, type InfoHash, PEER_ID_RANDOM_LENGTH, type PeerId } from "../bytes/mod.ts";
import {
  type AddressFilter,
  type Clock,
  type Connection,
  EVERYBODY,
  filterTransport,
  type Listener,
  type PeerAddress,
  pinnedFetch,
  RateLimit,
  serveConnections,
  systemClock,
  tcpTransport,
  type Transport,
  UrlGuard,
} from "../net/mod.ts";
import type { PieceStore } from "../storage/mod.ts";
import type { AddOptions } from "./add_options.ts";
import { DialRoom } from "./dial_room.ts";
import { DialRules } from "./dial_rules.ts";
import type { Discovery } from "./discovery.ts";
import {
  ASSEMBLY_BUDGET,
  MAX_CONNECTIONS,
  MAX_CONNECTIONS_PER_ADDRESS,
  MAX_HALF_OPEN,
  MAX_UNGREETED,
} from "./limits.ts";
import { MetadataSearch } from "./metadata_search.ts";
import { dialPeer, type GreetedConnection, greetPeer } from "./open_session.ts";
import type { RateLimits, TorrentSurroundings } from "./surroundings.ts";
import { Torrent } from "./torrent.ts";
import type { Handshake } from "./wire/mod.ts";

/** How a node is to be; all of it has defaults. */
export interface NodeOptions {
  /** What to call ourselves to people, with a version; "Sluice" by default. */
  readonly client?: string;
  /** Where to listen; every address of the machine by default. */
  readonly host?: string;
  /** The port to listen at; 0, the default, picks a free one. */
  readonly port?: number;
  /** Bytes a second that are received at most, in all torrents together. */
  readonly maxDownRate?: number;
  /** Bytes a second that are sent at most, in all torrents together. */
  readonly maxUpRate?: number;
  /** Our name on the wire; a new one by default. */
  readonly peerId?: PeerId;
  /** How to reach others; TCP by default. */
  readonly transport?: Transport;
  /** Who is let in, and dialled; everybody by default. */
  readonly addresses?: AddressFilter;
  /** Which web seeds may be asked; by default none that lead further in than strangers come. */
  readonly urls?: UrlGuard;
  /** What fetches over HTTP, from web seeds; {@linkcode pinnedFetch} by default. */
  readonly fetch?: TorrentSurroundings["fetch"];
  /** The clock; the machine's by default. */
  readonly clock?: Clock;
  /** Numbers from 0 up to but not including 1; the runtime's by default. */
  readonly random?: () => number;
}

/** The extensions that a node speaks, as handshakes tell. */
const SPOKEN: Handshake["extensions"] = new Set(["extension-protocol", "fast"]);

/** A name for a node that no other node has. */
export function randomPeerId(): PeerId {
  return createPeerId(crypto.getRandomValues(new Uint8Array(PEER_ID_RANDOM_LENGTH)));
}

/**
 * A peer: it listens at one port for all its torrents, serves what it holds of them and fetches what
 * it does not.
 *
 * @example
 * ```ts
 * import { PeerNode } from "./mod.ts";
 *
 * await using node = new PeerNode({ host: "127.0.0.1" });
 * if (node.address.port === 0) throw new Error("it has a real port");
 * ```
 */
export class PeerNode implements AsyncDisposable {
  /** Our name on the wire. */
  readonly peerId: PeerId;
  /** How fast all torrents together may be. */
  readonly limits: RateLimits;
  readonly #options:
    & NodeOptions
    & Required<Pick<NodeOptions, "transport" | "clock" | "urls">>
    & { readonly rules: DialRules };
  readonly #listener: Listener;
  readonly #discoveries = new Set<Discovery>();
  readonly #torrents = new Map<InfoHash, Torrent>();
  readonly #searches = new Map<InfoHash, MetadataSearch>();
  /** Torrents that have means of their own to find peers. */
  readonly #apart = new WeakSet<Torrent>();
  /** Connections that have not said what they want. */
  readonly #ungreeted = new Set<Connection>();
  readonly #dials: DialRoom;
  readonly #ended = new AbortController();
  readonly #serving: Promise<void>;

  /**
   * Listens, and serves nothing yet.
   *
   * @throws {Deno.errors.AddrInUse} if somebody else listens at the port
   */
  constructor(options: NodeOptions = {}) {
    const { host = "0.0.0.0", port = 0, clock = systemClock, addresses = EVERYBODY } = options;
    const { maxDownRate, maxUpRate, urls = new UrlGuard({ addresses }) } = options;
    const transport = filterTransport(options.transport ?? tcpTransport, addresses);
    this.peerId = options.peerId ?? randomPeerId();
    this.#dials = new DialRoom(clock);
    const limit = (rate = Infinity): RateLimit => new RateLimit({ bytesPerSecond: rate, clock });
    this.limits = { down: limit(maxDownRate), up: limit(maxUpRate) };
    this.#listener = transport.listen({ host, port });
    const rules = new DialRules({ own: this.#listener.address, filter: addresses, clock });
    this.#options = { ...options, transport, clock, rules, urls };
    this.#serving = serveConnections({
      listener: this.#listener,
      clock,
      signal: this.#ended.signal,
      limits: { total: MAX_CONNECTIONS + MAX_UNGREETED, perAddress: MAX_CONNECTIONS_PER_ADDRESS },
      isKnown: (connection) => !this.#ungreeted.has(connection),
      serve: (connection) => this.#greet(connection),
    });
  }

  /** Where it listens. */
  get address(): PeerAddress {
    return this.#listener.address;
  }

  /** The torrents that are open. */
  get torrents(): ReadonlyMap<InfoHash, Torrent> {
    return this.#torrents;
  }

  /**
   * Finds peers by this means, too, for all torrents; after disposal no longer for those that are
   * opened from then on.
   */
  discoverBy(discovery: Discovery): Disposable {
    this.#discoveries.add(discovery);
    for (const torrent of this.#torrents.values()) {
      if (!this.#apart.has(torrent)) torrent.discoverBy(discovery);
    }
    for (const search of this.#searches.values()) search.discoverBy(discovery);
    return { [Symbol.dispose]: () => void this.#discoveries.delete(discovery) };
  }

  /**
   * Opens a torrent: serves what the store holds and fetches the rest. The store is the torrent's
   * from now on and is closed with it.
   *
   * @throws {Error} if the torrent is open already or looked for, or the node is closed
   */
  add(store: PieceStore, options: AddOptions = {}): Torrent {
    const { infoHash, name } = store.info;
    if (this.#ended.signal.aborted) throw new Error(`Cannot open ${name}: the node is closed`);
    if (this.#torrents.has(infoHash)) throw new Error(`Cannot open ${name}: it is open already`);
    if (this.#searches.has(infoHash)) {
      throw new Error(`Cannot open ${name}: it is looked for, close the search first`);
    }
    const torrent = new Torrent(store, options.intent ?? "fetch", this.#surroundings(infoHash));
    this.#torrents.set(infoHash, torrent);
    torrent.start(options.discoveries ?? [...this.#discoveries]);
    if (options.discoveries !== undefined) this.#apart.add(torrent);
    torrent.addPeers(options.peers ?? []);
    torrent.addWebSeeds(options.webSeeds ?? []);
    return torrent;
  }

  /**
   * Looks for the metadata of a torrent of which only the info-hash is known, among peers at these
   * addresses and those that are found. The search is to be closed before the torrent is opened.
   *
   * @throws {Error} if the torrent is open, or looked for already, or the node is closed
   */
  seek(infoHash: InfoHash, peers: readonly PeerAddress[] = []): MetadataSearch {
    if (this.#ended.signal.aborted) throw new Error(`Cannot seek ${infoHash}: the node is closed`);
    if (this.#torrents.has(infoHash) || this.#searches.has(infoHash)) {
      throw new Error(`Cannot seek ${infoHash}: it is open or looked for already`);
    }
    const search = new MetadataSearch(infoHash, this.#surroundings(infoHash), () => {
      this.#searches.delete(infoHash);
    });
    this.#searches.set(infoHash, search);
    search.start([...this.#discoveries]);
    search.addPeers(peers);
    return search;
  }

  /** Closes a torrent and forgets it. */
  async remove(infoHash: InfoHash): Promise<void> {
    const torrent = this.#torrents.get(infoHash);
    this.#torrents.delete(infoHash);
    await torrent?.close();
  }

  /** Stops listening and closes every torrent. */
  async close(): Promise<void> {
    this.#ended.abort();
    this.#listener.close();
    const open = [...this.#torrents.values(), ...this.#searches.values()];
    await Promise.all(open.map((each) => each.close()));
    await this.#serving;
  }

  /** The same as `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #surroundings(infoHash: InfoHash): TorrentSurroundings {
    return {
      peerId: this.peerId,
      client: this.#options.client ?? "Sluice",
      listenPort: this.address.port,
      clock: this.#options.clock,
      random: this.#options.random ?? Math.random,
      fetch: this.#options.fetch ?? pinnedFetch,
      limits: this.limits,
      assemblyBytes: () => ASSEMBLY_BUDGET / Math.max(1, this.#fetching),
      room: () => MAX_CONNECTIONS - this.#connections,
      dialRoom: () =>
        this.#dials.ask(infoHash, Math.min(MAX_HALF_OPEN, MAX_CONNECTIONS - this.#connections)),
      rules: this.#options.rules,
      urls: this.#options.urls,
      dial: (address, signal) => this.#dial(infoHash, address, signal),
    };
  }

  /** How many torrents have not all that they are to have. */
  get #fetching(): number {
    let count = 0;
    for (const { store } of this.#torrents.values()) {
      if (store.held.count < store.wanted.count) count++;
    }
    return count;
  }

  get #connections(): number {
    let count = 0;
    for (const search of this.#searches.values()) count += search.contacts;
    for (const torrent of this.#torrents.values()) count += torrent.links.length;
    return count;
  }

  /** Who takes the connections of a torrent. */
  #holderOf(infoHash: InfoHash): Torrent | MetadataSearch | undefined {
    return this.#torrents.get(infoHash) ?? this.#searches.get(infoHash);
  }

  #handshake(infoHash: InfoHash): Handshake {
    return { infoHash, peerId: this.peerId, extensions: SPOKEN };
  }

  async #dial(
    infoHash: InfoHash,
    address: PeerAddress,
    signal: AbortSignal,
  ): Promise<GreetedConnection> {
    using _ = this.#dials.take(infoHash);
    return await dialPeer({
      transport: this.#options.transport,
      address,
      ours: this.#handshake(infoHash),
      clock: this.#options.clock,
      signal,
    });
  }

  /** Greets a peer that connected to us, and stays with it until its torrent is done with it. */
  async #greet(connection: Connection): Promise<void> {
    const [oldest] = this.#ungreeted;
    if (oldest !== undefined && this.#ungreeted.size >= MAX_UNGREETED) {
      this.#ungreeted.delete(oldest);
      oldest.close();
    }
    this.#ungreeted.add(connection);
    try {
      const greeted = await greetPeer(connection, {
        clock: this.#options.clock,
        signal: this.#ended.signal,
        oursFor: (infoHash) => this.#holderOf(infoHash) && this.#handshake(infoHash),
      });
      this.#ungreeted.delete(connection);
      await this.#holderOf(greeted.theirs.infoHash)?.adopt(greeted);
    } catch {
      this.#ungreeted.delete(connection);
      // Strangers that speak something else, or nothing, are nobody's concern.
      connection.close();
    }
  }
}
