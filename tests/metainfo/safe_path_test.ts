import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  checkName,
  checkPath,
  checkTree,
  MAX_NAME_BYTES,
  MAX_PATH_DEPTH,
  type PathRule,
  UnsafePathError,
} from "../../lib/metainfo/mod.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

/** Names that are unsafe as any component of a path, by the rule that they break. */
const UNSAFE_NAMES: readonly (readonly [rule: PathRule, names: readonly string[]])[] = [
  ["empty", [""]],
  ["dots", [".", ".."]],
  ["absolute", ["/", "/etc/passwd", "\\", "\\\\server\\share", "C:", "c:\\x", "C:x", "z:/"]],
  ["separator", ["a/b", "../x", "..\\x", "a\\b", "x/", "x\\"]],
  ["control character", ["\0", "a\0b", "a\nb", "\x1b[2Jx", "x\t", "\x7f", "a\x85b", "\x9b2J"]],
  [
    "invisible character",
    [
      "invoice\u202efdp.exe",
      ..."\u061c\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d",
      ..."\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff",
    ],
  ],
  ["malformed text", ["\ud800", "x\udc00y", "\udc00\ud800"]],
  [
    "device name",
    [
      "con",
      "CON",
      "Prn",
      "aux.txt",
      "NUL.tar.gz",
      "nul .txt",
      "clock$",
      "CONIN$",
      "conout$.x",
      "com0",
      "COM9.log",
      "lpt1",
      "LPT0.",
      "com\u00b9",
      "lpt\u00b3.x",
    ],
  ],
  ["trailing dot or space", ["x.", "x ", "...", " ", "mv1.mp4. "]],
  [
    "too long",
    [
      "x".repeat(MAX_NAME_BYTES + 1),
      "\u00e9".repeat(MAX_NAME_BYTES / 2 + 1),
      "\u65e5".repeat(MAX_NAME_BYTES / 3 + 1),
      "x".repeat(100_000),
    ],
  ],
];

const SAFE_NAMES = [
  "mv1.mp4",
  ".hidden",
  "..x",
  "...x",
  "a b",
  " lead",
  "-rf",
  "~",
  "console",
  "com",
  "com10",
  "lpt",
  "nulls.txt",
  "auxiliary",
  'What? <1> 10:30 "x" | y*.mp4',
  "caf\u00e9",
  "\u65e5\u672c\u8a9e",
  "\u05e9\u05dc\u05d5\u05dd",
  "\ud83d\ude00",
  "e\u0301",
  "x".repeat(MAX_NAME_BYTES),
  "\u00e9".repeat(MAX_NAME_BYTES / 2),
  "\u65e5".repeat(MAX_NAME_BYTES / 3),
];

pure("checkName() and checkPath() refuse each unsafe name and name the rule", () => {
  for (const [rule, names] of UNSAFE_NAMES) {
    for (const name of names) {
      const error = assertThrows(() => checkName(name), UnsafePathError, undefined, rule);
      assertEquals([error.rule, error.path], [rule, [name]], JSON.stringify(name));
      for (const path of [[name], [name, "x"], ["x", name], ["x", name, "y"]]) {
        const error = assertThrows(() => checkPath(path), UnsafePathError, undefined, rule);
        assertEquals([error.rule, error.path], [rule, path], JSON.stringify(name));
      }
    }
  }
});

pure("checkName() and checkPath() accept safe names", () => {
  for (const name of SAFE_NAMES) {
    checkName(name);
    checkPath([name]);
    checkPath(["x", name, name]);
  }
});

pure("checkName() refuses the names of our own files, checkPath() does not", () => {
  const suffixes = [
    ".part1",
    ".part12",
    ".partial",
    ".partial.aside",
    ".partial.journal",
    ".partial.lock",
    ".parts.lock",
    ".PART3",
    ".Parts.Lock",
  ];
  for (const suffix of suffixes) {
    const error = assertThrows(() => checkName(`mv1.mp4${suffix}`), UnsafePathError);
    assertEquals(error.rule, "own name");
    checkPath([`mv1.mp4${suffix}`]);
  }
  for (
    const name of ["mv1.part", "mv1.part1.rar", "part1", "partial", "lock", "x.partials", "x.aside"]
  ) {
    checkName(name);
  }
});

pure("checkPath() refuses paths of no components and of too many", () => {
  assertEquals(assertThrows(() => checkPath([]), UnsafePathError).rule, "empty");
  checkPath(new Array(MAX_PATH_DEPTH).fill("x"));
  const deep = new Array(MAX_PATH_DEPTH + 1).fill("x");
  assertEquals(assertThrows(() => checkPath(deep), UnsafePathError).rule, "too deep");
});

pure("checkTree() refuses paths that collide on some system", () => {
  const collisions = [
    ["a", "a"],
    ["a", "A"],
    ["x/readme", "x/README"],
    ["X/readme", "x/Readme"],
    ["caf\u00e9", "cafe\u0301"],
    ["\u00e9", "\u00c9"],
    ["\u03c3", "\u03c2"],
    ["K", "\u212a"],
    ["stra\u00dfe", "STRASSE"],
    ["a", "a/b"],
    ["a/b", "a"],
    ["a/b", "A"],
    ["a/b", "a/B/c"],
    ["a/b/c/d", "a/b/c/d/e/f"],
  ];
  for (const texts of collisions) {
    const paths = [["other"], ...texts.map((text) => text.split("/")), ["last"]];
    const error = assertThrows(() => checkTree(paths), UnsafePathError);
    assertEquals([error.rule, error.path], ["collision", paths[2]], texts.join(" "));
  }
});

pure("checkTree() accepts paths that stand side by side", () => {
  checkTree([]);
  checkTree(
    ["a", "b/a", "b/b/a", "B/c", "b/B/b", "a.b", "ab", "c/1", "c/2"].map((text) => text.split("/")),
  );
  const many = Array.from({ length: 50_000 }, (_, n) => [`${n % 7}`, `${n % 301}`, `${n}`]);
  checkTree(many);
  assertThrows(() => checkTree([...many, ["1", "1"]]), UnsafePathError);
});

pure("UnsafePathError shows a hostile path without its tricks", () => {
  const path = ["a\u202eb\x1b[2J\n\x9b", '\ud800"\\', "x".repeat(500)];
  const { message } = new UnsafePathError(path, "control character", "is bad");
  assertMatch(message, /^Cannot use path "[ -~]{1,200}": it is bad$/);
  assertEquals(
    message.includes('a\\u{202e}b\\u001b[2J\\n\\u{9b}/\\ud800\\"\\\\/xx'),
    true,
    message,
  );
});
