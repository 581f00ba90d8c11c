import { assert, assertEquals, assertFalse, assertRejects, assertStrictEquals } from "@std/assert";
import { concatBytes } from "../../lib/bytes/mod.ts";
import { FrameDecoderStream, readExactly, TruncatedFrameError } from "../../lib/framing/mod.ts";
import { SAMPLE_BYTES, SAMPLE_MAX_LENGTH, SAMPLE_PAYLOADS } from "./sample_frames.ts";

/** A byte stream that gives the bytes in chunks of one size, and then ends as a connection does. */
function byteStream(bytes: Uint8Array, chunkSize: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      if (at < bytes.length) {
        controller.enqueue(bytes.slice(at, at += chunkSize));
      } else {
        controller.close();
        controller.byobRequest?.respond(0);
      }
    },
  });
}

/** A byte stream that fills the reader's own buffer, at most `chunkSize` bytes at once. */
function fillingStream(bytes: Uint8Array, chunkSize: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      const request = controller.byobRequest;
      const view = request?.view;
      if (at >= bytes.length) {
        controller.close();
        request?.respond(0);
      } else if (request !== null && view instanceof Uint8Array) {
        const part = bytes.subarray(at, at + Math.min(chunkSize, view.length));
        view.set(part);
        at += part.length;
        request.respond(part.length);
      } else {
        controller.enqueue(bytes.slice(at, at += chunkSize));
      }
    },
  });
}

const HANDSHAKE = Uint8Array.from({ length: 68 }, (_, at) => at + 1);

Deno.test({
  name: "readExactly() reads the bytes and leaves all others to be piped on, for each chunk size",
  permissions: "none",
  async fn() {
    const bytes = concatBytes([HANDSHAKE, SAMPLE_BYTES]);
    for (const open of [byteStream, fillingStream]) {
      for (const chunkSize of [1, 2, 3, 5, 17, 67, 68, 69, 70, 72, 100, 200, bytes.length]) {
        const stream = open(bytes, chunkSize);
        assertEquals(await readExactly(stream, 68), HANDSHAKE);
        assertFalse(stream.locked);
        const frames = stream.pipeThrough(new FrameDecoderStream({ maxLength: SAMPLE_MAX_LENGTH }));
        assertEquals((await Array.fromAsync(frames)).flat(), [...SAMPLE_PAYLOADS]);
      }
    }
  },
});

Deno.test({
  name: "readExactly() can be called again and again until the clean end",
  permissions: "none",
  async fn() {
    for (const open of [byteStream, fillingStream]) {
      const stream = open(HANDSHAKE, 7);
      const parts = [await readExactly(stream, 48), await readExactly(stream, 0)];
      parts.push(await readExactly(stream, 20));
      assertEquals(parts, [HANDSHAKE.slice(0, 48), new Uint8Array(0), HANDSHAKE.slice(48)]);
      assertEquals(await readExactly(stream, 1), undefined);
      assertEquals(await readExactly(stream, 1), undefined);
      assertFalse(stream.locked);
    }
  },
});

Deno.test({
  name: "readExactly() tells the clean end from an end in the middle, at each length",
  permissions: "none",
  async fn() {
    for (const open of [byteStream, fillingStream]) {
      for (let length = 0; length <= 68; length++) {
        const stream = open(HANDSHAKE.subarray(0, length), 9);
        if (length === 0) {
          assertEquals(await readExactly(stream, 68), undefined);
        } else if (length === 68) {
          assertEquals(await readExactly(stream, 68), HANDSHAKE);
        } else {
          const error = await assertRejects(() => readExactly(stream, 68), TruncatedFrameError);
          assertEquals(error.missing, 68 - length);
        }
        assertFalse(stream.locked);
      }
    }
  },
});

Deno.test({
  name: "readExactly() passes on the error of the stream and lets go of it",
  permissions: "none",
  async fn() {
    const reset = new Error("the connection was reset");
    let pulls = 0;
    const stream = new ReadableStream<Uint8Array>({
      type: "bytes",
      pull: (controller) => pulls++ === 0 ? controller.enqueue(new Uint8Array(3)) : fail(),
    });
    function fail(): never {
      throw reset;
    }
    assertStrictEquals(await assertRejects(() => readExactly(stream, 68)), reset);
    assertFalse(stream.locked);
  },
});

Deno.test({
  name: "readExactly() refuses a stream that is locked or not of bytes",
  permissions: "none",
  async fn() {
    const locked = byteStream(HANDSHAKE, 68);
    const reader = locked.getReader();
    await assertRejects(() => readExactly(locked, 1), TypeError);
    assert(locked.locked);
    reader.releaseLock();
    await assertRejects(() => readExactly(ReadableStream.from([HANDSHAKE]), 1), TypeError);
  },
});
