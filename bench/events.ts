/**
 * How long pages that watch a large tracker hold it up: 100,000 peers in 1,000 swarms of 1,000 pieces,
 * each of which gets a piece between two looks.
 *
 *     deno run -A bench/events.ts
 *
 * For some numbers of pages, each of which watches another swarm, it prints how long a round takes at
 * half and at worst, in processor time, and the bytes that one page gets a second.
 */
// deno-lint-ignore-file no-console
import { cpuUsage } from "node:process";
import { Bitfield } from "../lib/bytes/mod.ts";
import type { Clock } from "../lib/net/mod.ts";
import { ApiSources } from "../lib/tracker/server/api/api_sources.ts";
import type { Peer } from "../lib/tracker/mod.ts";
import { sampleHash, samplePeerId, sampleShape } from "../tests/tracker/sample_torrents.ts";
import { sampleContext } from "../tests/tracker/server/sample_context.ts";

const [PEERS, SWARMS, PIECES, SECONDS] = [100_000, 1_000, 1_000, 10];

/** A clock that is told to go on, and takes down how long each timer runs. */
class TimedClock implements Clock {
  readonly tookMs: number[] = [];
  readonly #timers = new Set<{ readonly dueMs: number; readonly run: () => void }>();
  #nowMs = 0;

  now(): number {
    return this.#nowMs;
  }

  setTimer(run: () => void, ms: number): Disposable {
    const timer = { dueMs: this.#nowMs + ms, run };
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    for (const timer of [...this.#timers]) {
      if (timer.dueMs > this.#nowMs) continue;
      this.#timers.delete(timer);
      const before = cpuUsage();
      timer.run();
      const { user, system } = cpuUsage(before);
      this.tookMs.push((user + system) / 1_000);
    }
  }
}

const context = { ...sampleContext({ peersPerAddress: PEERS }), clock: new TimedClock() };
const { registry, clock } = context;
const peers: Peer[] = [];
for (let number = 0; number < PEERS; number++) {
  const host = `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
  const peer = registry.admit({
    host,
    port: 6881,
    id: samplePeerId(number),
    agent: "Sluice/0.1.0",
  });
  const held = { kind: "bitfield" as const, bytes: new Bitfield(PIECES).toBytes() };
  const shape = sampleShape(`lecture ${number % SWARMS}.mkv`, PIECES);
  registry.report(peer, { infoHash: sampleHash(number % SWARMS), shape, held, downloaded: 0 });
  peers.push(peer);
}

/** Each peer gets a piece. */
function move(piece: number): void {
  for (const [number, peer] of peers.entries()) {
    registry.report(peer, {
      infoHash: sampleHash(number % SWARMS),
      held: { kind: "have", pieces: [(piece * 7 + number) % PIECES] },
      downloaded: (piece + 1) * 16_384,
    });
  }
}

let moves = 0;
for (const pages of [1, 16, 64, 256]) {
  const sources = new ApiSources({ context, version: "0" });
  let bytes = 0;
  for (let page = 0; page < pages; page++) {
    const { body } = sources.hub.subscribe({
      host: "127.0.0.1",
      announceUrls: ["http://192.0.2.7:6969/announce"],
      infoHash: sampleHash(page),
    });
    void body?.pipeTo(new WritableStream({ write: (chunk) => void (bytes += chunk.length) }));
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  clock.tookMs.length = 0;
  const greeted = bytes;
  for (let second = 0; second < SECONDS; second++) {
    move(moves++);
    for (let round = 0; round < 4; round++) {
      clock.advance(250);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const rounds = clock.tookMs.filter((ms) => ms > 0.05).sort((one, other) => one - other);
  const half = rounds[rounds.length >> 1] ?? 0;
  const each = (bytes - greeted) / SECONDS / pages / 1024;
  const greeting = greeted / pages / 1024;
  console.log(
    `${pages} pages: a round takes ${half.toFixed(1)} ms at half, ${
      (rounds.at(-1) ?? 0).toFixed(1)
    } at worst; ` +
      `a page gets ${greeting.toFixed(0)} KiB at first, then ${each.toFixed(0)} KiB/s`,
  );
  sources.hub[Symbol.dispose]();
}
