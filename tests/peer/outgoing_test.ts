import { assert, assertEquals } from "@std/assert";
import { concatBytes, type PieceIndex } from "../../lib/bytes/mod.ts";
import type { Payload } from "../../lib/framing/mod.ts";
import { PieceLayout } from "../../lib/metainfo/mod.ts";
import { FakeClock } from "../../lib/net/mod.ts";
import {
  decodeMessage,
  MAX_QUEUED_MESSAGES,
  MAX_QUEUED_REQUESTS,
  type Message,
  Outgoing,
  type OutgoingOptions,
} from "../../lib/peer/mod.ts";

const U = 16 * 1024;
/** Who takes a unit in this time is no fast connection. */
const SLOW_MS = 2;
/** Who has taken so many runs fast is. */
const FAST_RUNS = 8;
const LAYOUT = new PieceLayout({ pieceLength: 64 * U, totalLength: 640 * U });

interface Reading {
  readonly index: number;
  readonly begin: number;
  readonly length: number;
}

/** An outgoing queue over data whose every byte tells its piece and place, and what it did. */
function openOutgoing(options: Partial<OutgoingOptions> = {}) {
  const readings: Reading[] = [];
  const uploads: number[] = [];
  let overflows = 0;
  const clock = new FakeClock();
  const outgoing = new Outgoing({
    clock,
    source: {
      read: (index, begin, target) => {
        readings.push({ index, begin, length: target.length });
        for (let at = 0; at < target.length; at++) target[at] = byteAt(index, begin + at);
        return Promise.resolve();
      },
    },
    onUpload: (bytes) => void uploads.push(bytes),
    onOverflow: () => void overflows++,
    ...options,
  });
  const reader = outgoing.readable.getReader();
  /** What the connection gets when it asks once; empty at the end. */
  async function take(): Promise<Message[]> {
    const { value = [] } = await reader.read();
    return value.map(messageOf);
  }
  return { outgoing, clock, readings, uploads, take, overflows: () => overflows };
}

function byteAt(index: number, place: number): number {
  return (index * 31 + place + (place >> 8)) & 0xff;
}

function messageOf(payload: Payload): Message {
  return decodeMessage(concatBytes(payload instanceof Uint8Array ? [payload] : payload));
}

function request(piece: number, unit: number, units = 1) {
  const index: PieceIndex = LAYOUT.pieceIndex(piece);
  return { index, begin: unit * U, length: units * U };
}

function assertBlocks(messages: readonly Message[], wanted: readonly Reading[]): void {
  assertEquals(messages.length, wanted.length);
  messages.forEach((message, at) => {
    const { index, begin, length } = wanted[at]!;
    assert(message.type === "piece");
    assertEquals([message.index, message.begin, message.block.length], [index, begin, length]);
    assert(message.block.every((byte, place) => byte === byteAt(index, begin + place)));
  });
}

Deno.test("Outgoing gives all messages that wait at once, and before any block", async () => {
  const { outgoing, take } = openOutgoing();
  outgoing.serve(request(1, 0));
  outgoing.send({ type: "unchoke" });
  outgoing.send({ type: "have", index: 5 });
  assertEquals(await take(), [{ type: "unchoke" }, { type: "have", index: 5 }]);
  assertBlocks(await take(), [request(1, 0)]);
  assert(outgoing.isIdle);
});

Deno.test("Outgoing reads blocks that lie side by side at once, up to 256 KiB", async () => {
  const { outgoing, take, readings, uploads } = openOutgoing();
  const row = Array.from({ length: 20 }, (_, unit) => request(1, unit));
  const others = [request(2, 20), request(2, 22), request(2, 21), request(3, 0, 4)];
  for (const wanted of [...row, ...others]) outgoing.serve(wanted);
  assertBlocks(await take(), row.slice(0, 16));
  assertBlocks(await take(), row.slice(16));
  for (const wanted of others) assertBlocks(await take(), [wanted]);
  assertEquals(readings.map(({ length }) => length / U), [16, 4, 1, 1, 1, 4]);
  assertEquals(uploads.map((bytes) => bytes / U), [16, 4, 1, 1, 1, 4]);
});

Deno.test("Outgoing reads nothing before it is asked, and nothing that was withdrawn", async () => {
  const { outgoing, clock, take, readings } = openOutgoing();
  for (const unit of [0, 2, 4, 6]) outgoing.serve(request(0, unit));
  await Promise.resolve();
  assertEquals(readings, []);
  outgoing.withdraw(request(0, 2));
  outgoing.withdraw(request(0, 3));
  outgoing.withdraw(request(0, 4, 2));
  assertBlocks(await take(), [request(0, 0)]);
  await clock.advance(SLOW_MS);
  assertBlocks(await take(), [request(0, 4)]);
  outgoing.withdrawAll();
  assert(outgoing.isIdle);
  const waiting = take();
  outgoing.send({ type: "choke" });
  assertEquals(await waiting, [{ type: "choke" }]);
  assertEquals(readings.length, 2);
});

/** Lets the connection take runs of one block, as fast as they are there, until it counts as fast. */
async function becomeFast({ outgoing, take }: ReturnType<typeof openOutgoing>): Promise<void> {
  for (let count = 0; count <= FAST_RUNS; count++) {
    outgoing.serve(request(9, 0));
    await take();
  }
}

Deno.test("Outgoing reads two runs ahead for a connection that was fast eight times", async () => {
  const { outgoing, clock, readings, uploads, take } = openOutgoing();
  const wanted = Array.from({ length: 30 }, (_, at) => request(at % 10, 2 * at));
  for (const one of wanted) outgoing.serve(one);
  const counts: number[] = [];
  for (const [at, one] of wanted.entries()) {
    if (at === 12) await clock.advance(SLOW_MS);
    assertBlocks(await take(), [one]);
    counts.push(readings.length - at);
    assertEquals(uploads.length, at + 1, "what is read ahead counts when it is given");
  }
  const slow = new Array(8).fill(1);
  // What was read ahead when the connection became slow is given first.
  const fast = [...new Array(4).fill(3), 2, ...slow.slice(1), ...new Array(8).fill(3)];
  assertEquals(counts, [...slow, ...fast, 2, 1]);
  assertEquals(readings, wanted);
});

Deno.test("Outgoing counts each run once, whatever messages go out after it", async () => {
  const { outgoing, readings, take } = openOutgoing();
  for (let at = 0; at < 6; at++) outgoing.serve(request(at, 0));
  for (let at = 0; at < 4; at++) {
    assertBlocks(await take(), [request(at, 0)]);
    outgoing.send({ type: "have", index: at });
    assertEquals(await take(), [{ type: "have", index: at }]);
  }
  assertEquals(readings.length, 4);
});

Deno.test("Outgoing does not read ahead while the rate is limited", async () => {
  const pace = { isLimited: false, take: () => Promise.resolve() };
  const opened = openOutgoing({ sendPace: pace });
  const { outgoing, readings, take } = opened;
  await becomeFast(opened);
  readings.length = 0;
  pace.isLimited = true;
  for (const unit of [0, 2, 4, 6]) outgoing.serve(request(5, unit));
  for (const count of [1, 2, 3]) {
    await take();
    assertEquals(readings.length, count);
  }
});

Deno.test("Outgoing tells a fast connection from a slow one by the bytes that it has taken", async () => {
  for (const { ms, ahead } of [{ ms: 15, ahead: 2 }, { ms: 25, ahead: 0 }]) {
    const { outgoing, clock, readings, take } = openOutgoing();
    for (let piece = 0; piece < 10; piece++) {
      for (let unit = 0; unit < 48; unit++) outgoing.serve(request(piece, unit));
    }
    for (let run = 0; run <= FAST_RUNS; run++) {
      await take();
      await clock.advance(ms);
    }
    assertEquals(readings.length, FAST_RUNS + 1 + ahead, `256 KiB in ${ms} ms`);
  }
});

for (const along of ["nothing", "a message"]) {
  Deno.test(`Outgoing does not count what an idle connection takes at once, with ${along} before it`, async () => {
    const { outgoing, readings, take } = openOutgoing();
    for (let at = 0; at < 2 * FAST_RUNS; at++) {
      let waiting = take();
      await Promise.resolve();
      if (along === "a message") outgoing.sendAlong({ type: "have", index: at });
      outgoing.serve(request(at % 10, 0));
      if (along === "a message") {
        assertEquals(await waiting, [{ type: "have", index: at }]);
        waiting = take();
      }
      assertBlocks(await waiting, [request(at % 10, 0)]);
    }
    readings.length = 0;
    for (const unit of [2, 4, 6]) outgoing.serve(request(5, unit));
    await take();
    assertEquals(readings.length, 1);
  });
}

Deno.test("Outgoing reads nothing more once its stream is cancelled", async () => {
  let end: () => void = () => {};
  let reads = 0;
  const uploads: number[] = [];
  const outgoing = new Outgoing({
    clock: new FakeClock(),
    source: {
      read: () => {
        reads++;
        return new Promise((resolve) => end = resolve);
      },
    },
    onUpload: (bytes) => void uploads.push(bytes),
    onOverflow: () => {},
  });
  for (const unit of [0, 2, 4]) outgoing.serve(request(1, unit));
  const reader = outgoing.readable.getReader();
  const reading = reader.read();
  await Promise.resolve();
  await reader.cancel();
  end();
  assertEquals((await reading).done, true);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals([reads, uploads, outgoing.isIdle], [1, [], true]);
  assert(!outgoing.serve(request(1, 6)));
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals([reads, uploads, outgoing.isIdle], [1, [], true]);
});

Deno.test("Outgoing takes back one of two blocks that are alike", async () => {
  const opened = openOutgoing();
  const { outgoing, take } = opened;
  await becomeFast(opened);
  for (const unit of [2, 4, 4]) outgoing.serve(request(5, unit));
  assertBlocks(await take(), [request(5, 2)]);
  assert(outgoing.withdraw(request(5, 4)));
  assertBlocks(await take(), [request(5, 4)]);
  assert(outgoing.isIdle);
});

Deno.test("Outgoing sends what was read ahead, but messages before it, and ends only then", async () => {
  const opened = openOutgoing();
  const { outgoing, take } = opened;
  await becomeFast(opened);
  for (const unit of [2, 4, 6]) outgoing.serve(request(5, unit));
  assertBlocks(await take(), [request(5, 2)]);
  assert(!outgoing.isIdle);
  outgoing.send({ type: "have", index: 3 });
  outgoing.end();
  assertEquals(await take(), [{ type: "have", index: 3 }]);
  assertBlocks(await take(), [request(5, 4)]);
  assertBlocks(await take(), [request(5, 6)]);
  assert(outgoing.isIdle);
  assertEquals(await take(), []);
});

Deno.test("Outgoing sends nothing that was withdrawn, also if it was read ahead", async () => {
  const opened = openOutgoing();
  const { outgoing, readings, uploads, take } = opened;
  await becomeFast(opened);
  const wanted = [2, 4, 5, 6, 8, 10].map((unit) => request(5, unit));
  for (const one of wanted) outgoing.serve(one);
  readings.length = uploads.length = 0;
  assertBlocks(await take(), [request(5, 2)]);
  assertEquals(readings.map(({ length }) => length / U), [1, 3, 1]);
  assert(outgoing.withdraw(request(5, 5)));
  assert(!outgoing.withdraw(request(5, 5)) && !outgoing.withdraw(request(5, 2)));
  assertBlocks(await take(), [request(5, 4), request(5, 6)]);
  assertEquals(uploads, [U, U, U], "what is told has no hole");
  outgoing.send({ type: "choke" });
  assertEquals(outgoing.withdrawAll(), [request(5, 8), request(5, 10)]);
  assertEquals(await take(), [{ type: "choke" }]);
  assert(outgoing.isIdle);
  const waiting = take();
  outgoing.serve(request(6, 0));
  assertBlocks(await waiting, [request(6, 0)]);
});

Deno.test("Outgoing goes on when a run is withdrawn while the connection waits for it", async () => {
  let end: () => void = () => {};
  const { outgoing, take } = openOutgoing({
    source: {
      read: (index, begin, target) => {
        for (let at = 0; at < target.length; at++) target[at] = byteAt(index, begin + at);
        return new Promise((resolve) => end = resolve);
      },
    },
  });
  outgoing.serve(request(1, 0));
  const waiting = take();
  await Promise.resolve();
  assert(outgoing.withdraw(request(1, 0)));
  outgoing.serve(request(2, 0));
  end();
  await new Promise((resolve) => setTimeout(resolve));
  end();
  assertBlocks(await waiting, [request(2, 0)]);
});

Deno.test("Outgoing has what was read ahead wait for its turn, too, when the rate becomes limited", async () => {
  const paced: number[] = [];
  let pass: () => void = () => {};
  const pace = {
    isLimited: false,
    take(bytes: number) {
      paced.push(bytes);
      return new Promise<void>((resolve) => pass = resolve);
    },
  };
  const opened = openOutgoing({ sendPace: pace });
  const { outgoing, take } = opened;
  await becomeFast(opened);
  for (const unit of [2, 4, 5, 6, 8]) outgoing.serve(request(5, unit));
  assertBlocks(await take(), [request(5, 2)]);
  pace.isLimited = true;
  for (const unit of [4, 5, 6, 8]) {
    const waiting = take();
    await new Promise((resolve) => setTimeout(resolve));
    pass();
    assertBlocks(await waiting, [request(5, unit)]);
  }
  assertEquals(paced, [U, U, U, U]);
});

Deno.test("Outgoing gives runs in their order, whichever is read first, and rejects in it", async () => {
  const reads: { begin: number; target: Uint8Array; end: () => void }[] = [];
  const opened = openOutgoing({
    source: {
      read(index, begin, target) {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const end = begin === 4 * U ? () => reject(new Error("The disk is broken")) : resolve;
        for (let at = 0; at < target.length; at++) target[at] = byteAt(index, begin + at);
        if (index === 9) end();
        else reads.push({ begin, target, end });
        return promise;
      },
    },
    unreadable: "reject",
  });
  const { outgoing, take } = opened;
  await becomeFast(opened);
  for (const unit of [2, 4, 6]) outgoing.serve(request(5, unit));
  const first = take();
  reads[0]?.end();
  assertBlocks(await first, [request(5, 2)]);
  assertEquals(reads.map(({ begin }) => begin / U), [2, 4, 6]);
  const second = take();
  reads[2]?.end();
  reads[1]?.end();
  assertEquals(await second, [{ type: "reject", ...request(5, 4) }]);
  assertBlocks(await take(), [request(5, 6)]);
  assertEquals(new Set(reads.map(({ target }) => target.buffer)).size, 3);
});

Deno.test("Outgoing leaves what it gave as it is while it reads ahead", async () => {
  const opened = openOutgoing();
  const { outgoing, readings, take } = opened;
  await becomeFast(opened);
  readings.length = 0;
  const pieces = [0, 1, 2, 3, 4, 5].map((piece) =>
    Array.from({ length: 16 }, (_, unit) => request(piece, unit))
  );
  for (const one of pieces.flat()) outgoing.serve(one);
  for (const [at, piece] of pieces.entries()) {
    const blocks = await take();
    assertEquals(readings.length, Math.min(at + 3, 6));
    assertBlocks(blocks, piece);
  }
});

Deno.test("Outgoing wakes up for a message or a block that comes while the connection waits", async () => {
  const { outgoing, take } = openOutgoing();
  for (const unit of [3, 9]) {
    const waiting = take();
    outgoing.serve(request(7, unit));
    assertBlocks(await waiting, [request(7, unit)]);
  }
});

Deno.test("Outgoing takes 500 requests and no more until some are served", async () => {
  const { outgoing, take } = openOutgoing();
  for (let at = 0; at < MAX_QUEUED_REQUESTS + 100; at++) outgoing.serve(request(at % 10, 0));
  for (let at = 0; at < MAX_QUEUED_REQUESTS; at++) {
    assertBlocks(await take(), [request(at % 10, 0)]);
  }
  assert(outgoing.isIdle);
});

Deno.test("Outgoing reports a message too many, and keeps those that wait", async () => {
  const { outgoing, take, overflows } = openOutgoing();
  for (let at = 0; at < MAX_QUEUED_MESSAGES; at++) outgoing.send({ type: "have", index: at });
  assertEquals(overflows(), 0);
  outgoing.send({ type: "have", index: 1 });
  assertEquals(overflows(), 1);
  assertEquals((await take()).length, MAX_QUEUED_MESSAGES);
  outgoing.send({ type: "choke" });
  assertEquals(overflows(), 1);
});

Deno.test("Outgoing ends after what waits, and takes nothing more", async () => {
  const { outgoing, take } = openOutgoing();
  outgoing.serve(request(1, 1));
  outgoing.send({ type: "unchoke" });
  outgoing.end();
  outgoing.send({ type: "choke" });
  assertEquals(await take(), [{ type: "unchoke" }]);
  assertBlocks(await take(), [request(1, 1)]);
  assertEquals(await take(), []);
});

Deno.test("Outgoing waits for its rate before each block, and that is no sign of a dead peer", async () => {
  const clock = new FakeClock();
  const paced: number[] = [];
  let pass: () => void = () => {};
  const { outgoing, take } = openOutgoing({
    clock,
    sendPace: {
      isLimited: true,
      take(bytes) {
        paced.push(bytes);
        return new Promise<void>((resolve) => pass = resolve);
      },
    },
  });
  outgoing.serve(request(0, 0));
  outgoing.serve(request(0, 1));
  const waiting = take();
  await clock.advance(300_000);
  assertEquals([paced, outgoing.takenMs], [[U], 300_000]);
  pass();
  assertBlocks(await waiting, [request(0, 0)]);
  await clock.advance(50_000);
  assertEquals([paced, outgoing.takenMs], [[U], 300_000], "the connection does not ask any more");
});

Deno.test("Outgoing fails when a block cannot be read", async () => {
  const { outgoing, take } = openOutgoing({
    source: { read: () => Promise.reject(new Error("The file is gone")) },
  });
  outgoing.serve(request(0, 0));
  const failure = await take().then(() => undefined, (error: unknown) => error);
  assert(failure instanceof Error && failure.message === "The file is gone");
});
