import type { PieceIndex } from "../bytes/mod.ts";
import { type PeerAddress, setRepeating } from "../net/mod.ts";
import type { PieceStore } from "../storage/mod.ts";
import type { Refusal } from "./admission.ts";
import { Completion } from "./completion.ts";
import { converse } from "./conversation.ts";
import { Connector } from "./connector.ts";
import type { Discovery } from "./discovery.ts";
import { Download } from "./download.ts";
import { EventFeed, type TorrentEvent } from "./events.ts";
import { finishTorrent } from "./finish_torrent.ts";
import { HURRIED_CONNECTIONS } from "./limits.ts";
import type { PeerLink } from "./link.ts";
import { Lifetime } from "./lifetime.ts";
import { LinkTable } from "./link_table.ts";
import type { GreetedConnection } from "./open_session.ts";
import { PeerSources } from "./peer_sources.ts";
import type { AddressOrigin } from "./policy/mod.ts";
import { Motion } from "./motion.ts";
import { PieceUnavailableError } from "./piece_orders.ts";
import { Readings } from "./readings.ts";
import { describeTorrent, type TorrentStatus } from "./status.ts";
import type { Intent, TorrentSurroundings } from "./surroundings.ts";
import { Upload } from "./upload.ts";

/** The time between two looks at late blocks and offers, in milliseconds; all else has every second look. */
const LOOK_MS = 500;

/**
 * One torrent of a node: it serves what its store holds and fetches the rest.
 *
 * It owns no policy: it turns what arrives, and the passing of time, into calls on the download, the
 * upload and the connector, which ask pure state machines, and carries out what they decide.
 */
export class Torrent implements AsyncDisposable {
  /** Where the pieces are. */
  readonly store: PieceStore;
  /** Suspends it, and lets it go on. */
  readonly motion: Motion;
  /** Reads its files while they come. */
  readonly readings: Readings;
  readonly #around: TorrentSurroundings;
  readonly #table: LinkTable;
  readonly #feed = new EventFeed<TorrentEvent>();
  readonly #download: Download;
  readonly #upload: Upload;
  readonly #connector: Connector;
  readonly #lifetime = new Lifetime();
  readonly #completion = new Completion();
  readonly #sources: PeerSources;

  /** Makes a torrent that knows no peers; {@linkcode Torrent.start} sets it in motion. */
  constructor(store: PieceStore, intent: Intent, around: TorrentSurroundings) {
    this.store = store;
    this.#around = around;
    const { clock, random, assemblyBytes, limits } = around;
    const { signal } = this.#lifetime;
    const appetite = () => this.#download.isHungry ? "pieces" : "nothing";
    this.#table = new LinkTable({
      ...{ store, around, feed: this.#feed, appetite, signal },
      isBanned: (host, peerId) => this.#connector.isBanned(host, peerId),
    });
    const { links } = this.#table;
    const motion = this.motion = new Motion(() => {
      this.#connector.retry();
      this.#download.move();
      this.#upload.rechoke();
    });
    this.#download = new Download({
      ...{ store, intent, clock, random, assemblyBytes, limits, links, motion },
      onEvent: (event) => this.#noteProgress(event),
      onConviction: (link) => {
        if (this.#connector.shutOut(link)) this.#feed.emit({ type: "banned", ...link.source });
      },
      onFailure: (error) => this.#completion.fail(error),
    });
    this.#upload = new Upload({ store, clock, random, links, motion, signal });
    this.readings = new Readings({
      store,
      isComing: () => this.#download.isHungry && this.#download.appetite === "all",
      onAhead: (pieces) => this.#download.wantFirst(pieces),
    });
    this.#sources = new PeerSources({
      ...{ links, appetite, around, signal, info: store.info, feed: this.#feed },
      ...{ held: store.held, uploaded: () => this.#table.uploadedBytes },
      downloaded: () => this.#download.receivedBytes,
      fetchedFrom: () => this.#table.fetchedFrom(clock.now()),
      adopt: (greeted) => this.adopt(greeted),
      onFound: (found) => this.addPeers(found),
      onHearsay: (heard) => this.addPeers(heard, "hearsay"),
    });
    this.#connector = new Connector({
      ...{ clock, rules: around.rules },
      dial: (address) => around.dial(address, signal),
      adopt: (greeted, address) => this.adopt(greeted, address),
      room: () =>
        motion.state === "going" && this.#download.appetite !== "orders" ? around.dialRoom() : 0,
      company: () => {
        if (!this.#download.isHungry) return "content";
        return links.size === 0 ? "lonely" : "connected";
      },
      hurried: HURRIED_CONNECTIONS,
    });
  }

  /** The path of the whole file or folder, once every piece is held and it is in its place. */
  get completed(): Promise<string> {
    return this.#completion.promise;
  }

  /** Resolves when others can find us by one of the discoveries; at once if there are none. */
  get announced(): Promise<void> {
    return this.#sources.announced;
  }

  /** How it stands now. */
  get status(): TorrentStatus {
    return describeTorrent({
      ...{ store: this.store, links: this.links, nowMs: this.#around.clock.now() },
      ...{ uploaded: this.#table.uploadedBytes, downloaded: this.#download.receivedBytes },
      ...{ known: this.#connector.known, obstacle: this.#download.obstacle },
      ...{ motion: this.motion.state, appetite: this.#download.appetite },
    });
  }

  /** The peers that are connected now. */
  get links(): readonly PeerLink[] {
    return this.#table.all;
  }

  /** What happens from now on. */
  watch(): ReadableStream<TorrentEvent> {
    return this.#feed.watch();
  }

  /** Begins to look for peers; must be called once. */
  start(discoveries: readonly Discovery[]): void {
    for (const discovery of discoveries) this.discoverBy(discovery);
    let looks = 0;
    const timer = setRepeating(this.#around.clock, () => this.#look(++looks), LOOK_MS);
    this.#lifetime.signal.addEventListener("abort", () => timer[Symbol.dispose](), { once: true });
    const lost = new WritableStream<PieceIndex>({ write: (index) => this.#noteLoss(index) });
    void this.store.lost.pipeTo(lost); // ends with the store, which is closed last
    if (this.#download.isComplete && this.#download.appetite !== "orders") this.#finish();
  }

  /** Enters the swarm by one more means, and finds peers by it. */
  discoverBy(discovery: Discovery): void {
    this.#lifetime.run(this.#sources.discoverBy(discovery));
  }

  /** Fetches from web servers that have the data, too, while pieces are wanted (BEP 19). */
  addWebSeeds(urls: readonly string[]): void {
    this.#lifetime.run(this.#sources.useWebSeeds(urls));
  }

  /** Fetches all that is missing from now on, from whoever is found, as with the intent `"fetch"`. */
  resume(): void {
    this.#completion.retry();
    this.#download.want("all");
    this.#connector.retry();
    this.#table.tellAppetite();
    if (this.#download.isComplete) this.#finish();
  }

  /** Fetches no more than what is ordered, and connects to nobody, as with the intent `"order"`. */
  pause(): void {
    this.#completion.giveUp();
    this.#download.want("demanded");
    this.readings.wake();
  }

  /**
   * Connects to a peer now, and gives its link when it is known what the peer has, or 1 s later. A
   * peer that is connected already is fine.
   *
   * @throws {Error} if it cannot be reached, is ourselves or banned, or there is no room
   */
  async connect(address: PeerAddress): Promise<PeerLink> {
    return await this.#table.connect(address, () => this.#connector.open(address));
  }

  /** Closes the connection to a peer, if there is one; it may be dialled again. */
  async disconnect(address: PeerAddress): Promise<void> {
    const link = this.#table.at(address);
    link?.session.close();
    await link?.life.over.promise;
  }

  /** Takes a piece in that came by other means; tells whether it is the right one. */
  async supply(index: PieceIndex, data: Uint8Array): Promise<"held" | "mismatch"> {
    return await this.#download.supply(index, data);
  }

  /**
   * Fetches one piece from one connected peer; is done at once when it is held. With the intent
   * `"serve"` nothing is fetched.
   *
   * @throws {PieceUnavailableError} if that peer does not give it
   * @throws {StorageError} if it cannot be written
   */
  async fetchPiece(index: PieceIndex, from: PeerAddress, signal: AbortSignal): Promise<void> {
    const link = this.#table.at(from);
    if (link === undefined) throw new PieceUnavailableError(index, "the peer is not connected");
    await this.#download.fetch(link, index, signal);
  }

  /** Notes addresses at which peers may be found, but for those that are connected already. */
  addPeers(addresses: readonly PeerAddress[], origin: AddressOrigin = "seen"): void {
    if (this.#lifetime.signal.aborted) return;
    this.#connector.add(addresses.filter((each) => this.#table.at(each) === undefined), origin);
  }

  /** Closes all connections and forgets where peers are: the tracker is another one (BEP 27). */
  forgetPeers(): void {
    this.#connector.forget();
    for (const { session } of this.links) session.close();
  }

  /**
   * Takes over a connection that was greeted for this torrent and gives the end of its service; if
   * there is a reason not to, the connection is closed and the reason given.
   */
  adopt(greeted: GreetedConnection, dialled?: PeerAddress): Promise<void> | Refusal {
    const link = this.#table.adopt(greeted, dialled);
    return typeof link === "string" ? link : this.#lifetime.run(this.#live(link));
  }

  /** Leaves the swarm, closes every connection and the store. A second call waits for the first. */
  async close(): Promise<void> {
    this.#lifetime.end();
    this.#completion.giveUp();
    this.#sources.leave();
    for (const link of this.links) link.session.close();
    await this.#connector.settle();
    await Promise.all([this.#lifetime.settle(), this.#download.settle()]);
    await this.#download.settle(); // of what came at the last moment
    this.#feed.close();
    this.readings.close();
    this.#completion.fail(new Error(`Cannot complete ${this.store.info.name}: it was closed`));
    await this.store.close();
  }

  /** The same as `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Lives with one peer from its first message to its last. */
  async #live(link: PeerLink): Promise<void> {
    const reason = await converse(link, {
      ...{ store: this.store, download: this.#download, upload: this.#upload, feed: this.#feed },
      ...{ exchange: this.#sources.exchange, clock: this.#around.clock },
    });
    this.#download.leave(link);
    if (link.dialled !== undefined) this.#connector.released(link.dialled);
    this.#table.remove(link, reason);
    if (this.#lifetime.signal.aborted) return;
    this.#upload.leave(link);
    this.#download.askAll();
  }

  #noteProgress(event: TorrentEvent): void {
    this.#feed.emit(event);
    if (event.type !== "held") return;
    this.readings.wake();
    this.#sources.pieceHeld(event.index);
    this.#table.tellHave(event.index);
    if (this.store.held.count === 1) this.#upload.rechoke();
    if (this.#download.isComplete && this.#download.appetite === "all") this.#finish();
  }

  #noteLoss(index: PieceIndex): void {
    this.#download.lost(index);
    this.#table.tellLost(index);
    this.#upload.lost(index);
    this.#table.tellAppetite();
    this.#feed.emit({ type: "lost", index });
  }

  #finish(): void {
    this.#lifetime.run(finishTorrent({
      ...{ store: this.store, download: this.#download, completion: this.#completion },
      ...{ table: this.#table, feed: this.#feed },
    }));
  }

  /** Looks at late blocks and offers each time, and at all else every second time. */
  #look(looks: number): void {
    if (looks % 2 === 0) {
      this.#download.checkStalls();
      this.#table.check();
      this.#connector.connect();
      this.#sources.exchange.tell(this.#around.clock.now());
      this.readings.wake();
    }
    this.#upload.tick();
    this.#download.askAll();
  }
}
