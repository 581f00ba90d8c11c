import type { PeerId, PieceIndex } from "../bytes/mod.ts";
import { formatAddress, type PeerAddress, sleep } from "../net/mod.ts";
import type { PieceStore } from "../storage/mod.ts";
import { type AdmissionOptions, admit, type Refusal } from "./admission.ts";
import type { EventFeed, TorrentEvent } from "./events.ts";
import { PeerLink } from "./link.ts";
import type { GreetedConnection } from "./open_session.ts";
import type { PeerKey } from "./policy/mod.ts";
import { PeerSession } from "./session.ts";
import type { TorrentSurroundings } from "./surroundings.ts";
import { encodeDontHave, type ExtensionName } from "./wire/mod.ts";

/** How long a peer may take to say what it has, in milliseconds; then it is taken to have nothing. */
const GREETING_MS = 1_000;

/** What a {@linkcode LinkTable} needs. */
export interface LinkTableOptions {
  /** Where the pieces are that the peers ask for. */
  readonly store: PieceStore;
  /** What the torrent shares with others. */
  readonly around: TorrentSurroundings;
  /** Is told what the peers do. */
  readonly feed: EventFeed<TorrentEvent>;
  /** Whether pieces are wanted of others. */
  readonly appetite: () => "pieces" | "nothing";
  /** Whether a peer is shut out. */
  readonly isBanned: AdmissionOptions["isBanned"];
  /** Ends what waits for its turn to be sent or received. */
  readonly signal: AbortSignal;
}

/** A piece that fewer peers have is news; of others our kind is told when something else is sent to it. */
const RARE = 4;

/** The extensions whose messages a torrent takes. */
function extensionsOf({ info, wanted }: PieceStore): ExtensionName[] {
  const all: ExtensionName[] = ["sl_ping", "ut_metadata", "lt_donthave"];
  // Who wants but a part cannot be told which pieces to fetch.
  if (wanted.isFull) all.push("sl_guide", "sl_conduct");
  if (info.privacy !== "private") all.push("ut_pex");
  return all;
}

/** The connected peers of one torrent. */
export class LinkTable {
  /** All of them, by numbers that are used once. It lives. */
  readonly links: Map<PeerKey, PeerLink> = new Map();
  readonly #options: LinkTableOptions;
  readonly #totals = { opened: 0, uploadedBytes: 0 };
  /** Other addresses at which a peer turned out to be. */
  readonly #aliases = new Map<string, PeerKey>();
  /** Pieces that are held, and of which a peer was not told because it had them. */
  readonly #untold = new WeakMap<PeerLink, Set<PieceIndex>>();

  /** Makes a table of nobody. */
  constructor(options: LinkTableOptions) {
    this.#options = options;
  }

  /** Bytes of blocks that were sent to all peers there were. */
  get uploadedBytes(): number {
    return this.#totals.uploadedBytes;
  }

  /** From whom bytes come now, those that give most first: each with the bytes since it is connected. */
  fetchedFrom(nowMs: number): { readonly peerId: PeerId; readonly bytes: number }[] {
    const giving = this.all.map(({ session: { peerId }, window: { meter } }) => {
      return { peerId, bytes: meter.total, rate: meter.rate(nowMs) };
    }).filter(({ rate }) => rate > 0);
    giving.sort((one, other) => other.rate - one.rate);
    return giving.map(({ peerId, bytes }) => ({ peerId, bytes }));
  }

  /** The peers that are connected now. */
  get all(): readonly PeerLink[] {
    return [...this.links.values()];
  }

  /** The connected peer that listens at an address, as far as that is known. */
  at(address: PeerAddress): PeerLink | undefined {
    const alias = this.#aliases.get(formatAddress(address));
    return this.all.find((link) => link.isAt(address) || link.key === alias);
  }

  /** Tells all that a piece is held, but for those that have it themselves and do not guide us. */
  tellHave(index: PieceIndex): void {
    const isRare = this.#isRare(index);
    for (const link of this.links.values()) {
      const { outgoing } = link.session;
      const have = { type: "have", index } as const;
      if (link.guides) outgoing.send(have);
      else if (link.bits.has(index)) {
        this.#untold.set(link, (this.#untold.get(link) ?? new Set()).add(index));
      } else if (isRare || !link.session.knows("sl_guide")) outgoing.send(have);
      else outgoing.sendAlong(have);
    }
  }

  /** Tells all that a piece is lost, but for those that were not told that it was held (BEP 54). */
  tellLost(index: PieceIndex): void {
    for (const link of this.all) {
      const isUntold = this.#untold.get(link)?.delete(index);
      // Who guides us was told of all.
      if (isUntold && !link.guides) continue;
      link.session.sendExtended("lt_donthave", encodeDontHave(index));
    }
  }

  /** Tells all whether pieces are wanted, which has changed. */
  tellAppetite(): void {
    for (const { session } of this.all) session.tellAppetite(this.#options.appetite());
  }

  /**
   * The peer at an address, which is connected to now if it is not yet, when it is known what it has,
   * or 1 s later.
   *
   * @throws {Error} if it cannot be connected to, or goes away again
   */
  async connect(address: PeerAddress, open: () => Promise<void>): Promise<PeerLink> {
    if (this.at(address) === undefined) {
      await open().catch((error) => {
        // It may turn out to be one that is connected already.
        if (this.at(address) === undefined) throw error;
      });
    }
    const link = this.at(address);
    if (link === undefined) throw new Error(`Cannot use ${formatAddress(address)}: it went away`);
    const known = new AbortController();
    const waited = sleep(this.#options.around.clock, GREETING_MS, known.signal);
    await Promise.race([link.life.known.promise, waited]);
    known.abort();
    return link;
  }

  /**
   * Makes a link of a connection that was greeted, perhaps in place of another one to the same peer;
   * if there is a reason not to, the connection is closed and the reason given.
   */
  adopt(
    greeted: GreetedConnection,
    dialled: PeerAddress | undefined,
  ): PeerLink | Refusal {
    const { around, isBanned, signal } = this.#options;
    const admission = admit(greeted, {
      ours: around.peerId,
      links: this.all,
      isBanned,
      room: signal.aborted ? 0 : around.room(),
    });
    if (admission.type === "refused") {
      greeted.connection.close();
      const { peerId } = greeted.theirs;
      const other = this.all.find(({ session }) => session.peerId === peerId);
      if (
        admission.reason === "connected already" && dialled !== undefined && other !== undefined
      ) {
        this.#aliases.set(formatAddress(dialled), other.key);
      }
      return admission.reason;
    }
    admission.inPlaceOf?.session.close();
    const link = this.#link(greeted, dialled);
    this.links.set(link.key, link);
    return link;
  }

  /** Closes connections that are idle, or to those who are not let in any more. */
  check(): void {
    const { rules } = this.#options.around;
    for (const { session } of this.all) {
      if (rules.admits(session.remote.host)) session.checkIdle();
      else session.close();
    }
  }

  /** Takes a peer out that has gone, and says why. */
  remove(link: PeerLink, reason: string): void {
    this.links.delete(link.key);
    this.#options.feed.emit({ type: "disconnected", ...link.source, reason });
    link.life.over.resolve();
  }

  #isRare(index: PieceIndex): boolean {
    let count = 0;
    for (const { bits } of this.links.values()) {
      if (bits.has(index) && ++count === RARE) return false;
    }
    return true;
  }

  #link(greeted: GreetedConnection, dialled: PeerAddress | undefined): PeerLink {
    const { store, around, feed, signal } = this.#options;
    const { clock, limits: { down, up }, listenPort, client } = around;
    const session = new PeerSession(greeted, {
      clock,
      listenPort,
      client,
      takes: extensionsOf(store),
      metadataSize: store.info.rawInfo.length,
      appetite: this.#options.appetite(),
      source: store,
      onUpload: (bytes, index, begin) => {
        this.#totals.uploadedBytes += bytes;
        link.uploads.add(bytes, clock.now());
        feed.emit({ type: "uploaded", ...link.source, index, begin, bytes });
      },
      onPing: () => feed.emit({ type: "pinged", ...link.source }),
      ...{ sendPace: up.paceUntil(signal), receivePace: down.paceUntil(signal) },
    });
    const link: PeerLink = new PeerLink({
      key: ++this.#totals.opened,
      session,
      pieceCount: store.info.layout.pieceCount,
      dialled,
      nowMs: clock.now(),
    });
    return link;
  }
}
