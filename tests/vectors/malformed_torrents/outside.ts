import {
  cases,
  type Chars,
  file,
  int,
  list,
  type MalformedTorrent,
  type Outcome,
  str,
  taken,
} from "./malformed_torrent.ts";

const A = str("http://a/");
const B = str("http://b/");

function trackers(...tiers: readonly (readonly string[])[]): Outcome {
  return taken({ trackers: tiers });
}

function tiers(value: Chars): Chars {
  return file({}, { announce: A, "announce-list": value });
}

function webSeeds(...urls: readonly string[]): Outcome {
  return taken({ webSeeds: urls });
}

function seeds(value: Chars): Chars {
  return file({}, { "url-list": value });
}

function remarks(found: Readonly<Record<string, string | number>> = {}): Outcome {
  return taken({ remarks: found });
}

function dated(value: Chars): Chars {
  return file({}, { "creation date": value });
}

/** Torrents with nonsense beside the info dictionary, which nothing vouches for: it counts as absent. */
export const BAD_OUTSIDE: readonly MalformedTorrent[] = cases([
  ["whose announce is a number", file({}, { announce: int(1) }), trackers()],
  ["whose announce is a list", file({}, { announce: list(A) }), trackers()],
  ["whose announce is empty", file({}, { announce: str("") }), trackers()],
  ["whose announce is no URL", file({}, { announce: str("\0x y") }), trackers(["\0x y"])],
  [
    "whose announce is not UTF-8",
    file({}, { announce: str("http://\xff/") }),
    trackers(["http://\ufffd/"]),
  ],
  ["whose announce-list is a number", tiers(int(1)), trackers(["http://a/"])],
  ["whose announce-list is a URL", tiers(B), trackers(["http://a/"])],
  ["whose announce-list is a dictionary", tiers("de"), trackers(["http://a/"])],
  ["whose announce-list is empty", tiers(list()), trackers(["http://a/"])],
  ["whose announce-list is a list of URLs", tiers(list(B, B)), trackers(["http://a/"])],
  [
    "whose announce-list has empty tiers",
    tiers(list(list(), list(B), list())),
    trackers(["http://b/"]),
  ],
  [
    "whose announce-list has an empty URL",
    tiers(list(list(str("")), list(B))),
    trackers(["http://b/"]),
  ],
  ["whose announce-list has a number", tiers(list(list(int(1), B))), trackers(["http://b/"])],
  ["whose announce-list has a tier in a tier", tiers(list(list(list(B)))), trackers(["http://a/"])],
  [
    "whose announce-list has a URL beside its tiers",
    tiers(list(B, list(B))),
    trackers(["http://b/"]),
  ],
  [
    "whose announce-list has one URL twice",
    tiers(list(list(B, B), list(B))),
    trackers(["http://b/", "http://b/"], ["http://b/"]),
  ],
  ["whose url-list is a number", seeds(int(1)), webSeeds()],
  ["whose url-list is empty text", seeds(str("")), webSeeds()],
  ["whose url-list is a dictionary", seeds("de"), webSeeds()],
  ["whose url-list is a list in a list", seeds(list(list(A))), webSeeds()],
  ["whose url-list has a number", seeds(list(int(1), A)), webSeeds("http://a/")],
  ["whose url-list has an empty URL", seeds(list(str(""), A)), webSeeds("http://a/")],
  ["whose url-list is one URL", seeds(A), webSeeds("http://a/")],
  ["whose nodes are a number", file({}, { nodes: int(1) }), remarks()],
  ["whose nodes have no ports", file({}, { nodes: list(list(str("host"))) }), remarks()],
  ["whose httpseeds are a number", file({}, { httpseeds: int(1) }), webSeeds()],
  ["whose creation date is text", dated(str("now")), remarks()],
  ["whose creation date is a list", dated(list(int(1))), remarks()],
  ["whose creation date is before 1970", dated(int(-1)), remarks({ creationDate: -1 })],
  ["whose creation date is beyond the calendar", dated(int(8_640_000_000_001)), remarks()],
  ["whose creation date is in microseconds", dated(int(1_234_567_890_123_456)), remarks()],
  ["whose creation date is 2^64", dated(int(2n ** 64n)), remarks()],
  ["whose comment is a number", file({}, { comment: int(1) }), remarks()],
  ["whose comment is empty", file({}, { comment: str("") }), remarks()],
  [
    "whose comment is not UTF-8",
    file({}, { comment: str("a\xff") }),
    remarks({ comment: "a\ufffd" }),
  ],
  [
    "whose comment.utf-8 is another than its comment",
    file({}, { comment: str("a"), "comment.utf-8": str("b") }),
    remarks({ comment: "b" }),
  ],
  ["whose creator is a list", file({}, { "created by": list(str("a")) }), remarks()],
  ["whose encoding there is not", file({}, { encoding: str("no-such-thing") }), remarks()],
  ["whose encoding is a number", file({}, { encoding: int(1) }), remarks()],
  ["with a number of unknown keys", file({}, { x: "de", y: list("de"), z: int(-7) }), remarks()],
]);
