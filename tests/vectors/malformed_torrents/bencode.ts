import {
  cases,
  dict,
  entry,
  FILE,
  file,
  int,
  list,
  type MalformedTorrent,
  type Outcome,
  refused,
  sorted,
  str,
  taken,
} from "./malformed_torrent.ts";

const GOOD = file({});
const INFO = sorted(FILE);
const READ = { name: "film.mp4", files: [["", 16_000]], pieceCount: 1 } as const;

function malformed(offset: number, reason: string): Outcome {
  return refused("BencodeError", `it is malformed at byte ${offset}, ${reason}`);
}

/** A good torrent with one integer of its info dictionary written so; where its digits begin. */
function lengthWritten(digits: string): readonly [torrent: string, offset: number] {
  const torrent = file({ length: int(digits) });
  return [torrent, torrent.indexOf("6:lengthi") + "6:lengthi".length];
}

const [ZERO_FIRST, ZERO_FIRST_AT] = lengthWritten("016000");
const [MINUS_ZERO, MINUS_ZERO_AT] = lengthWritten("-0");
const [NO_DIGITS, NO_DIGITS_AT] = lengthWritten("");
const [PLUS, PLUS_AT] = lengthWritten("+1");
const [FRACTION, FRACTION_AT] = lengthWritten("1.5");
const [EXPONENT, EXPONENT_AT] = lengthWritten("1e3");
const [LONG, LONG_AT] = lengthWritten("9".repeat(101));

/** Nested so deep in a key that nobody reads; the outermost dictionary is the first level. */
function nested(open: string, depth: number, close: string): string {
  return file({}, { z: open.repeat(depth - 1) + close.repeat(depth - 1) });
}

/** Where the nesting begins, which comes last in the file. */
const NEST_AT = GOOD.length - 1 + str("z").length;
const DEEPER = "lists and dictionaries nest deeper than 100";

/** Torrents that are no bencode, or not as it must be written. */
export const BAD_BENCODE: readonly MalformedTorrent[] = cases([
  ["of no bytes", "", malformed(0, "input ends where more must follow")],
  ["that is a web page", "<!DOCTYPE html>", malformed(0, "no value begins with this byte")],
  ["that is JSON", '{"info":{}}', malformed(0, "no value begins with this byte")],
  ["behind a byte order mark", `\xef\xbb\xbf${GOOD}`, malformed(0, "no value begins")],
  ["behind a line break", `\n${GOOD}`, malformed(0, "no value begins with this byte")],
  ["that is a list", list(GOOD), malformed(0, "value is not a dictionary")],
  ["that is an integer", int(7), malformed(0, "value is not a dictionary")],
  ["that is a byte string", str(GOOD), malformed(0, "value is not a dictionary")],
  ["with one byte behind it", `${GOOD}e`, malformed(GOOD.length, "the value has ended")],
  ["with a line break behind it", `${GOOD}\n`, malformed(GOOD.length, "the value has ended")],
  ["twice in one file", GOOD + GOOD, malformed(GOOD.length, "the value has ended")],
  ["cut behind its first byte", "d", malformed(1, "input ends where more must follow")],
  ["cut in the length of a key", "d1", malformed(2, "input ends where more must follow")],
  ["cut in a key", "d4:inf", malformed(1, "byte string is longer than the input")],
  ["cut behind a key", "d4:info", malformed(7, "input ends where more must follow")],
  ["cut in an integer", "d1:ai12", malformed(7, "input ends where more must follow")],
  ["cut in a list", "d1:ali1e", malformed(8, "input ends where more must follow")],
  ["cut in the piece hashes", GOOD.slice(0, -5), malformed(GOOD.length - 25, "byte string is lon")],
  ["without its last byte", GOOD.slice(0, -1), malformed(GOOD.length - 1, "input ends where")],
  ["with a length that begins with zero", ZERO_FIRST, malformed(ZERO_FIRST_AT, "integer has a l")],
  ["with a length of minus zero", MINUS_ZERO, malformed(MINUS_ZERO_AT, "integer is minus zero")],
  ["with an integer of no digits", NO_DIGITS, malformed(NO_DIGITS_AT, "integer needs a digit")],
  ["with a plus before an integer", PLUS, malformed(PLUS_AT, "integer needs a digit here")],
  ["with a fraction", FRACTION, malformed(FRACTION_AT + 1, "integer needs a digit here")],
  ["with an exponent", EXPONENT, malformed(EXPONENT_AT + 3, "length of a byte")],
  ["with an integer of 101 digits", LONG, malformed(LONG_AT, "integer has more than 100 digits")],
  ["with a zero before the length of a key", `d04:info${INFO}e`, malformed(1, "length has a lead")],
  ["with a byte string of negative length", "d-4:info", malformed(1, "dictionary key is not a")],
  ["with a byte string of 4 GiB", "d4:info4294967296:x", malformed(7, "byte string is longer")],
  [
    "with a byte string of 10^30 bytes",
    `d4:info1${"0".repeat(30)}:xe`,
    malformed(7, "byte string is longer than the input"),
  ],
  ["with a key that is an integer", "di1e1:ae", malformed(1, "dictionary key is not a byte")],
  ["with a key that is a list", "dle1:ae", malformed(1, "dictionary key is not a byte string")],
  ["with a key without a value", "d4:infoe", malformed(7, "no value begins with this byte")],
  [
    "with two info dictionaries",
    dict(["info", INFO], ["info", INFO]),
    malformed(7 + INFO.length, "dictionary has this key twice"),
  ],
  [
    "with two names, apart",
    dict(["info", dict(["name", str("a")], ["pieces", str("")], ["name", str("b")])]),
    malformed(27, "dictionary has this key twice"),
  ],
  [
    "with two trackers",
    dict(["announce", str("http://a")], ["announce", str("http://b")], ["info", INFO]),
    malformed(21, "dictionary has this key twice"),
  ],
  [
    "with a file that has two lengths",
    `d4:infod5:filesl${dict(["length", int(1)], ["length", int(2)], ["path", list(str("a"))])}eee`,
    malformed(28, "dictionary has this key twice"),
  ],
  ["with an empty key", dict(["", int(1)], ["info", INFO]), taken(READ)],
  ["with a key not UTF-8", dict(["info", INFO], ["\xff\xfe", int(1)]), taken(READ)],
  [
    "with its keys in the wrong order",
    dict(["info", INFO], ["announce", str("http://a")]),
    taken({ ...READ, trackers: [["http://a"]] }),
  ],
  [
    "with the keys of its info dictionary in the wrong order",
    dict(["info", dict(...Object.entries(FILE).map(([key, value]) => [key, value!] as const))]),
    taken(READ),
  ],
  [
    "with the keys of a file in the wrong order",
    file({
      length: undefined,
      files: list(dict(["path", list(str("a"))], ["length", int(1)]), entry(["b"])),
    }),
    taken({ files: [["a", 1], ["b", 1]] }),
  ],
  ["nested 100 deep", nested("l", 100, "e"), taken(READ)],
  ["nested 101 deep", nested("l", 101, "e"), malformed(NEST_AT + 99, DEEPER)],
  ["with dictionaries nested 101 deep", nested("d1:a", 101, "e"), malformed(NEST_AT + 396, DEEPER)],
  ["nested 100,000 deep", nested("l", 100_000, "e"), malformed(NEST_AT + 99, DEEPER)],
  ["nested 100,000 deep without an end", `d4:info${"l".repeat(100_000)}`, malformed(106, DEEPER)],
]);
