import { concatBytes } from "../../lib/bytes/mod.ts";
import { randomBelow } from "../bytes/seeded_random.ts";
import { edge, pick } from "./edges.ts";
import { mutateBytes } from "./mutate_bytes.ts";

/** What has a meaning of its own in one of the texts that are read, or moves the cursor. */
const WORDS: readonly string[] = [
  ..."%|%00|%zz|%ff|+|&|&&|=|?|#|/|//|\\|..|../|.|:|::|@|[|]|[::1]|*|**|[!a-z]|[z-a]".split("|"),
  ..."-|--|--=|--json|-1|0x10|1e9|NaN|Infinity|Infinityh|0,1-4294967295|'|\"|`|$(x)|;|,".split("|"),
  ..."localhost|127.0.0.1|0.0.0.0|255.255.255.255|::ffff:1.2.3.4|1.2.3|999.1.1.1".split("|"),
  ..."CON|nul.txt|a.part1|x.partial|magnet:?|xt=urn:btih:|urn:btmh:|http://|udp://h:1".split("|"),
  ...["\0", "\n", "\r\n", "\r\n\r\n", "\t", " ", "\u001b[2J", "\u202e", "\u200b", "\ufeff"],
  ...["\u2028", "\u00e9", "e\u0301", "\u{1f3ac}", "\ufffd", "\u0130", "\u00df", "__proto__"],
  ...["A".repeat(300), "\u00e9".repeat(130), "a/".repeat(120), "9".repeat(400), "*".repeat(60)],
];

const utf8 = new TextEncoder();

/** Puts words with a meaning into a text, or changes its bytes. */
export function mutateText(
  bytes: Uint8Array,
  random: () => number,
  other: Uint8Array,
): Uint8Array<ArrayBuffer> {
  let mutated = bytes.slice();
  do {
    if (random() < 0.5) mutated = mutateBytes(mutated, random, other);
    else {
      const start = randomBelow(random, mutated.length + 1);
      const end = random() < 0.5 ? start : Math.min(mutated.length, start + 8);
      const word = random() < 0.2 ? `${edge(random)}` : pick(random, WORDS);
      mutated = concatBytes([mutated.subarray(0, start), utf8.encode(word), mutated.subarray(end)]);
    }
  } while (random() < 0.3);
  return mutated;
}

/** Bytes as text; what is no UTF-8 becomes half of a character, which texts of strangers may have. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replaceAll("\ufffd", "\ud83d");
}
