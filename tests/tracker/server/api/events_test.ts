import { assert, assertEquals, assertMatch } from "@std/assert";
import { parseMagnet } from "../../../../lib/metainfo/mod.ts";
import { serveTracker } from "../../../../lib/tracker/mod.ts";
import { sampleHash, sampleInfo, samplePeerId, sampleShape } from "../../sample_torrents.ts";
import { EventReader } from "./read_events.ts";
import { bits, cells, SampleApi } from "./sample_api.ts";

const FILE = `/events?file=${sampleHash(1)}`;

/** One who listens, with the API that he listens to, whose rounds have begun. */
async function listen(api: SampleApi, path = "/events", headers = {}): Promise<EventReader> {
  const response = await api.request(path, { headers });
  assertEquals(response.status, 200);
  return new EventReader(response);
}

function sourcesOf({ sources = [] }: { sources?: unknown[] }): unknown[] {
  return sources;
}

/** Numbers that differ from run to run. */
function withoutMoments<T extends { atMs: number; memory: number }>(totals: T) {
  const { atMs: _atMs, memory: _memory, ...rest } = totals;
  return rest;
}

Deno.test("events: hello tells of the tracker, its files and its history, then what changes is told once a second", async () => {
  const api = new SampleApi();
  api.report(1, { kind: "complete" });
  const reader = await listen(api);
  const hello = await reader.next();
  assertEquals([hello?.event, hello?.id !== ""], ["hello", true]);
  assertEquals(hello?.data.tracker.totals.peers, 1);
  assertEquals(
    hello?.data.files,
    (await api.ask("/files")).body.total === 1
      ? { total: 1, files: (await api.ask("/files")).body.files }
      : undefined,
  );
  assertEquals(hello?.data.history.stepSeconds, 10);
  api.report(2, bits(8, 0));
  api.claim(3, sampleShape("three", 1));
  await api.context.clock.advance(1_000);
  const totals = await reader.next();
  assertEquals(totals?.event, "totals");
  assertEquals(withoutMoments(totals?.data), {
    ...{ files: 2, swarms: 2, peers: 3, seeders: 2, leechers: 1, connections: 0 },
    ...{ announces: 0, refusals: 0, downRate: 0, upRate: 0 },
  });
  const files = await reader.next();
  assertEquals(files?.event, "files");
  const told = files?.data.changed.map(({ name, leechers }: Record<string, unknown>) => [
    name,
    leechers,
  ]);
  assertEquals(told.sort(), [["one", 1], ["three", 0]]);
  assertEquals([files?.data.gone, files?.data.total], [[], 2]);
  assert(Number(files?.id) > Number(totals?.id) && Number(totals?.id) > Number(hello?.id));
  await reader.close();
});

Deno.test("events: a file that is forgotten is gone, and while nothing changes nothing is told", async () => {
  const api = new SampleApi();
  const peer = api.report(1, { kind: "complete" });
  const reader = await listen(api);
  await reader.nextOf("hello");
  await api.context.clock.advance(30_000);
  api.context.registry.remove(peer);
  await api.context.clock.advance(1_000);
  const files = await reader.nextOf("files");
  assertEquals(files, { changed: [], gone: [sampleHash(1)], total: 0 });
  assertEquals(reader.comments, 3);
  await reader.close();
});

Deno.test("events: of a file that is asked for, all its peers are told, then what is new of each", async () => {
  const api = new SampleApi();
  const shape = sampleShape("one", 100);
  const first = api.report(1, { kind: "complete" }, { shape });
  const second = api.report(2, bits(100, 0, 1), { shape });
  const reader = await listen(api, FILE);
  const swarm = await reader.nextOf("swarm");
  const { body: { peers } } = await api.ask(`/files/${sampleHash(1)}/peers`);
  assertEquals(
    [...swarm.peers].sort((a, b) => a.id - b.id),
    [...peers].sort((a, b) => a.id - b.id),
  );
  assertEquals([swarm.total, swarm.file.infoHash, cells(swarm.availability)[1]], [
    2,
    sampleHash(1),
    2,
  ]);

  api.report(2, { kind: "have", pieces: [7] }, { downloaded: 16_384 });
  const third = api.report(3, bits(100, 9), { shape });
  api.context.registry.remove(first);
  await api.context.clock.advance(1_000);
  const news = await reader.nextOf("peers");
  assertEquals(news.gone, [first.serial]);
  assertEquals(news.total, 2);
  assertEquals(cells(news.availability).slice(0, 10), [1, 1, 0, 0, 0, 0, 0, 1, 0, 1]);
  assertEquals(news.file.seeders, 0);
  const [older, newer] = news.changed;
  assertEquals(older, { id: second.serial, heldCount: 3, downloaded: 16_384, cells: [[7, 255]] });
  assertEquals([newer.id, newer.client, newer.holding], [third.serial, "Sample/3", "some"]);
  assertEquals(cells(newer.map)[9], 255);

  const many = Array.from({ length: 60 }, (_, piece) => 20 + piece);
  api.report(2, { kind: "have", pieces: many });
  await api.context.clock.advance(1_000);
  const [changed] = (await reader.nextOf("peers")).changed;
  assertEquals([changed.cells, cells(changed.map).filter((cell) => cell === 255).length], [
    undefined,
    63,
  ]);
  api.report(2, { kind: "complete" }, { shape });
  await api.context.clock.advance(1_000);
  const [done] = (await reader.nextOf("peers")).changed;
  assertEquals(done.holding, "complete");
  assertEquals([done.heldCount, done.map, done.cells, done.leftSeconds], [
    100,
    undefined,
    undefined,
    0,
  ]);
  await reader.close();
});

Deno.test("events: a bitfield that is told anew is drawn anew, also with as many pieces", async () => {
  const api = new SampleApi();
  api.report(1, bits(8, 0));
  const reader = await listen(api, FILE);
  await reader.nextOf("swarm");
  api.report(1, bits(8, 7));
  await api.context.clock.advance(1_000);
  assertEquals((await reader.nextOf("peers")).changed, [{
    id: 0,
    map: btoa("\0\0\0\0\0\0\0\xff"),
  }]);
  await reader.close();
});

Deno.test("events: rates are those of a peer's reports over time, and tell when it will be done", async () => {
  const api = new SampleApi();
  const shape = sampleShape("one", 100);
  api.report(1, bits(100, 0), { shape });
  const reader = await listen(api, FILE);
  await reader.nextOf("swarm");
  let latest: Record<string, unknown> = {};
  for (let second = 1; second <= 5; second++) {
    api.report(1, { kind: "have", pieces: [second] }, { downloaded: second * 16_384 });
    await api.context.clock.advance(1_000);
    latest = { ...latest, ...(await reader.nextOf("peers")).changed[0] };
  }
  assertEquals([latest.downRate, latest.leftSeconds, latest.heldCount], [16_384, 94, 6]);
  const { body } = await api.ask(`/files/${sampleHash(1)}/peers`);
  assertEquals(body.peers[0].downRate, 16_384);
  assertEquals((await api.ask(`/files/${sampleHash(1)}`)).body.downRate, 16_384);
  assertEquals((await api.ask("/tracker")).body.totals.downRate, 16_384);
  await reader.close();
  assertEquals((await api.ask(`/files/${sampleHash(1)}/peers`)).body.peers[0].downRate, 0);
});

Deno.test("events: from whom a peer fetches is told by ids, with rates, of those alone who are members", async () => {
  const api = new SampleApi();
  const seeder = api.report(1, { kind: "complete" });
  const before = [{ peerId: samplePeerId(1), bytes: 1 }];
  api.report(2, bits(8, 0), { fetched: before });
  const reader = await listen(api, FILE);
  assertEquals((await reader.nextOf("swarm")).peers.flatMap(sourcesOf), []);
  for (let second = 1; second <= 4; second++) {
    const fetched = [{ peerId: samplePeerId(1), bytes: second * 1_000 }];
    fetched.push({ peerId: samplePeerId(99), bytes: second * 5_000 });
    api.report(2, { kind: "have", pieces: [second] }, { fetched });
    await api.context.clock.advance(1_000);
  }
  let sources: unknown[] = [];
  while (sources.length === 0) {
    sources = (await reader.nextOf("peers")).changed.flatMap(sourcesOf);
  }
  assertEquals(sources, [{ peer: seeder.serial, rate: 1_000, bytes: 2_000 }]);
  const { body: { peers } } = await api.ask(`/files/${sampleHash(1)}/peers`);
  assertEquals(peers.flatMap(sourcesOf), [{ peer: seeder.serial, rate: 1_000, bytes: 4_000 }]);
  // Who only sends tells of it less often than those who fetch.
  const upRates = new Map(peers.map(({ id, upRate }: Record<string, number>) => [id, upRate]));
  assertEquals(upRates.get(seeder.serial), 1_000);
  await api.context.clock.advance(10_000);
  const { body } = await api.ask(`/files/${sampleHash(1)}/peers`);
  assertEquals(body.peers.flatMap(sourcesOf), []);
  await reader.close();
});

Deno.test("events: a torrent that is not known is missing until it is, and again when it is forgotten", async () => {
  const api = new SampleApi();
  const reader = await listen(api, FILE);
  assertEquals(await reader.nextOf("missing"), { infoHash: sampleHash(1) });
  await api.context.clock.advance(5_000);
  const peer = api.report(1, bits(8, 3));
  await api.context.clock.advance(1_000);
  let next = await reader.next();
  while (next?.event === "totals" || next?.event === "files") next = await reader.next();
  assertEquals([next?.event, next?.data.peers.length], ["swarm", 1]);
  api.context.registry.remove(peer);
  await api.context.clock.advance(1_000);
  assertEquals(await reader.nextOf("missing"), { infoHash: sampleHash(1) });
  await reader.close();
});

Deno.test("events: when a torrent turns out to have other pieces its swarm is told anew", async () => {
  const api = new SampleApi();
  const info = await sampleInfo("real", 20);
  const { infoHash } = info;
  api.report(1, bits(8, 3), { infoHash, shape: sampleShape("claimed", 8) });
  const reader = await listen(api, `/events?file=${infoHash}`);
  assertEquals((await reader.nextOf("swarm")).file.pieceCount, 8);
  api.context.registry.publish({ info });
  await api.context.clock.advance(1_000);
  const { file, peers, availability } = await reader.nextOf("swarm");
  assertEquals([file.pieceCount, file.name, file.state], [20, "real", "published"]);
  assertEquals([peers[0].holding, cells(availability).length], ["unknown", 20]);
  await reader.close();
});

Deno.test("events: all who listen are told the same, each with links to the tracker as he finds it", async () => {
  const api = new SampleApi({ dashboard: { audience: "this machine", names: ["tracker.lan"] } });
  api.report(1, { kind: "complete" });
  const readers = [
    await listen(api),
    await listen(api),
    await listen(api, "/events", { host: "tracker.lan:81" }),
  ];
  for (const reader of readers) await reader.nextOf("hello");
  api.report(2, bits(8, 0));
  await api.context.clock.advance(1_000);
  const events = await Promise.all(readers.map(async (reader) => {
    let next = await reader.next();
    while (next?.event === "totals") next = await reader.next();
    return next;
  }));
  assertEquals(events[0], events[1]);
  assertEquals(events.map((event) => event?.id), Array(3).fill(events[0]?.id));
  const urls = events.map((event) => parseMagnet(event?.data.changed[0].magnet).trackers[0]);
  assertEquals(urls, [
    "http://127.0.0.1:6969/announce",
    "http://127.0.0.1:6969/announce",
    "http://tracker.lan:81/announce",
  ]);
  for (const reader of readers) await reader.close();
});

Deno.test("events: who comes later knows what those know who were there before", async () => {
  const api = new SampleApi();
  api.report(1, bits(8, 0));
  const early = await listen(api, FILE);
  await early.nextOf("swarm");
  api.report(1, { kind: "have", pieces: [1] });
  await api.context.clock.advance(500);
  const late = await listen(api, FILE);
  // He is told what was told, and what has changed since with the others.
  const { peers: [peer] } = await late.nextOf("swarm");
  assertEquals([peer.heldCount, cells(peer.map).slice(0, 3)], [1, [255, 0, 0]]);
  await api.context.clock.advance(500);
  const news = await early.nextOf("peers");
  assertEquals(news.changed, [{ id: 0, heldCount: 2, cells: [[1, 255]] }]);
  assertEquals(await late.nextOf("peers"), news);
  await early.close();
  await late.close();
});

Deno.test("events: nothing is looked at while nobody listens, and nothing is left of who has gone", async () => {
  const api = new SampleApi();
  const { clock } = api.context;
  api.report(1, { kind: "complete" });
  const all = await listen(api, FILE);
  const none = await listen(api, FILE);
  await all.nextOf("swarm");
  await none.nextOf("swarm");
  assertEquals(clock.pending, 3);
  await all.close();
  assertEquals(clock.pending, 2);
  await none.close();
  assertEquals(clock.pending, 0);
});

Deno.test("events: what begins with the door takes down the history, and at its end all streams end", async () => {
  const api = new SampleApi();
  const { clock } = api.context;
  const running = api.routes.begin();
  const reader = await listen(api, FILE);
  await reader.nextOf("missing");
  api.report(1, { kind: "complete" });
  api.report(2, bits(8, 0), { downloaded: 100_000 });
  api.report(2, { kind: "have", pieces: [1] }, { downloaded: 300_000 });
  for (let count = 0; count < 50; count++) api.context.counters.query("http announce");
  await clock.advance(20_000);
  const { body: { stepSeconds, series } } = await api.ask("/history");
  const { atMs, memory, ...rest } = series;
  assertEquals([stepSeconds, atMs.length, memory.length], [10, 2, 2]);
  assertEquals(rest, {
    ...{ peers: [2, 2], seeders: [1, 1], leechers: [1, 1] },
    ...{ downRate: [20_000, 0], announcesPerSecond: [5, 0] },
  });
  running[Symbol.dispose]();
  let next = await reader.next();
  while (next !== undefined) next = await reader.next();
  assertEquals(clock.pending, 0);
});

Deno.test("events: the history is that of an hour", async () => {
  const api = new SampleApi();
  using _running = api.routes.begin();
  await api.context.clock.advance(3_600_000);
  const hour = (await api.ask("/history")).body.series;
  assertEquals(hour.peers.length, 360);
  api.report(1, { kind: "complete" });
  await api.context.clock.advance(10_000);
  const { peers } = (await api.ask("/history")).body.series;
  assertEquals([peers.length, peers[0], peers.at(-1)], [360, 0, 1]);
});

Deno.test("events: what is malformed is refused before anything is begun", async () => {
  const api = new SampleApi();
  for (const file of ["", "abc", "%00", `${sampleHash(1)}0`]) {
    const { status, body } = await api.ask(`/events?file=${file}`);
    assertEquals(status, 400, file);
    assertMatch(body.error, /^Cannot read info-hash/);
  }
  assertEquals((await api.ask("/events", { method: "POST" })).status, 405);
  assertEquals((await api.ask("/events", { host: "192.0.2.7" })).status, 403);
  assertEquals(api.context.clock.pending, 0);
});

Deno.test("events: through the doors of a real tracker they come as they are sent, and end at once with it", async () => {
  const tracker = serveTracker({ host: "127.0.0.1", port: 0, http: { port: 0 }, udp: { port: 0 } });
  const [door] = tracker.doors.filter(({ name }) => name === "http");
  const base = `http://127.0.0.1:${door?.address.port}/api/v1`;
  const headers = { "accept-encoding": "gzip, br" };
  const response = await fetch(`${base}${FILE}`, { headers });
  assertEquals(response.headers.get("content-encoding"), null);
  const reader = new EventReader(response);
  const hello = await reader.nextOf("hello");
  const doors = hello.tracker.doors.map(({ door, tls }: Record<string, unknown>) => [door, tls]);
  assertEquals(doors, [["tcp", false], ["udp", false], ["http", false]]);
  await reader.nextOf("missing");
  const place = { host: "10.0.0.1", port: 1 };
  const peer = tracker.registry.admit({ ...place, id: samplePeerId(1), agent: "x" });
  tracker.registry.report(peer, {
    ...{ infoHash: sampleHash(1), shape: sampleShape("one", 8) },
    held: { kind: "complete" },
  });
  const { file } = await reader.nextOf("swarm");
  assertEquals(parseMagnet(file.magnet).trackers.length, 2);
  // One who is cut off, as whoever is still answered after a second, would see an error.
  const ended = reader.next();
  await tracker.close();
  let last = await ended;
  while (last !== undefined) last = await reader.next();
});
