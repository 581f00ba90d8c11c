import { assert, assertEquals } from "@std/assert";
import type { InfoHash } from "../../../lib/bytes/mod.ts";
import {
  AnnounceRota,
  LOCAL_ANNOUNCE_FLOOR_MS,
  LOCAL_ANNOUNCE_INTERVAL_MS,
} from "../../../lib/peer/policy/mod.ts";
import { seededRandom } from "../../bytes/seeded_random.ts";
import { sampleHash } from "../../tracker/sample_torrents.ts";

const MINUTE = 60_000;

/** The announces of a rota until a time, each with its moment. */
function announcesUntil(
  rota: AnnounceRota,
  endMs: number,
): { atMs: number; infoHashes: InfoHash[] }[] {
  const announces: { atMs: number; infoHashes: InfoHash[] }[] = [];
  while (rota.nextMs <= endMs) {
    const atMs = rota.nextMs;
    assertEquals(rota.take(atMs - 1), [], "it is too early");
    const infoHashes = rota.take(atMs);
    assert(infoHashes.length > 0, "it was the time");
    announces.push({ atMs, infoHashes });
  }
  return announces;
}

Deno.test({
  name: "BEP 14: a torrent is announced soon, and then every 5 minutes as long as it is there",
  permissions: "none",
  fn() {
    const rota = new AnnounceRota(() => 0);
    assertEquals(rota.nextMs, Infinity);
    rota.add(sampleHash(1), 0);
    const moments = announcesUntil(rota, 16 * MINUTE).map(({ atMs }) => atMs);
    assertEquals(moments.map((ms) => Math.floor(ms / MINUTE)), [0, 5, 10, 15]);
    assert(moments[0]! < 1_000);
    rota.remove(sampleHash(1));
    assertEquals(rota.nextMs, Infinity);
  },
});

Deno.test({
  name: "BEP 14: no more than one announce is sent a minute, whatever comes and asks",
  permissions: "none",
  fn() {
    const rota = new AnnounceRota(seededRandom(3));
    const moments: number[] = [];
    for (let nowMs = 0; nowMs < 20 * MINUTE; nowMs += 250) {
      if (nowMs % 5_000 === 0) rota.add(sampleHash(nowMs), nowMs);
      rota.answer(sampleHash(0), nowMs);
      if (rota.take(nowMs).length > 0) moments.push(nowMs);
    }
    for (const [at, ms] of moments.entries()) {
      if (at > 0) assert(ms - moments[at - 1]! >= LOCAL_ANNOUNCE_FLOOR_MS);
    }
    assert(moments.length >= 19, `${moments.length} in 20 minutes`);
    assertEquals(LOCAL_ANNOUNCE_FLOOR_MS, MINUTE);
  },
});

Deno.test({
  name: "BEP 14: torrents that come together share an announce, and so do those not due yet",
  permissions: "none",
  fn() {
    const rota = new AnnounceRota(() => 0);
    rota.add(sampleHash(1), 0);
    rota.add(sampleHash(2), 50);
    const [first] = announcesUntil(rota, MINUTE - 1);
    assertEquals(first?.infoHashes, [sampleHash(1), sampleHash(2)]);
    rota.add(sampleHash(3), 2 * MINUTE);
    const [second, third] = announcesUntil(rota, 8 * MINUTE);
    assertEquals(second?.infoHashes, [sampleHash(3), sampleHash(1), sampleHash(2)]);
    assertEquals((third?.atMs ?? 0) - (second?.atMs ?? 0), LOCAL_ANNOUNCE_INTERVAL_MS);
  },
});

Deno.test({
  name: "BEP 14: more torrents than fit into the announces of 5 minutes take turns",
  permissions: "none",
  fn() {
    const rota = new AnnounceRota(() => 0);
    for (let number = 0; number < 200; number++) rota.add(sampleHash(number), 0);
    const announces = announcesUntil(rota, 8 * MINUTE);
    assert(announces.every(({ infoHashes }) => infoHashes.length === 25));
    assertEquals(new Set(announces.flatMap(({ infoHashes }) => infoHashes)).size, 200);
  },
});

Deno.test({
  name: "BEP 14: a newcomer is answered as soon as the minute is over, and at a moment of chance",
  permissions: "none",
  fn() {
    for (const random of [0, 0.999]) {
      const rota = new AnnounceRota(() => random);
      rota.add(sampleHash(1), 0);
      rota.take(rota.nextMs);
      rota.answer(sampleHash(1), 10_000);
      assertEquals(Math.floor(rota.nextMs / 1_000), 60);
      rota.take(rota.nextMs);
      rota.answer(sampleHash(1), 3 * MINUTE);
      assertEquals(rota.nextMs, 3 * MINUTE + random * 1_000);
      rota.answer(sampleHash(9), 0);
      assertEquals(rota.nextMs, 3 * MINUTE + random * 1_000, "nobody is told of what is not ours");
    }
  },
});

Deno.test({
  name:
    "An announce that the network did not take is due again soon, each time later, once a minute at last",
  permissions: "none",
  fn() {
    const rota = new AnnounceRota(() => 0);
    rota.add(sampleHash(1), 0);
    const waits: number[] = [];
    let nowMs = rota.nextMs;
    for (let attempt = 0; attempt < 7; attempt++) {
      const taken = rota.take(nowMs);
      assertEquals(taken, [sampleHash(1)]);
      rota.failed(taken, nowMs);
      waits.push(rota.nextMs - nowMs);
      nowMs = rota.nextMs;
    }
    assertEquals(waits, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
    const taken = rota.take(nowMs);
    rota.succeeded();
    assertEquals([taken, rota.nextMs - nowMs], [[sampleHash(1)], LOCAL_ANNOUNCE_INTERVAL_MS]);
    // What was left meanwhile is not due because it failed.
    const next = rota.take(rota.nextMs);
    rota.remove(sampleHash(1));
    rota.failed(next, nowMs);
    assertEquals(rota.nextMs, Infinity);
  },
});
