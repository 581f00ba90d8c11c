import {
  cases,
  dict,
  entry,
  FILE,
  file,
  folder,
  folderOf,
  hashes,
  int,
  list,
  type MalformedTorrent,
  type Outcome,
  refused,
  sorted,
  str,
  taken,
  text,
} from "./malformed_torrent.ts";

function shape(reason: string): Outcome {
  return refused("BencodeShapeError", reason);
}

function layout(reason: string): Outcome {
  return refused("PieceLayoutError", reason);
}

const PIECE_LENGTHS = "must be a power of two from 16384 to 67108864";
const TREE = dict(["film.mp4", dict(["", dict(["length", int(16_000)])])]);
const V2 = { "meta version": int(2), "file tree": TREE };

/** Torrents whose info dictionary has not the keys, types and numbers that it must have. */
export const BAD_INFO: readonly MalformedTorrent[] = cases([
  ["of no keys", "de", refused("TorrentError", "it has no info dictionary")],
  [
    "without an info dictionary",
    dict(["announce", str("http://a")]),
    refused("TorrentError", "it has no info dictionary"),
  ],
  ["whose Info has a capital", dict(["Info", "de"]), refused("TorrentError", "it has no info")],
  ["whose info is an integer", dict(["info", int(1)]), shape("it is an integer, must be a dict")],
  ["whose info is a list", dict(["info", list()]), shape("it is a list, must be a dictionary")],
  [
    "whose info is a byte string with a dictionary in it",
    dict(["info", str(sorted(FILE))]),
    shape("it is a byte string, must be a dictionary"),
  ],
  ["whose info is empty", dict(["info", "de"]), shape("name is missing")],

  ["without a name", file({ name: undefined }), shape("name is missing")],
  ["whose name is an integer", file({ name: int(7) }), shape("name is an integer, must be a byte")],
  ["whose name is a list", file({ name: list(str("a")) }), shape("name is a list, must be a byte")],
  ["whose name is a dictionary", file({ name: "de" }), shape("name is a dictionary, must be a by")],
  ["without a piece length", file({ "piece length": undefined }), shape("piece length is missing")],
  [
    "whose piece length is text",
    file({ "piece length": str("16384") }),
    shape("piece length is a byte string, must be an integer"),
  ],
  [
    "whose piece length is a list",
    file({ "piece length": list(int(16_384)) }),
    shape("piece length is a list, must be an integer"),
  ],
  ["without pieces", file({ pieces: undefined }), shape("pieces is missing")],
  ["whose pieces are a number", file({ pieces: int(1) }), shape("pieces is an integer, must be")],
  [
    "whose pieces are a list of hashes",
    file({ pieces: list(hashes(1)) }),
    shape("pieces is a list, must be a byte string"),
  ],
  ["without length and files", file({ length: undefined }), shape("length is missing")],
  ["whose length is text", file({ length: str("16000") }), shape("length is a byte string, must")],
  ["whose length is a list", file({ length: list(int(1)) }), shape("length is a list, must be an")],
  [
    "with both length and files",
    file({ files: list(entry(["a"])) }),
    refused("TorrentError", "it has both files and length, must have one of them"),
  ],
  [
    "with both length and files that are none",
    file({ files: int(0) }),
    refused("TorrentError", "it has both files and length, must have one of them"),
  ],

  ["of a negative length", file({ length: int(-1) }), shape("length is -1, must be at least 0")],
  ["of 2^63 bytes", file({ length: int(2n ** 63n) }), shape("length is 9223372036854775808, must")],
  [
    "of 2^64 - 1 bytes",
    file({ length: int(2n ** 64n - 1n) }),
    shape("length is 184467440737095516"),
  ],
  ["of 2^53 bytes", file({ length: int(2n ** 53n) }), shape("length is 9007199254740992, must be")],
  [
    "of 2^53 - 1 bytes",
    file({ length: int(2n ** 53n - 1n) }),
    layout("total length is 9007199254740991, must be from 0 to 140737488355328"),
  ],
  [
    "of a byte more than there may be",
    file({ length: int(2n ** 47n + 1n), "piece length": int(2 ** 26) }),
    layout("total length is 140737488355329, must be from 0 to 140737488355328"),
  ],
  [
    "of a piece more than there may be",
    file({ length: int(2 ** 21 * 16_384 + 1) }),
    layout("there are 2097153 pieces of 16384 bytes"),
  ],
  [
    "of no bytes and no pieces",
    file({ length: int(0), pieces: str("") }),
    taken({ pieceCount: 0 }),
  ],
  [
    "of no bytes and a piece",
    file({ length: int(0) }),
    layout("piece hashes have 20 bytes, 0 pieces need 0"),
  ],

  ["whose pieces have no bytes", file({ pieces: str("") }), layout("piece hashes have 0 bytes")],
  [
    "whose hash has 19 bytes",
    file({ pieces: str("h".repeat(19)) }),
    layout("piece hashes have 19"),
  ],
  [
    "whose hash has 21 bytes",
    file({ pieces: str("h".repeat(21)) }),
    layout("piece hashes have 21"),
  ],
  [
    "whose hash is in hexadecimal digits",
    file({ pieces: str("ab".repeat(20)) }),
    layout("piece hashes have 40 bytes, 1 pieces need 20"),
  ],
  [
    "whose hash is of SHA-256",
    file({ pieces: str("h".repeat(32)) }),
    layout("piece hashes have 32 bytes, 1 pieces need 20"),
  ],
  [
    "with a hash too many",
    file({ length: int(16_384), pieces: hashes(2) }),
    layout("piece hashes have 40 bytes, 1 pieces need 20"),
  ],
  [
    "with a hash too few",
    file({ length: int(16_385) }),
    layout("piece hashes have 20 bytes, 2 pieces need 40"),
  ],

  ...([0, -1, -16_384, 1, 8_192, 16_383, 16_385, 20_000, 49_152, 2 ** 27] as const).map((length) =>
    [
      `with pieces of ${length} bytes`,
      file({ "piece length": int(length) }),
      layout(`piece length is ${length}, ${PIECE_LENGTHS}`),
    ] as const
  ),
  [
    "with pieces of 2^32 bytes, a power of two",
    file({ "piece length": int(2 ** 32) }),
    layout(`piece length is 4294967296, ${PIECE_LENGTHS}`),
  ],
  [
    "with pieces of 2^32 + 2^14 bytes, whose lower half is a good length",
    file({ "piece length": int(2 ** 32 + 2 ** 14) }),
    layout(`piece length is 4294983680, ${PIECE_LENGTHS}`),
  ],
  [
    "with pieces of 2^64 bytes",
    file({ "piece length": int(2n ** 64n) }),
    shape("piece length is 18446744073709551616, must be at most 9007199254740991"),
  ],

  [
    "whose files are an integer",
    file({ length: undefined, files: int(1) }),
    shape("files is an in"),
  ],
  [
    "whose files are a dictionary",
    file({ length: undefined, files: "de" }),
    shape("files is a dic"),
  ],
  ["whose files are none", folder(), layout("a torrent of a folder has at least one file")],
  [
    "with a file that is a name",
    folderOf([str("a")]),
    shape("files holds a byte string, must hold"),
  ],
  [
    "with a file that is a list",
    folderOf([list(str("a"))]),
    shape("files holds a list, must hold"),
  ],
  ["with a file of no keys", folderOf(["de"]), shape("path is missing, in files 0 of info")],
  [
    "with a second file without a path",
    folderOf([entry(["a"]), entry([], { path: undefined })]),
    shape("path is missing, in files 1 of info"),
  ],
  [
    "with a file whose path is text",
    folderOf([entry([], { path: str("a") })]),
    shape("path is a by"),
  ],
  [
    "with a file whose path holds a number",
    folderOf([entry([], { path: list(str("a"), int(1)) })]),
    shape("path holds an integer, must hold byte strings"),
  ],
  [
    "with a file without a length",
    folderOf([entry(["a"], { length: undefined })]),
    shape("length is m"),
  ],
  [
    "with a file whose length is text",
    folderOf([entry(["a"], { length: str("1") })]),
    shape("length i"),
  ],
  [
    "with a file of negative length",
    folderOf([entry(["a"], { length: int(-1) })]),
    shape("length is -"),
  ],
  [
    "with a file of negative length that another makes good",
    folderOf([entry(["a"], { length: int(-5) }), entry(["b"], { length: int(6) })]),
    shape("length is -5, must be at least 0, in files 0 of info"),
  ],
  [
    "with a file of 2^63 bytes",
    folderOf([entry(["a"], { length: int(2n ** 63n) })]),
    shape("length is 9223372036854775808, must be at most 9007199254740991"),
  ],
  [
    "with files whose sum is beyond 2^53",
    folderOf(["a", "b"].map((name) => entry([name], { length: int(2n ** 53n - 1n) }))),
    layout("total length is 18014398509481982, must be from 0 to"),
  ],
  [
    "with files whose sum is a byte more than there may be",
    folderOf([entry(["a"], { length: int(2n ** 47n) }), entry(["b"])]),
    layout("total length is 140737488355329, must be from 0 to 140737488355328"),
  ],
  [
    "with files that need another hash",
    folderOf([entry(["a"], { length: int(16_384) }), entry(["b"])]),
    layout("piece hashes have 20 bytes, 2 pieces need 40"),
  ],
  [
    "with files of no bytes between the others",
    folderOf([entry(["a"], { length: int(0) }), entry(["b"]), entry(["c"], { length: int(0) })]),
    taken({ files: [["a", 0], ["b", 1], ["c", 0]], pieceCount: 1 }),
  ],
  [
    "with a file whose attr is a number",
    folderOf([entry(["a"], { attr: int(1) })]),
    shape("attr is an"),
  ],
  [
    "with a file that is a link",
    folderOf([entry(["a"], { attr: str("l"), "symlink path": list(str(".."), str("etc")) })]),
    refused("TorrentError", '"a" is a link, links are not made'),
  ],

  [
    "of version 2 only",
    file({ ...V2, pieces: undefined }),
    refused("TorrentError", "it is BitTorrent v2 only, a v1 or hybrid torrent is needed"),
  ],
  [
    "of version 2 without its file tree",
    file({ "meta version": int(2), pieces: undefined }),
    refused("TorrentError", "it is BitTorrent v2 only, a v1 or hybrid torrent is needed"),
  ],
  ["of both versions", file(V2), taken({ name: "film.mp4", files: [["", 16_000]] })],
  [
    "of both versions that disagree on what is in it",
    file({ ...V2, "file tree": dict(["..", dict(["", dict(["length", int(1)])])]) }),
    taken({ name: "film.mp4", files: [["", 16_000]] }),
  ],
  ["of version 99", file({ "meta version": int(99) }), taken({ name: "film.mp4" })],
  ["whose version is text", file({ "meta version": str("2") }), taken({ name: "film.mp4" })],

  ["whose private is 0", file({ private: int(0) }), taken({ privacy: "public" })],
  ["whose private is 2", file({ private: int(2) }), taken({ privacy: "private" })],
  ["whose private is -1", file({ private: int(-1) }), taken({ privacy: "private" })],
  [
    "whose private is text",
    file({ private: str("1") }),
    shape("private is a byte string, must be"),
  ],
  [
    "whose private is a list",
    file({ private: list(int(1)) }),
    shape("private is a list, must be an"),
  ],
  [
    "whose private is 2^64",
    file({ private: int(2n ** 64n) }),
    shape("private is 18446744073709551616"),
  ],
  ["that is private outside its info", file({}, { private: int(1) }), taken({ privacy: "public" })],

  ["whose name is not UTF-8", file({ name: str("\xff") }), shape("name is not UTF-8")],
  ["whose name is in Latin-1", file({ name: str("caf\xe9") }), shape("name is not UTF-8")],
  ["whose name is cut in a character", file({ name: str("\xe6\x97") }), shape("name is not UTF-8")],
  [
    "whose name has a slash in two bytes",
    file({ name: str("..\xc0\xafx") }),
    shape("name is not UTF-8"),
  ],
  [
    "whose name has half a character",
    file({ name: str("\xed\xa0\x80") }),
    shape("name is not UTF-8"),
  ],
  [
    "with a file whose path is not UTF-8",
    folderOf([entry([], { path: list(str("a"), str("\xff")) })]),
    shape("path is not UTF-8, in files 0 of info"),
  ],
  [
    "whose name.utf-8 is another than its name",
    file({ "name.utf-8": text("caf\u00e9") }),
    taken({ name: "caf\u00e9" }),
  ],
  [
    "whose name is not UTF-8 where its name.utf-8 is",
    file({ name: str("\xff"), "name.utf-8": text("caf\u00e9") }),
    taken({ name: "caf\u00e9" }),
  ],
  [
    "whose name.utf-8 is not UTF-8",
    file({ "name.utf-8": str("\xff") }),
    shape("name.utf-8 is not"),
  ],
  [
    "whose name.utf-8 is a number",
    file({ "name.utf-8": int(1) }),
    shape("name.utf-8 is an integer"),
  ],
  [
    "with a file whose path.utf-8 is another than its path",
    folderOf([entry(["a", "b"], { "path.utf-8": list(str("c")) })]),
    taken({ files: [["c", 1]] }),
  ],
  [
    "with a file whose path.utf-8 is text",
    folderOf([entry(["a"], { "path.utf-8": str("b") })]),
    shape("path.utf-8 is a byte string, must be a list, in files 0 of info"),
  ],
]);
