import { bytesOfChars } from "../bencode_vectors.ts";

/** What must become of a torrent: how its refusal begins and what its cause is, or what is taken of it. */
export type Outcome =
  | { readonly refusedFor: Cause; readonly reason: string }
  | { readonly taken: Taken };

/** The class of the error that says why a torrent is refused; `TorrentError` has no other as its cause. */
export type Cause =
  | "BencodeError"
  | "BencodeShapeError"
  | "UnsafePathError"
  | "PieceLayoutError"
  | "TorrentError";

/** What is read of a torrent that is accepted: the fields that matter to the case. */
export interface Taken {
  readonly name?: string;
  /** The path below the name and the length of each file. */
  readonly files?: readonly (readonly [path: string, length: number])[];
  readonly pieceCount?: number;
  readonly privacy?: "public" | "private";
  readonly trackers?: readonly (readonly string[])[];
  readonly webSeeds?: readonly string[];
  /** What is read beside the info dictionary, trackers and web seeds. */
  readonly remarks?: Readonly<Record<string, string | number>>;
}

/** A torrent with one thing wrong, named after "of a torrent ...", and what must become of it. */
export interface MalformedTorrent {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly outcome: Outcome;
}

/** Bencode as text whose characters stand for one byte each, right or wrong as it was put together. */
export type Chars = string;

type Members = Readonly<Record<string, Chars | undefined>>;

/** A byte string of these characters. */
export function str(chars: Chars): Chars {
  return `${chars.length}:${chars}`;
}

/** A byte string of the UTF-8 of a text. */
export function text(value: string): Chars {
  return str(String.fromCharCode(...new TextEncoder().encode(value)));
}

/** An integer. */
export function int(digits: number | bigint | string): Chars {
  return `i${digits}e`;
}

/** A list. */
export function list(...values: readonly Chars[]): Chars {
  return `l${values.join("")}e`;
}

/** A dictionary with its members as they are given, in whatever order. */
export function dict(...members: readonly (readonly [key: string, value: Chars])[]): Chars {
  return `d${members.map(([key, value]) => str(key) + value).join("")}e`;
}

/** A dictionary with its keys sorted, of which `undefined` takes one away. */
export function sorted(members: Members): Chars {
  const given = Object.entries(members).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const]
  );
  return dict(...given.sort(([a], [b]) => a < b ? -1 : 1));
}

/** The hashes of so many pieces. */
export function hashes(count: number): Chars {
  return str("h".repeat(20 * count));
}

/** The members of the info dictionary of a good torrent of one file of 16,000 bytes. */
export const FILE: Members = {
  name: str("film.mp4"),
  length: int(16_000),
  "piece length": int(16_384),
  pieces: hashes(1),
};

/** A torrent of this one file, but for changes of its info dictionary and of what is beside it. */
export function file(changes: Members, others: Members = {}): Chars {
  return sorted({ info: sorted({ ...FILE, ...changes }), ...others });
}

/** A torrent of a folder with these values as its files. */
export function folderOf(files: readonly Chars[], changes: Members = {}): Chars {
  const name = str("folder");
  return file({ name, length: undefined, files: list(...files), ...changes });
}

/** A file of one byte in a folder. */
export function entry(path: readonly string[], changes: Members = {}): Chars {
  return sorted({ length: int(1), path: list(...path.map(text)), ...changes });
}

/** A torrent of a folder with a file of one byte at each path. */
export function folder(...paths: readonly (readonly string[])[]): Chars {
  return folderOf(paths.map((path) => entry(path)));
}

/** Refused for a cause, and how the reason begins. */
export function refused(refusedFor: Cause, reason: string): Outcome {
  return { refusedFor, reason };
}

/** Accepted, and what is taken. */
export function taken(what: Taken): Outcome {
  return { taken: what };
}

/** The cases of a table. */
export function cases(
  table: readonly (readonly [name: string, torrent: Chars, outcome: Outcome])[],
): MalformedTorrent[] {
  return table.map(([name, torrent, outcome]) => ({ name, bytes: bytesOfChars(torrent), outcome }));
}
