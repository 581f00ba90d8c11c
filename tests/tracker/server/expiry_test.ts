import { assertEquals } from "@std/assert";
import { SILENT_INTERVALS } from "../../../lib/tracker/mod.ts";
import type { RawClient } from "../raw_client.ts";
import { sampleHash, sampleShape } from "../sample_torrents.ts";
import { SampleTracker, telling } from "../sample_tracker.ts";

const infoHash = sampleHash(1);
const shape = sampleShape("mv1.mp4", 8);
const TIMES = { intervalMs: 20_000, graceMs: 10_000 };

async function enterAndTell(tracker: SampleTracker, number: number): Promise<RawClient> {
  const client = await tracker.enter(number);
  await client.ask("update_status", telling({ infoHash, shape, held: { kind: "complete" } }));
  return client;
}

/** How many are in the swarm. */
function members(tracker: SampleTracker): number {
  return tracker.server.registry.swarms.get(infoHash)?.members.length ?? 0;
}

Deno.test("a peer whose connection ends is kept for the grace period, then removed", async () => {
  await using tracker = new SampleTracker(TIMES);
  using client = await enterAndTell(tracker, 1);
  client.close();
  await tracker.clock.advance(9_000);
  assertEquals([members(tracker), tracker.peers], [1, [1]]);
  await tracker.clock.advance(2_000);
  assertEquals([members(tracker), tracker.peers], [0, []]);
});

Deno.test("a peer that comes back in time finds its entries, and keeps those it tells again", async () => {
  await using tracker = new SampleTracker(TIMES);
  using client = await enterAndTell(tracker, 1);
  const other = { infoHash: sampleHash(2), shape, held: { kind: "complete" } } as const;
  await client.ask("update_status", telling(other));
  client.close();
  await tracker.clock.advance(5_000);
  using back = await enterAndTell(tracker, 1);
  assertEquals(tracker.server.registry.swarms.size, 2);
  await tracker.clock.advance(10_000);
  assertEquals([...tracker.server.registry.swarms.keys()], [infoHash]);
  await back.ask("ping", {});
});

Deno.test("after disconnect a peer is kept until it expires, after exit not at all", async () => {
  await using tracker = new SampleTracker(TIMES);
  using leaving = await enterAndTell(tracker, 1);
  using gone = await enterAndTell(tracker, 2);
  await leaving.ask("disconnect", {});
  assertEquals(await leaving.next(), undefined);
  await gone.ask("exit", {});
  assertEquals(await gone.next(), undefined);
  assertEquals([members(tracker), tracker.peers], [1, [1]]);
  await tracker.clock.advance(TIMES.intervalMs * SILENT_INTERVALS - 1_000);
  assertEquals(members(tracker), 1);
  await tracker.clock.advance(2_000);
  assertEquals([members(tracker), tracker.peers], [0, []]);
});

Deno.test("who is silent is asked whether it is alive, once, and then given up", async () => {
  await using tracker = new SampleTracker(TIMES);
  using client = await enterAndTell(tracker, 1);
  await tracker.clock.advance(49_000);
  const ping = await client.next();
  assertEquals(ping?.type === "query" && ping.name, "ping");
  await tracker.clock.advance(2_000);
  assertEquals(await client.next(), undefined);
  assertEquals(members(tracker), 1);
  await tracker.clock.advance(10_000);
  assertEquals(members(tracker), 0);
});

Deno.test("any word keeps a connection alive, also the answer to a ping", async () => {
  await using tracker = new SampleTracker(TIMES);
  using asking = await enterAndTell(tracker, 1);
  using answering = await enterAndTell(tracker, 2);
  for (let round = 0; round < 5; round++) {
    await tracker.clock.advance(12_000);
    await asking.ask("ping", {});
    await tracker.clock.advance(9_000);
    await asking.ask("ping", {});
    const ping = await answering.next();
    assertEquals(ping?.type === "query" && ping.name, "ping");
    await answering.send({ type: "reply", transaction: 0, content: {} });
  }
  assertEquals(members(tracker), 2);
});

Deno.test("a frame that does not become whole in time ends its connection", async () => {
  await using tracker = new SampleTracker({ intervalMs: 1_000_000 });
  using slow = await enterAndTell(tracker, 1);
  using steady = await enterAndTell(tracker, 2);
  await slow.sendBytes(Uint8Array.of(0, 0, 0, 50));
  for (let second = 0; second < 29; second++) {
    await slow.sendBytes(Uint8Array.of(0x64));
    await tracker.clock.advance(1_000);
    await steady.ask("ping", {});
  }
  assertEquals(tracker.server.statistics().connections, 2);
  await tracker.clock.advance(1_000);
  assertEquals((await slow.nextError()).code, 408);
  assertEquals(await slow.next(), undefined);
  await steady.ask("ping", {});
});

Deno.test("when the tracker is closed its clients hear that, and nothing is left", async () => {
  const tracker = new SampleTracker();
  using client = await enterAndTell(tracker, 1);
  using silent = await tracker.dial(2);
  await tracker.server.close();
  assertEquals(await client.next(), undefined);
  assertEquals(await silent.next(), undefined);
  assertEquals(tracker.clock.pending, 0);
  await tracker.server.close();
});

Deno.test("a tracker is closed by its signal", async () => {
  const controller = new AbortController();
  const tracker = new SampleTracker({ signal: controller.signal });
  using client = await tracker.enter(1);
  controller.abort();
  assertEquals(await client.next(), undefined);
  await tracker.server.close();
});
