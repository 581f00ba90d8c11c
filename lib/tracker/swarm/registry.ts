import type { InfoHash } from "../../bytes/mod.ts";
import type { Torrent } from "../../metainfo/mod.ts";
import { MAX_LISTED_HASHES } from "../limits.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import { Budget, type RegistryLimits } from "./budget.ts";
import { agreedShape, checkPieces, holdingOf } from "./check_report.ts";
import { type Holding, Member, Peer, type PeerOptions, type PeerPlace, placeOf } from "./peer.ts";
import { type ByteCounts, Moved } from "./moved.ts";
import { Places } from "./places.ts";
import type { PublishedTorrent, Swarm } from "./swarm.ts";
import { SwarmChanges } from "./swarm_changes.ts";
import {
  type Announced,
  type HeldPieces,
  pieceCountOf,
  type TorrentReport,
} from "./torrent_report.ts";
import { type Catalogue, TorrentTable } from "./torrent_table.ts";

/**
 * Who holds what: the peers, the swarms, and what is known of their torrents, for all doors.
 *
 * Invariant: a member is in the chain of its peer and in the list of its swarm, or in neither; a swarm
 * without members is kept only if its torrent is published. What exceeds a limit is refused before
 * anything has changed.
 */
export class SwarmRegistry {
  /** Bytes that members say they have moved, in all swarms. */
  readonly moved: Moved = new Moved();
  /** Who came and who went. */
  readonly changes: SwarmChanges = new SwarmChanges();
  readonly #budget: Budget;
  readonly #peers = new Map<PeerPlace, Peer>();
  readonly #places: Places;
  readonly #torrents: TorrentTable;
  #nextSerial = 0;

  /** Makes a registry that knows nobody, for all torrents or only for those that are allowed. */
  constructor(limits: RegistryLimits, allowed?: ReadonlySet<InfoHash>) {
    this.#budget = new Budget(limits, allowed);
    this.#places = new Places(this.#budget);
    this.#torrents = new TorrentTable(this.#budget);
  }

  /** All peers by their addresses, in the order in which they came. */
  get peers(): ReadonlyMap<PeerPlace, Peer> {
    return this.#peers;
  }

  /** All swarms, in the order in which they became known. */
  get swarms(): ReadonlyMap<InfoHash, Swarm> {
    return this.#torrents.swarms;
  }

  /** What is published. */
  get catalogue(): Catalogue {
    return this.#torrents;
  }

  /** All swarms whose torrent has this name. */
  swarmsNamed(name: string): ReadonlySet<Swarm> {
    return this.#torrents.swarmsNamed(name);
  }

  /**
   * The published torrent that is meant by a name.
   *
   * @throws {TrackerRefusedError} if there is none, or more than one
   */
  resolveName(name: string): PublishedTorrent {
    return this.#torrents.resolveName(name);
  }

  /**
   * The published torrent of an info-hash.
   *
   * @throws {TrackerRefusedError} if there is none
   */
  resolveInfoHash(infoHash: InfoHash): PublishedTorrent {
    return this.#torrents.resolveInfoHash(infoHash);
  }

  /** The peer at an address. */
  peerAt(host: string, port: number): Peer | undefined {
    return this.#peers.get(placeOf({ host, port }));
  }

  /**
   * Takes in a peer that stays until it is released. Whoever was at its address is gone, unless it is
   * the same peer: then it keeps its swarms, those that it does not report again until they expire.
   *
   * @throws {TrackerRefusedError} if there are too many
   */
  admit(options: PeerOptions): Peer {
    const known = this.peerAt(options.host, options.port);
    if (known?.id === options.id) {
      known.expiresAtMs = Infinity;
      return known;
    }
    if (known !== undefined) this.remove(known);
    const rival = this.#places.rivalAt(options.host);
    if (rival !== undefined) this.remove(rival);
    this.#budget.checkPeers(this.#peers.size);
    const peer = new Peer(options, this.#nextSerial++);
    this.#peers.set(placeOf(peer), peer);
    this.#places.taken(peer);
    return peer;
  }

  /** Lets a peer and its memberships expire. */
  release(peer: Peer, expiresAtMs: number): void {
    peer.expiresAtMs = expiresAtMs;
    for (const member of peer.memberships()) member.expiresAtMs = expiresAtMs;
  }

  /** Removes a peer from all its swarms. */
  remove(peer: Peer): void {
    for (const member of peer.memberships()) this.#drop(member);
    this.#peers.delete(placeOf(peer));
    this.#places.freed(peer);
  }

  /**
   * Takes down what a peer holds of one torrent, and says whether the tracker needs it in full first.
   *
   * @throws {TrackerRefusedError} if it makes no sense, contradicts what is known or exceeds a limit
   */
  report(peer: Peer, report: TorrentReport): "taken" | "resend" {
    const isKnown = this.#memberOf(peer, report.infoHash) !== undefined;
    const member = report.held.kind === "have"
      ? this.#reportNews(peer, report.infoHash, report.held.pieces)
      : this.#reportInFull(peer, report, report.held);
    if (member === undefined) return "resend";
    this.moved.take(member, report, isKnown ? "later" : "first");
    member.expiresAtMs = peer.expiresAtMs;
    return "taken";
  }

  /**
   * Takes down an announce by which somebody says where he is and whether he lacks something, and
   * gives his membership; nothing if he stops. What a peer that is connected says of its pieces stays.
   *
   * @throws {TrackerRefusedError} if it exceeds a limit, or another peer is connected at its address
   */
  announce(options: PeerOptions, announced: Announced, expiresAtMs: number): Member | undefined {
    const { infoHash, event, left } = announced;
    const known = this.peerAt(options.host, options.port);
    const isConnected = known?.expiresAtMs === Infinity;
    if (isConnected && known?.id !== options.id) {
      throw new TrackerRefusedError(
        REFUSAL.ambiguous,
        `Cannot take announce: another peer is connected at port ${options.port} of this address`,
      );
    }
    if (event === "stopped") {
      if (!isConnected && known?.id === options.id) this.leave(known, infoHash, announced);
      return undefined;
    }
    if (!this.swarms.has(infoHash)) this.#budget.checkAllowed(infoHash);
    const keptUntilMs = known?.id === options.id ? known.expiresAtMs : 0;
    const peer = this.admit(options);
    peer.expiresAtMs = Math.max(keptUntilMs, expiresAtMs);
    const earlier = this.#memberOf(peer, infoHash);
    const member = earlier ?? this.#enterAnnounced(peer, infoHash);
    const wasComplete = member.holding === "complete";
    if (left === 0) this.#hold(member, "complete");
    else if (wasComplete && !isConnected) this.#hold(member, "unknown");
    if (left === 0 && event === "completed" && !wasComplete) this.#torrents.completed(member.swarm);
    if (event === "paused") member.swarm.pause(member);
    else member.swarm.resume(member);
    this.moved.take(member, announced, earlier === undefined ? "first" : "later");
    member.expiresAtMs = isConnected ? Infinity : expiresAtMs;
    return member;
  }

  /** Takes a peer out of a swarm, if it is a member, with its last words. */
  leave(peer: Peer, infoHash: InfoHash, moved: ByteCounts = {}): void {
    const member = this.#memberOf(peer, infoHash);
    if (member === undefined) return;
    this.moved.take(member, moved, "later");
    this.#drop(member);
  }

  /**
   * Takes in the metainfo of a torrent, which replaces what peers claimed of it. Of the torrent file
   * only the info is kept.
   *
   * @throws {TrackerRefusedError} if there is no room for it
   */
  publish(torrent: Pick<Torrent, "info">): void {
    this.#torrents.publish(torrent);
  }

  /**
   * The torrents of a peer whose metainfo is to be asked of it now: of those that lack it, the ones
   * that nobody was asked for lately, and this peer not in vain before others could be.
   */
  takeWanted(peer: Peer, nowMs: number): InfoHash[] {
    const wanted: InfoHash[] = [];
    for (const { swarm } of peer.memberships()) {
      if (swarm.torrent.state === "published") continue;
      if (wanted.length === MAX_LISTED_HASHES) break;
      if (swarm.inquiry.take(peer, swarm.members.length, nowMs)) wanted.push(swarm.infoHash);
    }
    return wanted;
  }

  /** The torrents of which a peer must say again what it holds. */
  unclear(peer: Peer): InfoHash[] {
    const unclear = [...peer.memberships()].filter(({ holding }) => holding === "unknown");
    return unclear.map(({ swarm }) => swarm.infoHash);
  }

  /** Forgets what has expired; must be called again and again. */
  sweep(nowMs: number): void {
    for (const peer of this.#peers.values()) {
      for (const member of peer.memberships()) {
        if (member.expiresAtMs <= nowMs) this.#drop(member);
      }
      if (peer.expiresAtMs <= nowMs) this.remove(peer);
    }
    this.#torrents.sweep(nowMs);
  }

  #memberOf(peer: Peer, infoHash: InfoHash): Member | undefined {
    const swarm = this.swarms.get(infoHash);
    return swarm && peer.membershipIn(swarm);
  }

  #reportNews(peer: Peer, infoHash: InfoHash, pieces: readonly number[]): Member | undefined {
    const member = this.#memberOf(peer, infoHash);
    if (member === undefined || member.holding === "unknown") return undefined;
    const { swarm } = member;
    checkPieces(pieces, swarm.pieceCount);
    const { holding } = member;
    if (holding !== "complete") {
      this.#budget.measure(swarm, () => swarm.addPieces(member, holding, pieces));
      if (member.isComplete) this.#torrents.completed(swarm);
    }
    return member;
  }

  #reportInFull(
    peer: Peer,
    report: TorrentReport,
    held: Exclude<HeldPieces, { kind: "have" }>,
  ): Member | undefined {
    const known = this.swarms.get(report.infoHash);
    const shape = agreedShape(known, report);
    if (shape === undefined) return undefined;
    const holding = holdingOf(held, pieceCountOf(shape));
    const member = known && peer.membershipIn(known);
    if (member === undefined) this.#budget.checkEntry(peer);
    if (typeof holding !== "string") this.#budget.checkPieceMap(peer, holding.length, known);
    const rival = member === undefined && known ? this.#places.rivalIn(known, peer) : undefined;
    const swarm = known ?? this.#torrents.open(report.infoHash);
    const { torrent } = swarm;
    if (torrent.state === "unnamed") this.#torrents.describe(swarm, { state: "claimed", shape });
    const lacked = typeof (member?.holding ?? "unknown") !== "string";
    const entered = member ?? this.#enter(peer, swarm);
    // A swarm that lost its last member first might be gone with it.
    if (rival !== undefined) this.#drop(rival);
    this.#hold(entered, holding);
    if (lacked && entered.isComplete) this.#torrents.completed(swarm);
    return entered;
  }

  #enterAnnounced(peer: Peer, infoHash: InfoHash): Member {
    const known = this.swarms.get(infoHash);
    this.#budget.checkEntry(peer);
    const rival = known && this.#places.rivalIn(known, peer);
    const member = this.#enter(peer, known ?? this.#torrents.open(infoHash));
    if (rival !== undefined) this.#drop(rival);
    return member;
  }

  #hold(member: Member, holding: Holding): void {
    const { swarm } = member;
    this.#budget.measure(swarm, () => swarm.hold(member, holding));
  }

  #enter(peer: Peer, swarm: Swarm): Member {
    const member = new Member(peer, swarm);
    peer.enter(member);
    swarm.enter(member);
    this.#torrents.entered(swarm);
    this.changes.joined(swarm, peer);
    return member;
  }

  #drop(member: Member): void {
    const { peer, swarm } = member;
    this.#budget.measure(swarm, () => swarm.leave(member));
    peer.leave(member);
    this.changes.gone(swarm, peer);
    this.#torrents.left(swarm);
  }
}
