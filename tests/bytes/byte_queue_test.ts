import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ByteQueue, concatBytes } from "../../lib/bytes/mod.ts";
import { randomBelow, randomBytes, seededRandom } from "./seeded_random.ts";

/** Lengths from nothing to well beyond what the queue keeps as it came. */
const CHUNK_LENGTHS = [0, 1, 1, 2, 3, 4, 5, 100, 511, 512, 513, 5000];

Deno.test({
  name: "ByteQueue agrees with one plain array of bytes under random operations",
  permissions: "none",
  fn() {
    const random = seededRandom(10);
    for (let round = 0; round < 40; round++) {
      const queue = new ByteQueue();
      const taken: { bytes: Uint8Array; expected: Uint8Array }[] = [];
      let model = new Uint8Array(0);
      for (let step = 0; step < 200; step++) {
        const action = randomBelow(random, 10);
        const count = randomBelow(random, 2) * randomBelow(random, model.length + 1) ||
          randomBelow(random, Math.min(model.length, 9) + 1);
        if (action < 5) {
          const length = CHUNK_LENGTHS[randomBelow(random, CHUNK_LENGTHS.length)] ?? 0;
          const chunk = randomBytes(random, length);
          queue.push(chunk);
          model = concatBytes([model, chunk]);
        } else if (action < 8) {
          const expected = model.slice(0, count);
          const bytes = queue.take(count);
          assertEquals(bytes, expected);
          taken.push({ bytes, expected });
          model = model.slice(count);
        } else {
          queue.skip(count);
          model = model.slice(count);
        }
        assertEquals(queue.length, model.length);
        const next = model.length < 4 ? undefined : new DataView(model.buffer).getUint32(0);
        assertEquals(queue.peekUint32(), next);
      }
      for (const { bytes, expected } of taken) assertEquals(bytes, expected);
    }
  },
});

Deno.test({
  name: "ByteQueue.take() gives a view of bytes that lie inside one chunk",
  permissions: "none",
  fn() {
    const queue = new ByteQueue();
    const [first, second] = [new Uint8Array(1000).fill(1), new Uint8Array(1000).fill(2)];
    queue.push(first);
    queue.push(second);
    const start = queue.take(600);
    const rest = queue.take(400);
    const whole = queue.take(1000);
    assertStrictEquals(start.buffer, first.buffer);
    assertStrictEquals(rest.buffer, first.buffer);
    assertEquals(rest.byteOffset, 600);
    assertStrictEquals(whole.buffer, second.buffer);
  },
});

Deno.test({
  name: "ByteQueue.take() gives a copy of bytes that span chunks",
  permissions: "none",
  fn() {
    const queue = new ByteQueue();
    const [first, second] = [new Uint8Array(1000).fill(1), new Uint8Array(1000).fill(2)];
    queue.push(first);
    queue.push(second);
    queue.skip(999);
    const spanning = queue.take(2);
    first.fill(9);
    second.fill(9);
    assertEquals(spanning, Uint8Array.of(1, 2));
    assertEquals(queue.length, 999);
  },
});

Deno.test({
  name: "ByteQueue copies bytes that span chunks into memory that it asks for, and no others",
  permissions: "none",
  fn() {
    const asked: Uint8Array[] = [];
    const queue = new ByteQueue({
      allocate(length) {
        asked.push(new Uint8Array(length));
        return asked.at(-1)!;
      },
    });
    queue.push(new Uint8Array(1000).fill(1));
    queue.push(new Uint8Array(1000).fill(2));
    queue.take(998);
    const spanning = queue.take(4);
    queue.take(998);
    assertEquals(asked, [Uint8Array.of(1, 1, 2, 2)]);
    assertStrictEquals(spanning, asked[0]);
  },
});

Deno.test({
  name: "ByteQueue keeps bytes that came one by one together, not each in a chunk of its own",
  permissions: "none",
  fn() {
    const queue = new ByteQueue();
    for (let byte = 0; byte < 5; byte++) queue.push(Uint8Array.of(byte));
    queue.skip(1);
    assertStrictEquals(queue.take(2).buffer, queue.take(2).buffer);
  },
});

Deno.test({
  name: "ByteQueue leaves bytes that it gave out alone when more are pushed",
  permissions: "none",
  fn() {
    const queue = new ByteQueue();
    queue.push(Uint8Array.of(0));
    for (let byte = 1; byte <= 20; byte++) queue.push(Uint8Array.of(byte));
    const early = queue.take(10);
    for (let byte = 21; byte <= 200; byte++) queue.push(Uint8Array.of(byte));
    const late = queue.take(11);
    assertEquals([...early], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assertEquals([...late], [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    assertEquals([...queue.take(180)], Array.from({ length: 180 }, (_, at) => at + 21));
  },
});

Deno.test({
  name: "ByteQueue accepts its own bytes back",
  permissions: "none",
  fn() {
    const queue = new ByteQueue();
    for (const byte of [1, 2, 3, 4, 5]) queue.push(Uint8Array.of(byte));
    queue.skip(1);
    const view = queue.take(2);
    queue.push(view);
    queue.push(Uint8Array.of(6));
    queue.push(view);
    assertEquals([...queue.take(queue.length)], [4, 5, 2, 3, 6, 2, 3]);

    for (const byte of [1, 2, 3, 4, 5]) queue.push(Uint8Array.of(byte));
    queue.skip(1);
    const first = queue.take(1);
    queue.skip(queue.length);
    queue.push(first);
    queue.push(Uint8Array.of(6));
    assertEquals([...queue.take(queue.length)], [2, 6]);
  },
});

Deno.test({
  name: "ByteQueue.peekUint32() is unsigned, and undefined for fewer than four bytes",
  permissions: "none",
  fn() {
    const queue = new ByteQueue();
    for (let count = 0; count < 4; count++) {
      assertEquals(queue.peekUint32(), undefined);
      queue.push(Uint8Array.of(0xff));
    }
    assertEquals(queue.peekUint32(), 0xffff_ffff);
    assertEquals(queue.length, 4);
    queue.skip(1);
    assertEquals(queue.peekUint32(), undefined);
  },
});

Deno.test({
  name: "ByteQueue refuses to take or skip more than waits, and keeps what waits",
  permissions: "none",
  fn() {
    const queue = new ByteQueue();
    assertThrows(() => queue.take(1), RangeError, "Cannot take 1 bytes: 0 wait");
    queue.push(Uint8Array.of(1, 2, 3));
    for (const count of [4, 1e9, Infinity, -1, 0.5, NaN]) {
      assertThrows(() => queue.take(count), RangeError, "Cannot take");
      assertThrows(() => queue.skip(count), RangeError, "Cannot take");
    }
    assertEquals(queue.take(3), Uint8Array.of(1, 2, 3));
    assertEquals(queue.take(0), new Uint8Array(0));
  },
});

Deno.test({
  name:
    "ByteQueue takes a million bytes that came one by one, and a million chunks, in linear time",
  permissions: "none",
  fn() {
    const count = 2 ** 20;
    for (const chunk of [new Uint8Array(1).fill(7), new Uint8Array(512).fill(7)]) {
      const queue = new ByteQueue();
      for (let pushed = 0; pushed < count; pushed++) queue.push(chunk);
      const start = performance.now();
      queue.skip(count * (chunk.length - 1));
      const bytes = queue.take(count);
      const elapsedMs = performance.now() - start;
      assert(bytes.every((value) => value === 7));
      assertEquals(queue.length, 0);
      assert(elapsedMs < 1500, `took ${elapsedMs} ms`);
    }
  },
});
