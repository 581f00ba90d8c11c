import { join } from "@std/path";
import { Bitfield, concatBytes } from "../../../lib/bytes/mod.ts";
import { HistoryFile } from "../../../lib/cli/shell/history_file.ts";
import { encodeTorrent, TorrentError } from "../../../lib/metainfo/mod.ts";
import {
  FileExistsError,
  openLibrary,
  openPartialStore,
  StorageError,
} from "../../../lib/storage/mod.ts";
import {
  decodeJournal,
  encodeJournalHeader,
  isJournal,
  type JournalRecord,
  RecordEncoder,
} from "../../../lib/storage/journal_format.ts";
import { fileSample, pieceOf } from "../../storage/samples.ts";
import { MKTORRENT_FILES } from "../../vectors/torrent_by_mktorrent.ts";
import { type Attempt, type FuzzTarget, promise, promiseSame, refused } from "../target.ts";

const SAMPLE = await fileSample({ name: "film.mp4", length: 8.5 * 16 * 1024 });
const { info } = SAMPLE;
const { layout } = info;
const PIECES = [...layout.pieceIndices()];

/** The pieces whose data lies right on the disk, and those of which a truthful journal says so. */
const RIGHT: ReadonlySet<number> = new Set([0, 1, 2, 4, 5]);
const TRUSTED = [0, 1, 4];

function journal(trusted: Iterable<number>, ...records: readonly JournalRecord[]) {
  const bits = new Bitfield(layout.pieceCount);
  for (const index of trusted) bits.set(index);
  const header = encodeJournalHeader(info.infoHash, bits);
  return concatBytes([header, new RecordEncoder(info.infoHash).encode(records)]);
}

/** A truthful journal: all but piece 3, of which it does not know whether it came, are right. */
const UNSURE = journal(TRUSTED, { kind: "piece", index: 2 }, { kind: "piece", index: 3 });

/** Truthful journals that know only of right pieces, so that no part of them can tell of another. */
const JOURNALS = [
  journal(TRUSTED),
  journal([]),
  journal(
    [],
    ...TRUSTED.map((index) => ({ kind: "piece", index }) as const),
    { kind: "checkpoint", records: 3 },
    { kind: "piece", index: 5 },
    { kind: "lost", index: 5 },
    { kind: "piece", index: 2 },
  ),
];

/** What lies on the disk: the right pieces, and something else in the places of the others. */
const DATA = new Uint8Array(layout.totalLength);
for (const index of PIECES) {
  if (RIGHT.has(index)) DATA.set(pieceOf(SAMPLE, index), layout.pieceOffset(index));
}

function attemptJournal(bytes: Uint8Array): Attempt {
  const reading = decodeJournal(bytes, info.infoHash, layout.pieceCount);
  if (reading.kind !== "state") return { outcome: "refused" };
  const { trusted, doubtful, length, recordCount } = reading.state;
  promise(isJournal(bytes), "it does not begin as a journal");
  promise(length <= bytes.length && recordCount * 12 <= length, "it is longer than the file");
  promise([...trusted.ones()].every((index) => !doubtful.has(index)), "trusted and doubted");
  return { outcome: "accepted", made: [...trusted.ones(), ...doubtful.ones()] };
}

/** A journal of right pieces that was changed tells of no other piece, whatever was changed. */
function attemptChanged(bytes: Uint8Array): Attempt {
  const attempt = attemptJournal(bytes);
  for (const index of attempt.made as number[] ?? []) {
    promise(RIGHT.has(index), `it tells of piece ${index}`);
  }
  return attempt;
}

/** Records that are right in themselves and say anything. */
function attemptRecords(bytes: Uint8Array): Attempt {
  const records: JournalRecord[] = [];
  for (let at = 1; at + 2 <= bytes.length; at += 2) {
    const [kind = 0, value = 0] = bytes.subarray(at, at + 2);
    const number = value < 200 ? value % 12 : 2 ** 32 - 1 - value;
    records.push(
      kind % 3 === 2
        ? { kind: "checkpoint", records: number }
        : { kind: kind % 3 === 0 ? "piece" : "lost", index: number },
    );
  }
  const trusted = PIECES.filter((index) => ((bytes[0] ?? 0) >> (index % 8)) & 1);
  return attemptJournal(journal(trusted, ...records));
}

/** A folder of its own for one input. */
async function inFolder<T>(run: (path: string) => Promise<T>): Promise<T> {
  const path = await Deno.makeTempDir({ prefix: "sluice-fuzz-" });
  try {
    return await run(path);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

/** Goes on with a download beside whose data something lies; every piece that counts must be right. */
function attemptResume(bytes: Uint8Array, suffix: ".journal" | ".lock"): Promise<Attempt> {
  return inFolder(async (folder) => {
    const partial = join(folder, `${info.name}.partial`);
    await Deno.writeFile(partial, DATA);
    await Deno.writeFile(`${partial}.journal`, UNSURE);
    await Deno.writeFile(`${partial}${suffix}`, bytes);
    try {
      await using store = await openPartialStore({ folder, info });
      for (const index of store.held.ones()) {
        promise(RIGHT.has(index), `piece ${index} is bad and counts as held`);
        const at = layout.pieceIndex(index);
        const data = new Uint8Array(layout.pieceSize(at));
        await store.read(at, 0, data);
        promiseSame(data, pieceOf(SAMPLE, at), `piece ${index}`);
      }
      return { outcome: "accepted" };
    } catch (error) {
      return refused(error, StorageError, FileExistsError);
    }
  });
}

/** A torrent file that lies in the library. */
function attemptKept(bytes: Uint8Array): Promise<Attempt> {
  return inFolder(async (folder) => {
    const library = await openLibrary(folder);
    await Deno.mkdir(library.chunks);
    await Deno.writeFile(library.torrentPath("film.mp4"), bytes);
    try {
      return { outcome: "accepted", made: await library.readTorrent("film.mp4") };
    } catch (error) {
      return refused(error, StorageError, TorrentError);
    }
  });
}

/** The lines of earlier shells, to which one more is added. */
function attemptHistory(bytes: Uint8Array): Promise<Attempt> {
  return inFolder(async (folder) => {
    const path = join(folder, "shell_history");
    await Deno.writeFile(path, bytes);
    const history = new HistoryFile(path);
    const lines = await history.read();
    promise(lines.every((line) => line !== "" && !line.includes("\n")), "a line is none");
    await history.add("see_connected");
    const again = await history.read();
    promise(again[0]?.endsWith("see_connected") === true, `the last line is ${again[0]}`);
    return { outcome: lines.length > 0 ? "accepted" : "refused", made: again };
  });
}

/** What lies in the folders of the program and may have been changed by anybody, or by a crash. */
export const STATE: FuzzTarget = {
  quick: 60,
  kinds: {
    journal: { form: "bytes", corpus: JOURNALS, attempt: attemptChanged },
    records: {
      form: "bytes",
      corpus: [new Uint8Array(9), Uint8Array.from({ length: 41 }, (_, at) => at * 7)],
      attempt: attemptRecords,
    },
    resume: {
      form: "bytes",
      corpus: [journal(TRUSTED), journal([]), UNSURE],
      attempt: (bytes) => attemptResume(bytes, ".journal"),
    },
    lock: {
      form: "text",
      corpus: ["123\n", "", "-1"].map((text) => new TextEncoder().encode(text)),
      attempt: (bytes) => attemptResume(bytes, ".lock"),
    },
    kept: {
      form: "bencode",
      corpus: [encodeTorrent({ info }), MKTORRENT_FILES[0]!.torrent],
      attempt: attemptKept,
    },
    history: {
      form: "text",
      corpus: [new TextEncoder().encode("help\nconnect_server\nping 192.0.2.7 9021\n")],
      attempt: attemptHistory,
    },
  },
};
