import { assertEquals, assertLessOrEqual, assertRejects } from "@std/assert";
import { concatBytes } from "../../lib/bytes/mod.ts";
import {
  encodeFrames,
  FrameDecoderStream,
  FrameEncoderStream,
  FrameTooLongError,
  TruncatedFrameError,
} from "../../lib/framing/mod.ts";
import { SAMPLE_BYTES, SAMPLE_ENDS, SAMPLE_MAX_LENGTH, SAMPLE_PAYLOADS } from "./sample_frames.ts";

function decoded(chunks: Iterable<Uint8Array>): ReadableStream<Uint8Array[]> {
  return ReadableStream.from(chunks)
    .pipeThrough(new FrameDecoderStream({ maxLength: SAMPLE_MAX_LENGTH }));
}

Deno.test({
  name: "FrameDecoderStream gives the same frames wherever the stream is cut",
  permissions: "none",
  async fn() {
    for (let place = 0; place <= SAMPLE_BYTES.length; place++) {
      const chunks = [SAMPLE_BYTES.subarray(0, place), SAMPLE_BYTES.subarray(place)];
      const batches = await Array.fromAsync(decoded(chunks));
      assertEquals(batches.flat(), [...SAMPLE_PAYLOADS], `cut at ${place}`);
    }
  },
});

Deno.test({
  name: "FrameDecoderStream gives one batch for each chunk that completes frames, and never none",
  permissions: "none",
  async fn() {
    assertEquals(await Array.fromAsync(decoded([SAMPLE_BYTES])), [[...SAMPLE_PAYLOADS]]);
    const bytes = [...SAMPLE_BYTES].map((byte) => Uint8Array.of(byte));
    const oneByOne = await Array.fromAsync(decoded(bytes));
    assertEquals(oneByOne, SAMPLE_PAYLOADS.map((payload) => [payload]));
    assertEquals(await Array.fromAsync(decoded([])), []);
  },
});

Deno.test({
  name: "FrameDecoderStream ends cleanly between frames and fails inside one, at each length",
  permissions: "none",
  async fn() {
    for (let length = 0; length <= SAMPLE_BYTES.length; length++) {
      const batches: Uint8Array[][] = [];
      const whole = SAMPLE_ENDS.filter((end) => end <= length).length - 1;
      const reading = (async () => {
        for await (const batch of decoded([SAMPLE_BYTES.subarray(0, length)])) batches.push(batch);
      })();
      if (SAMPLE_ENDS.includes(length)) await reading;
      else await assertRejects(() => reading, TruncatedFrameError);
      assertLessOrEqual(batches.flat().length, whole);
      if (SAMPLE_ENDS.includes(length)) assertEquals(batches.flat().length, whole);
    }
  },
});

Deno.test({
  name: "FrameDecoderStream fails on a frame that is too long and stops its source",
  permissions: "none",
  async fn() {
    const cancelled = Promise.withResolvers<unknown>();
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(Uint8Array.of(0xff, 0xff, 0xff, 0xff)),
      cancel: (reason) => cancelled.resolve(reason),
    }, { highWaterMark: 0 });
    const frames = source.pipeThrough(new FrameDecoderStream({ maxLength: 2 ** 20 }));
    const error = await assertRejects(() => Array.fromAsync(frames), FrameTooLongError);
    assertEquals([error.length, error.limit], [0xffff_ffff, 2 ** 20]);
    assertEquals(await cancelled.promise, error);
  },
});

Deno.test({
  name: "FrameDecoderStream passes on the error of its source, not one of its own",
  permissions: "none",
  async fn() {
    const reset = new Error("the connection was reset");
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(SAMPLE_BYTES.subarray(0, 6)),
      pull: (controller) => controller.error(reset),
    });
    const frames = source.pipeThrough(new FrameDecoderStream({ maxLength: 100 }));
    const error = await assertRejects(() => Array.fromAsync(frames), Error);
    assertEquals(error, reset);
  },
});

Deno.test({
  name: "FrameDecoderStream reads no further than its reader",
  permissions: "none",
  async fn() {
    let pulled = 0;
    const source = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++;
        controller.enqueue(Uint8Array.of(0, 0, 0, 1, pulled & 0xff));
      },
    }, { highWaterMark: 0 });
    const reader = source.pipeThrough(new FrameDecoderStream({ maxLength: 1 })).getReader();
    for (let read = 1; read <= 20; read++) {
      assertEquals((await reader.read()).value, [Uint8Array.of(read)]);
      await new Promise((resolve) => setTimeout(resolve, 0));
      assertLessOrEqual(pulled, read + 2);
    }
    await reader.cancel();
  },
});

Deno.test({
  name: "FrameEncoderStream writes one chunk for a payload and one for a batch of payloads",
  permissions: "none",
  async fn() {
    const written = ReadableStream.from<Uint8Array | readonly Uint8Array[]>([
      Uint8Array.of(1, 2),
      SAMPLE_PAYLOADS,
      new Uint8Array(0),
    ]).pipeThrough(new FrameEncoderStream());
    assertEquals(await Array.fromAsync(written), [
      Uint8Array.of(0, 0, 0, 2, 1, 2),
      SAMPLE_BYTES,
      Uint8Array.of(0, 0, 0, 0),
    ]);
  },
});

Deno.test({
  name: "FrameEncoderStream and FrameDecoderStream in line give the payloads back",
  permissions: "none",
  async fn() {
    const payloads = Array.from({ length: 200 }, (_, at) => new Uint8Array(at % 50).fill(at));
    const batches = await Array.fromAsync(
      ReadableStream.from(payloads)
        .pipeThrough(new FrameEncoderStream())
        .pipeThrough(new FrameDecoderStream({ maxLength: 49 })),
    );
    assertEquals(batches.flat(), payloads);
    assertEquals(
      concatBytes(
        await Array.fromAsync(
          ReadableStream.from(payloads).pipeThrough(new FrameEncoderStream()),
        ),
      ),
      encodeFrames(payloads),
    );
  },
});
