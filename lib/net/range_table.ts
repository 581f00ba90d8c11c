import { MAX_ADDRESS_RANGES } from "./limits.ts";

/** Ranges that there is room for at first. */
const FIRST_ROOM = 1_024;

/** Words of 32 bits of a number, the highest first: one, or those of an IPv6 address. */
export type WordCount = 1 | 4;

/** A number as words of 32 bits without a sign, the highest first. */
export type Words = ArrayLike<number>;

/**
 * Ranges of numbers, packed: 8 bytes a range of one word, 32 bytes one of four.
 *
 * Invariant: they are in order and no two overlap, so that a look-up is one binary search.
 */
export class RangeTable {
  readonly #words: WordCount;
  readonly #first: Uint32Array;
  readonly #last: Uint32Array;

  /** Takes over ranges that are in order and do not overlap; a {@linkcode RangeTableBuilder} makes them so. */
  constructor(words: WordCount, first: Uint32Array, last: Uint32Array) {
    this.#words = words;
    this.#first = first;
    this.#last = last;
  }

  /** How many ranges there are, overlapping ones as one. */
  get size(): number {
    return this.#first.length / this.#words;
  }

  /** Whether a number is in one of the ranges. */
  includes(number: Words): boolean {
    let low = 0;
    let high = this.size;
    // The ranges before `low` begin at or before the number, those from `high` on behind it.
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.#words, this.#first, middle, number) <= 0) low = middle + 1;
      else high = middle;
    }
    return low > 0 && compare(this.#words, this.#last, low - 1, number) >= 0;
  }
}

/** Gathers ranges in any order. */
export class RangeTableBuilder {
  readonly #words: WordCount;
  #first: Uint32Array;
  #last: Uint32Array;
  #count = 0;

  /** Makes one without ranges, of numbers of so many words. */
  constructor(words: WordCount) {
    this.#words = words;
    this.#first = new Uint32Array(FIRST_ROOM * words);
    this.#last = new Uint32Array(FIRST_ROOM * words);
  }

  /**
   * Adds the range from one number to another, both included.
   *
   * @throws {RangeError} if there are too many
   */
  add(first: Words, last: Words): void {
    if (this.#count === MAX_ADDRESS_RANGES) {
      throw new RangeError(`there are more than ${MAX_ADDRESS_RANGES} ranges`);
    }
    const at = this.#count++ * this.#words;
    if (at === this.#first.length) {
      this.#first = doubled(this.#first);
      this.#last = doubled(this.#last);
    }
    for (let word = 0; word < this.#words; word++) {
      this.#first[at + word] = first[word]!;
      this.#last[at + word] = last[word]!;
    }
  }

  /** The ranges as a table. */
  build(): RangeTable {
    const words = this.#words;
    const order = this.#inOrder();
    const first = new Uint32Array(this.#count * words);
    const last = new Uint32Array(this.#count * words);
    let kept = 0;
    for (const range of order) {
      const at = range * words;
      const begin = this.#first.subarray(at, at + words);
      const end = this.#last.subarray(at, at + words);
      if (kept > 0 && compare(words, last, kept - 1, begin) >= 0) {
        if (compare(words, last, kept - 1, end) < 0) last.set(end, (kept - 1) * words);
        continue;
      }
      first.set(begin, kept * words);
      last.set(end, kept * words);
      kept++;
    }
    return new RangeTable(words, first.slice(0, kept * words), last.slice(0, kept * words));
  }

  /** The ranges by where they begin. */
  #inOrder(): Uint32Array {
    const words = this.#words;
    // The highest word and the place of each range in one number of 53 bits: those sort fast.
    const keys = new Float64Array(this.#count);
    for (let range = 0; range < this.#count; range++) {
      keys[range] = this.#first[range * words]! * MAX_ADDRESS_RANGES + range;
    }
    keys.sort();
    const order = Uint32Array.from(keys, (key) => key % MAX_ADDRESS_RANGES);
    if (words === 1) return order;
    // What begins with the same word is put in order by the others.
    for (let from = 0; from < order.length;) {
      let to = from + 1;
      const head = this.#first[order[from]! * words];
      while (to < order.length && this.#first[order[to]! * words] === head) to++;
      order.subarray(from, to).sort((one, other) =>
        compare(words, this.#first, one, this.#first.subarray(other * words))
      );
      from = to;
    }
    return order;
  }
}

/** Compares a number of a packed array with another one: below, at or above 0. */
function compare(words: WordCount, packed: Uint32Array, index: number, number: Words): number {
  const at = index * words;
  for (let word = 0; word < words; word++) {
    const difference = packed[at + word]! - number[word]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

function doubled(array: Uint32Array): Uint32Array {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}
