import { assert, assertEquals } from "@std/assert";
import { BufferPool, messageBuffers, POOLED_LENGTH } from "../../lib/net/mod.ts";

Deno.test("BufferPool gives a large buffer out again that was given back, and only then", () => {
  const pool = new BufferPool();
  const first = pool.take(POOLED_LENGTH);
  const second = pool.take(POOLED_LENGTH - 1_000);
  assert(first.buffer !== second.buffer);
  assertEquals(second.length, POOLED_LENGTH - 1_000);
  pool.give(first);
  assert(pool.take(POOLED_LENGTH).buffer === first.buffer);
  assert(pool.take(POOLED_LENGTH).buffer !== first.buffer);
});

Deno.test("BufferPool takes a buffer back once, and nothing that it has not given out", () => {
  const pool = new BufferPool();
  const foreign = new Uint8Array(POOLED_LENGTH);
  pool.give(foreign);
  const taken = pool.take(POOLED_LENGTH);
  assert(taken.buffer !== foreign.buffer);
  pool.give(taken);
  pool.give(taken);
  const [one, other] = [pool.take(POOLED_LENGTH), pool.take(POOLED_LENGTH)];
  assert(one.buffer !== other.buffer, "nobody shares a buffer");
});

Deno.test("BufferPool adopts a buffer that was transferred, by its length", () => {
  const pool = new BufferPool();
  const moved = pool.take(POOLED_LENGTH).buffer.transfer();
  pool.adopt(moved);
  assert(pool.take(POOLED_LENGTH).buffer === moved);
  const short = new ArrayBuffer(POOLED_LENGTH - 1);
  pool.adopt(short);
  assert(pool.take(POOLED_LENGTH).buffer !== short);
});

Deno.test("BufferPool keeps no more than a few, and lets the memory of others go", () => {
  const pool = new BufferPool();
  const all = Array.from({ length: 100 }, () => pool.take(POOLED_LENGTH));
  for (const bytes of all) pool.give(bytes);
  const detached = all.filter(({ buffer }) => buffer.detached).length;
  assert(detached >= 70 && detached < 100, `${detached} were let go`);
});

Deno.test("BufferPool gives small or huge lengths memory of their own", () => {
  const pool = new BufferPool();
  for (const length of [0, 1, 4_096, POOLED_LENGTH + 1]) {
    const bytes = pool.take(length);
    assertEquals([bytes.length, bytes.buffer.byteLength], [length, length]);
    pool.give(bytes);
    assert(!bytes.buffer.detached);
  }
});

Deno.test("messageBuffers lends the same memory for a block of 16 or 64 KiB with its header", () => {
  const small = messageBuffers.take(16 * 1024 + 9);
  messageBuffers.give(small);
  const large = messageBuffers.take(64 * 1024 + 9);
  messageBuffers.give(large);
  assertEquals([small.length, large.length], [16_393, 65_545]);
  assert(small.buffer === large.buffer);
});
