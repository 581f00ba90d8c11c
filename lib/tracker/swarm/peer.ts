import type { Bitfield, PeerId } from "../../bytes/mod.ts";
import type { Swarm } from "./swarm.ts";

/** Which pieces a member holds, as far as anybody said: all, those of a bitfield, or some. */
export type Holding = "complete" | "unknown" | Bitfield;

/** One peer in one swarm. There are as many as all peers of all torrents, so each byte counts. */
export class Member {
  /** What it holds; only its swarm changes it. */
  holding: Holding = "unknown";
  /** Bytes it has sent to others, by its own account. */
  uploaded = 0;
  /** Bytes it has fetched from others, by its own account. */
  downloaded = 0;
  /** When it is forgotten unless it is heard of again; never, while that is `Infinity`. */
  expiresAtMs: number = Infinity;
  /** Where it stands among the members of its swarm, which keeps this. */
  index = 0;
  /** The next swarm of the same peer, which keeps this. */
  next: Member | undefined = undefined;

  /** Makes a member that its peer and its swarm do not know yet. */
  constructor(
    /** Who. */
    readonly peer: Peer,
    /** Where. */
    readonly swarm: Swarm,
  ) {}
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

/** A peer at one address, whatever its swarms, which it keeps as a chain: most have one. */
export class Peer implements PeerOptions {
  readonly host: string;
  readonly port: number;
  readonly id: PeerId;
  readonly agent: string;
  /** Counts up from peer to peer. */
  readonly serial: number;
  /** When it is forgotten unless it is heard of again; never, while that is `Infinity`. */
  expiresAtMs: number = Infinity;
  #first: Member | undefined = undefined;

  /** Makes a peer without swarms. */
  constructor(options: PeerOptions, serial: number) {
    this.host = options.host;
    this.port = options.port;
    this.id = options.id;
    this.agent = options.agent;
    this.serial = serial;
  }

  /** Its memberships, of which the one just given may be dropped. */
  *memberships(): Generator<Member> {
    for (let member = this.#first; member !== undefined;) {
      const next: Member | undefined = member.next;
      yield member;
      member = next;
    }
  }

  /** Its membership in a swarm. */
  membershipIn(swarm: Swarm): Member | undefined {
    let member = this.#first;
    while (member !== undefined && member.swarm !== swarm) member = member.next;
    return member;
  }

  /** Adds a membership that it has not. */
  enter(member: Member): void {
    member.next = this.#first;
    this.#first = member;
  }

  /** Drops a membership that it has. */
  leave(member: Member): void {
    if (this.#first === member) {
      this.#first = member.next;
    } else {
      let before = this.#first;
      while (before !== undefined && before.next !== member) before = before.next;
      if (before !== undefined) before.next = member.next;
    }
    member.next = undefined;
  }
}
