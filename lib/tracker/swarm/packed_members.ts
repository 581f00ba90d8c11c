import type { Peer } from "./peer.ts";

/** Bytes of the entry of a member: `<IPv4 address: 4 bytes><port: u16>` (BEP 23). */
export const PACKED_LENGTH = 6;

/** Entries for which there is room at first. */
const FIRST_ROOM = 4;

/** Which members are chosen. */
export interface Choice {
  /** Whether seeders are wanted, too. */
  readonly wanted: "all" | "leechers";
  /** How many members, from the first on, lack something; the others are the seeders. */
  readonly leechers: number;
  /** The place of the one who asks, who is left out. */
  readonly except: number;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
}

/** Members from one place up to but not including another. */
interface Part {
  readonly from: number;
  readonly to: number;
}

/**
 * Where the members of a swarm are, packed as answers list them (BEP 23), one behind the other: most
 * announces are answered by copying a part of it, without a look at any member.
 *
 * Invariant: the entry at a place is that of the member at this place in the swarm, if its address is
 * one of IPv4; `#others` counts those of which it is not, `#local` those on the tracker's machine.
 */
export class PackedMembers {
  #bytes = new Uint8Array(FIRST_ROOM * PACKED_LENGTH);
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
    const at = this.#count++ * PACKED_LENGTH;
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

  /** Removes the last member. */
  pop(peer: Peer): void {
    const last = --this.#count * PACKED_LENGTH;
    this.#tally(peer, -1);
    // Little room is left over, so that members that come and go do not make it grow and shrink.
    const room = this.#bytes.length / 4;
    if (last < room && room >= FIRST_ROOM * PACKED_LENGTH) this.#resize(this.#bytes.length / 2);
  }

  /** Has two members change their places. */
  swap(one: number, other: number): void {
    const bytes = this.#bytes;
    for (let byte = 0; byte < PACKED_LENGTH; byte++) {
      const there = bytes[other * PACKED_LENGTH + byte]!;
      bytes[other * PACKED_LENGTH + byte] = bytes[one * PACKED_LENGTH + byte]!;
      bytes[one * PACKED_LENGTH + byte] = there;
    }
  }

  /**
   * Fills a target with the entries of as many members as it has room for, or as there are, others each
   * time, and gives the part that was filled. Seeders get the share of the answer that is theirs of the
   * swarm, rounded up or down by chance.
   */
  choose(target: Uint8Array, { wanted, leechers, except, random }: Choice): Uint8Array {
    const [first, second] = [{ from: 0, to: leechers }, { from: leechers, to: this.#count }];
    const others = countWithout(first, except);
    const seeders = wanted === "all" ? countWithout(second, except) : 0;
    const length = Math.min(Math.floor(target.length / PACKED_LENGTH), others + seeders);
    if (length === 0) return target.subarray(0, 0);
    const exact = length * seeders / (others + seeders);
    const share = Math.min(seeders, Math.floor(exact + random()));
    const end = (length - share) * PACKED_LENGTH;
    const chosen = target.subarray(0, length * PACKED_LENGTH);
    this.#run(chosen.subarray(0, end), { ...first, except, random });
    this.#run(chosen.subarray(end), { ...second, except, random });
    return chosen;
  }

  /** Fills a target with entries of a part, from a place of chance on and around its end. */
  #run(
    target: Uint8Array,
    { from, to, except, random }: Part & Pick<Choice, "except" | "random">,
  ): void {
    if (target.length === 0) return;
    const start = from + Math.floor(random() * (to - from));
    // A run that comes by the one to leave out has a gap there, and is longer by it.
    const isIn = except >= from && except < to;
    const gap = isIn ? (except - start + to - from) % (to - from) * PACKED_LENGTH : target.length;
    this.#copy(start, { from, to }, target.subarray(0, gap));
    if (gap >= target.length) return;
    this.#copy(except + 1 === to ? from : except + 1, { from, to }, target.subarray(gap));
  }

  /** Fills a target with entries of a part, from a place on and around its end. */
  #copy(start: number, { from, to }: Part, target: Uint8Array): void {
    const at = start * PACKED_LENGTH;
    const first = Math.min(target.length, to * PACKED_LENGTH - at);
    target.set(this.#bytes.subarray(at, at + first));
    if (first === target.length) return;
    const again = from * PACKED_LENGTH;
    target.set(this.#bytes.subarray(again, again + target.length - first), first);
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

function countWithout({ from, to }: Part, place: number): number {
  return to - from - (place >= from && place < to ? 1 : 0);
}
