/**
 * How fast bencode is read and written: a torrent file with many piece hashes, one with many files,
 * and a tracker's reply with many peers.
 *
 *     deno bench -A bench/bencode_bench.ts
 */
import { type BencodeValue, decode, encode, rawValue } from "../lib/bencode/mod.ts";

const random = new Uint8Array(65_536);
crypto.getRandomValues(random);

function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += random.length) {
    bytes.set(random.subarray(0, Math.min(random.length, length - at)), at);
  }
  return bytes;
}

/** A torrent file of 20,000 pieces, so of 10 GiB in pieces of 512 KiB. */
const manyPieces = encode({
  announce: "http://tracker.example/announce",
  "creation date": 1_700_000_000,
  info: {
    length: 20_000 * 524_288,
    name: "disk.img",
    "piece length": 524_288,
    pieces: randomBytes(20_000 * 20),
  },
});

/** A torrent file of 10,000 files in folders. */
const manyFiles = encode({
  announce: "http://tracker.example/announce",
  info: {
    files: Array.from({ length: 10_000 }, (_, at) => ({
      length: 1_000_000 + at,
      path: [`folder ${at % 100}`, `file ${at}.bin`],
    })),
    name: "dataset",
    "piece length": 4_194_304,
    pieces: randomBytes(2_400 * 20),
  },
});

/** A reply of the tracker: 200 peers, each with its bitfield of 2,000 pieces. */
const reply = encode({
  t: 7,
  r: {
    peers: Array.from({ length: 200 }, (_, at) => ({
      agent: "Sluice 0.1.0",
      bits: randomBytes(250),
      host: `192.0.2.${at}`,
      id: randomBytes(20),
      port: 6_881 + at,
    })),
    total: 200,
  },
});

const SAMPLES: Record<string, Uint8Array> = {
  "torrent file of 20,000 pieces": manyPieces,
  "torrent file of 10,000 files": manyFiles,
  "tracker's reply of 200 peers": reply,
};

/** What was decoded can be encoded again as it is: its type is a part of that of what can. */
function encodable(value: BencodeValue): Parameters<typeof encode>[0] {
  return value;
}

for (const [name, bytes] of Object.entries(SAMPLES)) {
  const size = `${(bytes.length / 1024).toFixed(0)} KiB`;
  const value = decode(bytes);
  Deno.bench(`bencode: decode a ${name}, ${size}`, { group: name }, () => {
    decode(bytes);
  });
  Deno.bench(`bencode: encode a ${name}, ${size}`, { group: name }, () => {
    encode(encodable(value));
  });
}

Deno.bench("bencode: find the raw info of a torrent file of 10,000 files", () => {
  rawValue(manyFiles, "info");
});
