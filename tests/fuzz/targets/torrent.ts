import { join, resolve, SEPARATOR } from "@std/path";
import { decode, encode } from "../../../lib/bencode/mod.ts";
import {
  checkName,
  checkPath,
  encodeTorrent,
  FileSelectionError,
  formatFileIndices,
  formatMagnet,
  MAX_NAME_BYTES,
  MAX_PATH_DEPTH,
  MAX_PIECES,
  parseFileIndices,
  parseInfo,
  parseMagnet,
  parseTorrent,
  PIECE_HASH_LENGTH,
  selectFiles,
  TorrentError,
  type TorrentInfo,
  UnsafePathError,
} from "../../../lib/metainfo/mod.ts";
import { parsePathGlob } from "../../../lib/metainfo/path_glob.ts";
import { MALFORMED_TORRENTS } from "../../vectors/malformed_torrents/mod.ts";
import { MKTORRENT_FILES } from "../../vectors/torrent_by_mktorrent.ts";
import { OTHER_TORRENT_FILES, V2_ONLY_TORRENT } from "../../vectors/torrent_by_others.ts";
import { textOf } from "../mutate_text.ts";
import { type Attempt, type FuzzTarget, parserAttempt, promise, refused } from "../target.ts";

const utf8 = new TextEncoder();

const TORRENTS = [
  ...MKTORRENT_FILES.map(({ torrent }) => torrent),
  ...OTHER_TORRENT_FILES.map(({ torrent }) => torrent),
  V2_ONLY_TORRENT,
];

/** Those that are malformed, but for the huge ones, which would slow all down. */
const MALFORMED = MALFORMED_TORRENTS.map(({ bytes }) => bytes)
  .filter(({ length }) => length <= 10_000);

/** The bytes of an info dictionary as a torrent file has them. */
function infoOf(torrent: Uint8Array): Uint8Array {
  const value = decode(torrent, { mode: "tolerant" });
  const info = value instanceof Map ? value.get("info") : undefined;
  return info === undefined ? torrent : encode(info);
}

const PATHS = [
  "a/deep/one.bin",
  "../../etc/passwd",
  "lecture \u00e9\u6f22\u5b57 \u{1f3ac}.txt",
  "con.txt",
  "C:/x",
  "a\\b",
  "x.part1",
  "film.mp4.partial.journal",
  "name.",
  ".hidden",
];

const ROOT = resolve("/library/Original_Files");

/** What must be so of a path that was let through, looked at by other means than its own rules. */
function promiseSafe(path: readonly string[]): void {
  const joined = join(ROOT, ...path);
  promise(joined.startsWith(ROOT + SEPARATOR), `it leads to ${joined}`);
  const depth = joined.slice(ROOT.length + 1).split(SEPARATOR).length;
  promise(depth === path.length && depth <= MAX_PATH_DEPTH + 1, "it has as many components");
  for (const name of path) {
    promise(utf8.encode(name).length <= MAX_NAME_BYTES, "a component is too long");
    promise(new TextDecoder().decode(utf8.encode(name)) === name, "a component is no text");
    // deno-lint-ignore no-control-regex
    promise(!/[\x00-\x1f\x7f-\x9f\\/\u202a-\u202e\u2066-\u2069]/.test(name), "a character hides");
  }
}

function promiseSound(info: TorrentInfo): void {
  const { files, layout, pieceHashes } = info;
  const total = files.reduce((sum, file) => sum + file.length, 0);
  promise(total === layout.totalLength, "the files are not the data");
  promise(pieceHashes.length === layout.pieceCount * PIECE_HASH_LENGTH, "a piece has no hash");
  promise(layout.pieceCount <= MAX_PIECES, "there are too many pieces");
  for (const file of files) promiseSafe([info.name, ...file.path]);
  const names = files.filter(({ role }) => role !== "padding")
    .map(({ path }) => path.join("/").toUpperCase());
  promise(new Set(names).size === names.length, "two files have one path");
}

async function attemptTorrent(bytes: Uint8Array): Promise<Attempt> {
  try {
    const torrent = await parseTorrent(bytes, "it");
    promiseSound(torrent.info);
    const again = await parseTorrent(encodeTorrent(torrent));
    promise(again.info.infoHash === torrent.info.infoHash, "it is another torrent when written");
    const { name, infoHash } = torrent.info;
    const link = formatMagnet({ infoHash, name, trackers: torrent.trackers.flat(), peers: [] });
    if (link.length < 60_000) promise(parseMagnet(link).name === name, "its link has another name");
    return { outcome: "accepted", made: torrent };
  } catch (error) {
    return refused(error, TorrentError);
  }
}

async function attemptInfo(bytes: Uint8Array): Promise<Attempt> {
  try {
    const info = await parseInfo(bytes);
    promiseSound(info);
    return { outcome: "accepted", made: info };
  } catch (error) {
    return refused(error, TorrentError);
  }
}

function attemptPath(bytes: Uint8Array): Attempt {
  const path = textOf(bytes).split("/");
  return parserAttempt(() => checkPath(path), [UnsafePathError], () => promiseSafe(path));
}

function attemptName(bytes: Uint8Array): Attempt {
  const name = textOf(bytes);
  return parserAttempt(() => checkName(name), [UnsafePathError], () => promiseSafe([name]));
}

function attemptGlob(bytes: Uint8Array): Attempt {
  const [pattern = "", ...paths] = textOf(bytes).split("\n");
  const names = parsePathGlob(pattern);
  for (const path of paths) names(path.split("/"));
  const info = {
    name: "course",
    files: paths.map((path) => ({ path: path.split("/"), length: 1, offset: 0 })),
  };
  return parserAttempt(() => selectFiles(info, [pattern]), [FileSelectionError]);
}

function attemptIndices(bytes: Uint8Array): Attempt {
  const parse = () => parseFileIndices(textOf(bytes), 1_000);
  return parserAttempt(parse, [FileSelectionError], (indices) => {
    const again = parseFileIndices(formatFileIndices(indices), 1_000);
    promise(again.size === indices.size, "written and read again they are others");
    promise([...indices].every((index) => index < 1_000), "there is no such file");
  });
}

function texts(...all: readonly string[]): Uint8Array[] {
  return all.map((text) => utf8.encode(text));
}

/** Torrent files and what is in them: names, paths, patterns and numbers of files. */
export const TORRENT: FuzzTarget = {
  quick: 300,
  kinds: {
    file: { form: "bencode", corpus: [...TORRENTS, ...MALFORMED], attempt: attemptTorrent },
    info: { form: "bencode", corpus: TORRENTS.map(infoOf), attempt: attemptInfo },
    path: { form: "text", corpus: texts(...PATHS), attempt: attemptPath },
    name: { form: "text", corpus: texts(...PATHS), attempt: attemptName },
    glob: {
      form: "text",
      corpus: texts(
        "*.mp4\nfilm.mp4\na/film.mp4",
        "a/**/[a-z]?.txt\na/b/c.txt",
        "[!x]*\\*\nb*",
        `${"*a".repeat(40)}b\n${"a".repeat(200)}`,
      ),
      attempt: attemptGlob,
    },
    indices: {
      form: "text",
      corpus: texts("0", "0,2,4-6", "999", "0-999", "6,1-3,2-5"),
      attempt: attemptIndices,
    },
  },
};
