import { Bitfield, type InfoHash } from "../../bytes/mod.ts";
import { Availability } from "./availability.ts";
import { MetainfoInquiry } from "./metainfo_inquiry.ts";
import { Moved } from "./moved.ts";
import { PackedMembers } from "./packed_members.ts";
import type { Holding, Member } from "./peer.ts";
import { pieceCountOf, type TorrentShape } from "./torrent_report.ts";

/** A torrent whose metainfo is there, which vouches for the rest. */
export interface PublishedTorrent {
  /** Tells it from torrents that are known less well. */
  readonly state: "published";
  /** Its info-hash. */
  readonly infoHash: InfoHash;
  /** What it is, by its metainfo. */
  readonly shape: TorrentShape;
  /** The torrent file: its info dictionary and nothing else. */
  readonly torrentFile: Uint8Array;
}

/** What is known of a torrent: nothing but its info-hash, what a peer claims, or its metainfo. */
export type TorrentState =
  | { readonly state: "unnamed" }
  | { readonly state: "claimed"; readonly shape: TorrentShape }
  | PublishedTorrent;

/** Bytes that a swarm takes for its bitfields and the counters over them. */
export function pieceMapBytes(pieceCount: number, partials: number): number {
  return partials === 0 ? 0 : pieceCount * 2 + partials * Math.ceil(pieceCount / 8);
}

/**
 * The peers of one torrent and what each holds of it.
 *
 * Invariant: the last `seeders` members hold everything and none before them does, so that those who
 * lack something can be told of without a look at each; `#partials` counts those with a bitfield, and
 * the availability is that of these bitfields, each of which has as many bits as there are pieces.
 */
export class Swarm {
  /** Which torrent. */
  readonly infoHash: InfoHash;
  /** Who is asked for the metainfo. */
  readonly inquiry: MetainfoInquiry = new MetainfoInquiry();
  /** Where the members are, in their order. */
  readonly packed: PackedMembers = new PackedMembers();
  /** How often a member has come to hold everything; who takes that down counts it. */
  completions = 0;
  /** Bytes that members say they have moved while they were members. */
  readonly moved: Moved = new Moved();
  readonly #members: Member[] = [];
  #torrent: TorrentState = { state: "unnamed" };
  #pieceCount = 0;
  #seeders = 0;
  #partials = 0;
  #availability: Availability | undefined = undefined;
  /** Those that lack something and want no more of it; there seldom are any. */
  #paused: Set<Member> | undefined = undefined;

  /** Makes a swarm without members. */
  constructor(infoHash: InfoHash) {
    this.infoHash = infoHash;
  }

  /** All members, first those that lack something. */
  get members(): readonly Member[] {
    return this.#members;
  }

  /** What is known of the torrent. */
  get torrent(): TorrentState {
    return this.#torrent;
  }

  /** The pieces of the torrent; 0 while nobody said. */
  get pieceCount(): number {
    return this.#pieceCount;
  }

  /** Members that hold everything. */
  get seeders(): number {
    return this.#seeders;
  }

  /** Members that do not. */
  get leechers(): number {
    return this.#members.length - this.#seeders;
  }

  /** Members that lack something and want it: all but the partial seeds (BEP 21). */
  get downloaders(): number {
    return this.leechers - (this.#paused?.size ?? 0);
  }

  /** Copies that the members hold together, in thousandths, the last one perhaps in part. */
  get copies(): number {
    return this.#seeders * 1000 + (this.#availability?.copies ?? 0);
  }

  /** Copies of the rarest of some pieces, from one up to but not including another. */
  copiesIn(from: number, to: number): number {
    return this.#seeders + (this.#availability?.rarestIn(from, to) ?? 0);
  }

  /** Members of which a bitfield is kept. */
  get partials(): number {
    return this.#partials;
  }

  /** Adds a member of which nobody said what it holds. */
  enter(member: Member): void {
    member.index = this.#members.length;
    this.#members.push(member);
    this.packed.push(member.peer);
    this.#swap(member, this.leechers - 1);
  }

  /** Removes a member; must be one. */
  leave(member: Member): void {
    this.hold(member, "unknown");
    this.resume(member);
    this.#swap(member, this.leechers - 1);
    this.#swap(member, this.#members.length - 1);
    this.packed.pop(member.peer);
    this.#members.pop();
  }

  /** Takes down what a member holds, with a bitfield that is the swarm's from then on. */
  hold(member: Member, holding: Holding): void {
    const wasSeeder = member.holding === "complete";
    this.#count(member, -1);
    member.holding = holding instanceof Bitfield && holding.isFull ? "complete" : holding;
    this.#count(member, 1);
    const isSeeder = member.holding === "complete";
    if (isSeeder) this.resume(member);
    // Of the seeders the first is where the last of the others was, and the other way round.
    if (isSeeder && !wasSeeder) this.#swap(member, this.leechers);
    else if (wasSeeder && !isSeeder) this.#swap(member, this.leechers - 1);
  }

  /** Takes down that a member wants nothing although it lacks something (BEP 21). */
  pause(member: Member): void {
    if (member.holding !== "complete") (this.#paused ??= new Set()).add(member);
  }

  /** Takes down that a member is no partial seed, or is gone. */
  resume(member: Member): void {
    this.#paused?.delete(member);
  }

  /** Adds pieces to the bitfield of a member. */
  addPieces(member: Member, held: Bitfield, pieces: readonly number[]): void {
    for (const piece of pieces) {
      if (held.set(piece)) this.#availability?.add(piece);
    }
    if (held.isFull) this.hold(member, "complete");
  }

  /** Says what the torrent is. Bitfields of another number of pieces are forgotten. */
  describe(torrent: TorrentState): void {
    const pieceCount = torrent.state === "unnamed" ? 0 : pieceCountOf(torrent.shape);
    if (pieceCount !== this.#pieceCount) {
      for (const member of this.#members) {
        if (member.holding !== "complete") this.hold(member, "unknown");
      }
    }
    this.#pieceCount = pieceCount;
    this.#torrent = torrent;
  }

  /** Puts a member to a place, and who is there to where the member was. */
  #swap(member: Member, to: number): void {
    const from = member.index;
    if (from === to) return;
    const other = this.#members[to]!;
    this.#members[from] = other;
    this.#members[to] = member;
    other.index = from;
    member.index = to;
    this.packed.swap(from, to);
  }

  #count({ holding, peer }: Member, sign: 1 | -1): void {
    if (holding === "unknown") return;
    if (holding === "complete") {
      this.#seeders += sign;
      return;
    }
    this.#partials += sign;
    peer.mappedPieces += sign * holding.length;
    if (this.#partials === 0) {
      this.#availability = undefined;
      return;
    }
    const availability = this.#availability ??= new Availability(this.#pieceCount);
    for (const piece of holding.ones()) {
      if (sign === 1) availability.add(piece);
      else availability.remove(piece);
    }
  }
}
