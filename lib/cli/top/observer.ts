import { Bitfield, type InfoHash } from "../../bytes/mod.ts";
import { type Clock, formatAddress } from "../../net/mod.ts";
import {
  MalformedMessageError,
  TrackerRefusedError,
  TrackerUnreachableError,
} from "../../tracker/client/mod.ts";
import type {
  CatalogueEntry,
  SwarmPeer,
  SwarmPeersReply,
  TrackerClient,
} from "../../tracker/mod.ts";
import { collectPages } from "../ask_tracker.ts";
import { sharesOf } from "../chunk_map.ts";
import { MAX_TOP_SWARMS } from "../limits.ts";
import { CopyCounter, MAP_CELLS } from "./availability.ts";
import type { Contact, Seen, SeenPeer, SeenSwarm } from "./seen.ts";
import { TotalRate } from "./total_rate.ts";

/** Peers of a swarm of the list that are looked at. */
const GLANCE_PEERS = 200;

/** Which swarms somebody looks at. */
export interface Focus {
  /** Those of which something is shown in a list. */
  readonly listed: readonly InfoHash[];
  /** How many of those are looked at in one round; the others have their turn in the next ones. */
  readonly aRound: number;
  /** The one of which every peer is shown. */
  readonly opened: InfoHash | undefined;
}

/** The questions by which a tracker is observed. */
export type Observed = Pick<TrackerClient, "listFiles" | "getPeers" | "getAllPeers" | "states">;

/** What {@linkcode Observer} needs. */
export interface ObserverOptions {
  /** Who asks the tracker. */
  readonly client: Observed;
  /** What the tracker is called. */
  readonly tracker: string;
  /** The time. */
  readonly clock: Clock;
  /** Is called when the tracker was lost or is back. */
  readonly onContact: () => void;
}

/** The rates of one peer in one swarm. */
interface PeerRates {
  readonly up: TotalRate;
  readonly down: TotalRate;
}

/** Asks a tracker what there is, round after round, and keeps what it said last. */
export class Observer {
  readonly #options: ObserverOptions;
  readonly #swarms = new Map<InfoHash, SeenSwarm>();
  readonly #rates = new Map<InfoHash, Map<string, PeerRates>>();
  #files: readonly CatalogueEntry[] = [];
  #peerCount = 0;
  #contact: Contact = { state: "connected" };
  #turn = 0;

  /** Asks nothing yet. */
  constructor(options: ObserverOptions) {
    this.#options = options;
    void this.#follow();
  }

  /** What was seen last. */
  get seen(): Seen {
    return {
      tracker: this.#options.tracker,
      contact: this.#contact,
      files: this.#files,
      peerCount: this.#peerCount,
      swarms: this.#swarms,
    };
  }

  /** Asks once for all that is looked at; where the tracker does not answer, the rest stays as it was. */
  async look({ listed, aRound, opened }: Focus): Promise<void> {
    try {
      await this.#lookAtAll();
      if (opened !== undefined) await this.#lookAt(opened, "all");
      const others = listed.filter((infoHash) => infoHash !== opened);
      for (let count = Math.min(aRound, others.length); count > 0; count--) {
        const next = others[this.#turn++ % others.length];
        if (next !== undefined) await this.#lookAt(next, "some");
      }
      this.#meet({ state: "connected" });
    } catch (error) {
      const isTracker = error instanceof TrackerUnreachableError ||
        error instanceof TrackerRefusedError || error instanceof MalformedMessageError;
      if (!isTracker) throw error;
      this.#meet({ state: "lost", reason: error.message });
    }
  }

  /** Hears of the loss of a tracker when it happens, not only when it is asked. */
  async #follow(): Promise<void> {
    for await (const state of this.#options.client.states) {
      if (state.type === "connected") this.#meet({ state: "connected" });
      else this.#meet({ state: "lost", reason: state.error.message });
    }
  }

  #meet(contact: Contact): void {
    const isNews = contact.state !== this.#contact.state;
    this.#contact = contact;
    if (isNews) this.#options.onContact();
  }

  async #lookAtAll(): Promise<void> {
    const { client } = this.#options;
    this.#files = await collectPages(async (range) => {
      const { total, files } = await client.listFiles(range);
      return { total, entries: files };
    });
    this.#peerCount = (await client.getAllPeers({ offset: 0, limit: 1 })).total;
    const known = new Set(this.#files.map(({ infoHash }) => infoHash));
    for (const infoHash of this.#swarms.keys()) if (!known.has(infoHash)) this.#forget(infoHash);
  }

  async #lookAt(infoHash: InfoHash, extent: "all" | "some"): Promise<void> {
    const file = this.#files.find((file) => file.infoHash === infoHash);
    if (file === undefined) return this.#forget(infoHash);
    let total = 0;
    let pieceCount = 0;
    const ask = async (range: { offset: number; limit: number }): Promise<SwarmPeersReply> => {
      const reply = await this.#options.client.getPeers(infoHash, range);
      ({ total, pieceCount } = reply);
      return reply;
    };
    const peers = extent === "some"
      ? (await ask({ offset: 0, limit: GLANCE_PEERS })).peers
      : await collectPages(async (range) => {
        const { total, peers } = await ask(range);
        return { total, entries: peers };
      });
    const swarm = this.#understand(file, peers, { total, pieceCount });
    this.#swarms.delete(infoHash);
    this.#swarms.set(infoHash, swarm); // behind all that were looked at before
    for (const oldest of this.#swarms.keys()) {
      if (this.#swarms.size <= MAX_TOP_SWARMS) return;
      this.#forget(oldest);
    }
  }

  #understand(
    file: CatalogueEntry,
    peers: readonly SwarmPeer[],
    { total, pieceCount }: { readonly total: number; readonly pieceCount: number },
  ): SeenSwarm {
    const nowMs = this.#options.clock.now();
    const before = this.#rates.get(file.infoHash);
    const rates = new Map<string, PeerRates>();
    this.#rates.set(file.infoHash, rates);
    const counter = new CopyCounter(pieceCount);
    const seen = peers.map((peer) => {
      if (peer.pieces === "complete") counter.addWhole();
      else if (peer.pieces !== "unknown") counter.add(peer.pieces);
      const key = `${peer.id} ${formatAddress(peer)}`;
      const of = before?.get(key) ?? { up: new TotalRate(), down: new TotalRate() };
      rates.set(key, of);
      of.up.note(peer.uploaded, nowMs);
      of.down.note(peer.downloaded, nowMs);
      return describePeer(peer, {
        file,
        pieceCount,
        upRate: of.up.perSecond(nowMs),
        downRate: of.down.perSecond(nowMs),
      });
    });
    const downRate = seen.reduce((sum, peer) => sum + peer.downRate, 0);
    return { peers: seen, total, pieceCount, copies: counter.cells, downRate };
  }

  #forget(infoHash: InfoHash): void {
    this.#swarms.delete(infoHash);
    this.#rates.delete(infoHash);
  }
}

function describePeer(
  peer: SwarmPeer,
  { file, pieceCount, upRate, downRate }: {
    readonly file: CatalogueEntry;
    readonly pieceCount: number;
    readonly upRate: number;
    readonly downRate: number;
  },
): SeenPeer {
  const held = holdingOf(peer, pieceCount);
  const missing = held === undefined
    ? undefined
    : file.length * (pieceCount - held.count) / Math.max(1, pieceCount);
  const seconds = missing === undefined || downRate <= 0 ? null : Math.round(missing / downRate);
  return {
    id: peer.id,
    address: formatAddress(peer),
    client: peer.agent,
    held,
    uploaded: peer.uploaded,
    downloaded: peer.downloaded,
    upRate,
    downRate,
    secondsLeft: missing === 0 ? 0 : seconds,
  };
}

/** What a peer holds; nothing is known of one whose bitfield does not fit. */
function holdingOf({ pieces }: SwarmPeer, pieceCount: number): SeenPeer["held"] {
  const parts = Math.min(MAP_CELLS, pieceCount);
  if (pieces === "complete") return { count: pieceCount, map: new Uint8Array(parts).fill(255) };
  if (pieces === "unknown") return undefined;
  let held: Bitfield;
  try {
    held = Bitfield.fromBytes(pieces, pieceCount);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  const map = Uint8Array.from(sharesOf(held, parts), (share) => Math.floor(share * 255));
  return { count: held.count, map };
}
