import { ISSUED_ID_MS } from "../limits.ts";

const SECOND_MS = 1_000;

/** Makes a code of a message that only those can make who know a key: at least 4 bytes of it. */
export type KeyedHash = (message: string) => Uint8Array;

/**
 * The connection ids of the UDP door: they show that a client receives at the address from which it
 * says it sends, so that nobody is sent what others asked for in its name (BEP 15).
 *
 * `<seconds since the start: u32><code of these seconds and the IP address: u32>`. Nothing is kept of
 * those that were given out. One that is forged is right with a chance of 1 to 2^32.
 */
export class ConnectionIds {
  readonly #hash: KeyedHash;

  /** Makes ids that nobody can make who does not know the key of the hash. */
  constructor(hash: KeyedHash) {
    this.#hash = hash;
  }

  /** An id for whoever receives at an IP address. */
  issue(host: string, nowMs: number): bigint {
    const second = Math.floor(nowMs / SECOND_MS);
    return (BigInt(second) << 32n) | BigInt(this.#codeOf(host, second));
  }

  /** Whether an id was given out to this IP address in the last two minutes. */
  isValid(id: bigint, host: string, nowMs: number): boolean {
    const second = Number(id >> 32n);
    const ageMs = Math.floor(nowMs / SECOND_MS) * SECOND_MS - second * SECOND_MS;
    if (ageMs < 0 || ageMs > ISSUED_ID_MS) return false;
    // One comparison of whole numbers takes the same time wherever they differ.
    return Number(id & 0xffff_ffffn) === this.#codeOf(host, second);
  }

  #codeOf(host: string, second: number): number {
    const code = this.#hash(`${second} ${host}`);
    return new DataView(code.buffer, code.byteOffset).getUint32(0);
  }
}
