import { quoteText } from "../../../lib/bytes/mod.ts";
import {
  cases,
  entry,
  file,
  folder,
  folderOf,
  int,
  list,
  type MalformedTorrent,
  type Outcome,
  refused,
  str,
  taken,
  text,
} from "./malformed_torrent.ts";

function unsafe(reason: string): Outcome {
  return refused("UnsafePathError", reason);
}

type Row = readonly [name: string, torrent: string, outcome: Outcome];

/** Names that are refused as that of a torrent and as that of a file in a folder, and why. */
const BAD_NAMES: readonly (readonly [what: string, name: string, problem: string])[] = [
  ["empty", "", "has an empty component"],
  ["a dot", ".", 'has a component "." or ".."'],
  ["two dots", "..", 'has a component "." or ".."'],
  ["absolute", "/etc/passwd", "is absolute"],
  ["a share of Windows", "\\\\host\\share", "is absolute"],
  ["absolute on Windows", "C:\\Windows", "is absolute"],
  ["relative to a drive", "c:x", "is absolute"],
  ["a way up", "../x", "has a separator inside a component"],
  ["a way up for Windows", "..\\x", "has a separator inside a component"],
  ["a way up in its midst", "a/../../x", "has a separator inside a component"],
  ["a path that ends in a slash", "a/", "has a separator inside a component"],
  ["with a NUL", "a\0b", "has a control character"],
  ["with a line break", "a\nb", "has a control character"],
  ["with an escape sequence", "a\x1b[2Jb", "has a control character"],
  ["with a DEL", "a\x7fb", "has a control character"],
  ["with a C1 control", "a\u0085b", "has a control character"],
  ["with an override of its direction", "a\u202egpj.exe", "has a character that hides or reorders"],
  ["with an isolate", "a\u2066b", "has a character that hides or reorders text"],
  ["with a zero width space", "a\u200bb", "has a character that hides or reorders text"],
  ["with a byte order mark", "\ufeffa", "has a character that hides or reorders text"],
  ["with a line separator", "a\u2028b", "has a character that hides or reorders text"],
  ["a device", "CON", "has a component that names a device on Windows"],
  ["a device with an ending", "nul.txt", "has a component that names a device on Windows"],
  ["a device with a space and an ending", "aux .mp4", "has a component that names a device"],
  ["a port", "com1", "has a component that names a device on Windows"],
  ["a port with a raised digit", "LPT\u00b2.txt", "has a component that names a device on Windows"],
  ["a console", "conout$", "has a component that names a device on Windows"],
  ["with a dot at its end", "film.", "has a component that ends in a dot or a space"],
  ["with a space at its end", "film ", "has a component that ends in a dot or a space"],
  ["three dots", "...", "has a component that ends in a dot or a space"],
  ["of 241 bytes", "x".repeat(241), "has a component over 240 bytes"],
  ["of 81 characters and 243 bytes", "\u6f22".repeat(81), "has a component over 240 bytes"],
];

/** Trees of files that cannot stand side by side, and the path that is refused for it. */
const COLLISIONS: readonly (readonly [what: string, paths: string[][], refused: string])[] = [
  ["the same path twice", [["a"], ["a"]], "a"],
  ["the same path but for its case", [["a"], ["b"], ["A"]], "A"],
  ["the same path but for the case of a folder", [["d", "a"], ["D", "A"]], "D/A"],
  ["the same path but for its normal form", [["\u00e9"], ["e\u0301"]], "e\u0301"],
  ["the same path but for a sharp s", [["stra\u00dfe"], ["STRASSE"]], "STRASSE"],
  ["a file that is the folder of another", [["a"], ["a", "b"]], "a/b"],
  ["a file that is the folder of one before", [["a", "b"], ["a"]], "a"],
  ["a file that is the folder of another but for its case", [["A"], ["a", "b"]], "a/b"],
  ["a file that is a folder further down", [["a", "b", "c"], ["a", "b"]], "a/b"],
];

/** Names that Sluice gives to files of its own. */
const OWN_NAMES = [
  "film.mp4.part1",
  "film.mp4.PART99999",
  "film.mp4.partial",
  "film.mp4.partial.aside",
  "film.mp4.partial.journal",
  "film.mp4.partial.lock",
  "film.mp4.parts.lock",
];

function ofBadNames(): Row[] {
  return BAD_NAMES.flatMap(([what, name, problem]): Row[] => [
    [
      `whose name is ${what}`,
      file({ name: text(name) }),
      unsafe(`path ${quoteText(name)} ${problem}`),
    ],
    [
      `with a file whose name is ${what}`,
      folder(["good"], ["a", name, "b"]),
      unsafe(`path ${quoteText(`a/${name}/b`)} ${problem}`),
    ],
  ]);
}

function ofCollisions(): Row[] {
  return COLLISIONS.map(([what, paths, path]): Row => [
    `with ${what}`,
    folder(...paths),
    unsafe(`path ${quoteText(path)} is also the path of another file or folder`),
  ]);
}

function ofOwnNames(): Row[] {
  return OWN_NAMES.map((name): Row => [
    `whose name is ${name}, as Sluice names files of its own`,
    file({ name: str(name) }),
    unsafe(`path "${name}" ends as the names of unfinished files here do`),
  ]);
}

function deep(components: number): string[] {
  return Array.from({ length: components }, () => "d");
}

function padding(length: number, path = [".pad", "7"]): string {
  return entry(path, { attr: str("p"), length: int(length) });
}

/** Torrents whose names and paths lead astray or hide what they are, and some that only look so. */
export const BAD_PATHS: readonly MalformedTorrent[] = cases([
  ...ofBadNames(),
  ...ofCollisions(),
  ...ofOwnNames(),
  ["with a file of no path", folder(["a"], []), unsafe('path "" has no components')],
  ["with a path of 101 components", folder(deep(101)), unsafe('path "d/d/d')],
  ["with a path of 100 components", folder(deep(100)), taken({ pieceCount: 1 })],
  ["with a path of two dots below a folder", folder(["a", "..", "b"]), unsafe('path "a/../b" has')],
  [
    "whose name.utf-8 is a way up where its name is good",
    file({ "name.utf-8": str("../x") }),
    unsafe('path "../x" has a separator inside a component'),
  ],
  [
    "whose name is a way up where its name.utf-8 is good",
    file({ name: str("../x"), "name.utf-8": str("good.mp4") }),
    taken({ name: "good.mp4" }),
  ],
  [
    "with a file whose path.utf-8 is a way up where its path is good",
    folderOf([entry(["a"], { "path.utf-8": list(str(".."), str("b")) })]),
    unsafe('path "../b" has a component "." or ".."'),
  ],
  [
    "with files whose paths differ and path.utf-8 do not",
    folderOf(["a", "b"].map((name) => entry([name], { "path.utf-8": list(str("c")) }))),
    unsafe('path "c" is also the path of another file or folder'),
  ],
  [
    "with the files of another torrent's parts in its folder",
    folder(["film.mp4.part1"], ["film.mp4.partial"]),
    taken({ files: [["film.mp4.part1", 1], ["film.mp4.partial", 1]] }),
  ],
  [
    "with names that only begin as devices do",
    folder(["console"], ["com10"], ["nul-1"]),
    taken({ files: [["console", 1], ["com10", 1], ["nul-1", 1]] }),
  ],
  [
    "with a name that begins with two dots",
    folder(["..a"], [".b"]),
    taken({ files: [["..a", 1], [".b", 1]] }),
  ],
  [
    "with padding of one path twice",
    folderOf([padding(7), entry(["a"]), padding(7)]),
    taken({ files: [[".pad/7", 7], ["a", 1], [".pad/7", 7]] }),
  ],
  [
    "with padding of one path and two lengths",
    folderOf([padding(7), padding(8)]),
    unsafe('path ".pad/7" is also the path of another file or folder'),
  ],
  [
    "with padding whose path is a way up",
    folderOf([padding(7, ["..", "7"]), entry(["a"])]),
    unsafe('path "../7" has a component "." or ".."'),
  ],
]);
