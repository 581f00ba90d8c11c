import { assertEquals, assertStringIncludes } from "@std/assert";
import { createInfo, encodeTorrent, type TorrentInfo } from "../../../lib/metainfo/mod.ts";
import {
  EMPTY_TORRENT_MS,
  LastingState,
  MAX_SAVED_BYTES,
  MAX_SAVED_TORRENTS,
  serveTracker,
  STATE_SAVE_MS,
  type TrackerEvent,
} from "../../../lib/tracker/mod.ts";
import { FakeClock, MemoryNetwork } from "../../../lib/net/mod.ts";
import { admit, COMPLETE, eight, have, report } from "../swarm/sample_registry.ts";
import { PAGE, SampleTracker } from "../sample_tracker.ts";
import { sampleInfo, samplePeerId } from "../sample_torrents.ts";
import { failing, namesOf, openedState, publish, statePath } from "./sample_state.ts";

Deno.test("state: what changes is written within a second, once a second and not between", async () => {
  await using place = await statePath();
  const watched = failing("never");
  {
    using state = await LastingState.open({ path: place.path, open: watched.open });
    await using tracker = new SampleTracker({ state });
    const written = (): number => watched.statements.filter((sql) => sql === "COMMIT").length;
    const before = written();
    for (let at = 0; at < 10; at++) await publish(tracker.server.registry, `film ${at}`);
    await tracker.clock.advance(STATE_SAVE_MS - 1);
    assertEquals(written(), before);
    await tracker.clock.advance(1);
    assertEquals(written(), before + 1);
    await tracker.clock.advance(60_000);
    assertEquals(written(), before + 1);
    tracker.server.registry.sweep(2 * EMPTY_TORRENT_MS);
    await tracker.clock.advance(STATE_SAVE_MS);
    assertEquals(written(), before + 2);
  }
  using opened = await openedState(place.path);
  assertEquals(opened.registry.swarms.size, 0);
});

Deno.test("state: a tracker writes what is left when it is closed, and goes on from it", async () => {
  await using place = await statePath();
  const { infoHash } = await sampleInfo("film", 2);
  {
    using state = await LastingState.open({ path: place.path });
    await using tracker = new SampleTracker({ state });
    using client = await tracker.enter(1);
    await client.ask("list_files", PAGE);
    const { registry } = tracker.server;
    await publish(registry, "film");
    const announced = { infoHash, uploaded: 0, downloaded: 0 };
    const peer = { host: "10.0.0.9", port: 1, id: samplePeerId(9), agent: "Test/1" };
    registry.announce(peer, { ...announced, event: "started", left: 5 }, 1e9);
    registry.announce(peer, { ...announced, event: "completed", left: 0 }, 1e9);
    const other = admit(registry, 2);
    registry.report(other, report(infoHash, eight(0b1000_0000)));
    registry.report(other, report(infoHash, have(1)));
    registry.report(admit(registry, 3), report(infoHash, COMPLETE));
  }
  using state = await LastingState.open({ path: place.path });
  await using tracker = new SampleTracker({ state });
  const swarm = tracker.server.registry.swarms.get(infoHash);
  assertEquals([swarm?.completions, swarm?.members.length], [2, 0]);
  const { connected, connections, queries } = tracker.server.statistics();
  assertEquals({ connected, connections, queries }, {
    ...{ connected: 1, connections: 0 },
    queries: { list_files: 1 },
  });
  using client = await tracker.enter(1);
  assertEquals((await client.ask("get_torrent", { name: "film", offset: 0 })).infoHash, infoHash);
  assertEquals(tracker.server.statistics().connected, 2);
});

Deno.test("state: a torrent that came back and finds no peers is kept as long as any that nobody holds", async () => {
  await using place = await statePath();
  {
    using opened = await openedState(place.path);
    await publish(opened.registry, "film");
    opened.keeper.saveAll();
  }
  using opened = await openedState(place.path);
  opened.registry.sweep(5);
  opened.registry.sweep(5 + EMPTY_TORRENT_MS - 1);
  assertEquals(namesOf(opened.registry), ["film"]);
  opened.registry.sweep(5 + EMPTY_TORRENT_MS);
  assertEquals([namesOf(opened.registry), opened.keeper.pending], [[], 1]);
});

Deno.test("state: 500 torrents are written at once and one more later, and 4 MiB of their files", async () => {
  await using place = await statePath();
  using opened = await openedState(place.path);
  const { registry, keeper } = opened;
  const names = Array.from({ length: MAX_SAVED_TORRENTS + 1 }, (_, at) => `film ${at}`);
  await publish(registry, ...names.slice(1));
  keeper.save();
  assertEquals(keeper.pending, 0);
  for (const swarm of registry.swarms.values()) {
    const member = admit(registry, 1);
    registry.report(member, report(swarm.infoHash, eight(0b1000_0000)));
    registry.report(member, report(swarm.infoHash, have(1)));
  }
  await publish(registry, "film 0");
  keeper.save();
  assertEquals(keeper.pending, 1);
  keeper.save();
  assertEquals(keeper.pending, 0);

  const half = await largeInfo("half", MAX_SAVED_BYTES / 2);
  const rest = await largeInfo("rest", MAX_SAVED_BYTES / 2);
  const over = await largeInfo("over", MAX_SAVED_BYTES / 2 + 1);
  for (const info of [half, rest]) registry.publish({ info });
  keeper.save();
  assertEquals(keeper.pending, 0);
  const again = await largeInfo("more", MAX_SAVED_BYTES / 2);
  for (const info of [again, over]) registry.publish({ info });
  keeper.save();
  assertEquals(keeper.pending, 1);
  // A single one may be longer.
  registry.publish({ info: await largeInfo("huge", MAX_SAVED_BYTES + 1) });
  keeper.save();
  keeper.save();
  assertEquals(keeper.pending, 0);
});

Deno.test("state: a failure is told once, all is written when it is over, and that is told once", async () => {
  await using place = await statePath();
  const faults = failing("COMMIT");
  {
    using opened = await openedState(place.path, { open: faults.open });
    await publish(opened.registry, "a");
    opened.keeper.save();
    faults.errcode = 13;
    await publish(opened.registry, "b");
    for (let at = 0; at < 5; at++) assertEquals(opened.keeper.save(), "failed");
    assertEquals(opened.told.length, 1);
    assertStringIncludes(opened.told[0] ?? "", "the disk is full; free some space");
    faults.errcode = undefined;
    await publish(opened.registry, "c");
    for (let at = 0; at < 5; at++) assertEquals(opened.keeper.save(), "saved");
    assertEquals(opened.told.slice(1), ["recovered"]);
  }
  using opened = await openedState(place.path);
  assertEquals(namesOf(opened.registry), ["a", "b", "c"]);
});

Deno.test("state: while nothing can be written what waits is no more than the tracker and the file have", async () => {
  await using place = await statePath();
  const faults = failing("COMMIT");
  using opened = await openedState(place.path, { open: faults.open });
  await publish(opened.registry, "kept");
  opened.keeper.save();
  faults.errcode = 13;
  for (let at = 0; at < 50; at++) {
    await publish(opened.registry, `film ${at}`);
    opened.registry.sweep(at * 2 * EMPTY_TORRENT_MS);
    opened.registry.sweep((at * 2 + 1) * EMPTY_TORRENT_MS);
    opened.keeper.save();
  }
  assertEquals([namesOf(opened.registry), opened.keeper.pending], [[], 1]);
});

Deno.test("state: a tracker tells that it cannot write, and goes on", async () => {
  await using place = await statePath();
  const faults = failing("COMMIT");
  using state = await LastingState.open({ path: place.path, open: faults.open });
  const network = new MemoryNetwork();
  const clock = new FakeClock();
  await using server = serveTracker({
    host: "192.0.2.1",
    transport: network.host("192.0.2.1"),
    clock,
    state,
  });
  faults.errcode = 13;
  await publish(server.registry, "a");
  await clock.advance(3 * STATE_SAVE_MS);
  faults.errcode = undefined;
  await clock.advance(3 * STATE_SAVE_MS);
  await server.close();
  const events: TrackerEvent[] = await Array.fromAsync(server.events);
  assertEquals(events.map(({ type }) => type), ["state-failed", "state-saved"]);
});

/** A torrent whose torrent file has this many bytes. */
async function largeInfo(name: string, bytes: number): Promise<TorrentInfo> {
  const pieces = Math.floor((bytes - 200) / 20);
  const named = (pad: number): Promise<TorrentInfo> =>
    createInfo({
      ...{ name: name.padEnd(name.length + pad, "x"), shape: "file", pieceLength: 16_384 },
      files: [{ path: [], length: pieces * 16_384 }],
      pieceHashes: new Uint8Array(pieces * 20),
    });
  const missing = bytes - encodeTorrent({ info: await named(0) }).length;
  // The length of the name is written before it, in one to three digits.
  for (let pad = missing - 2; pad <= missing; pad++) {
    const info = await named(pad);
    if (encodeTorrent({ info }).length === bytes) return info;
  }
  throw new Error("there is no such torrent");
}
