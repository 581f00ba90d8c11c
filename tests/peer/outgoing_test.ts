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
  const { outgoing, take, readings } = openOutgoing();
  for (const unit of [0, 2, 4, 6]) outgoing.serve(request(0, unit));
  await Promise.resolve();
  assertEquals(readings, []);
  outgoing.withdraw(request(0, 2));
  outgoing.withdraw(request(0, 3));
  outgoing.withdraw(request(0, 4, 2));
  assertBlocks(await take(), [request(0, 0)]);
  assertBlocks(await take(), [request(0, 4)]);
  outgoing.withdrawAll();
  assert(outgoing.isIdle);
  const waiting = take();
  outgoing.send({ type: "choke" });
  assertEquals(await waiting, [{ type: "choke" }]);
  assertEquals(readings.length, 2);
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
