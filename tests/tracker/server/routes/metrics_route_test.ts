import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { tcpTransport } from "../../../../lib/net/mod.ts";
import {
  serveTracker,
  type ServeTrackerOptions,
  type TrackerServer,
} from "../../../../lib/tracker/mod.ts";
import { metricsRoute } from "../../../../lib/tracker/server/routes/metrics_route.ts";
import { type ReadFamily, readPrometheus, valueOf } from "../../prometheus_text.ts";
import { RawClient } from "../../raw_client.ts";
import { sampleHash, samplePeerId, sampleShape } from "../../sample_torrents.ts";
import { sampleContext } from "../sample_context.ts";

const HOST = "127.0.0.1";
const HASH = sampleHash(5);

function openTracker(options: ServeTrackerOptions = {}): TrackerServer {
  return serveTracker({
    ...{ host: HOST, port: 0, udp: { port: 0 } },
    http: { port: 0, metrics: { version: "1.2.3" } },
    ...options,
  });
}

function portOf({ doors }: TrackerServer, name: "http" | "udp"): number {
  const door = doors.find((door) => door.name === name);
  assert(door !== undefined);
  return door.address.port;
}

function urlOf(tracker: TrackerServer, path: string): string {
  return `http://${HOST}:${portOf(tracker, "http")}${path}`;
}

async function scrape(
  tracker: TrackerServer,
  before = "",
): Promise<ReadonlyMap<string, ReadFamily>> {
  const response = await fetch(urlOf(tracker, `${before}/metrics`));
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  return readPrometheus(await response.text());
}

async function announce(tracker: TrackerServer, number: number, more: string): Promise<void> {
  const [hash, peerId] = [HASH, samplePeerId(number)].map((hex) => hex.replace(/../g, "%$&"));
  const query = `info_hash=${hash}&peer_id=${peerId}&port=${5_000 + number}&${more}`;
  await (await fetch(urlOf(tracker, `/announce?${query}`))).body?.cancel();
}

Deno.test("The metrics say what was done at each door, in the text format of Prometheus", async () => {
  await using tracker = openTracker();
  await announce(tracker, 1, "left=0&uploaded=100&downloaded=0");
  await announce(tracker, 2, "left=9&uploaded=0&downloaded=40");
  await announce(tracker, 1, "left=0&uploaded=170&downloaded=0");
  await announce(tracker, 2, "left=5&uploaded=0&downloaded=44");
  await announce(tracker, 3, "left=nonsense");
  using ours = await RawClient.enter(tcpTransport, tracker.address, 7);
  const report = {
    infoHash: HASH,
    shape: sampleShape("film", 2),
    held: { kind: "complete" },
  } as const;
  await ours.ask("update_status", { torrents: [report], gone: [] });
  using looker = await RawClient.enter(tcpTransport, tracker.address, 0);
  await looker.askInVain("get_torrent", { infoHash: sampleHash(6), offset: 0 });
  using cleanup = new DisposableStack();
  const socket = Deno.listenDatagram({ transport: "udp", hostname: HOST, port: 0 });
  cleanup.defer(() => socket.close());
  const udp = { transport: "udp", hostname: HOST, port: portOf(tracker, "udp") } as const;
  await socket.send(new TextEncoder().encode("nonsense"), udp);
  const connect = new Uint8Array(16);
  new DataView(connect.buffer).setBigUint64(0, 0x41727101980n);
  await socket.send(connect, udp);
  await socket.receive();

  await (await fetch(urlOf(tracker, "/nothing"))).body?.cancel();
  await (await fetch(urlOf(tracker, "/health"))).body?.cancel();

  const metrics = await scrape(tracker);
  const value = (name: string, labels = {}) => valueOf(metrics, `sluice_tracker_${name}`, labels);
  assertEquals([value("swarms"), value("files"), value("ready")], [1, 0, 1]);
  assertEquals(value("peers", { kind: "sluice" }), 1);
  assertEquals(value("peers", { kind: "other" }), 2);
  assertEquals(value("members", { kind: "sluice", role: "seeder" }), 1);
  assertEquals(value("members", { kind: "other", role: "seeder" }), 1);
  assertEquals(value("members", { kind: "other", role: "leecher" }), 1);
  const requests = (door: string) =>
    ["answered", "refused", "failed", "ignored"].map((outcome) =>
      value("requests_total", { door, outcome })
    );
  assertEquals(requests("http"), [4, 1, 0, 0]);
  assertEquals(requests("tcp"), [3, 1, 0, 0]);
  assertEquals(requests("udp"), [1, 0, 0, 1]);
  for (const [door, count] of [["http", 5], ["tcp", 4], ["udp", 2]]) {
    assertEquals(value("request_duration_seconds_count", { door }), count);
    const sum = value("request_duration_seconds_sum", { door });
    assert(sum !== undefined && sum > 0 && sum < 60, `${sum} s`);
  }
  assertEquals(value("queries_total", { door: "http", query: "announce" }), 5);
  assertEquals(value("queries_total", { door: "udp", query: "connect" }), 1);
  assertEquals(value("queries_total", { door: "tcp", query: "update_status" }), 1);
  const pages = ["2xx", "3xx", "4xx", "5xx"].map((status) =>
    value("page_requests_total", { status })
  );
  assertEquals(pages, [1, 0, 1, 0]);
  assertEquals([value("connections"), value("connections_admitted_total")], [2, 2]);
  assertEquals(value("refusals_total", { code: "400" }), 1);
  assertEquals(value("refusals_total", { code: "404" }), 1);
  assertEquals(value("reported_bytes_total", { direction: "up" }), 70);
  assertEquals(value("reported_bytes_total", { direction: "down" }), 4);
  assertEquals(value("peers_expired_total"), 0);
  // The one who came before others is told of them, if there is time for it.
  assert((value("pushes_total") ?? Infinity) <= 1);
  const { deno, v8 } = Deno.version;
  assertEquals(valueOf(metrics, "sluice_build_info", { version: "1.2.3", deno, v8 }), 1);
  const started = valueOf(metrics, "process_start_time_seconds") ?? 0;
  assert(Math.abs(started - Date.now() / 1_000) < 60, `started at ${started}`);
  assert((valueOf(metrics, "process_resident_memory_bytes") ?? 0) > 10_000_000);
  assert((valueOf(metrics, "sluice_heap_bytes", { part: "used" }) ?? 0) > 1_000_000);
});

Deno.test("Nothing that strangers say becomes a name or a label of a metric", async () => {
  await using tracker = openTracker();
  const seriesOf = (metrics: ReadonlyMap<string, ReadFamily>) =>
    [...metrics.values()].flatMap(({ samples }) =>
      samples.map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`)
    );
  // The first ones make the numbers of what is asked.
  await announce(tracker, 1, "left=1&uploaded=0&downloaded=0");
  using first = await RawClient.enter(tcpTransport, tracker.address, 7);
  await first.askInVain("get_torrent", { infoHash: sampleHash(6), offset: 0 });
  const before = seriesOf(await scrape(tracker));
  for (let number = 2; number < 30; number++) {
    await announce(tracker, number, `left=${number}&uploaded=0&downloaded=0&event=e${number}`);
    await (await fetch(urlOf(tracker, `/nothing-${number}`))).body?.cancel();
    await first.send({ type: "query", transaction: number, name: `query-${number}`, content: {} });
    assertEquals((await first.nextError()).code, 404);
  }
  assertEquals(seriesOf(await scrape(tracker)), before);
});

Deno.test("Metrics are behind the token, and for this machine alone unless they are for everybody", async () => {
  await using tracker = openTracker({ token: "s3cret" });
  const bare = await fetch(urlOf(tracker, "/metrics"));
  assertEquals(bare.status, 403);
  await bare.body?.cancel();
  assertEquals((await scrape(tracker, "/s3cret")).has("sluice_tracker_swarms"), true);

  const visit = (host: string, headers: Record<string, string> = {}, method = "GET") => ({
    request: new Request("http://192.0.2.1/metrics", {
      method,
      headers: { host: "192.0.2.1", ...headers },
    }),
    ...{ path: "/metrics", base: "", host },
  });
  const own = metricsRoute(sampleContext());
  const given = await own.answer(visit("127.0.0.1"));
  await given?.body?.cancel();
  assertEquals(given?.headers.get("x-content-type-options"), "nosniff");
  assertEquals(given?.headers.get("cross-origin-resource-policy"), "same-origin");
  const byProxy = await own.answer(visit("127.0.0.1", { "x-forwarded-for": "192.0.2.9" }));
  assertEquals(byProxy?.status, 403);
  assertStringIncludes(await byProxy?.text() ?? "", "--behind-proxy");
  const refused = await own.answer(visit("192.0.2.9"));
  assertEquals(refused?.status, 403);
  assertStringIncludes(await refused?.text() ?? "", "--public-metrics");
  assertEquals((await own.answer(visit("127.0.0.1")))?.status, 200);
  assertEquals((await own.answer(visit("127.0.0.1", { host: "evil.example" })))?.status, 403);
  assertEquals((await own.answer(visit("127.0.0.1", {}, "POST")))?.status, 405);
  const open = metricsRoute(sampleContext(), { audience: "everybody", names: ["tracker.lan"] });
  assertEquals((await open.answer(visit("192.0.2.9")))?.status, 200);
  assertEquals((await open.answer(visit("192.0.2.9", { host: "tracker.lan" })))?.status, 200);
  assertEquals(open.answer({ ...visit("192.0.2.9"), path: "/metrics/" }), undefined);
});

Deno.test("A peer that expires is counted, and one that leaves is not", async () => {
  const context = sampleContext();
  const { clock } = context;
  await using tracker = openTracker({ clock });
  await announce(tracker, 1, "left=1&uploaded=0&downloaded=0");
  await announce(tracker, 2, "left=1&uploaded=0&downloaded=0");
  await announce(tracker, 2, "left=1&uploaded=0&downloaded=0&event=stopped");
  await clock.advance(2 * 60 * 60 * 1_000);
  const response = await metricsRoute(context).answer({
    ...{ request: new Request("http://h/metrics", { headers: { host: HOST } }), path: "/metrics" },
    ...{ base: "", host: HOST },
  });
  assertMatch(await response?.text() ?? "", /\nsluice_tracker_peers_expired_total 0\n/);
  const metrics = await scrape(tracker);
  assertEquals(valueOf(metrics, "sluice_tracker_peers_expired_total"), 2);
});
