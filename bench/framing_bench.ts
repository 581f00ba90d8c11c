import {
  encodeFrames,
  FrameDecoder,
  FrameDecoderStream,
  FrameEncoderStream,
} from "../lib/framing/mod.ts";

const READ_SIZE = 256 * 1024;
const MAX_LENGTH = 2 ** 20;
const TOTAL = 16 * 2 ** 20;

/** Blocks of 16 KiB with the 9 bytes that a `piece` message has before them. */
const blocks = Array.from({ length: 32 }, (_, at) => new Uint8Array(16 * 1024 + 9).fill(at));

/** The small messages of a busy swarm: `have`, 5 bytes each. */
const haves = Array.from({ length: 10_000 }, (_, at) => Uint8Array.of(4, 0, 0, at >> 8, at & 255));

/** The bytes of the frames again and again, in chunks as reads of a socket give them. */
function reads(payloads: readonly Uint8Array[], total: number, size: number): Uint8Array[] {
  const bytes = encodeFrames(payloads);
  const whole = new Uint8Array(Math.max(1, Math.floor(total / bytes.length)) * bytes.length);
  for (let at = 0; at < whole.length; at += bytes.length) whole.set(bytes, at);
  return Array.from(
    { length: Math.ceil(whole.length / size) },
    (_, at) => whole.subarray(at * size, (at + 1) * size),
  );
}

function decode(chunks: readonly Uint8Array[]): void {
  const decoder = new FrameDecoder({ maxLength: MAX_LENGTH });
  for (const chunk of chunks) decoder.push(chunk);
  decoder.end();
}

const blockReads = reads(blocks, TOTAL, READ_SIZE);
const blockSegments = reads(blocks, TOTAL, 1460);
const haveReads = reads(haves, 90_000, READ_SIZE);
const haveBytes = reads(haves, 90_000, 1);

Deno.bench("FrameDecoder: 16 MiB of 16 KiB blocks, reads of 256 KiB", { baseline: true }, () => {
  decode(blockReads);
});

Deno.bench("FrameDecoder: 16 MiB of 16 KiB blocks, reads of 1460 bytes", () => {
  decode(blockSegments);
});

Deno.bench("FrameDecoder: 10,000 haves in one read", () => decode(haveReads));

Deno.bench("FrameDecoder: 10,000 haves byte by byte", () => decode(haveBytes));

Deno.bench("FrameDecoderStream: 16 MiB of 16 KiB blocks, reads of 256 KiB", async () => {
  const frames = ReadableStream.from(blockReads)
    .pipeThrough(new FrameDecoderStream({ maxLength: MAX_LENGTH }));
  for await (const _batch of frames);
});

Deno.bench("FrameEncoderStream: 16 MiB of 16 KiB blocks, 32 a batch", async () => {
  const batches = Array.from({ length: 32 }, () => blocks);
  for await (const _ of ReadableStream.from(batches).pipeThrough(new FrameEncoderStream()));
});

Deno.bench("encodeFrames: 10,000 haves", () => {
  encodeFrames(haves);
});
