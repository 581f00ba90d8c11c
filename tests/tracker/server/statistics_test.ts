import { assertEquals } from "@std/assert";
import { Counters } from "../../../lib/tracker/server/statistics.ts";
import { metricsRoute } from "../../../lib/tracker/server/routes/metrics_route.ts";
import { readPrometheus, valueOf } from "../prometheus_text.ts";
import { SampleApi } from "./api/sample_api.ts";
import { sampleContext } from "./sample_context.ts";

const KEPT = new Map([
  ...[["connected", 70], ["pushes", 80], ["query http announce", 5_000_000]] as const,
  ...[["refusal 404", 90], ["query ../x", 1], ["refusal x", 1], ["junk", 1]] as const,
  ...[["query get_torrent", -1], ["query ping", 0.5]] as const,
]);

Deno.test({
  name:
    "Counters: what was counted before a restart is in the sum and kept again, and in nothing else",
  permissions: "none",
  fn() {
    const counters = new Counters();
    counters.resume(KEPT);
    counters.query("http announce");
    counters.query("ping");
    counters.refusal(404);
    counters.connected++;
    const now = { connections: 0, connected: 1, pushes: 0 };
    assertEquals(counters.sinceStart(), {
      ...now,
      queries: { "http announce": 1, ping: 1 },
      refusals: { 404: 1 },
    });
    const sum = {
      ...{ connections: 0, connected: 71, pushes: 80 },
      queries: { "http announce": 5_000_001, ping: 1 },
      refusals: { 404: 91 },
    };
    assertEquals(counters.snapshot(), sum);
    const next = new Counters();
    next.resume(counters.lasting());
    assertEquals(next.snapshot(), sum);
    assertEquals(next.sinceStart(), { ...now, connected: 0, queries: {}, refusals: {} });
  },
});

Deno.test("After a restart the history and the totals begin with what happens then, and sums go on", async () => {
  const api = new SampleApi();
  api.context.counters.resume(KEPT);
  using _running = api.routes.begin();
  api.context.counters.query("http announce");
  await api.context.clock.advance(10_000);
  const { series } = (await api.ask("/history")).body;
  assertEquals(series.announcesPerSecond, [0.1]);
  const { totals, sinceFirst } = (await api.ask("/tracker")).body;
  assertEquals(sinceFirst, { connected: 70, announces: 5_000_001, refusals: 90, pushes: 80 });
  assertEquals([totals.announces, totals.refusals], [1, 0]);
});

Deno.test("After a restart each counter of the metrics begins at 0, so that none falls", async () => {
  const context = sampleContext();
  context.counters.resume(KEPT);
  const response = await metricsRoute(context).answer({
    request: new Request("http://h/metrics", { headers: { host: "127.0.0.1" } }),
    ...{ path: "/metrics", base: "", host: "127.0.0.1" },
  });
  const metrics = readPrometheus(await response?.text() ?? "");
  const counters = [...metrics].filter(([name]) => name.startsWith("sluice_tracker_"))
    .filter(([, { type }]) => type === "counter");
  assertEquals(counters.length > 5, true);
  for (const [name, { samples }] of counters) {
    for (const { value } of samples) assertEquals(value, 0, name);
  }
  assertEquals(valueOf(metrics, "sluice_tracker_refusals_total", { code: "404" }), 0);
});
