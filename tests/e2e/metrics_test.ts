import { assertEquals, assertStringIncludes } from "@std/assert";
import { readPrometheus, valueOf } from "../tracker/prometheus_text.ts";
import { Scene } from "./scene.ts";

/** The time until what is waited for must have come. */
const PATIENCE_MS = 40_000;

/** An address of this machine by which it is asked as others ask it. */
const OUTSIDE = Deno.networkInterfaces().find(({ family, address }) =>
  family === "IPv4" && !address.startsWith("127.")
)?.address;

async function ask(url: string): Promise<[status: number, text: string]> {
  const response = await fetch(url);
  return [response.status, await response.text()];
}

Deno.test("e2e: the metrics of a tracker tell of the swarm that a share and a get make", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const film = crypto.getRandomValues(new Uint8Array(60_000));
  await scene.share(await scene.library("alice", { "film.bin": film }), "film.bin", tracker);
  const bob = await scene.library("bob");
  const get = scene.start(bob, ["get", "film.bin", "--stay", "--json", ...tracker.flags]);
  await get.report("done");
  const url = tracker.urls.http.replace("/announce", "/metrics");
  const value = async (name: string, labels: Record<string, string> = {}) => {
    const [, text] = await ask(url);
    return valueOf(readPrometheus(text), `sluice_tracker_${name}`, labels);
  };
  const seeders = { kind: "sluice", role: "seeder" };
  // What is done is told a moment later.
  const endMs = performance.now() + PATIENCE_MS;
  while (await value("members", seeders) !== 2 && performance.now() < endMs) continue;
  assertEquals(await value("members", seeders), 2);
  assertEquals(await value("members", { kind: "sluice", role: "leecher" }), 0);
  assertEquals([await value("files"), await value("connections")], [1, 2]);
});

Deno.test({
  name: `e2e: the metrics are for the machine itself, and with --public-metrics for all${
    OUTSIDE === undefined ? " (this machine has no address but loopback)" : ""
  }`,
  ignore: OUTSIDE === undefined,
  async fn() {
    await using scene = await Scene.open();
    const any = ["tracker", "--host", "0.0.0.0", "--port", "0", "--http-port", "0", "--no-udp"];
    const urlOf = async (...flags: string[]) => {
      const tracker = scene.start(scene.path, [...any, "--json", ...flags]);
      const { port } = await tracker.report("listening", ({ door }) => door === "http");
      return (host: string, path: string) => ask(`http://${host}:${port}${path}`);
    };
    const [own, open] = await Promise.all([urlOf(), urlOf("--public-metrics")]);
    const [status, text] = await own(OUTSIDE ?? "", "/metrics");
    assertEquals(status, 403);
    assertStringIncludes(text, "--public-metrics");
    assertEquals((await own("127.0.0.1", "/metrics"))[0], 200);
    assertEquals((await own(OUTSIDE ?? "", "/ready"))[0], 200);
    assertEquals((await open(OUTSIDE ?? "", "/metrics"))[0], 200);
  },
});
