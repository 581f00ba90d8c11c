import type { PieceIndex } from "../bytes/mod.ts";
import { isLoopback, type PeerAddress, RateLimitStream, setRepeating } from "../net/mod.ts";
import { type PieceStore, StorageChangedError } from "../storage/mod.ts";
import { converse } from "./conversation.ts";
import { Connector } from "./connector.ts";
import { type Discovery, followPeers, type SwarmTicket } from "./discovery.ts";
import { Download } from "./download.ts";
import { EventFeed, type TorrentEvent } from "./events.ts";
import { MAX_CONNECTIONS_PER_ADDRESS } from "./limits.ts";
import { PeerLink } from "./link.ts";
import type { GreetedConnection } from "./open_session.ts";
import { chooseLink, type PeerKey } from "./policy/mod.ts";
import { PeerSession } from "./session.ts";
import { describeTorrent, type TorrentStatus } from "./status.ts";
import type { Intent, TorrentSurroundings } from "./surroundings.ts";
import { Upload } from "./upload.ts";

/** The time between two looks at stalls, time-outs and addresses that are due, in milliseconds. */
const TICK_MS = 1_000;

/** Ticks between two rounds of the choker (BEP 3: 10 s). */
const TICKS_PER_RECHOKE = 10;

/**
 * One torrent of a node: it serves what its store holds and fetches the rest.
 *
 * It owns no policy: it turns what arrives, and the passing of time, into calls on the download, the
 * upload and the connector, which ask pure state machines, and carries out what they decide.
 */
export class Torrent implements AsyncDisposable {
  /** Where the pieces are. */
  readonly store: PieceStore;
  readonly #around: TorrentSurroundings;
  readonly #links = new Map<PeerKey, PeerLink>();
  readonly #running = new Set<Promise<void>>();
  readonly #feed = new EventFeed<TorrentEvent>();
  readonly #download: Download;
  readonly #upload: Upload;
  readonly #connector: Connector;
  readonly #tickets: SwarmTicket[] = [];
  readonly #ended = new AbortController();
  readonly #completed = Promise.withResolvers<string>();
  readonly #totals = { uploaded: 0, links: 0, ticks: 0 };

  /** Makes a torrent that knows no peers; {@linkcode Torrent.start} sets it in motion. */
  constructor(store: PieceStore, intent: Intent, around: TorrentSurroundings) {
    this.store = store;
    this.#around = around;
    const { clock, random } = around;
    this.#download = new Download({
      store,
      intent,
      clock,
      random,
      links: this.#links,
      onEvent: (event) => this.#noteProgress(event),
      onConviction: (link) => this.#ban(link),
      onFailure: (error) => this.#completed.reject(error),
    });
    this.#upload = new Upload({ store, clock, random, links: this.#links });
    this.#connector = new Connector({
      clock,
      dial: (address) => around.dial(address, this.#ended.signal),
      adopt: (greeted, address) => this.adopt(greeted, address),
      room: around.dialRoom,
      company: () => {
        if (store.held.isFull || intent === "serve") return "content";
        return this.#links.size === 0 ? "lonely" : "connected";
      },
    });
    this.#completed.promise.catch(() => undefined);
  }

  /** The path of the whole file or folder, once every piece is held and it is in its place. */
  get completed(): Promise<string> {
    return this.#completed.promise;
  }

  /** Resolves when others can find us by one of the discoveries; at once if there are none. */
  get announced(): Promise<void> {
    return this.#tickets.length === 0
      ? Promise.resolve()
      : Promise.race(this.#tickets.map((ticket) => ticket.announced));
  }

  /** How it stands now. */
  get status(): TorrentStatus {
    return describeTorrent({
      store: this.store,
      links: [...this.#links.values()],
      nowMs: this.#around.clock.now(),
      uploaded: this.#totals.uploaded,
      downloaded: this.#download.receivedBytes,
      known: this.#connector.known,
    });
  }

  /** The peers that are connected now. */
  get links(): readonly PeerLink[] {
    return [...this.#links.values()];
  }

  /** What happens from now on. */
  watch(): ReadableStream<TorrentEvent> {
    return this.#feed.watch();
  }

  /** Begins to look for peers; must be called once. */
  start(discoveries: readonly Discovery[]): void {
    const member = {
      info: this.store.info,
      held: this.store.held,
      uploaded: () => this.#totals.uploaded,
      downloaded: () => this.#download.receivedBytes,
    };
    for (const discovery of discoveries) {
      const ticket = discovery.join(member);
      this.#tickets.push(ticket);
      this.#run(followPeers(ticket, (found) => this.addPeers(found)));
    }
    const ticking = setRepeating(this.#around.clock, () => this.#tick(), TICK_MS);
    this.#ended.signal.addEventListener("abort", () => ticking[Symbol.dispose](), { once: true });
    const lost = new WritableStream({ write: (index: PieceIndex) => this.#download.lost(index) });
    // Ends with the store, which is closed last.
    void this.store.lost.pipeTo(lost);
    if (this.store.held.isFull) this.#run(this.#finish());
  }

  /** Notes addresses at which peers may be found, but for those that are connected already. */
  addPeers(addresses: readonly PeerAddress[]): void {
    if (this.#ended.signal.aborted) return;
    const { links } = this;
    this.#connector.add(addresses.filter((address) => !links.some((link) => link.isAt(address))));
  }

  /**
   * Takes over a connection that was greeted for this torrent and gives the end of its service;
   * `undefined`, and the connection is closed, if there is a reason not to.
   */
  adopt(greeted: GreetedConnection, dialled?: PeerAddress): Promise<void> | undefined {
    const { peerId } = greeted.theirs;
    const { host } = greeted.connection.remote;
    const isSelf = peerId === this.#around.peerId;
    const isBanned = this.#connector.isBanned(host, peerId);
    if ((isSelf || isBanned) && dialled !== undefined) this.#connector.bar(dialled);
    if (
      isSelf || isBanned || this.#ended.signal.aborted || this.#around.room() <= 0 ||
      this.#isCrowded(host) || !this.#makeWay(greeted)
    ) {
      greeted.connection.close();
      return undefined;
    }
    const link = this.#link(greeted, dialled);
    this.#links.set(link.key, link);
    return this.#run(this.#live(link));
  }

  /** Leaves the swarm, closes every connection and the store. A second call waits for the first. */
  async close(): Promise<void> {
    this.#ended.abort();
    for (const ticket of this.#tickets.splice(0)) ticket[Symbol.dispose]();
    for (const link of this.#links.values()) link.session.close();
    await this.#connector.settle();
    await Promise.all(this.#running);
    await this.#download.settle();
    this.#feed.close();
    this.#completed.reject(new Error(`Cannot complete ${this.store.info.name}: it was closed`));
    await this.store.close();
  }

  /** The same as `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #link(greeted: GreetedConnection, dialled: PeerAddress | undefined): PeerLink {
    const { clock, limits, listenPort, client } = this.#around;
    const { signal } = this.#ended;
    const { down, up } = limits;
    const session = new PeerSession(greeted, {
      clock,
      listenPort,
      client,
      source: this.store,
      onUpload: (bytes) => {
        this.#totals.uploaded += bytes;
        link.uploads.add(bytes, clock.now());
        this.#feed.emit({ type: "uploaded", peer: link.address, bytes });
      },
      ...(up !== undefined && { pace: (bytes) => up.take(bytes, signal) }),
      ...(down !== undefined && { throttle: new RateLimitStream(down, signal) }),
    });
    const link: PeerLink = new PeerLink({
      key: ++this.#totals.links,
      session,
      pieceCount: this.store.info.layout.pieceCount,
      dialled,
      nowMs: clock.now(),
    });
    return link;
  }

  /** Whether there are as many connections to an address as there may be. */
  #isCrowded(host: string): boolean {
    if (isLoopback(host)) return false;
    const count = this.links.filter((link) => link.session.remote.host === host).length;
    return count >= MAX_CONNECTIONS_PER_ADDRESS;
  }

  /**
   * Closes the other one of two connections to the same peer, if that is the one to close. The same
   * id from another address is another peer: ids are no secret.
   */
  #makeWay({ theirs, direction, connection }: GreetedConnection): boolean {
    const other = this.links.find(({ session }) =>
      session.peerId === theirs.peerId && session.remote.host === connection.remote.host
    );
    if (other === undefined) return true;
    const { peerId: ours } = this.#around;
    const old = other.session;
    if (chooseLink({ ours, theirs: theirs.peerId, old, direction }) === "old") return false;
    other.session.close();
    return true;
  }

  /** Lives with one peer from its first message to its last. */
  async #live(link: PeerLink): Promise<void> {
    let reason: string;
    try {
      reason = await converse(link, {
        store: this.store,
        download: this.#download,
        upload: this.#upload,
        onGreeted: () => {
          this.#feed.emit({ type: "connected", peer: link.address, held: link.bits.count });
        },
      });
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    link.session.close();
    this.#links.delete(link.key);
    this.#download.leave(link);
    if (link.dialled !== undefined) this.#connector.released(link.dialled);
    this.#feed.emit({ type: "disconnected", peer: link.address, reason });
    if (this.#ended.signal.aborted) return;
    this.#upload.rechoke();
    this.#download.askAll();
  }

  #noteProgress(event: TorrentEvent): void {
    this.#feed.emit(event);
    if (event.type !== "held") return;
    for (const ticket of this.#tickets) ticket.pieceHeld(event.index);
    for (const link of this.#links.values()) {
      if (!link.bits.has(event.index)) {
        link.session.outgoing.send({ type: "have", index: event.index });
      }
    }
    if (this.#download.isComplete) this.#run(this.#finish());
  }

  async #finish(): Promise<void> {
    try {
      const path = await this.store.finish();
      this.#completed.resolve(path);
      this.#feed.emit({ type: "complete", path });
    } catch (error) {
      // Pieces that were found changed are fetched again, and then it is tried again.
      if (error instanceof StorageChangedError && !this.store.held.isFull) return;
      return this.#completed.reject(error);
    }
    for (const link of this.#links.values()) if (link.bits.isFull) link.session.close();
  }

  #ban(link: PeerLink): void {
    const { peerId, remote } = link.session;
    link.session.close();
    if (!this.#connector.ban(remote.host, peerId)) return;
    if (link.dialled !== undefined) this.#connector.bar(link.dialled);
    this.#feed.emit({ type: "banned", peer: link.address });
  }

  #tick(): void {
    this.#download.checkStalls();
    this.#download.askAll();
    for (const link of this.#links.values()) link.session.checkIdle();
    this.#connector.connect();
    if (++this.#totals.ticks % TICKS_PER_RECHOKE === 0) this.#upload.rechoke();
  }

  #run(work: Promise<void>): Promise<void> {
    const running = work.finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }
}
