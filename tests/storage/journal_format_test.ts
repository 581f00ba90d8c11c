import { assert, assertEquals } from "@std/assert";
import { Bitfield, concatBytes, type InfoHash, infoHashFromHex } from "../../lib/bytes/mod.ts";
import {
  decodeJournal,
  encodeJournalHeader,
  journalHeaderLength,
  type JournalRecord,
  type JournalState,
  RECORD_LENGTH,
  RecordEncoder,
} from "../../lib/storage/journal_format.ts";

const INFO_HASH = infoHashFromHex("0123456789abcdef0123456789abcdef01234567");
const OTHER_HASH = infoHashFromHex("ff23456789abcdef0123456789abcdef01234567");
const PIECES = 20;

function journal(trusted: readonly number[], records: readonly JournalRecord[]): Uint8Array {
  const bits = new Bitfield(PIECES);
  for (const index of trusted) bits.set(index);
  return concatBytes([encodeJournalHeader(INFO_HASH, bits), encodeRecords(INFO_HASH, ...records)]);
}

function encodeRecords(infoHash: InfoHash, ...records: readonly JournalRecord[]): Uint8Array {
  return new RecordEncoder(infoHash).encode(records);
}

function stateOf(bytes: Uint8Array): JournalState {
  const reading = decodeJournal(bytes, INFO_HASH, PIECES);
  assert(reading.kind === "state", `the journal is ${reading.kind}`);
  return reading.state;
}

function check(
  name: string,
  trusted: readonly number[],
  records: readonly JournalRecord[],
  expected: { trusted: number[]; doubtful: number[] },
): void {
  Deno.test({
    name: `decodeJournal() ${name}`,
    permissions: "none",
    fn() {
      const state = stateOf(journal(trusted, records));
      assertEquals([...state.trusted.ones()], expected.trusted);
      assertEquals([...state.doubtful.ones()], expected.doubtful);
      assertEquals([state.recordCount, state.tail], [records.length, "clean"]);
    },
  });
}

function piece(index: number): JournalRecord {
  return { kind: "piece", index };
}

function lost(index: number): JournalRecord {
  return { kind: "lost", index };
}

function checkpoint(records: number): JournalRecord {
  return { kind: "checkpoint", records };
}

check("trusts what the header says", [0, 7, 19], [], { trusted: [0, 7, 19], doubtful: [] });
check("doubts pieces that no checkpoint covers", [3], [piece(5), piece(4)], {
  trusted: [3],
  doubtful: [4, 5],
});
check("trusts pieces that a checkpoint covers", [], [piece(5), piece(4), checkpoint(2)], {
  trusted: [4, 5],
  doubtful: [],
});
check(
  "doubts a piece that came while the checkpoint was made",
  [],
  [piece(5), piece(4), checkpoint(1), piece(6)],
  { trusted: [5], doubtful: [4, 6] },
);
check(
  "takes the last of several checkpoints",
  [],
  [piece(5), checkpoint(1), piece(4), piece(8), checkpoint(4), piece(9)],
  { trusted: [4, 5, 8], doubtful: [9] },
);
check("forgets lost pieces, trusted or not", [3], [
  piece(5),
  checkpoint(1),
  piece(6),
  lost(3),
  lost(5),
  lost(6),
], {
  trusted: [],
  doubtful: [],
});
check("doubts a lost piece that came again", [3], [lost(3), piece(3)], {
  trusted: [],
  doubtful: [3],
});
check("trusts a lost piece that came again before a checkpoint", [3], [
  lost(3),
  piece(3),
  checkpoint(2),
], {
  trusted: [3],
  doubtful: [],
});

Deno.test({
  name: "decodeJournal() passes over a record cut short at any byte, and says where to go on",
  permissions: "none",
  fn() {
    const bytes = journal([1], [piece(5), checkpoint(1), piece(6)]);
    const start = journalHeaderLength(PIECES);
    for (let length = start; length <= bytes.length; length++) {
      const state = stateOf(bytes.subarray(0, length));
      const whole = Math.floor((length - start) / RECORD_LENGTH);
      assertEquals(state.recordCount, whole);
      assertEquals(state.length, start + whole * RECORD_LENGTH);
      assertEquals(state.tail, state.length === length ? "clean" : "torn");
    }
  },
});

Deno.test({
  name: "decodeJournal() takes no header that is cut short at any byte",
  permissions: "none",
  fn() {
    const bytes = journal([1], []);
    for (let length = 0; length < bytes.length; length++) {
      assertEquals(decodeJournal(bytes.subarray(0, length), INFO_HASH, PIECES).kind, "damaged");
    }
  },
});

Deno.test({
  name: "decodeJournal() notices any bit that is wrong",
  permissions: "none",
  fn() {
    const bytes = journal([1], [piece(5), checkpoint(1), lost(5)]);
    const lastAt = bytes.length - RECORD_LENGTH;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      if (bit >> 3 < lastAt) {
        assertEquals(decodeJournal(damaged, INFO_HASH, PIECES).kind, "damaged", `bit ${bit}`);
      } else {
        const { tail, recordCount, length } = stateOf(damaged);
        assertEquals([tail, recordCount, length], ["torn", 2, lastAt], `bit ${bit}`);
      }
    }
  },
});

Deno.test({
  name: "decodeJournal() tells the journal of another torrent",
  permissions: "none",
  fn() {
    const reading = decodeJournal(journal([], []), OTHER_HASH, PIECES);
    assertEquals(reading, { kind: "foreign", infoHash: INFO_HASH });
  },
});

Deno.test({
  name: "decodeJournal() takes no records of another torrent, of no piece, of no record",
  permissions: "none",
  fn() {
    for (const record of [piece(PIECES), lost(PIECES), checkpoint(1)]) {
      const bytes = concatBytes([journal([], []), encodeRecords(INFO_HASH, record)]);
      assertEquals(decodeJournal(bytes, INFO_HASH, PIECES).kind, "damaged");
    }
    for (const record of [encodeRecords(OTHER_HASH, piece(1)), new Uint8Array(RECORD_LENGTH)]) {
      const { tail, recordCount } = stateOf(concatBytes([journal([], []), record]));
      assertEquals([tail, recordCount], ["torn", 0]);
    }
    assertEquals(decodeJournal(journal([], []), INFO_HASH, PIECES + 1).kind, "damaged");
  },
});

Deno.test({
  name: "encodeJournalHeader() and RecordEncoder write the documented bytes",
  permissions: "none",
  fn() {
    const bits = new Bitfield(9);
    bits.set(0);
    bits.set(8);
    const hash = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];
    assertEquals(
      [...encodeJournalHeader(INFO_HASH, bits).subarray(0, -4)],
      [...new TextEncoder().encode("SLJOURN"), 1, ...hash, ...hash, ...hash.slice(0, 4)].concat(
        [0, 0, 0, 9, 0x80, 0x80],
      ),
    );
    const records = encodeRecords(INFO_HASH, checkpoint(0x01020304), piece(5));
    assertEquals(records.length, 2 * RECORD_LENGTH);
    assertEquals([...records.subarray(0, 8)], [3, 0, 0, 0, 1, 2, 3, 4]);
    assertEquals([...records.subarray(RECORD_LENGTH, -4)], [1, 0, 0, 0, 0, 0, 0, 5]);
  },
});
