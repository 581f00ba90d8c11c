import { assert } from "@std/assert";
import { RequestWindow, UNIT_LENGTH } from "../../../lib/peer/policy/mod.ts";
import type { BlockRequest } from "../../../lib/peer/wire/mod.ts";

const U = UNIT_LENGTH;

/** A peer that answers at a rate, and whose answers come a while after the requests. */
class Line {
  readonly window: RequestWindow;
  /** Bytes a second. */
  rate: number;
  /** There and back, in milliseconds. */
  journeyMs: number;
  nowMs = 0;
  /** The most, and the least, that was asked for and had not come, in the last second that it ran. */
  peakBytes = 0;
  leastBytes = 0;
  readonly #onTheWay: { request: BlockRequest; dueMs: number }[] = [];
  #freeMs = 0;
  #next = 0;

  constructor(rate: number, journeyMs: number, window = new RequestWindow()) {
    this.window = window;
    this.rate = rate;
    this.journeyMs = journeyMs;
  }

  /** Lets it go on for a while; gives the bytes that came meanwhile. */
  run(seconds: number): number {
    const { window } = this;
    const before = window.meter.total;
    const lastMs = this.nowMs + (seconds - 1) * 1_000;
    this.peakBytes = 0;
    this.leastBytes = Infinity;
    for (const endMs = this.nowMs + seconds * 1_000; this.nowMs < endMs; this.nowMs++) {
      while (this.#onTheWay[0] !== undefined && this.#onTheWay[0].dueMs <= this.nowMs) {
        window.receive(this.#onTheWay.shift()!.request, this.nowMs);
      }
      while (window.room(this.nowMs) > 0) {
        const request = { index: ++this.#next, begin: 0, length: U };
        window.add(request, this.nowMs);
        this.#freeMs = Math.max(this.#freeMs, this.nowMs + this.journeyMs) + U / this.rate * 1_000;
        this.#onTheWay.push({ request, dueMs: this.#freeMs });
      }
      if (this.nowMs < lastMs) continue;
      this.peakBytes = Math.max(this.peakBytes, this.#aheadBytes);
      this.leastBytes = Math.min(this.leastBytes, this.#aheadBytes);
    }
    return window.meter.total - before;
  }

  get #aheadBytes(): number {
    return [...this.window.pending].reduce((sum, { length }) => sum + length, 0);
  }
}

/** How much may be asked for ahead, in bytes: twice what is needed, and a fifth for what is measured. */
function allowed(rate: number, journeyMs: number): number {
  return 2.4 * (0.1 + 2 * (journeyMs + U / rate * 1_000) / 1_000) * rate;
}

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

pure("RequestWindow asks a near peer for one to two tenths of a second ahead", () => {
  const near = new Line(8e6, 1);
  near.run(10);
  assert(near.leastBytes >= 0.1 * 8e6 - U, `${near.leastBytes}`);
  assert(near.peakBytes <= allowed(8e6, 1), `${near.peakBytes}`);
});

pure("RequestWindow asks further ahead the longer the answers travel, and keeps lines full", () => {
  let last = 0;
  for (const journeyMs of [1, 20, 50, 100, 200, 400]) {
    const line = new Line(3e6, journeyMs);
    line.run(10);
    const share = line.run(10) / (10 * 3e6);
    assert(share > 0.98, `${share} of the rate over ${journeyMs} ms`);
    assert(line.peakBytes > last, `${line.peakBytes} over ${journeyMs} ms, ${last} before`);
    const most = allowed(3e6, journeyMs);
    assert(line.peakBytes <= most, `${line.peakBytes} over ${journeyMs} ms`);
    last = line.peakBytes;
  }
});

pure("RequestWindow follows the rate of a peer, down and up again", () => {
  const line = new Line(8e6, 20);
  line.run(10);
  const fast = line.peakBytes;
  line.rate = 2e6;
  line.run(10);
  const slow = line.peakBytes;
  assert(slow < fast / 2, `${slow} bytes ahead at a quarter of the rate, ${fast} before`);
  line.rate = 8e6;
  line.run(10);
  assert(line.peakBytes > fast * 0.8, `${line.peakBytes} bytes ahead, ${fast} before`);
});

pure("RequestWindow asks a peer for 128 KiB ahead, up to twice as much, however slow it is", () => {
  for (const rate of [20e3, 200e3, 600e3]) {
    const line = new Line(rate, 1);
    line.run(20);
    assert(line.leastBytes >= 128 * 1024 - U, `${line.leastBytes}`);
    assert(line.peakBytes <= 256 * 1024 + U, `${line.peakBytes}`);
  }
});

pure("RequestWindow does not take the time for which requests wait for that of a journey", () => {
  // All the 128 KiB are asked for at once: the first of them comes in 26 ms, the last in 141.
  const line = new Line(1e6, 10);
  line.run(1);
  line.rate = 8e6;
  line.run(10);
  assert(line.peakBytes <= allowed(8e6, 26), `${line.peakBytes}`);
});

pure("RequestWindow takes a journey of more than two seconds for two", () => {
  const line = new Line(100e3, 10_000);
  line.run(60);
  assert(line.peakBytes <= 2 * 4.1 * 100e3 + 2 * U, `${line.peakBytes}`);
  assert(line.peakBytes >= 4.1 * 100e3, `${line.peakBytes}`);
});

pure("RequestWindow keeps what it knows of the journey when the peer chokes us", () => {
  const line = new Line(8e6, 200);
  line.run(10);
  line.window.clear();
  const after = new Line(8e6, 200, line.window);
  after.nowMs = line.nowMs;
  const share = after.run(10) / (10 * 8e6);
  assert(share > 0.9, `${share} of the rate`);
  assert(after.peakBytes <= allowed(8e6, 200), `${after.peakBytes}`);
});

pure("RequestWindow takes no late answer to an earlier request for a short journey", () => {
  const line = new Line(2e6, 400);
  line.run(10);
  // The peer is silent for 30 s; then it is asked anew, and what it owed comes after all.
  const [owed] = line.window.giveUp();
  assert(owed !== undefined);
  const startMs = line.nowMs + 30_000;
  line.window.add(owed, startMs);
  line.window.receive(owed, startMs + 1);
  const after = new Line(2e6, 400, line.window);
  after.nowMs = startMs + 1;
  after.run(20);
  const share = after.run(10) / (10 * 2e6);
  assert(share > 0.95, `${share} of the rate`);
});
