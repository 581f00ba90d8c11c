import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  FileSelectionError,
  formatFileIndices,
  MAX_MAGNET_LENGTH,
  parseFileIndices,
  PieceLayout,
  piecesOfFiles,
  selectFiles,
  type TorrentFile,
} from "../../lib/metainfo/mod.ts";
import { seededRandom } from "../bencode/seeded_random.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

const PIECE_LENGTH = 16 * 1024;

function folderOf(...files: [path: string, length?: number, role?: "padding"][]) {
  let offset = 0;
  const placed = files.map(([path, length = 10, role]): TorrentFile => {
    const file = { path: path.split("/"), length, offset, ...(role && { role }) };
    offset += length;
    return file;
  });
  const layout = new PieceLayout({ totalLength: offset, pieceLength: PIECE_LENGTH });
  return { name: "course", files: placed, layout };
}

const course = folderOf(
  ["readme.txt"],
  ["week 1/intro.mp4"],
  ["week 1/notes.txt"],
  ["week 2/deep/er/part [1].mp4"],
  ["week 2/deep/er/part 2.mkv"],
  [".pad/10", 10, "padding"],
  ["week 10/caf\u00e9.mp4"],
  ["x.mp4/readme"],
);

function chosenBy(...patterns: string[]): string[] {
  return [...selectFiles(course, patterns)].map((at) => course.files[at]?.path.join("/") ?? "");
}

const SELECTIONS: readonly (readonly [pattern: string, paths: readonly string[]])[] = [
  ["readme.txt", ["readme.txt"]],
  ["*.mkv", ["week 2/deep/er/part 2.mkv"]],
  ["*.mp4", [
    "week 1/intro.mp4",
    "week 2/deep/er/part [1].mp4",
    "week 10/caf\u00e9.mp4",
    "x.mp4/readme",
  ]],
  ["week 1", ["week 1/intro.mp4", "week 1/notes.txt"]],
  ["week 1/", ["week 1/intro.mp4", "week 1/notes.txt"]],
  ["./week 1/*.txt", ["week 1/notes.txt"]],
  ["/week 1/*.txt", ["week 1/notes.txt"]],
  ["week ?/*.mp4", ["week 1/intro.mp4"]],
  ["week 2/deep", ["week 2/deep/er/part [1].mp4", "week 2/deep/er/part 2.mkv"]],
  ["deep", ["week 2/deep/er/part [1].mp4", "week 2/deep/er/part 2.mkv"]],
  ["**/er/*.mkv", ["week 2/deep/er/part 2.mkv"]],
  ["week 2/**/*.mkv", ["week 2/deep/er/part 2.mkv"]],
  ["**/readme*", ["readme.txt", "x.mp4/readme"]],
  ["part [1].mp4", ["week 2/deep/er/part [1].mp4"]],
  ["part [0-9].m*", ["week 2/deep/er/part 2.mkv"]],
  ["part [!3-9].m*", ["week 2/deep/er/part 2.mkv"]],
  ["part \\[?\\].mp4", ["week 2/deep/er/part [1].mp4"]],
  ["part [1*", ["week 2/deep/er/part [1].mp4"]],
  ["cafe\u0301.*", ["week 10/caf\u00e9.mp4"]],
  ["caf?.mp4", ["week 10/caf\u00e9.mp4"]],
  ["**", course.files.filter((file) => file.role === undefined).map(({ path }) => path.join("/"))],
];

for (const [pattern, paths] of SELECTIONS) {
  pure(`selectFiles() understands ${pattern}`, () => {
    assertEquals(chosenBy(pattern), paths);
  });
}

pure("selectFiles() joins what several patterns choose, each file once", () => {
  assertEquals(chosenBy("*.mkv", "readme.txt", "week 2"), [
    "week 2/deep/er/part 2.mkv",
    "readme.txt",
    "week 2/deep/er/part [1].mp4",
  ]);
});

pure("selectFiles() names the pattern that matches nothing, and shows some of the paths", () => {
  for (
    const pattern of [
      "*.avi",
      "week 1/*.mkv",
      "deep/er/*.mkv",
      "README.TXT",
      "10",
      ".pad",
      "",
      "/",
      "er?",
      "eek 1",
      "..",
    ]
  ) {
    const error = assertThrows(() => chosenBy("readme.txt", pattern), FileSelectionError);
    assert(error.message.includes(`${JSON.stringify(pattern)} matches none of "course"`));
    assert(error.message.includes('"week 1/intro.mp4"'), error.message);
    assert(error.message.endsWith("and 2 more"), error.message);
    assert(!error.message.includes(".pad/"), error.message);
  }
});

pure("selectFiles() takes the name for the path where a torrent is one file", () => {
  const film = { name: "film.mp4", files: [{ path: [], length: 5, offset: 0 }] };
  for (const pattern of ["film.mp4", "*.mp4", "**"]) {
    assertEquals([...selectFiles(film, [pattern])], [0]);
  }
  assertThrows(() => selectFiles(film, ["*.mkv"]), FileSelectionError, 'has "film.mp4"');
});

pure("selectFiles() cannot be made to take long by names that fit almost", () => {
  const name = "1".repeat(80) + "2".repeat(80) + "3".repeat(80);
  const torrent = folderOf(
    ...Array.from({ length: 2_000 }, (_, at) => [`${at}/${`${name}/`.repeat(9)}x`] as [string]),
  );
  const pattern = `${"**/*1*2*3*4*/".repeat(3)}*1*2*3*4*`;
  const worker = () => selectFiles(torrent, [pattern]);
  assertThrows(worker, FileSelectionError);
});

pure(
  "piecesOfFiles() counts the pieces that files touch, and nothing for empty or padding ones",
  () => {
    const torrent = folderOf(
      ["a", PIECE_LENGTH - 1],
      ["empty", 0],
      ["b", 1],
      ["c", 2 * PIECE_LENGTH],
      ["pad", PIECE_LENGTH, "padding"],
      ["d", PIECE_LENGTH + 1],
      ["empty at the end", 0],
    );
    const cases: [number[], number[]][] = [
      [[0], [0]],
      [[1], []],
      [[2], [0]],
      [[3], [1, 2]],
      [[4], []],
      [[5], [4, 5]],
      [[6], []],
      [[0, 3, 6], [0, 1, 2]],
      [[], []],
      [[7], []],
    ];
    for (const [files, pieces] of cases) {
      assertEquals([...piecesOfFiles(torrent, files).ones()], pieces, `files ${files}`);
    }
  },
);

pure("parseFileIndices() reads numbers and ranges of BEP 53", () => {
  const cases: [string, number[]][] = [
    ["0", [0]],
    ["0,2,4-6", [0, 2, 4, 5, 6]],
    ["6,4-5,0-2,1-4", [0, 1, 2, 4, 5, 3, 6]],
    ["7-7", [7]],
    ["0-9", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ["00,1,1,1", [0, 1]],
  ];
  for (const [text, indices] of cases) {
    assertEquals(parseFileIndices(text, 10), new Set(indices), text);
  }
});

pure("parseFileIndices() refuses anything else and says why", () => {
  const cases = [
    ["", "not a number"],
    ["1,", "not a number"],
    ["-1", "not a number"],
    ["1-", "not a number"],
    ["1-2-3", "not a number"],
    ["1.5", "not a number"],
    [" 1", "not a number"],
    ["1;2", "not a number"],
    ["99999999999", "not a number"],
    ["3-2", "ends before"],
    ["10", "no file 10"],
    ["0-10", "no file 10"],
    ["0-9999999999", "no file 9999999999"],
    ["1,".repeat(MAX_MAGNET_LENGTH), "longer than"],
  ] as const;
  for (const [text, reason] of cases) {
    assertThrows(() => parseFileIndices(text, 10), FileSelectionError, reason);
  }
});

pure("parseFileIndices() adds what many ranges share only once", () => {
  const text = new Array(MAX_MAGNET_LENGTH / 16).fill("0-1999999").join();
  assertEquals(parseFileIndices(text, 2_000_000).size, 2_000_000);
});

pure("formatFileIndices() writes what parseFileIndices() reads, in few ranges", () => {
  assertEquals(formatFileIndices([]), "");
  assertEquals(formatFileIndices([5, 4, 6, 0, 2, 2]), "0,2,4-6");
  const uniform = seededRandom(53);
  const random = (below: number) => Math.floor(uniform() * below);
  for (let round = 0; round < 200; round++) {
    const indices = new Set(Array.from({ length: 1 + random(40) }, () => random(60)));
    assertEquals(parseFileIndices(formatFileIndices(indices), 60), indices);
  }
});
