import { assert, assertEquals } from "@std/assert";
import { PieceLayout } from "../../lib/metainfo/mod.ts";
import { connectionBuffers, POOLED_LENGTHS } from "../../lib/net/mod.ts";
import { type ReadRun, type Run, RunReader, type ServedRequest } from "../../lib/peer/mod.ts";

const U = 16 * 1024;
const [SHORT, MIDDLE, LONG] = POOLED_LENGTHS;
const LAYOUT = new PieceLayout({ pieceLength: 16 * U, totalLength: 64 * U });

function request(piece: number): ServedRequest {
  return { index: LAYOUT.pieceIndex(piece), begin: 0, length: U };
}

/** A reader whose source reads when it is told to, and the memory that it reads into. */
function openReader() {
  const targets: Uint8Array[] = [];
  const ends: { resolve: () => void; reject: (reason?: unknown) => void }[] = [];
  const reader = new RunReader({
    read: (_index, _begin, target) => {
      targets.push(target);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      ends.push({ resolve, reject });
      return promise;
    },
  });
  return { reader, targets, ends };
}

/** Whether the pool has this memory: it gives out last what was given back last. */
function isPooled(memory: Uint8Array): boolean {
  const taken = connectionBuffers.take(memory.length);
  connectionBuffers.give(taken);
  return taken.buffer === memory.buffer;
}

function bytesOf(read: ReadRun | undefined): Uint8Array {
  assert(read !== undefined && "bytes" in read);
  return read.bytes;
}

Deno.test("RunReader gives its memory back when the next run is asked for, or at rest", async () => {
  const { reader, ends } = openReader();
  for (const piece of [0, 1, 2]) reader.begin([request(piece)]);
  for (const { resolve } of ends) resolve();
  const first = bytesOf(await reader.next());
  assertEquals(first.length, U);
  assert(!isPooled(first));
  const second = bytesOf(await reader.next());
  assert(isPooled(first) && !isPooled(second));
  reader.rest();
  assert(isPooled(second));
  const third = bytesOf(await reader.next());
  reader.rest();
  reader.rest();
  assert(isPooled(third) && reader.count === 0);
  assertEquals(await reader.next(), undefined);
});

Deno.test("RunReader has short runs in short memory, and long ones in memory for the longest", async () => {
  const { reader, ends } = openReader();
  const [index] = [LAYOUT.pieceIndex(0)];
  const units = (count: number): Run => [{ index, begin: 0, length: count * U }];
  for (const count of [1, 4, 5, 16]) reader.begin(units(count));
  for (const { resolve } of ends) resolve();
  const lengths = [];
  for (let at = 0; at < ends.length; at++) {
    const bytes = bytesOf(await reader.next());
    lengths.push([bytes.length / U, bytes.buffer.byteLength]);
  }
  assertEquals(lengths, [[1, SHORT], [4, MIDDLE], [5, LONG], [16, LONG]]);
  reader.rest();
});

Deno.test("RunReader goes on with the next run when one is taken back that is waited for", async () => {
  const { reader, targets, ends } = openReader();
  for (const piece of [0, 1]) reader.begin([request(piece)]);
  const first = reader.next();
  assertEquals(reader.withdraw(({ index }) => index === 0), [request(0)]);
  for (const { resolve } of ends) resolve();
  assertEquals([await first, reader.count], [undefined, 1]);
  const second = bytesOf(await reader.next());
  assertEquals([second.buffer, reader.count], [targets[1]!.buffer, 0]);
  assert(!isPooled(second));
  reader.rest();
  assert(isPooled(second));
});

Deno.test("RunReader keeps the memory of a run that was taken back until it is read", async () => {
  const { reader, targets, ends } = openReader();
  reader.begin([request(3)]);
  const taken = reader.withdraw(() => true);
  assertEquals([taken, reader.count], [[request(3)], 0]);
  await Promise.resolve();
  assert(!isPooled(targets[0]!));
  ends[0]?.resolve();
  await new Promise((resolve) => setTimeout(resolve));
  assert(isPooled(targets[0]!));
});

Deno.test("RunReader tells that a run was not read, whatever the reason is", async () => {
  const { reader, targets, ends } = openReader();
  for (const reason of [new Error("The disk is broken"), undefined]) {
    reader.begin([request(1)]);
    ends.at(-1)?.reject(reason);
    assertEquals(await reader.next(), { requests: [request(1)], fault: reason });
  }
  reader.rest();
  assert(isPooled(targets[1]!));
});
