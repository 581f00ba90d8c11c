const BITS_OF_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => {
  let bits = 0;
  for (let rest = byte; rest > 0; rest >>= 1) bits += rest & 1;
  return bits;
});

/**
 * A fixed number of bits, one a piece, in the order of the wire: piece 0 is the highest bit of the
 * first byte (BEP 3, `bitfield`).
 *
 * Invariant: `count` is the number of bits set, and the spare bits of the last byte are clear.
 */
export class Bitfield {
  /** Bits in all. */
  readonly length: number;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #count = 0;

  /** Makes a bitfield of `length` clear bits. */
  constructor(length: number) {
    this.length = length;
    this.#bytes = new Uint8Array(Math.ceil(length / 8));
  }

  /**
   * Copies a bitfield from the wire.
   *
   * @throws {RangeError} if the number of bytes does not fit `length`, or a spare bit is set
   */
  static fromBytes(bytes: Uint8Array, length: number): Bitfield {
    const field = new Bitfield(length);
    if (bytes.length !== field.#bytes.length) {
      throw new RangeError(
        `Cannot read bitfield: it has ${bytes.length} bytes, ${length} pieces need ${field.#bytes.length}`,
      );
    }
    if (length % 8 !== 0 && ((bytes.at(-1) ?? 0) & (0xff >> length % 8)) !== 0) {
      throw new RangeError(`Cannot read bitfield: a spare bit after piece ${length - 1} is set`);
    }
    field.#bytes.set(bytes);
    for (const byte of bytes) field.#count += BITS_OF_BYTE[byte] ?? 0;
    return field;
  }

  /** Makes a bitfield in which every bit is set. */
  static full(length: number): Bitfield {
    const field = new Bitfield(length);
    field.setAll();
    return field;
  }

  /** How many bits are set. */
  get count(): number {
    return this.#count;
  }

  /** Whether every bit is set; a bitfield of no bits is full. */
  get isFull(): boolean {
    return this.#count === this.length;
  }

  /** Whether no bit is set. */
  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Whether a bit is set; one outside the bitfield is not. */
  has(index: number): boolean {
    return index >= 0 && index < this.length &&
      ((this.#bytes[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0;
  }

  /**
   * Sets a bit and tells whether that changed it.
   *
   * @throws {RangeError} if there is no such bit
   */
  set(index: number): boolean {
    this.#check(index);
    if (this.has(index)) return false;
    this.#bytes[index >> 3]! |= 0x80 >> (index & 7);
    this.#count++;
    return true;
  }

  /**
   * Clears a bit and tells whether that changed it.
   *
   * @throws {RangeError} if there is no such bit
   */
  clear(index: number): boolean {
    this.#check(index);
    if (!this.has(index)) return false;
    this.#bytes[index >> 3]! &= ~(0x80 >> (index & 7));
    this.#count--;
    return true;
  }

  /** Sets every bit. */
  setAll(): void {
    this.#bytes.fill(0xff);
    const spare = this.#bytes.length * 8 - this.length;
    if (spare > 0) this.#bytes[this.#bytes.length - 1] = (0xff << spare) & 0xff;
    this.#count = this.length;
  }

  /** A copy of the bytes, as they stand on the wire. */
  toBytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice();
  }

  /** A copy that changes on its own. */
  clone(): Bitfield {
    const copy = new Bitfield(this.length);
    copy.#bytes.set(this.#bytes);
    copy.#count = this.#count;
    return copy;
  }

  /** How many bits are set from one place up to but not including another; both are in the bitfield. */
  countIn(from: number, to: number): number {
    let count = 0;
    let at = from;
    // Bits up to a whole byte, whole bytes, and the bits of the last one.
    for (; at < to && (at & 7) !== 0; at++) if (this.has(at)) count++;
    for (; at + 8 <= to; at += 8) count += BITS_OF_BYTE[this.#bytes[at >> 3]!]!;
    for (; at < to; at++) if (this.has(at)) count++;
    return count;
  }

  /** The indices of the bits that are set, in order. */
  *ones(): Generator<number> {
    for (let at = 0; at < this.#bytes.length; at++) {
      const byte = this.#bytes[at] ?? 0;
      for (let bit = 0; byte !== 0 && bit < 8; bit++) {
        if ((byte & (0x80 >> bit)) !== 0) yield at * 8 + bit;
      }
    }
  }

  /** Whether some bit is set here and not in `other`. */
  hasAnyMissingFrom(other: Bitfield): boolean {
    for (let at = 0; at < this.#bytes.length; at++) {
      if (((this.#bytes[at] ?? 0) & ~(other.#bytes[at] ?? 0)) !== 0) return true;
    }
    return false;
  }

  #check(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new RangeError(`Cannot change bit ${index}: the bitfield has ${this.length} bits`);
    }
  }
}
