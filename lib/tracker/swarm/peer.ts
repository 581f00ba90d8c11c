import type { Bitfield, PeerId } from "../../bytes/mod.ts";
import { ipv4Number, isLoopback, networkOf, type PeerAddress } from "../../net/mod.ts";
import type { Swarm } from "./swarm.ts";

/** Which pieces a member holds, as far as anybody said: all, those of a bitfield, or some. */
export type Holding = "complete" | "unknown" | Bitfield;

/** The first byte of each IPv4 address of loopback. */
const LOOPBACK_NETWORK = 127;

/** One peer in one swarm. There are as many as all peers of all torrents, so each byte counts. */
export class Member {
  /** What it holds; only its swarm changes it. */
  holding: Holding = "unknown";
  /** Bytes it has sent to others, by its own account. */
  uploaded = 0;
  /** Bytes it has fetched from others, by its own account. */
  downloaded = 0;
  /** A whole number, or nothing: other numbers take an object of their own. */
  #expiresAtMs: number | undefined = undefined;
  /** Where it stands among the members of its swarm, which keeps this. */
  index = 0;

  /** Makes a member that its peer and its swarm do not know yet. */
  constructor(
    /** Who. */
    readonly peer: Peer,
    /** Where. */
    readonly swarm: Swarm,
  ) {}

  /** Whether it holds everything. */
  get isComplete(): boolean {
    return this.holding === "complete";
  }

  /** When it is forgotten unless it is heard of again; never, while that is `Infinity`. */
  get expiresAtMs(): number {
    return this.#expiresAtMs ?? Infinity;
  }

  set expiresAtMs(ms: number) {
    this.#expiresAtMs = ms === Infinity ? undefined : Math.ceil(ms);
  }
}

/** What a peer says of itself, and where it was seen. */
export interface PeerOptions {
  /** Its address as the tracker sees it. */
  readonly host: string;
  /** The port at which it says it listens. */
  readonly port: number;
  /** Its name on the peer wire. */
  readonly id: PeerId;
  /** Its client. */
  readonly agent: string;
}

/** A peer at one address, whatever its swarms; most have one, for which no map is made. */
export class Peer implements PeerOptions {
  readonly host: string;
  readonly port: number;
  readonly id: PeerId;
  readonly agent: string;
  /** Its address as a number, if it is one of IPv4. */
  readonly ipv4: number | undefined;
  /** Counts up from peer to peer. */
  readonly serial: number;
  #expiresAtMs: number | undefined = undefined;
  /** Pieces in all its bitfields; its swarms keep this. */
  mappedPieces = 0;
  #members: Member | Map<Swarm, Member> | undefined = undefined;

  /** Makes a peer without swarms. */
  constructor(options: PeerOptions, serial: number) {
    this.host = options.host;
    this.port = options.port;
    this.id = options.id;
    this.agent = options.agent;
    this.ipv4 = ipv4Number(options.host);
    this.serial = serial;
  }

  /** When it is forgotten unless it is heard of again; never, while that is `Infinity`. */
  get expiresAtMs(): number {
    return this.#expiresAtMs ?? Infinity;
  }

  set expiresAtMs(ms: number) {
    this.#expiresAtMs = ms === Infinity ? undefined : Math.ceil(ms);
  }

  /** Whether it came over loopback, so that it runs on the tracker's machine. */
  get isLocal(): boolean {
    return this.ipv4 === undefined ? isLoopback(this.host) : this.ipv4 >>> 24 === LOOPBACK_NETWORK;
  }

  /** What it shares with all that may be one machine: its IPv4 address, or its IPv6 network. */
  get network(): string {
    return this.ipv4 === undefined ? networkOf(this.host) : this.host;
  }

  /** For whom it counts: its address or network, but over loopback each peer for itself. */
  get origin(): string {
    return this.isLocal ? `${this.host}:${this.port}` : this.network;
  }

  /** How many swarms it is in. */
  get membershipCount(): number {
    if (this.#members instanceof Map) return this.#members.size;
    return this.#members === undefined ? 0 : 1;
  }

  /** Its memberships, of which the one just given may be dropped. */
  *memberships(): Generator<Member> {
    if (this.#members instanceof Map) yield* this.#members.values();
    else if (this.#members !== undefined) yield this.#members;
  }

  /** Its membership in a swarm. */
  membershipIn(swarm: Swarm): Member | undefined {
    if (this.#members instanceof Map) return this.#members.get(swarm);
    return this.#members?.swarm === swarm ? this.#members : undefined;
  }

  /** Adds a membership that it has not. */
  enter(member: Member): void {
    if (this.#members instanceof Map) this.#members.set(member.swarm, member);
    else if (this.#members === undefined) this.#members = member;
    else this.#members = new Map([this.#members, member].map((each) => [each.swarm, each]));
  }

  /** Drops a membership that it has. */
  leave(member: Member): void {
    if (this.#members instanceof Map) this.#members.delete(member.swarm);
    else if (this.#members === member) this.#members = undefined;
  }
}

/** What no two peers have in common: their address. A number takes less room than a text. */
export type PeerPlace = number | string;

/** The place of a peer at an address. */
export function placeOf({ host, port }: PeerAddress): PeerPlace {
  const ipv4 = ipv4Number(host);
  return ipv4 === undefined ? `${host}:${port}` : (ipv4 >>> 0) * 65_536 + port;
}
