import { connectionBuffers } from "../buffer_pool.ts";
import type { ByteSource } from "./byte_source.ts";
import { MAX_RECORD_DATA } from "./limits.ts";
import { NOISE_TAG_LENGTH, type NoiseCounter } from "./noise.ts";

/** Bytes of a record's length. */
const PREFIX_LENGTH = 2;

/** Records that are decrypted at once, if that many have arrived. */
const MAX_AT_ONCE = 8;

/** Smaller memory is left to be collected. */
const WORTH_FREEING = 4 * 1024;

const NOTHING = new Uint8Array(0);

/** What is wrong with a stream of records, whoever did it. */
export class RecordError extends Error {
  /** The name of the class. */
  override name = "RecordError";
}

/**
 * Encrypts bytes as records, each of as many as go into one; no bytes give one empty record. The bytes
 * may be overwritten once this has returned.
 *
 * ```text
 * <length: u16, big-endian><encrypted data><tag: 16 bytes>
 * ```
 */
export function sealRecords(counter: NoiseCounter, bytes: Uint8Array): Promise<Uint8Array> {
  const records: Promise<Uint8Array>[] = [];
  let at = 0;
  do {
    records.push(counter.encrypt(bytes.subarray(at, at + MAX_RECORD_DATA)));
    at += MAX_RECORD_DATA;
  } while (at < bytes.length);
  return Promise.all(records).then(joinRecords);
}

/** Encrypts the record that ends a stream at once; `undefined` where the runtime cannot. */
export function sealEndNow(counter: NoiseCounter): Uint8Array | undefined {
  const record = counter.encryptNow(NOTHING);
  return record && joinRecords([record]);
}

/** Joins what was decrypted: of fewer and longer chunks fewer frames are cut in two. */
function joinData(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = connectionBuffers.take(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
    free(part);
  }
  return bytes;
}

/** Gives the memory of what a cipher made back at once: collected later, it would add up to 50 MB. */
function free({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= WORTH_FREEING) buffer.transfer(0);
}

function joinRecords(records: readonly Uint8Array[]): Uint8Array {
  const total = records.reduce((sum, { length }) => sum + PREFIX_LENGTH + length, 0);
  const bytes = connectionBuffers.take(total);
  let at = 0;
  for (const record of records) {
    bytes[at++] = record.length >> 8;
    bytes[at++] = record.length & 0xff;
    bytes.set(record, at);
    at += record.length;
    free(record);
  }
  return bytes;
}

/**
 * Reads records in their order, and gives nothing of one before all of it proved to be what the other
 * side sent.
 *
 * What waits to be checked is at most what one read of the connection gave and one record that is not
 * whole. An empty record is the end, and the only one there is.
 */
export class RecordReader {
  readonly #source: ByteSource;
  readonly #counter: NoiseCounter;
  /** Data that proved right and was not given out. */
  #ready: Uint8Array | undefined;
  #state: "open" | "ended" | { readonly failure: Error } = "open";
  /** The length of the record whose prefix was taken. */
  #expected: number | undefined;

  /** Makes a reader that stands before the first record. */
  constructor(source: ByteSource, counter: NoiseCounter) {
    this.#source = source;
    this.#counter = counter;
  }

  /**
   * The data of the next records; `undefined` at the end that the other side has set.
   *
   * @throws {RecordError} if there is no such end, or a record is not what was sent
   */
  async read(): Promise<Uint8Array | undefined> {
    while (this.#ready === undefined) {
      if (this.#state === "ended") return undefined;
      if (this.#state !== "open") throw this.#state.failure;
      await this.#decryptNext();
    }
    const data = this.#ready;
    this.#ready = undefined;
    return data;
  }

  /** Takes the first record, which has no data; tells whether there was any. */
  async readEmpty(): Promise<"read" | "nothing came"> {
    if (this.#source.length === 0 && await this.#source.fill() === "end") return "nothing came";
    const [record] = await this.#take(1);
    const data = await this.#counter.decrypt(record ?? NOTHING);
    if (data.length > 0) throw new RecordError("the first record has data");
    return "read";
  }

  async #decryptNext(): Promise<void> {
    const records = await this.#take(MAX_AT_ONCE);
    const results = await Promise.allSettled(records.map((each) => this.#counter.decrypt(each)));
    this.#source.giveBack();
    const right: Uint8Array[] = [];
    for (const result of results) {
      if (result.status === "rejected") {
        const { reason: cause } = result;
        this.#state = { failure: new RecordError("what arrived is not what was sent", { cause }) };
      } else if (result.value.length === 0) this.#state = "ended";
      else right.push(result.value);
      if (this.#state !== "open") break;
    }
    this.#ready = right.length > 1 ? joinData(right) : right[0];
  }

  /** The records that have arrived, at most so many; waits for the first. */
  async #take(most: number): Promise<Uint8Array[]> {
    const records: Uint8Array[] = [];
    while (records.length < most) {
      const length = this.#expected ??= this.#takePrefix();
      if (length !== undefined && length >= NOISE_TAG_LENGTH && this.#source.length >= length) {
        this.#expected = undefined;
        records.push(this.#source.take(length));
      } else if (records.length > 0) break;
      else if (length !== undefined && length < NOISE_TAG_LENGTH) {
        throw new RecordError(`a record of ${length} bytes arrived, it has at least 16`);
      } else if (await this.#source.fill() === "end") {
        throw new RecordError("the connection was cut off");
      }
    }
    return records;
  }

  #takePrefix(): number | undefined {
    if (this.#source.length < PREFIX_LENGTH) return undefined;
    const [high = 0, low = 0] = this.#source.take(PREFIX_LENGTH);
    return high * 256 + low;
  }
}
