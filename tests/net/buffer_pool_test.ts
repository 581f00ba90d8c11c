import { assert, assertEquals } from "@std/assert";
import { BufferPool, POOLED_LENGTHS } from "../../lib/net/mod.ts";

const [SHORT, MIDDLE, LONG] = POOLED_LENGTHS;

Deno.test("BufferPool gives a large buffer out again that was given back, and only then", () => {
  const pool = new BufferPool();
  const first = pool.take(LONG);
  const second = pool.take(LONG - 1_000);
  assert(first.buffer !== second.buffer);
  assertEquals(second.length, LONG - 1_000);
  pool.give(first);
  assert(pool.take(LONG).buffer === first.buffer);
  assert(pool.take(LONG).buffer !== first.buffer);
});

Deno.test("BufferPool lends the shortest buffer in which so many bytes have room", () => {
  const pool = new BufferPool();
  const lengths = [5_120, SHORT, SHORT + 1, MIDDLE, MIDDLE + 1, LONG];
  const taken = lengths.map((length) => pool.take(length));
  assertEquals(taken.map(({ length }) => length), lengths);
  assertEquals(
    taken.map(({ buffer }) => buffer.byteLength),
    [SHORT, SHORT, MIDDLE, MIDDLE, LONG, LONG],
  );
  for (const bytes of taken) pool.give(bytes);
  const buffers = new Set(taken.map(({ buffer }) => buffer));
  for (const length of lengths) {
    assert(buffers.delete(pool.take(length).buffer), `a buffer for ${length} bytes is used again`);
  }
});

Deno.test("BufferPool has room for blocks and runs with the headers of their messages", () => {
  const pool = new BufferPool();
  const headers = 4 + 9;
  assertEquals(pool.take(16 * 1024 + headers).buffer.byteLength, SHORT);
  assertEquals(pool.take(4 * (16 * 1024 + headers)).buffer.byteLength, MIDDLE);
  assertEquals(pool.take(16 * (16 * 1024 + headers)).buffer.byteLength, LONG);
});

Deno.test("BufferPool takes a buffer back once, and nothing that it has not given out", () => {
  const pool = new BufferPool();
  const foreign = new Uint8Array(LONG);
  pool.give(foreign);
  const taken = pool.take(LONG);
  assert(taken.buffer !== foreign.buffer);
  pool.give(taken);
  pool.give(taken);
  const [one, other] = [pool.take(LONG), pool.take(LONG)];
  assert(one.buffer !== other.buffer, "nobody shares a buffer");
});

Deno.test("BufferPool adopts a buffer that was transferred, by its length", () => {
  const pool = new BufferPool();
  const moved = pool.take(LONG).buffer.transfer();
  pool.adopt(moved);
  assert(pool.take(LONG).buffer === moved);
  const short = new ArrayBuffer(LONG - 1);
  pool.adopt(short);
  assert(pool.take(LONG).buffer !== short);
});

Deno.test("BufferPool gives a buffer to nobody else who gives it back after it was adopted", () => {
  const pool = new BufferPool();
  const taken = pool.take(LONG);
  pool.adopt(taken.buffer);
  pool.give(taken);
  assert(pool.take(LONG).buffer !== pool.take(LONG).buffer);
});

Deno.test("BufferPool keeps no more than some MiB of each length, and lets the memory of others go", () => {
  for (const length of POOLED_LENGTHS) {
    const pool = new BufferPool();
    const count = Math.ceil((12 << 20) / length);
    const all = Array.from({ length: count }, () => pool.take(length));
    for (const bytes of all) pool.give(bytes);
    const kept = all.filter(({ buffer }) => !buffer.detached).length * length;
    assert(kept > 5 << 20 && kept <= 6 << 20, `${kept} bytes of ${length} each are kept`);
  }
});

Deno.test("BufferPool gives small or huge lengths memory of their own", () => {
  const pool = new BufferPool();
  for (const length of [0, 1, 5_119, LONG + 1]) {
    const bytes = pool.take(length);
    assertEquals([bytes.length, bytes.buffer.byteLength], [length, length]);
    pool.give(bytes);
    assert(!bytes.buffer.detached);
  }
});
