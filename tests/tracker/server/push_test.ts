import { assert, assertEquals } from "@std/assert";
import { MAX_PUSHED_PEERS } from "../../../lib/tracker/mod.ts";
import type { RawClient } from "../raw_client.ts";
import { sampleHash, samplePeerId, sampleShape } from "../sample_torrents.ts";
import { hostOf, PAGE, SampleTracker, telling } from "../sample_tracker.ts";

const infoHash = sampleHash(1);
const shape = sampleShape("mv1.mp4", 8);
const REPORT = { infoHash, shape, held: { kind: "complete" } } as const;

async function member(tracker: SampleTracker, number: number): Promise<RawClient> {
  const client = await tracker.enter(number);
  await client.ask("update_status", telling(REPORT));
  return client;
}

/** The pushes that a client got up to now, as the numbers of those that came and went. */
async function heard(client: RawClient): Promise<[joined: number[], gone: number[]][]> {
  await client.ask("ping", {});
  return client.pushes.splice(0).map(({ joined, gone }) => [
    joined.map(({ port }) => port),
    gone.map(({ port }) => port),
  ]);
}

Deno.test("members hear together of those who came and went within a moment", async () => {
  await using tracker = new SampleTracker();
  using first = await member(tracker, 1);
  using stranger = await tracker.enter(50);
  await tracker.clock.advance(200);
  using second = await member(tracker, 2);
  using third = await member(tracker, 3);
  assertEquals(await heard(first), []);
  await tracker.clock.advance(200);
  await first.ask("ping", {});
  assertEquals(first.pushes[0], {
    infoHash,
    joined: [2, 3].map((number) => ({
      id: samplePeerId(number),
      host: hostOf(number),
      port: number,
    })),
    gone: [],
  });
  assertEquals(await heard(first), [[[2, 3], []]]);
  assertEquals(await heard(second), [[[3], []]]);
  assertEquals(await heard(third), [[[2], []]]);

  await second.ask("update_status", { torrents: [], gone: [infoHash] });
  await third.ask("exit", {});
  using _fourth = await member(tracker, 4);
  await tracker.clock.advance(200);
  assertEquals(await heard(first), [[[4], [2, 3]]]);
  assertEquals(await heard(second), []);
  assertEquals(await heard(stranger), []);
});

Deno.test("members hear of those who expire", async () => {
  await using tracker = new SampleTracker({ graceMs: 5_000 });
  using first = await member(tracker, 1);
  using second = await member(tracker, 2);
  await tracker.clock.advance(200);
  await heard(first);
  second.close();
  await tracker.clock.advance(4_000);
  assertEquals(await heard(first), []);
  await tracker.clock.advance(2_000);
  assertEquals(await heard(first), [[[], [2]]]);
});

Deno.test("a join costs the same in a large swarm: some members hear of some others", async () => {
  await using tracker = new SampleTracker();
  const clients: RawClient[] = [];
  for (let number = 1; number <= 120; number++) clients.push(await member(tracker, number));
  await tracker.clock.advance(200);
  const pushes = (await Promise.all(clients.map(heard))).flat();
  assertEquals(pushes.length, MAX_PUSHED_PEERS);
  for (const [joined] of pushes) assert(joined.length >= MAX_PUSHED_PEERS - 1);
  assertEquals(tracker.server.statistics().pushes, MAX_PUSHED_PEERS);
  for (const client of clients) client.close();
});

Deno.test("who asks without reading the answers is not listened to, and given up as silent", async () => {
  await using tracker = new SampleTracker({ limits: { queryBurst: 1e9 }, intervalMs: 10_000 });
  using stuck = await member(tracker, 1);
  using good = await member(tracker, 2);
  let answered = 0;
  const answers = (): number => tracker.server.statistics().queries["list_files"] ?? 0;
  void (async () => {
    while (true) await stuck.query("list_files", PAGE);
  })().catch(() => {});
  do {
    answered = answers();
    await tracker.clock.advance(10);
  } while (answers() > answered);
  for (let second = 0; second < 24; second++) {
    await tracker.clock.advance(1_000);
    await good.ask("ping", {});
  }
  assertEquals(answers(), answered);
  assertEquals(tracker.server.statistics().connections, 2);
  await tracker.clock.advance(3_000);
  assertEquals(tracker.server.statistics().connections, 1);
});
