import {
  Bitfield,
  concatBytes,
  equalBytes,
  ID_LENGTH,
  idBytes,
  type InfoHash,
  infoHashFromBytes,
} from "../bytes/mod.ts";
import { crc32 } from "./crc32.ts";

/** How a journal begins; its last byte is the version. */
const MAGIC = Uint8Array.of(0x53, 0x4c, 0x4a, 0x4f, 0x55, 0x52, 0x4e, 1); // "SLJOURN", 1

const BITFIELD_AT = MAGIC.length + ID_LENGTH + 4;

/** Bytes of every record. */
export const RECORD_LENGTH = 12;

/** One step in the life of a store. */
export type JournalRecord =
  /** A piece was written; it may be in the memory of the system only. */
  | { readonly kind: "piece"; readonly index: number }
  /** A piece that was held is bad on the disk. */
  | { readonly kind: "lost"; readonly index: number }
  /** What the first `records` records tell of is on the disk. */
  | { readonly kind: "checkpoint"; readonly records: number };

/** The kinds of records by the byte that stands for each. */
const KINDS = [undefined, "piece", "lost", "checkpoint"] as const;

/** What a journal tells of a store. */
export interface JournalState {
  /** Pieces that are on the disk. */
  readonly trusted: Bitfield;
  /** Pieces that were written, perhaps in vain; each must be hashed before it counts as held. */
  readonly doubtful: Bitfield;
  /** Records in the journal. */
  readonly recordCount: number;
  /** Bytes to go on from; what follows is the rest of records that were not written whole. */
  readonly length: number;
  /** `"torn"` if such a rest follows. */
  readonly tail: "clean" | "torn";
}

/** What {@linkcode decodeJournal} finds: a state, nothing usable, or the journal of other data. */
export type JournalReading =
  | { readonly kind: "state"; readonly state: JournalState }
  | { readonly kind: "damaged" }
  | { readonly kind: "foreign"; readonly infoHash: InfoHash };

/** Whether a file begins as a journal of this version, damaged or not. */
export function isJournal(bytes: Uint8Array): boolean {
  return equalBytes(bytes.subarray(0, MAGIC.length), MAGIC);
}

/** Bytes of the header for so many pieces. */
export function journalHeaderLength(pieceCount: number): number {
  return BITFIELD_AT + Math.ceil(pieceCount / 8) + 4;
}

/**
 * Encodes the start of a journal, with the pieces that are known to be on the disk.
 *
 * `<"SLJOURN"><version=1: u8><info-hash: 20 bytes><piece count: u32><bitfield><CRC-32 of these: u32>`
 */
export function encodeJournalHeader(
  infoHash: InfoHash,
  trusted: Bitfield,
): Uint8Array<ArrayBuffer> {
  const body = concatBytes([MAGIC, idBytes(infoHash), u32(trusted.length), trusted.toBytes()]);
  return concatBytes([body, u32(crc32(body))]);
}

/**
 * Encodes records of the journal of one torrent, one after the other. The check value of each goes on
 * from that of the info-hash, so that a record of another journal is none here.
 *
 * `<kind: u8><zeros: 3 bytes><piece or number of records: u32><CRC-32 of the info-hash and these: u32>`
 */
export class RecordEncoder {
  readonly #seed: number;

  /** Makes one for the journal of this torrent. */
  constructor(infoHash: InfoHash) {
    this.#seed = crc32(idBytes(infoHash));
  }

  /** Encodes records, joined. */
  encode(records: readonly JournalRecord[]): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(records.length * RECORD_LENGTH);
    const view = new DataView(bytes.buffer);
    for (const [position, record] of records.entries()) {
      const at = position * RECORD_LENGTH;
      view.setUint8(at, KINDS.indexOf(record.kind));
      view.setUint32(at + 4, numberOf(record));
      view.setUint32(at + 8, crc32(bytes.subarray(at, at + 8), this.#seed));
    }
    return bytes;
  }
}

/**
 * Reads a journal. Records at the end that a crash has left cut short or blank are passed over, as
 * nothing was built upon them; a bad record before a good one, or any other damage, makes all of it
 * unusable, so that the data itself must be looked at.
 */
export function decodeJournal(
  bytes: Uint8Array,
  infoHash: InfoHash,
  pieceCount: number,
): JournalReading {
  const header = readHeader(bytes);
  if (header === undefined) return { kind: "damaged" };
  if (header.infoHash !== infoHash) return { kind: "foreign", infoHash: header.infoHash };
  if (header.trusted.length !== pieceCount) return { kind: "damaged" };

  const records: JournalRecord[] = [];
  const start = journalHeaderLength(pieceCount);
  const seed = crc32(idBytes(infoHash));
  let tail: JournalState["tail"] = "clean";
  for (let at = start; at < bytes.length; at += RECORD_LENGTH) {
    const record = readRecord(bytes.subarray(at, at + RECORD_LENGTH), seed);
    if (record === undefined) {
      tail = "torn";
      continue;
    }
    const limit = record.kind === "checkpoint" ? records.length + 1 : pieceCount;
    if (tail === "torn" || numberOf(record) >= limit) return { kind: "damaged" };
    records.push(record);
  }
  const recordCount = records.length;
  const length = start + recordCount * RECORD_LENGTH;
  const pieces = replay(header.trusted, records);
  return { kind: "state", state: { ...pieces, recordCount, length, tail } };
}

function replay(
  trusted: Bitfield,
  records: readonly JournalRecord[],
): Pick<JournalState, "trusted" | "doubtful"> {
  const doubtful = new Bitfield(trusted.length);
  let onDisk = 0;
  for (const record of records) {
    if (record.kind === "checkpoint") onDisk = Math.max(onDisk, record.records);
  }
  for (const [at, record] of records.entries()) {
    if (record.kind === "checkpoint") continue;
    trusted.clear(record.index);
    doubtful.clear(record.index);
    if (record.kind === "piece") (at < onDisk ? trusted : doubtful).set(record.index);
  }
  return { trusted, doubtful };
}

function readHeader(bytes: Uint8Array): { infoHash: InfoHash; trusted: Bitfield } | undefined {
  if (bytes.length < BITFIELD_AT || !isJournal(bytes)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const pieceCount = view.getUint32(BITFIELD_AT - 4);
  const end = journalHeaderLength(pieceCount);
  if (bytes.length < end || view.getUint32(end - 4) !== crc32(bytes.subarray(0, end - 4))) {
    return undefined;
  }
  return {
    infoHash: infoHashFromBytes(bytes.subarray(MAGIC.length, MAGIC.length + ID_LENGTH)),
    trusted: Bitfield.fromBytes(bytes.subarray(BITFIELD_AT, end - 4), pieceCount),
  };
}

function readRecord(bytes: Uint8Array, seed: number): JournalRecord | undefined {
  if (bytes.length < RECORD_LENGTH) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(8) !== crc32(bytes.subarray(0, 8), seed)) return undefined;
  const kind = KINDS[view.getUint8(0)];
  const value = view.getUint32(4);
  if (kind === undefined) return undefined;
  return kind === "checkpoint" ? { kind, records: value } : { kind, index: value };
}

function numberOf(record: JournalRecord): number {
  return record.kind === "checkpoint" ? record.records : record.index;
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
