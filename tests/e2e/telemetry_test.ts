import { assert, assertEquals } from "@std/assert";
import { Scene } from "./scene.ts";
import { soon } from "./sluice.ts";

/** What the runtime sends of its telemetry, as far as it is looked at (OTLP 1.5, JSON). */
interface Sent {
  readonly resourceSpans?: readonly {
    readonly scopeSpans: readonly { readonly spans: Span[] }[];
  }[];
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly { readonly name: string }[] }[];
  }[];
}

interface Span {
  readonly attributes: readonly {
    readonly key: string;
    readonly value: { stringValue?: string };
  }[];
}

/** A collector of telemetry that waits until something came. */
class Collector implements AsyncDisposable {
  readonly paths: string[] = [];
  readonly metrics: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #changed: () => void = () => {};

  constructor() {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        this.#take(await request.json());
        return Response.json({});
      },
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Waits until something is so. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#changed = resolve);
  }

  #take({ resourceSpans = [], resourceMetrics = [] }: Sent): void {
    const spans = resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) => spans)
    );
    for (const { attributes } of spans) {
      const path = attributes.find(({ key }) => key === "url.path");
      if (path?.value.stringValue !== undefined) this.paths.push(path.value.stringValue);
    }
    this.metrics.push(
      ...resourceMetrics.flatMap(({ scopeMetrics }) =>
        scopeMetrics.flatMap(({ metrics }) => metrics.map(({ name }) => name))
      ),
    );
    this.#changed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

Deno.test("e2e: with OTEL_DENO the runtime tells a collector of requests, and plain announces are none of them", async () => {
  await using scene = await Scene.open();
  await using collector = new Collector();
  const tracker = await scene.tracker(0, ["--token", "s3cret"], {
    env: {
      ...{ OTEL_DENO: "true", OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" },
      ...{ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: "sluice" },
      ...{ OTEL_BSP_SCHEDULE_DELAY: "100", OTEL_METRIC_EXPORT_INTERVAL: "100" },
    },
  });
  await tracker.process.report("token-traced");
  const door = new URL(tracker.urls.http);
  // What is as plain as clients of trackers send it does not reach the web server of the runtime.
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(door.port) });
  const plain = `GET /s3cret/announce?info_hash=1 HTTP/1.1\r\nhost: ${door.host}\r\n\r\n`;
  await connection.write(new TextEncoder().encode(plain));
  assert((await connection.read(new Uint8Array(1_000)) ?? 0) > 0);
  for (const path of ["/health", "/s3cret/metrics"]) {
    await (await fetch(new URL(path, door))).body?.cancel();
  }
  await soon("spans", collector.until(() => collector.paths.length >= 2));
  await soon(
    "metrics",
    collector.until(() => collector.metrics.includes("http.server.request.duration")),
  );
  assertEquals(collector.paths.sort(), ["/health", "/s3cret/metrics"]);
  // How it ends is not looked at: on a busy machine the runtime, which sends the rest then, may wait for ever.
});

Deno.test("e2e: nothing is said of traces where none are made", async () => {
  await using scene = await Scene.open();
  const { process } = await scene.tracker(0, ["--token", "s3cret"]);
  process.kill("SIGINT");
  const { stdout } = await process.outcome();
  assertEquals(stdout.some((line) => line.includes("token-traced")), false);
});
