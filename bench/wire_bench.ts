/**
 * How fast the peer wire is read and written: 256 KiB at a time, as a socket gives them.
 *
 *     deno bench -A bench/wire_bench.ts
 */
import { concatBytes } from "../lib/bytes/mod.ts";
import { encodeFrames, FrameDecoder } from "../lib/framing/mod.ts";
import { decodeMessage, encodeMessage, MAX_MESSAGE_LENGTH, type Message } from "../lib/peer/mod.ts";

const READ_LENGTH = 256 * 1024;

function blocksOf(length: number): Message[] {
  const block = new Uint8Array(length);
  return Array.from({ length: Math.ceil(4 * 1024 * 1024 / length) }, (_, at) => ({
    type: "piece",
    index: at >> 5,
    begin: (at & 31) * length,
    block,
  }));
}

/** Cuts a stream of messages into reads, which end anywhere in a message; without the short rest. */
function readsOf(messages: readonly Message[]): Uint8Array[] {
  const bytes = encodeFrames(messages.map(encodeMessage));
  const count = Math.floor(bytes.length / READ_LENGTH);
  return Array.from(
    { length: count },
    (_, at) => bytes.slice(at * READ_LENGTH, (at + 1) * READ_LENGTH),
  );
}

/** Reads one chunk after the other, and starts anew when all were read. */
function readerOf(messages: readonly Message[]): () => Message[] {
  const reads = readsOf(messages);
  let decoder = new FrameDecoder({ maxLength: MAX_MESSAGE_LENGTH });
  let at = 0;
  return () => {
    if (at === reads.length) {
      decoder = new FrameDecoder({ maxLength: MAX_MESSAGE_LENGTH });
      at = 0;
    }
    return decoder.push(reads[at++]!).map(decodeMessage);
  };
}

for (const kib of [16, 64, 256]) {
  const read = readerOf(blocksOf(kib * 1024));
  const name = `wire: decode a read of 256 KiB, blocks of ${kib} KiB`;
  Deno.bench(name, { group: "decode", baseline: kib === 16 }, () => {
    read();
  });
}

const haves = readerOf(
  Array.from({ length: 60_000 }, (_, index) => ({ type: "have", index })),
);

Deno.bench("wire: decode a read of 256 KiB, 29,127 have messages", { group: "decode" }, () => {
  haves();
});

for (const kib of [16, 64]) {
  const messages = blocksOf(kib * 1024).slice(0, 256 / kib);
  const name = `wire: encode 256 KiB, blocks of ${kib} KiB`;
  Deno.bench(name, { group: "encode", baseline: kib === 16 }, () => {
    encodeFrames(messages.map(encodeMessage));
  });
}

const requests: Message[] = Array.from({ length: 16 }, (_, at) => ({
  type: "request",
  index: 7,
  begin: at * 16_384,
  length: 16_384,
}));

Deno.bench("wire: encode 16 requests", { group: "requests", baseline: true }, () => {
  encodeFrames(requests.map(encodeMessage));
});

const encoded = concatBytes([encodeFrames(requests.map(encodeMessage))]);

Deno.bench("wire: decode 16 requests", { group: "requests" }, () => {
  new FrameDecoder({ maxLength: MAX_MESSAGE_LENGTH }).push(encoded).map(decodeMessage);
});
