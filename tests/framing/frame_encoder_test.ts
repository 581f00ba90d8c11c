import { assertEquals } from "@std/assert";
import { encodeFrame, encodeFrames } from "../../lib/framing/mod.ts";
import { SAMPLE_BYTES, SAMPLE_PAYLOADS } from "./sample_frames.ts";

Deno.test({
  name: "encodeFrames() writes an unsigned big-endian length before each payload",
  permissions: "none",
  fn() {
    assertEquals(encodeFrames(SAMPLE_PAYLOADS), SAMPLE_BYTES);
    assertEquals(encodeFrames([]), new Uint8Array(0));
  },
});

Deno.test({
  name: "encodeFrame() writes the messages of BEP 3: keep-alive, unchoke, have",
  permissions: "none",
  fn() {
    assertEquals(encodeFrame(new Uint8Array(0)), Uint8Array.of(0, 0, 0, 0));
    assertEquals(encodeFrame(Uint8Array.of(1)), Uint8Array.of(0, 0, 0, 1, 1));
    assertEquals(
      encodeFrame(Uint8Array.of(4, 0, 0, 1, 2)),
      Uint8Array.of(0, 0, 0, 5, 4, 0, 0, 1, 2),
    );
  },
});

Deno.test({
  name: "encodeFrame() copies the payload, also one that is a part of a larger buffer",
  permissions: "none",
  fn() {
    const whole = Uint8Array.of(9, 9, 1, 2, 3, 9);
    const frame = encodeFrame(whole.subarray(2, 5));
    whole.fill(0);
    assertEquals(frame, Uint8Array.of(0, 0, 0, 3, 1, 2, 3));
  },
});
