import {
  assert,
  assertEquals,
  assertNotEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  encodeFrame,
  encodeFrames,
  FrameDecoder,
  FrameTooLongError,
  TruncatedFrameError,
} from "../../lib/framing/mod.ts";
import { randomBelow, randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { SAMPLE_BYTES, SAMPLE_ENDS, SAMPLE_MAX_LENGTH, SAMPLE_PAYLOADS } from "./sample_frames.ts";

function decodeAll(chunks: Iterable<Uint8Array>, maxLength = SAMPLE_MAX_LENGTH): Uint8Array[] {
  const decoder = new FrameDecoder({ maxLength });
  const payloads: Uint8Array[] = [];
  for (const chunk of chunks) payloads.push(...decoder.push(chunk));
  decoder.end();
  return payloads;
}

/** Cuts bytes at the given places, which must be in order. */
function cut(bytes: Uint8Array, ...places: number[]): Uint8Array[] {
  const bounds = [0, ...places, bytes.length];
  return bounds.slice(1).map((end, at) => bytes.slice(bounds[at], end));
}

Deno.test({
  name: "FrameDecoder gives the same frames wherever the stream is cut in two",
  permissions: "none",
  fn() {
    for (let place = 0; place <= SAMPLE_BYTES.length; place++) {
      assertEquals(decodeAll(cut(SAMPLE_BYTES, place)), [...SAMPLE_PAYLOADS], `cut at ${place}`);
    }
  },
});

Deno.test({
  name: "FrameDecoder gives the same frames wherever the stream is cut in three",
  permissions: "none",
  fn() {
    const bytes = SAMPLE_BYTES.subarray(0, SAMPLE_ENDS[6]);
    const payloads = SAMPLE_PAYLOADS.slice(0, 6);
    assertEquals(payloads.length, 6);
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) {
        assertEquals(decodeAll(cut(bytes, first, second)), payloads, `cut at ${first}, ${second}`);
      }
    }
  },
});

Deno.test({
  name: "FrameDecoder gives the same frames from chunks of each size, one byte included",
  permissions: "none",
  fn() {
    for (let size = 1; size <= SAMPLE_BYTES.length; size++) {
      const places = Array.from(
        { length: Math.ceil(SAMPLE_BYTES.length / size) - 1 },
        (_, at) => (at + 1) * size,
      );
      assertEquals(decodeAll(cut(SAMPLE_BYTES, ...places)), [...SAMPLE_PAYLOADS], `size ${size}`);
    }
  },
});

Deno.test({
  name: "FrameDecoder gives a frame with the chunk that completes it, not later",
  permissions: "none",
  fn() {
    const decoder = new FrameDecoder({ maxLength: SAMPLE_MAX_LENGTH });
    SAMPLE_BYTES.forEach((byte, at) => {
      const index = SAMPLE_ENDS.indexOf(at + 1) - 1;
      const expected = index < 0 ? [] : [SAMPLE_PAYLOADS[index]];
      assertEquals<unknown>(decoder.push(Uint8Array.of(byte)), expected, `after byte ${at}`);
    });
  },
});

Deno.test({
  name: "FrameDecoder ignores empty chunks",
  permissions: "none",
  fn() {
    const empty = new Uint8Array(0);
    const chunks = [...SAMPLE_BYTES].flatMap((byte) => [empty, Uint8Array.of(byte), empty]);
    assertEquals(decodeAll(chunks), [...SAMPLE_PAYLOADS]);
    assertEquals(decodeAll([]), []);
  },
});

Deno.test({
  name: "FrameDecoder reads back what encodeFrames() wrote, in random chunks",
  permissions: "none",
  fn() {
    const random = seededRandom(20);
    for (let round = 0; round < 100; round++) {
      const payloads = Array.from(
        { length: randomBelow(random, 12) },
        () => randomBytes(random, randomBelow(random, 3) * randomBelow(random, 900)),
      );
      const bytes = encodeFrames(payloads);
      const places = Array.from(
        { length: randomBelow(random, 30) },
        () => randomBelow(random, bytes.length + 1),
      );
      const chunks = cut(bytes, ...places.sort((a, b) => a - b));
      assertEquals(decodeAll(chunks, 2000), payloads);
    }
  },
});

Deno.test({
  name: "FrameDecoder accepts the longest payload and refuses one byte more before any of it came",
  permissions: "none",
  fn() {
    for (const maxLength of [0, 1, 13, 255, 256, 65_535, 65_536, 2 ** 20]) {
      const longest = encodeFrame(new Uint8Array(maxLength));
      assertEquals(decodeAll([longest], maxLength).map((payload) => payload.length), [maxLength]);

      const prefix = new Uint8Array(4);
      new DataView(prefix.buffer).setUint32(0, maxLength + 1);
      const decoder = new FrameDecoder({ maxLength });
      assertEquals(decoder.push(prefix.subarray(0, 3)), []);
      const error = assertThrows(() => decoder.push(prefix.subarray(3)), FrameTooLongError);
      assertEquals([error.length, error.limit], [maxLength + 1, maxLength]);
      assert(error instanceof RangeError);
      assertEquals(error.name, "FrameTooLongError");
    }
  },
});

Deno.test({
  name: "FrameDecoder reads the length unsigned: 0xffffffff is too long, not minus one",
  permissions: "none",
  fn() {
    for (const length of [0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff]) {
      const prefix = new Uint8Array(4);
      new DataView(prefix.buffer).setUint32(0, length);
      for (const chunks of [[prefix], cut(prefix, 1, 2, 3)]) {
        const error = assertThrows(() => decodeAll(chunks, 2 ** 20), FrameTooLongError);
        assertEquals(error.length, length);
      }
      const patient = new FrameDecoder({ maxLength: 0xffff_ffff });
      assertEquals(patient.push(prefix), []);
      assertEquals(assertThrows(() => patient.end(), TruncatedFrameError).missing, length);
    }
  },
});

Deno.test({
  name: "FrameDecoder refuses a frame that is too long behind good ones",
  permissions: "none",
  fn() {
    const bytes = encodeFrames([Uint8Array.of(1), new Uint8Array(0), new Uint8Array(17)]);
    const decoder = new FrameDecoder({ maxLength: 16 });
    assertEquals(decoder.push(bytes.subarray(0, 9)), [Uint8Array.of(1), new Uint8Array(0)]);
    assertThrows(
      () => decoder.push(bytes.subarray(9, 13)),
      FrameTooLongError,
      "announces 17 bytes",
    );
  },
});

Deno.test({
  name: "FrameDecoder.end() accepts an end between frames and says what misses anywhere else",
  permissions: "none",
  fn() {
    const outcomes = new Set<string>();
    for (let length = 0; length <= SAMPLE_BYTES.length; length++) {
      const decoder = new FrameDecoder({ maxLength: SAMPLE_MAX_LENGTH });
      decoder.push(SAMPLE_BYTES.subarray(0, length));
      if (SAMPLE_ENDS.includes(length)) {
        decoder.end();
        outcomes.add("clean");
        continue;
      }
      const start = SAMPLE_ENDS.findLast((end) => end < length) ?? 0;
      const end = SAMPLE_ENDS.find((end) => end > length) ?? 0;
      const inPrefix = length - start < 4;
      const error = assertThrows(() => decoder.end(), TruncatedFrameError);
      assertEquals(error.missing, inPrefix ? start + 4 - length : end - length, `at ${length}`);
      assertEquals(error.name, "TruncatedFrameError");
      outcomes.add(inPrefix ? "in the prefix" : "in the payload");
    }
    assertEquals([...outcomes].sort(), ["clean", "in the payload", "in the prefix"]);
  },
});

Deno.test({
  name:
    "FrameDecoder gives views of payloads inside one chunk and copies of those that span chunks",
  permissions: "none",
  fn() {
    const bytes = encodeFrames([new Uint8Array(600).fill(1), new Uint8Array(600).fill(2)]);
    const decoder = new FrameDecoder({ maxLength: 600 });
    const chunks = cut(bytes, 700);
    const [inside] = decoder.push(chunks[0] ?? fail());
    const [spanning] = decoder.push(chunks[1] ?? fail());
    assertStrictEquals(inside?.buffer, chunks[0]?.buffer);
    assertNotEquals<unknown>(spanning?.buffer, chunks[0]?.buffer);
    assertNotEquals<unknown>(spanning?.buffer, chunks[1]?.buffer);
    chunks.forEach((chunk) => chunk.fill(9));
    assert(spanning?.every((byte) => byte === 2));
  },
});

function fail(): never {
  throw new Error("There is no such chunk");
}

/** Lends memory, which is full of other bytes before and after it is lent. */
class Poisoner {
  readonly #free: Uint8Array[] = [];
  readonly #lent = new Set<Uint8Array>();
  /** How often memory was taken. */
  taken = 0;

  /** How many of those who took some have it yet. */
  get outstanding(): number {
    return this.#lent.size;
  }

  take(length: number): Uint8Array {
    this.taken++;
    const memory = this.#free.pop() ?? new Uint8Array(2 * SAMPLE_MAX_LENGTH).fill(0xee);
    const bytes = memory.subarray(0, length);
    this.#lent.add(bytes);
    return bytes;
  }

  give(bytes: Uint8Array): void {
    assert(this.#lent.delete(bytes), "it was given back twice, or never taken");
    bytes.fill(0xee);
    this.#free.push(new Uint8Array(bytes.buffer));
  }
}

Deno.test({
  name: "FrameDecoder borrows memory for a payload that spans chunks until the next push",
  permissions: "none",
  fn() {
    const random = seededRandom(11);
    const lender = new Poisoner();
    const decoder = new FrameDecoder({
      ...{ maxLength: SAMPLE_MAX_LENGTH, payloads: "borrowed", lender },
    });
    const payloads: Uint8Array[] = [];
    for (let round = 0; round < 200; round++) {
      const places = Array.from({ length: 12 }, () => randomBelow(random, SAMPLE_BYTES.length));
      for (const chunk of cut(SAMPLE_BYTES, ...places.sort((a, b) => a - b))) {
        payloads.push(...decoder.push(chunk).map((payload) => payload.slice()));
        assert(lender.outstanding <= 1);
      }
      assertEquals(payloads.splice(0), [...SAMPLE_PAYLOADS], `round ${round}`);
    }
    assert(lender.taken > 100, `memory was taken ${lender.taken} times`);
    decoder.push(new Uint8Array());
    assertEquals(lender.outstanding, 0);
  },
});

Deno.test({
  name: "FrameDecoder borrows no memory for payloads that are kept",
  permissions: "none",
  fn() {
    const lender = new Poisoner();
    const decoder = new FrameDecoder({ maxLength: SAMPLE_MAX_LENGTH, lender });
    const payloads = cut(SAMPLE_BYTES, 1, 3, 9).flatMap((chunk) => decoder.push(chunk));
    assertEquals([payloads, lender.taken], [[...SAMPLE_PAYLOADS], 0]);
  },
});

Deno.test({
  name: "FrameDecoder gives the memory of chunks back when the next one comes, but for short ones",
  permissions: "none",
  fn() {
    const usedUp: ArrayBufferLike[] = [];
    const decoder = new FrameDecoder({
      ...{ maxLength: 10_000, payloads: "borrowed" },
      onUsedUp: (memory) => usedUp.push(memory),
    });
    const chunks = [5_119, 5_120, 6_000].map((length) => encodeFrame(new Uint8Array(length - 4)));
    for (const chunk of chunks) decoder.push(chunk);
    assertEquals(usedUp.length, 1);
    assertStrictEquals(usedUp[0], chunks[1]?.buffer);
    const [head, tail] = cut(encodeFrame(new Uint8Array(9_000)), 6_000);
    decoder.push(head!);
    assertEquals(usedUp.length, 2);
    decoder.push(tail!);
    assertEquals(usedUp.length, 2, "the payload may be a view of both");
    decoder.push(new Uint8Array());
    assertEquals(usedUp.length, 3, "and of these the second is short");
  },
});
