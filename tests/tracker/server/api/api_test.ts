import { assert, assertEquals, assertMatch } from "@std/assert";
import { parseMagnet, parseTorrent } from "../../../../lib/metainfo/mod.ts";
import { MAX_LISTED_ENTRIES } from "../../../../lib/tracker/mod.ts";
import { sampleHash, sampleInfo, samplePeerId, sampleShape } from "../../sample_torrents.ts";
import { eventsOf } from "../sample_context.ts";
import { bits, cells, SampleApi } from "./sample_api.ts";

Deno.test("api: a torrent is shown with its shape, its swarm in numbers, and a link by which others find this tracker", async () => {
  const api = new SampleApi();
  api.report(1, { kind: "complete" });
  api.report(2, bits(8, 0, 1, 2, 3));
  const { status, headers, body } = await api.ask(`/files/${sampleHash(1)}`);
  assertEquals([status, headers.get("cache-control")], [200, "no-store"]);
  const { magnet, ...file } = body;
  assertEquals(file, {
    ...{ infoHash: sampleHash(1), name: "one", length: 8 * 16_384, pieceLength: 16_384 },
    ...{ pieceCount: 8, state: "claimed", seeders: 1, leechers: 1, completions: 0, copies: 1.5 },
    ...{ downRate: 0, upRate: 0 },
  });
  const { infoHash, name, trackers } = parseMagnet(magnet);
  assertEquals([infoHash, name], [sampleHash(1), "one"]);
  assertEquals(trackers, ["http://127.0.0.1:6969/announce"]);
});

Deno.test("api: links name the tracker as its visitor does, by each door, with the token", async () => {
  const api = new SampleApi({ token: "sesame", dashboard: { audience: "everybody" } });
  const doors = [{ door: "udp" as const, host: "0.0.0.0", port: 7070, tls: false }];
  Object.assign(api.context, { doors });
  api.report(1, { kind: "complete" });
  const headers = { host: "[2001:db8::7]:6969" };
  const { body } = await api.ask("/files", { headers, host: "2001:db8::9" });
  assertEquals(parseMagnet(body.files[0].magnet).trackers, [
    "http://[2001:db8::7]:6969/sesame/announce",
    "udp://[2001:db8::7]:7070/sesame/announce",
  ]);
});

Deno.test("api: lists are given by parts, in the order in which torrents became known, or by name", async () => {
  const api = new SampleApi();
  for (let number = 1; number <= 5; number++) {
    api.claim(number, sampleShape(number === 4 ? "two" : `${number}`, 1));
  }
  api.context.registry.announce(
    { host: "10.9.9.9", port: 1, id: samplePeerId(9), agent: "x" },
    { infoHash: sampleHash(9), event: "none", left: 1, uploaded: 0, downloaded: 0 },
    1e9,
  );
  const names = async (query: string) => {
    const { body: { total, offset, files } } = await api.ask(`/files${query}`);
    return [total, offset, files.map(({ name }: { name: string }) => name)];
  };
  assertEquals(await names(""), [5, 0, ["1", "2", "3", "two", "5"]]);
  assertEquals(await names("?offset=1&limit=2"), [5, 1, ["2", "3"]]);
  assertEquals(await names("?limit=0"), [5, 0, []]);
  const far = Number.MAX_SAFE_INTEGER;
  assertEquals(await names(`?offset=${far}&limit=${far}`), [5, far, []]);
  assertEquals(await names("?name=two"), [1, 0, ["two"]]);
  assertEquals(await names("?name=none"), [0, 0, []]);
  assertEquals(await names(`?name=${"x".repeat(5_000)}`), [0, 0, []]);
  for (const query of ["offset=-1", "limit=x", "offset=1e3", "limit=", "offset=9007199254740992"]) {
    const { status, body } = await api.ask(`/files?${query}`);
    assertEquals(status, 400, query);
    assertMatch(body.error, /^Cannot read (offset|limit) ".*": it must be a whole number/);
  }
});

Deno.test("api: a page has 1,000 entries at most, however many are asked for", async () => {
  const api = new SampleApi();
  for (let number = 1; number <= MAX_LISTED_ENTRIES + 1; number++) {
    api.claim(number, sampleShape(`${number}`, 1));
  }
  const { body } = await api.ask(`/files?limit=${MAX_LISTED_ENTRIES}`);
  assertEquals([body.total, body.files.length], [MAX_LISTED_ENTRIES + 1, MAX_LISTED_ENTRIES]);
  const more = await api.ask(`/files?limit=${MAX_LISTED_ENTRIES + 1}`);
  assertEquals(more.body.files.length, MAX_LISTED_ENTRIES);
  assertEquals((await api.ask("/files")).body.files.length, 100);
});

Deno.test("api: a peer is shown with what it holds, drawn as a map only where that is neither all nor unknown", async () => {
  const api = new SampleApi();
  const complete = api.report(1, { kind: "complete" }, { uploaded: 7 });
  const some = api.report(2, bits(8, 0, 7), { downloaded: 5 });
  api.context.registry.announce(
    { host: "2001:db8::7", port: 9, id: samplePeerId(3), agent: "LT2080" },
    { infoHash: sampleHash(1), event: "none", left: 1, uploaded: 1, downloaded: 2 },
    1e9,
  );
  const { body } = await api.ask(`/files/${sampleHash(1)}/peers`);
  assertEquals([body.total, body.offset], [3, 0]);
  const still = { upRate: 0, downRate: 0, sources: [], kind: "other" };
  const byAddress = new Map<string, unknown>(
    body.peers.map((peer: { address: string }) => [peer.address, peer]),
  );
  assertEquals(byAddress.get("10.0.0.1:6881"), {
    ...{ id: complete.serial, address: "10.0.0.1:6881", client: "Sample/1", holding: "complete" },
    ...{ heldCount: 8, uploaded: 7, downloaded: 0, leftSeconds: 0, ...still },
  });
  assertEquals(byAddress.get("10.0.0.2:6881"), {
    ...{ id: some.serial, address: "10.0.0.2:6881", client: "Sample/2", holding: "some" },
    ...{ heldCount: 2, map: btoa("\xff\0\0\0\0\0\0\xff"), uploaded: 0, downloaded: 5 },
    ...{ leftSeconds: null, ...still },
  });
  assertEquals(byAddress.get("[2001:db8::7]:9"), {
    ...{ id: 2, address: "[2001:db8::7]:9", client: "LT2080", holding: "unknown", heldCount: 0 },
    ...{ uploaded: 1, downloaded: 2, leftSeconds: null, ...still },
  });
});

Deno.test("api: a map has 512 cells at most, each the share of its pieces that are held, rounded down", async () => {
  const api = new SampleApi();
  const shape = sampleShape("many", 513);
  api.report(1, bits(513, 0, 1, 512), { shape });
  const { body: { peers: [peer] } } = await api.ask(`/files/${sampleHash(1)}/peers`);
  const map = cells(peer.map);
  assertEquals(map.length, 512);
  // The last of 512 parts of 513 pieces has two of them.
  assertEquals([map[0], map[1], map[2], map[511]], [255, 255, 0, 127]);
});

Deno.test("api: availability is the copies of the rarest piece of each cell, seeders included", async () => {
  const api = new SampleApi();
  const path = `/files/${sampleHash(1)}/availability`;
  api.report(1, bits(8, 0, 1));
  api.report(2, bits(8, 1));
  const before = (await api.ask(path)).body;
  assertEquals([cells(before.cells), before.seeders], [[1, 2, 0, 0, 0, 0, 0, 0], 0]);
  api.report(3, { kind: "complete" });
  const after = (await api.ask(path)).body;
  assertEquals([cells(after.cells), after.seeders], [[2, 3, 1, 1, 1, 1, 1, 1], 1]);
});

Deno.test("api: the torrent file is given with this tracker's announce URLs, under any name", async () => {
  const api = new SampleApi({ token: "sesame" });
  const name = 'a "b"\u00fc\u2028c;d\'.bin';
  const info = await sampleInfo("plain", 3);
  api.context.registry.publish({ info });
  const { body, headers, status } = await api.ask(`/files/${info.infoHash}/torrent`);
  assertEquals([status, typeof body], [200, "string"]);
  assertEquals(
    headers.get("content-disposition"),
    `attachment; filename="plain.torrent"; filename*=UTF-8''plain.torrent`,
  );
  const response = await api.request(`/files/${info.infoHash}/torrent`);
  const torrent = await parseTorrent(new Uint8Array(await response.arrayBuffer()), "torrent");
  assertEquals(torrent.info.infoHash, info.infoHash);
  assertEquals(torrent.trackers, [["http://127.0.0.1:6969/sesame/announce"]]);
  const claimed = api.claim(4, { ...sampleShape("x", 1), name });
  const missing = await api.ask(`/files/${claimed}/torrent`);
  assertEquals(missing.status, 404);
  assertMatch(missing.body.error, /nobody has handed it in yet, ask again later$/);
});

Deno.test("api: names with control characters and markup stay text in JSON", async () => {
  const api = new SampleApi();
  const name = '</script>\u0000\u001b[2J\u202e"\\\ud800\u2028<img src=x>';
  api.claim(1, { ...sampleShape("x", 1), name });
  api.peer(2, name);
  api.context.registry.report(api.peer(2), {
    infoHash: sampleHash(1),
    held: { kind: "complete" },
  });
  const { body } = await api.ask("/files");
  assertEquals(body.files[0].name, name);
  assertEquals(new URLSearchParams(body.files[0].magnet.split("?")[1]).get("dn") !== null, true);
  const { body: { peers } } = await api.ask(`/files/${sampleHash(1)}/peers`);
  assert(peers.some(({ client }: { client: string }) => client === name));
});

Deno.test("api: what is not there is 404, what is malformed 400, other methods 405, each with the way out", async () => {
  const api = new SampleApi();
  api.claim(1, sampleShape("one", 1));
  for (const path of ["/nothing", "", "/", "/files/", `/files/${sampleHash(1)}/x`, "//files"]) {
    const { status, body } = await api.ask(path);
    assertEquals([status, typeof body.error], [404, "string"], path);
  }
  for (const rest of ["", "/peers", "/torrent", "/availability"]) {
    const unknown = await api.ask(`/files/${sampleHash(2)}${rest}`);
    assertEquals(unknown.status, 404);
    assertMatch(unknown.body.error, /^Cannot find torrent [0-9a-f]{40}: \/api\/v1\/files lists/);
    const bad = ["abc", "%ff", "%00", `${sampleHash(1)}0`, "x".repeat(5_000), "..%2f..%2fetc"];
    for (const hash of bad) {
      const { status, body } = await api.ask(`/files/${hash}${rest}`);
      assertEquals(status, 400, hash);
      assertMatch(body.error, /^Cannot read info-hash ".*": it must have 40 hexadecimal digits$/);
    }
    for (const method of ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "get"]) {
      const refused = await api.ask(`/files/${sampleHash(1)}${rest}`, { method });
      assertEquals([refused.status, refused.headers.get("allow")], [405, "GET"], method);
    }
  }
  const upper = await api.ask(`/files/${sampleHash(0xabc).toUpperCase()}`);
  assertEquals(upper.status, 404);
});

Deno.test("api: others are told how it is opened to them, and without a dashboard there is none", async () => {
  const api = new SampleApi();
  const { status, body } = await api.ask("/tracker", { host: "192.0.2.7" });
  assertEquals(status, 403);
  assertMatch(
    body.error,
    /--public-dashboard opens the dashboard and its API to everybody; --behind-proxy/,
  );
  const named = await api.ask("/tracker", { headers: { host: "evil.example" } });
  assertEquals(named.status, 403);
  const open = new SampleApi({ dashboard: { audience: "everybody", names: ["tracker.lan"] } });
  const headers = { host: "tracker.lan" };
  assertEquals((await open.ask("/tracker", { host: "192.0.2.7", headers })).status, 200);
  const none = new SampleApi({ dashboard: "none" });
  assertEquals((await none.ask("/tracker")).status, 404);
});

Deno.test("api: the tracker tells who it is and what it has, counted once a second", async () => {
  const api = new SampleApi({ dashboard: { audience: "this machine", version: "1.2.3" } });
  const doors = [{ door: "tcp" as const, host: "0.0.0.0", port: 6789, tls: true }];
  Object.assign(api.context, { doors });
  api.report(1, { kind: "complete" });
  api.report(2, bits(8, 0));
  api.context.counters.query("http announce");
  api.context.counters.query("update_status");
  api.context.counters.query("http scrape");
  api.context.counters.refusal(401);
  const { body: { startedAtMs, totals, announceUrls, sinceFirst, ...who } } = await api.ask(
    "/tracker",
  );
  const uploads = { enabled: false, maxBytes: 0 };
  assertEquals(sinceFirst, { connected: 0, announces: 2, refusals: 1, pushes: 0 });
  assertEquals(announceUrls, ["http://127.0.0.1:6969/announce"]);
  assertEquals(who, { client: "Sluice", version: "1.2.3", doors, uploads });
  assert(startedAtMs > 1e12 && totals.atMs >= startedAtMs && totals.memory > 1e6);
  const { atMs: _atMs, memory: _memory, ...counts } = totals;
  assertEquals(counts, {
    ...{ files: 1, swarms: 1, peers: 2, seeders: 1, leechers: 1, connections: 0 },
    ...{ announces: 2, refusals: 1, downRate: 0, upRate: 0 },
  });
  api.report(3, { kind: "complete" });
  assertEquals((await api.ask("/tracker")).body.totals.peers, 2);
  await api.context.clock.advance(1_000);
  assertEquals((await api.ask("/tracker")).body.totals.peers, 3);
});

Deno.test("api: a Host that is none is refused, and no fault of ours that tells the token", async () => {
  const api = new SampleApi({ token: "sesame" });
  for (const host of ["127.0.0.1:99999", "localhost:70000", "xn--.localhost", "[::1%25eth0]"]) {
    const { status, body } = await api.ask("/files", { headers: { host } });
    assertEquals(status, 403, host);
    assertMatch(body.error, /^This machine is not known by that name/);
  }
  assertEquals(await eventsOf(api.context), []);
});
