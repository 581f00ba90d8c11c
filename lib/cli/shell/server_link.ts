import { Bitfield, type InfoHash } from "../../bytes/mod.ts";
import { formatAddress, parseAddress, type PeerAddress, type Transport } from "../../net/mod.ts";
import type { PeerNode } from "../../peer/mod.ts";
import { type KnownPeer, TrackerClient, type TrackerState } from "../../tracker/mod.ts";
import { collectPages } from "../ask_tracker.ts";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import { unlessAborted } from "../interrupt.ts";
import { VERSION } from "../version.ts";

/** A client of which the server knows. */
export interface KnownClient extends PeerAddress {
  /** The program, as it says itself; hostile text. */
  readonly agent: string;
  /** What it holds. */
  readonly torrents: readonly Holding[];
}

/** What a client holds of one torrent. */
export interface Holding {
  /** Which torrent. */
  readonly infoHash: InfoHash;
  /** Its name, where the server knows it; hostile text. */
  readonly name: string | undefined;
  /** How many chunks are held. */
  readonly held: number;
  /** How many there are. */
  readonly chunks: number;
  /** Which ones are held, if that was asked for. */
  readonly bits: Bitfield | undefined;
}

/** What a {@linkcode ServerLink} needs. */
export interface ServerLinkOptions {
  /** Who we are. */
  readonly node: PeerNode;
  /** Where the server is. */
  readonly address: PeerAddress;
  /** What the server asks for, if it lets in only those who know it. */
  readonly token: string | undefined;
  /** How the server is reached; TCP by default. */
  readonly transport?: Transport | undefined;
  /** Is told when the server is lost and found. */
  readonly onState: (state: TrackerState) => void;
}

interface Session {
  readonly client: TrackerClient;
  readonly discovery: Disposable;
  readonly following: Promise<void>;
}

/** How the shell stands with its server, the tracker: it is connected, or not, as the user says. */
export class ServerLink {
  /** Where the server is. */
  readonly address: PeerAddress;
  readonly #options: ServerLinkOptions;
  #session: Session | undefined;
  #seenAs: PeerAddress | undefined;
  /** How the server remembers us. */
  #entry: "none" | "kept" = "none";
  #state: TrackerState["type"] = "unreachable";
  #clients: readonly KnownClient[] = [];

  /** Makes a link that is not connected. */
  constructor(options: ServerLinkOptions) {
    this.address = options.address;
    this.#options = options;
  }

  /** Whether the user connected it and the server is there now, or is tried again. */
  get state(): "connected" | "lost" | "not connected" {
    if (this.#session === undefined) return "not connected";
    return this.#state === "unreachable" ? "lost" : "connected";
  }

  /** Our address as the server saw it last. */
  get seenAs(): PeerAddress | undefined {
    return this.#seenAs;
  }

  /** The clients of which the server knew when it was last asked. */
  get clients(): readonly KnownClient[] {
    return this.#clients;
  }

  /**
   * Connects, and tells the server what we hold.
   *
   * @throws {TrackerUnreachableError} if there is no server
   * @throws {TrackerRefusedError} if it does not let us in
   */
  async connect(signal: AbortSignal): Promise<void> {
    if (this.state === "connected") return;
    // Of one that was lost, the next attempt of the old client may be far.
    await this.#end("disconnect");
    const { node } = this.#options;
    const client = this.#openClient();
    try {
      const welcome = await unlessAborted(signal, client.connected());
      this.#state = "connected";
      this.#seenAs = parseAddress(welcome.address);
      const following = this.#follow(client);
      this.#session = { client, following, discovery: node.discoverBy(client) };
      await unlessAborted(signal, client.flush());
    } catch (error) {
      if (this.#session === undefined) await client.close();
      else await this.#end("exit");
      throw error;
    }
  }

  /** Asks for all clients, and which chunks they hold of the torrents of our node. */
  async fetchClients(signal: AbortSignal): Promise<readonly KnownClient[]> {
    return this.#clients = await unlessAborted(signal, this.#askForClients(this.#client));
  }

  /** Asks what one client holds. */
  async fetchHoldings(address: PeerAddress, signal: AbortSignal): Promise<readonly InfoHash[]> {
    const client = this.#client;
    const peers = await unlessAborted(signal, allPeers(client));
    const key = formatAddress(address);
    const peer = peers.find((peer) => formatAddress(peer) === key);
    return peer?.torrents.map(({ infoHash }) => infoHash) ?? [];
  }

  /** Fetches a torrent file, by name or by info-hash. */
  async fetchTorrent(nameOrHash: string, signal: AbortSignal): Promise<Uint8Array> {
    return await unlessAborted(signal, this.#client.getTorrent(nameOrHash));
  }

  /** Waits until the server was told all that we hold now. */
  async update(signal: AbortSignal): Promise<void> {
    await unlessAborted(signal, this.#client.flush());
  }

  /** Disconnects; the server keeps what it knows of us until it expires. */
  async disconnect(): Promise<void> {
    if (this.#session === undefined) throw notConnected();
    this.#entry = "kept";
    await this.#end("disconnect");
  }

  /** Has the server forget us and disconnects; tells whether it has heard it. */
  async exit(): Promise<"forgotten" | "not reached" | "unknown there"> {
    if (this.#session === undefined) {
      if (this.#entry === "none") return "unknown there";
      await using client = this.#openClient();
      // Whoever connects again from the same place finds the entry, and takes it away with the exit.
      return await client.connected().then(
        () => "forgotten" as const,
        () => "not reached" as const,
      );
    }
    const outcome = this.state === "connected" ? "forgotten" : "not reached";
    await this.#end("exit");
    return outcome;
  }

  get #client(): TrackerClient {
    if (this.#session === undefined) throw notConnected();
    return this.#session.client;
  }

  #openClient(): TrackerClient {
    const { node, address, token, transport } = this.#options;
    const { port } = node.address;
    return new TrackerClient({
      ...{ address, port, token, transport },
      peerId: node.peerId,
      agent: `Sluice ${VERSION}`,
    });
  }

  async #end(farewell: "disconnect" | "exit"): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    session?.discovery[Symbol.dispose]();
    await session?.client.close(farewell);
    await session?.following;
  }

  async #follow(client: TrackerClient): Promise<void> {
    for await (const state of client.states) {
      const isNews = state.type !== this.#state;
      if (state.type !== "refused") this.#state = state.type;
      if (isNews && this.#session !== undefined) this.#options.onState(state);
    }
  }

  async #askForClients(client: TrackerClient): Promise<KnownClient[]> {
    const [peers, files] = await Promise.all([
      allPeers(client),
      collectPages(async (range) => {
        const { total, files } = await client.listFiles(range);
        return { total, entries: files };
      }),
    ]);
    const names = new Map(files.map(({ infoHash, name }) => [infoHash, name]));
    const bits = new Map<string, Bitfield>();
    for (const infoHash of this.#options.node.torrents.keys()) {
      if (names.has(infoHash)) await collectBits(client, infoHash, bits);
    }
    return peers.map(({ host, port, agent, torrents }) => ({
      ...{ host, port, agent },
      torrents: torrents.map(({ infoHash, held, pieces }) => ({
        ...{ infoHash, held, chunks: pieces },
        name: names.get(infoHash),
        bits: bits.get(`${infoHash} ${formatAddress({ host, port })}`),
      })),
    }));
  }
}

function notConnected(): CliError {
  return new CliError(
    EXIT.error,
    "client is not connected to server; connect_server connects it",
  );
}

function allPeers(client: TrackerClient): Promise<KnownPeer[]> {
  return collectPages(async (range) => {
    const { total, peers } = await client.getAllPeers(range);
    return { total, entries: peers };
  });
}

/** Notes under `INFO-HASH ADDRESS` which pieces each peer of a swarm holds. */
async function collectBits(
  client: TrackerClient,
  infoHash: InfoHash,
  bits: Map<string, Bitfield>,
): Promise<void> {
  await collectPages(async (range) => {
    const { total, peers, pieceCount } = await client.getPeers(infoHash, range);
    for (const peer of peers) {
      if (peer.pieces === "unknown") continue;
      const held = peer.pieces === "complete"
        ? Bitfield.full(pieceCount)
        : Bitfield.fromBytes(peer.pieces, pieceCount);
      bits.set(`${infoHash} ${formatAddress(peer)}`, held);
    }
    return { total, entries: peers };
  });
}
