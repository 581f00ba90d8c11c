import {
  BencodeError,
  BencodeShapeError,
  type BencodeValue,
  decode,
  decodePrefix,
  decodeWithRaw,
  DictionaryReader,
  encode,
} from "../../../lib/bencode/mod.ts";
import { bytesOfChars, CANONICAL, MALFORMED } from "../../vectors/bencode_vectors.ts";
import { MKTORRENT_FILES } from "../../vectors/torrent_by_mktorrent.ts";
import { type Attempt, type FuzzTarget, parserAttempt, promise, promiseSame } from "../target.ts";

const CORPUS = [
  ...CANONICAL.map(([encoded]) => bytesOfChars(encoded)),
  ...MALFORMED.map(([encoded]) => bytesOfChars(encoded)),
  ...MKTORRENT_FILES.slice(0, 4).map(({ torrent }) => torrent),
  bytesOfChars("d1:a" + "l".repeat(98) + "e".repeat(98) + "e"),
];

function attemptCanonical(bytes: Uint8Array): Attempt {
  return parserAttempt(() => decode(bytes), [BencodeError], (value) => {
    promiseSame(encode(value), bytes, "encoded again");
  });
}

function attemptTolerant(bytes: Uint8Array): Attempt {
  return parserAttempt(() => decode(bytes, { mode: "tolerant" }), [BencodeError], (value) => {
    const canonical = encode(value);
    promiseSame(encode(decode(canonical)), canonical, "canonical bytes encoded again");
    promise(canonical.length === bytes.length, "the order of keys changed the length");
  });
}

function attemptPrefix(bytes: Uint8Array): Attempt {
  const parse = () => decodePrefix(bytes, { maxDepth: 4, maxValues: 32 });
  return parserAttempt(parse, [BencodeError], ({ value, rest }) => {
    promiseSame(encode(value), bytes.subarray(0, bytes.length - rest.length), "the value");
  });
}

function attemptRaw(bytes: Uint8Array): Attempt {
  const parse = () => decodeWithRaw(bytes, "info", { mode: "tolerant" });
  return parserAttempt(parse, [BencodeError], ({ value, raw }) => {
    promise((raw !== undefined) === value.has("info"), "the raw value is there as its key is");
    if (raw !== undefined) decode(raw, { mode: "tolerant" });
  });
}

/** Keys of the corpus, and one that is nowhere in it. */
const KEYS = ["", "a", "age", "b", "info", "announce", "creation date", "nobody"];

/** Reads members as everything that they might be. */
function readAll(value: BencodeValue): unknown {
  const reader = new DictionaryReader(value, "input");
  const readers: readonly ((key: string) => unknown)[] = [
    (key) => reader.integer(key, { min: 0, max: 9 }),
    (key) => reader.bytes(key, { maxLength: 9 }),
    (key) => reader.text(key),
    (key) => reader.texts(key),
    (key) => reader.dictionaries(key),
    (key) => reader.optionalDictionary(key),
    (key) => reader.optionalList(key),
  ];
  return KEYS.flatMap((key) =>
    readers.map((read) => parserAttempt(() => read(key), [BencodeShapeError]).outcome)
  );
}

/** The codec of everything: what it accepts it writes back, what it refuses it says where. */
export const BENCODE: FuzzTarget = {
  quick: 300,
  kinds: {
    canonical: { form: "bencode", corpus: CORPUS, attempt: attemptCanonical },
    tolerant: { form: "bencode", corpus: CORPUS, attempt: attemptTolerant },
    prefix: { form: "bencode", corpus: CORPUS, attempt: attemptPrefix },
    raw: { form: "bencode", corpus: CORPUS, attempt: attemptRaw },
    reader: {
      form: "bencode",
      corpus: CORPUS,
      attempt: (bytes) =>
        parserAttempt(() => readAll(decode(bytes, { mode: "tolerant" })), [
          BencodeError,
          BencodeShapeError,
        ]),
    },
  },
};
