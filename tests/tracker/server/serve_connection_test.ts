import { assertEquals } from "@std/assert";
import { DEFAULT_LIMITS, STATUS_BYTES_A_QUERY } from "../../../lib/tracker/mod.ts";
import { sampleHash } from "../sample_torrents.ts";
import { PAGE, SampleTracker, telling } from "../sample_tracker.ts";

Deno.test("a defect that shows while a connection ends is reported as a fault", async () => {
  await using tracker = new SampleTracker();
  const client = await tracker.enter(1);
  const defect = new TypeError("Cannot read undefined");
  tracker.server.registry.release = () => {
    throw defect;
  };
  client.close();
  for await (const event of tracker.server.events) {
    if (event.type !== "fault") continue;
    assertEquals(event.error, defect);
    return;
  }
  throw new Error("no fault was reported");
});

Deno.test("a connection that fails is no fault", async () => {
  const tracker = new SampleTracker();
  for (const bytes of [[], [0, 0], [0, 0, 0, 9, 100]]) {
    const entered = await tracker.enter(1);
    const dialled = await tracker.dial(2);
    for (const client of [entered, dialled]) {
      await client.sendBytes(Uint8Array.from(bytes));
      await tracker.clock.advance(0);
      client.close();
    }
  }
  const mute = await tracker.enter(3);
  tracker.network.unplug(tracker.server.address.host);
  await tracker.clock.advance(1_000);
  await tracker.server.close();
  mute.close();
  const types = new Set<string>();
  for await (const { type } of tracker.server.events) types.add(type);
  assertEquals(types, new Set(["connected", "closed"]));
});

Deno.test("an update of many reports counts as many queries", async () => {
  await using tracker = new SampleTracker();
  using client = await tracker.enter(1);
  const held = { kind: "bitfield", bytes: new Uint8Array(200_000) } as const;
  const costs = Math.floor(200_000 / STATUS_BYTES_A_QUERY);
  const updates = Math.ceil(DEFAULT_LIMITS.queryBurst / costs);
  for (let update = 0; update < updates; update++) {
    await client.query("update_status", telling({ infoHash: sampleHash(1), held }));
  }
  await client.query("list_files", PAGE);
  await tracker.clock.advance(0);
  const { queries } = tracker.server.statistics();
  assertEquals(queries["update_status"], updates - 1);
  await tracker.clock.advance(10_000);
  assertEquals(tracker.server.statistics().queries["list_files"], 1);
});

Deno.test("a tracker that is closed does not listen to the signal any more", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const [add, remove] = [signal.addEventListener, signal.removeEventListener];
  Object.assign(signal, {
    addEventListener(...call: Parameters<typeof add>): void {
      listeners.add(call[1]);
      add.apply(signal, call);
    },
    removeEventListener(...call: Parameters<typeof remove>): void {
      listeners.delete(call[1]);
      remove.apply(signal, call);
    },
  });
  const tracker = new SampleTracker({ signal });
  assertEquals(listeners.size, 1);
  await tracker.server.close();
  assertEquals(listeners.size, 0);
});
