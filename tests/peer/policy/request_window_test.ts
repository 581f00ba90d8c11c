import { assert, assertEquals } from "@std/assert";
import { MAX_PENDING_REQUESTS, REQUEST_TIMEOUT_MS } from "../../../lib/peer/limits.ts";
import { RequestWindow, UNIT_LENGTH } from "../../../lib/peer/policy/mod.ts";
import type { BlockRequest } from "../../../lib/peer/wire/mod.ts";

const U = UNIT_LENGTH;

function blockOf(index: number, unit = 0, length = U): BlockRequest {
  return { index, begin: unit * U, length };
}

/** Asks for blocks of different pieces until there is no more room, and gives their lengths. */
function fill(window: RequestWindow, nowMs: number, from = 0): number[] {
  const lengths: number[] = [];
  for (let room = window.room(nowMs); room > 0; room = window.room(nowMs)) {
    const length = Math.max(U, Math.floor(room / U) * U);
    window.add(blockOf(from + lengths.length, 0, length), nowMs);
    lengths.push(length);
  }
  return lengths;
}

function pendingBytes(window: RequestWindow): number {
  return [...window.pending].reduce((sum, { length }) => sum + length, 0);
}

/** Lets a peer of a rate and a round-trip time send what it is asked for; gives the window's course. */
function stream(options: {
  rate: number;
  latencyMs: number;
  seconds: number;
  agreed?: number;
  asked?: "in batches" | "one by one";
}) {
  const window = new RequestWindow();
  if (options.agreed !== undefined) window.agree(options.agreed);
  const onTheWay: { request: BlockRequest; dueMs: number }[] = [];
  const course: number[] = [];
  let freeMs = 0;
  let next = 0;
  for (let nowMs = 0; nowMs < options.seconds * 1_000; nowMs++) {
    while (onTheWay[0] !== undefined && onTheWay[0].dueMs <= nowMs) {
      const request = onTheWay.shift()?.request;
      if (request !== undefined) window.receive(request, nowMs);
    }
    const isDue = options.asked === "one by one" || window.isLow(nowMs);
    for (let room = window.room(nowMs); isDue && room > 0; room = window.room(nowMs)) {
      const request = blockOf(next++, 0, Math.max(U, Math.floor(room / U) * U));
      window.add(request, nowMs);
      freeMs = Math.max(freeMs, nowMs + options.latencyMs) + request.length / options.rate * 1_000;
      onTheWay.push({ request, dueMs: freeMs });
    }
    if (nowMs % 1_000 === 999) course.push(pendingBytes(window));
  }
  return { course, window, received: window.meter.total };
}

Deno.test({
  name: "RequestWindow begins with 128 KiB in blocks of 16 KiB",
  permissions: "none",
  fn() {
    assertEquals(fill(new RequestWindow(), 0), Array(8).fill(U));
    const agreed = new RequestWindow();
    agreed.agree(256 * 1024);
    assertEquals(fill(agreed, 0), Array(8).fill(U));
  },
});

Deno.test({
  name:
    "RequestWindow asks a quick peer for blocks as long as was agreed, and a slow one for short ones",
  permissions: "none",
  fn() {
    const lengthAt = (rate: number, agreed: number): number => {
      const { window } = stream({ rate, latencyMs: 20, seconds: 10, agreed });
      return Math.max(...[...window.pending].map(({ length }) => length));
    };
    assertEquals(lengthAt(5e6, 4 * U), 4 * U);
    assertEquals(lengthAt(5e6, 5 * U + 7), 5 * U);
    assertEquals(lengthAt(30e3, 4 * U), U);
    assertEquals(lengthAt(5e6, U), U);
  },
});

Deno.test({
  name: "RequestWindow never has more than 250 requests or 4 MiB and a block under way",
  permissions: "none",
  fn() {
    for (const agreed of [U, 256 * 1024]) {
      const { course, window } = stream({ rate: 500e6, latencyMs: 40, seconds: 3, agreed });
      assert(Math.max(...course) <= 4 * 1024 * 1024 + agreed, `${course}`);
      assert([...window.pending].length <= MAX_PENDING_REQUESTS);
      assert(course.at(-1)! >= Math.min(MAX_PENDING_REQUESTS * U, 4 * 1024 * 1024) * 0.9);
    }
  },
});

Deno.test({
  name: "RequestWindow grows until a long line is full",
  permissions: "none",
  fn() {
    const { received } = stream({ rate: 2e6, latencyMs: 400, seconds: 20 });
    assert(received > 0.9 * 20 * 2e6, `${received} of ${20 * 2e6} bytes`);
  },
});

Deno.test({
  name:
    "RequestWindow asks a slow peer for about a second's worth, so that it soon answers the last",
  permissions: "none",
  fn() {
    const { course } = stream({ rate: 50e3, latencyMs: 20, seconds: 30 });
    for (const bytes of course) assert(bytes <= 128 * 1024 + U, `${course}`);
    const { course: middling } = stream({ rate: 400e3, latencyMs: 20, seconds: 30 });
    for (const bytes of middling.slice(5)) assert(bytes < 900e3, `${middling}`);
  },
});

Deno.test({
  name: "RequestWindow takes a block only if exactly that was asked for, and only once",
  permissions: "none",
  fn() {
    const window = new RequestWindow();
    const request = blockOf(3, 2, 2 * U);
    window.add(request, 0);
    const wrong: BlockRequest[] = [
      blockOf(3, 2),
      blockOf(3, 2, 3 * U),
      blockOf(4, 2, 2 * U),
      blockOf(3, 3, 2 * U),
      { ...request, begin: request.begin + 5 },
      { index: 2, begin: request.begin + 64 * 1024 * 1024, length: request.length },
    ];
    for (const block of wrong) {
      assertEquals(window.receive(block, 1), undefined, JSON.stringify(block));
    }
    assertEquals(window.meter.total, 0);
    assertEquals(window.receive({ ...request }, 1), request);
    assertEquals(window.receive({ ...request }, 1), undefined);
    assertEquals(window.meter.total, 2 * U);
    assert(window.isIdle);
  },
});

Deno.test({
  name: "RequestWindow knows which units it covers",
  permissions: "none",
  fn() {
    const window = new RequestWindow();
    window.add(blockOf(3, 2, 2 * U), 0);
    assertEquals([1, 2, 3, 4].map((unit) => window.covers(3, unit * U)), [
      false,
      true,
      true,
      false,
    ]);
    assert(!window.covers(2, 2 * U));
  },
});

Deno.test({
  name: "RequestWindow has room again for what was withdrawn or given back",
  permissions: "none",
  fn() {
    const window = new RequestWindow();
    fill(window, 0);
    assert(window.remove(blockOf(5)));
    assert(!window.remove(blockOf(5)) && !window.remove(blockOf(99)));
    assertEquals(fill(window, 0, 100), [U]);
    assertEquals(window.clear().length, 8);
    assert(window.isIdle);
    assertEquals(fill(window, 0).length, 8);
  },
});

Deno.test({
  name: "RequestWindow is stalled after 30 s in which nothing came of what was asked, not before",
  permissions: "none",
  fn() {
    const window = new RequestWindow();
    assert(!window.isStalled(1e9), "a peer that owes nothing cannot stall");
    const startMs = 500_000;
    window.add(blockOf(0), startMs);
    window.add(blockOf(1), startMs + 20_000);
    assert(!window.isStalled(startMs + REQUEST_TIMEOUT_MS - 1));
    assert(window.isStalled(startMs + REQUEST_TIMEOUT_MS));
    assertEquals(window.room(startMs + REQUEST_TIMEOUT_MS), 0);
    window.receive(blockOf(0), startMs + 29_000);
    assert(!window.isStalled(startMs + 58_999));
    assert(window.isStalled(startMs + 59_000));
  },
});

Deno.test({
  name: "RequestWindow counts the silence of an idle peer from its next request",
  permissions: "none",
  fn() {
    const window = new RequestWindow();
    window.add(blockOf(0), 0);
    window.receive(blockOf(0), 10);
    window.add(blockOf(1), 1_000_000);
    assert(!window.isStalled(1_029_999) && window.isStalled(1_030_000));
  },
});

Deno.test({
  name: "RequestWindow asks a peer that stalled for one block at a time until it sends again",
  permissions: "none",
  fn() {
    const window = new RequestWindow();
    window.agree(256 * 1024);
    fill(window, 0);
    assertEquals(window.giveUp().length, 8);
    assertEquals(fill(window, 30_000), [U]);
    assertEquals(window.giveUp().length, 1);
    assertEquals(fill(window, 60_000, 7), [U]);
    window.receive(blockOf(7), 61_000);
    assertEquals(pendingBytes(window), 0);
    assert(fill(window, 61_000).length > 1);
  },
});

Deno.test({
  name:
    "RequestWindow loses little by batches where all of it is under way to a peer that is far away",
  permissions: "none",
  fn() {
    const far = { rate: 125e6, latencyMs: 80, seconds: 5 };
    const { received } = stream({ ...far, asked: "one by one" });
    const inBatches = stream(far).received;
    assert(inBatches > 0.95 * received, `${inBatches} of ${received} bytes`);
  },
});

Deno.test({
  name: "RequestWindow is low until it is full at first, and again once a quarter of it has come",
  permissions: "none",
  fn() {
    const window = new RequestWindow();
    assert(window.isLow(0));
    assertEquals(fill(window, 0).length, 8);
    assert(!window.isLow(0));
    window.receive(blockOf(0), 1);
    assertEquals([pendingBytes(window), window.isLow(1)], [7 * U, false]);
    window.receive(blockOf(1), 1);
    assertEquals([pendingBytes(window), window.isLow(1)], [6 * U, true]);
    fill(window, 1, 8);
    assert(!window.isLow(1));
    window.clear();
    assert(window.isLow(1), "and once nothing is under way");
  },
});

Deno.test({
  name: "RequestWindow is low by requests, too, where a peer lets few wait",
  permissions: "none",
  fn() {
    const window = new RequestWindow();
    window.agree(U, 4);
    assertEquals(fill(window, 0).length, 4);
    assert(!window.isLow(0));
    window.receive(blockOf(0), 1);
    assert(window.isLow(1));
    window.agree(U, 1);
    window.clear();
    for (let turn = 0; turn < 3; turn++) {
      assert(window.isLow(1));
      assertEquals(fill(window, 1, turn).length, 1);
      assert(!window.isLow(1));
      window.receive(blockOf(turn), 1);
    }
  },
});

Deno.test({
  name:
    "RequestWindow tells how long an answer may take, by the rate and the way, but 10 s at most",
  permissions: "none",
  fn() {
    const window = new RequestWindow();
    fill(window, 0);
    assertEquals(window.answerMs(0), 0, "nothing is known");
    window.receive(blockOf(0), 500);
    // The rate is that of one block in a quarter of a second, and after a while in a second.
    assertEquals(window.answerMs(500), 500 + 7 * 250);
    assertEquals(window.answerMs(1_500), 500 + 7 * 1_000);
    assertEquals(window.answerMs(3_000), 10_000);
    assertEquals(window.answerMs(4_000), 0, "it sends nothing any more");
  },
});

Deno.test({
  name:
    "RequestWindow bears one request more when it is full of bytes, but not of requests or stalled",
  permissions: "none",
  fn() {
    const window = new RequestWindow();
    assert(window.bearsOneMore(0));
    fill(window, 0);
    assert(window.room(0) === 0 && window.bearsOneMore(0));
    const owed = [...window.pending].length;
    window.agree(U, owed);
    assert(!window.bearsOneMore(0), "so many requests are what the peer lets wait");
    window.agree(U, owed + 1);
    assert(window.bearsOneMore(REQUEST_TIMEOUT_MS - 1) && !window.bearsOneMore(REQUEST_TIMEOUT_MS));
    window.giveUp();
    assert(!window.bearsOneMore(REQUEST_TIMEOUT_MS), "it has stalled, and sent nothing since");
  },
});
