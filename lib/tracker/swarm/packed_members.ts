import type { Peer } from "./peer.ts";

/** Bytes of one entry: `<IPv4 address: 4 bytes><port: u16>` (BEP 23). */
const ENTRY_LENGTH = 6;

/** Entries for which there is room at first. */
const FIRST_ROOM = 4;

/**
 * Where the members of a swarm are, packed as answers list them (BEP 23), one behind the other: most
 * announces are answered by copying a part of it, without a look at any member.
 *
 * Invariant: the entry at a place is that of the member at this place in the swarm, if its address is
 * one of IPv4; `#others` counts those of which it is not, `#local` those on the tracker's machine.
 */
export class PackedMembers {
  #bytes = new Uint8Array(FIRST_ROOM * ENTRY_LENGTH);
  #count = 0;
  #others = 0;
  #local = 0;

  /** How many members there are. */
  get count(): number {
    return this.#count;
  }

  /** Whether all members have an entry that is right for one who asks from there. */
  serves(asker: "here" | "outside"): boolean {
    return this.#others === 0 && (asker === "here" || this.#local === 0);
  }

  /** Adds a member behind the others. */
  push(peer: Peer): void {
    const at = this.#count++ * ENTRY_LENGTH;
    if (at === this.#bytes.length) this.#resize(this.#bytes.length * 2);
    const { ipv4 = 0, port } = peer;
    const bytes = this.#bytes;
    bytes[at] = ipv4 >> 24;
    bytes[at + 1] = ipv4 >> 16;
    bytes[at + 2] = ipv4 >> 8;
    bytes[at + 3] = ipv4;
    bytes[at + 4] = port >> 8;
    bytes[at + 5] = port;
    this.#tally(peer, 1);
  }

  /** Removes the member at a place, which the last one takes then. */
  remove(index: number, peer: Peer): void {
    const last = --this.#count * ENTRY_LENGTH;
    this.#bytes.copyWithin(index * ENTRY_LENGTH, last, last + ENTRY_LENGTH);
    this.#tally(peer, -1);
    // Little room is left over, so that members that come and go do not make it grow and shrink.
    const room = this.#bytes.length / 4;
    if (last < room && room >= FIRST_ROOM * ENTRY_LENGTH) this.#resize(this.#bytes.length / 2);
  }

  /**
   * The entries of so many members, or of as many as there are, from a place on and around the end,
   * without the one at the place `except`.
   */
  run(start: number, count: number, except: number): Uint8Array<ArrayBuffer> {
    const length = Math.min(count, this.#count - 1);
    if (length <= 0) return new Uint8Array(0);
    const run = new Uint8Array(length * ENTRY_LENGTH);
    // A run that comes by the one to leave out has a gap there, and is longer by it.
    const gap = (except - start + this.#count) % this.#count;
    const before = Math.min(gap, length);
    this.#copy(start, before, run);
    this.#copy(start + gap + 1, length - before, run.subarray(before * ENTRY_LENGTH));
    return run;
  }

  /** Copies entries from a place on and around the end. */
  #copy(from: number, count: number, target: Uint8Array): void {
    const start = from % this.#count;
    const first = Math.min(count, this.#count - start);
    target.set(this.#bytes.subarray(start * ENTRY_LENGTH, (start + first) * ENTRY_LENGTH));
    const rest = this.#bytes.subarray(0, (count - first) * ENTRY_LENGTH);
    target.set(rest, first * ENTRY_LENGTH);
  }

  #tally({ ipv4, isLocal }: Peer, sign: 1 | -1): void {
    if (ipv4 === undefined) this.#others += sign;
    if (isLocal) this.#local += sign;
  }

  #resize(length: number): void {
    const bytes = new Uint8Array(length);
    bytes.set(this.#bytes.subarray(0, Math.min(length, this.#bytes.length)));
    this.#bytes = bytes;
  }
}
