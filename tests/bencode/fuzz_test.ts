import { assert, assertEquals } from "@std/assert";
import { BencodeError, decode, encode } from "../../lib/bencode/mod.ts";
import { bytesOfChars, CANONICAL } from "../vectors/bencode_vectors.ts";
import { MKTORRENT_FILES } from "../vectors/torrent_by_mktorrent.ts";
import { OTHER_TORRENT_FILES } from "../vectors/torrent_by_others.ts";
import { mutate, seededRandom } from "./seeded_random.ts";

const CORPUS = [
  ...CANONICAL.map(([encoded]) => bytesOfChars(encoded)),
  ...[...MKTORRENT_FILES, ...OTHER_TORRENT_FILES].map(({ torrent }) => torrent),
];
const ROUNDS = 400;

/** What decoding gives, or `undefined` where the input is refused; any other error propagates. */
function decodeOrRefuse(
  bytes: Uint8Array,
  mode: "canonical" | "tolerant",
): ReturnType<typeof decode> | undefined {
  try {
    return decode(bytes, { mode });
  } catch (error) {
    if (error instanceof BencodeError) return undefined;
    throw error;
  }
}

Deno.test({
  name:
    "decode() of mutated vectors refuses them or accepts exactly the bytes that encode() writes",
  permissions: "none",
  fn() {
    const random = seededRandom(1);
    let accepted = 0;
    let refused = 0;
    for (const vector of CORPUS) {
      for (let round = 0; round < ROUNDS; round++) {
        const bytes = mutate(vector, random);
        const value = decodeOrRefuse(bytes, "canonical");
        if (value === undefined) refused++;
        else {
          accepted++;
          assertEquals(encode(value), bytes);
        }
      }
    }
    assert(accepted > 300 && refused > 300, `${accepted} accepted, ${refused} refused`);
  },
});

Deno.test({
  name: "decode() in tolerant mode gives values that survive canonical encoding",
  permissions: "none",
  fn() {
    const random = seededRandom(2);
    let reordered = 0;
    for (const vector of CORPUS) {
      for (let round = 0; round < ROUNDS; round++) {
        const bytes = mutate(vector, random);
        const value = decodeOrRefuse(bytes, "tolerant");
        if (value === undefined) continue;
        if (decodeOrRefuse(bytes, "canonical") === undefined) reordered++;
        assertEquals(decode(encode(value)), value);
      }
    }
    assert(reordered > 10, `${reordered} reordered`);
  },
});

Deno.test({
  name: "decode() refuses every truncation of every torrent file",
  permissions: "none",
  fn() {
    for (const { torrent } of [...MKTORRENT_FILES, ...OTHER_TORRENT_FILES]) {
      for (let length = 0; length < torrent.length; length++) {
        assertEquals(decodeOrRefuse(torrent.subarray(0, length), "tolerant"), undefined);
      }
    }
  },
});
