import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { tcpTransport } from "../../lib/net/mod.ts";
import { RawClient } from "../tracker/raw_client.ts";
import { EventReader } from "../tracker/server/api/read_events.ts";
import { type RunningTracker, Scene } from "./scene.ts";
import { soon } from "./sluice.ts";

const HOST = "127.0.0.1";
const ignore = Deno.build.os === "windows";

async function statusOf(tracker: RunningTracker, path: string): Promise<number> {
  const response = await fetch(tracker.urls.http.replace("/announce", path));
  await response.body?.cancel();
  return response.status;
}

/** Sends SIGTERM and waits until the tracker says that it is to end. */
async function terminate({ process }: RunningTracker): Promise<void> {
  process.kill("SIGTERM");
  await process.report("draining");
}

Deno.test({
  name:
    "e2e: on SIGTERM a tracker with --drain is not ready, lets nobody new in, and still answers",
  ignore,
  async fn() {
    await using scene = await Scene.open();
    const tracker = await scene.tracker(0, ["--drain", "1h"]);
    const { port } = tracker;
    using client = await RawClient.enter(tcpTransport, { host: HOST, port }, 1);
    assertEquals(await statusOf(tracker, "/ready"), 200);
    await terminate(tracker);
    assertEquals(await statusOf(tracker, "/ready"), 503);
    assertEquals(await statusOf(tracker, "/health"), 200);
    await client.ask("ping", {});
    await assertRejects(
      () => Deno.connect({ hostname: HOST, port }),
      Deno.errors.ConnectionRefused,
    );
    const announced = await fetch(`${tracker.urls.http}?info_hash=${"x".repeat(20)}`);
    assertStringIncludes(await announced.text(), "peer_id");
    // The second signal ends it at once, whatever there is.
    tracker.process.kill("SIGTERM");
    assertEquals((await tracker.process.outcome()).code, 130);
  },
});

Deno.test({
  name: "e2e: on SIGTERM a tracker ends with 0 when all are told, and its peers find the next one",
  ignore,
  async fn() {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    const { port } = tracker;
    const alice = await scene.library("alice", { "film.bin": new Uint8Array(100_000) });
    const { process: share, infoHash } = await scene.share(alice, "film.bin", tracker);
    using client = await RawClient.enter(tcpTransport, { host: HOST, port }, 1);
    const sinceMs = performance.now();
    await terminate(tracker);
    assertEquals(await soon("the end of the connection", client.next()), undefined);
    client.close();
    const { code, stderr } = await tracker.process.outcome();
    assertEquals({ code, stderr }, { code: 0, stderr: [] });
    const tookMs = performance.now() - sinceMs;
    assert(tookMs < 20_000, `it took ${tookMs} ms`);
    const closed = tracker.process.reports.filter(({ type }) => type === "closed");
    assertEquals(closed.map(({ farewell }) => farewell), ["drained", "drained"]);
    await share.report("tracker", ({ state }) => state !== "connected");
    const next = await scene.tracker(port);
    await next.process.report("published", (report) => report.infoHash === infoHash);
  },
});

Deno.test({
  name: "e2e: on SIGTERM a tracker ends with 0 although somebody never finishes a request",
  ignore,
  async fn() {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    const { port } = new URL(tracker.urls.http);
    using connection = await Deno.connect({ hostname: HOST, port: Number(port) });
    const half = "POST /health HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100\r\n\r\nhalf";
    await connection.write(new TextEncoder().encode(half));
    assert((await connection.read(new Uint8Array(1_000)) ?? 0) > 0);
    await terminate(tracker);
    assertEquals((await tracker.process.outcome()).code, 0);
  },
});

Deno.test({
  name:
    "e2e: on SIGTERM a tracker ends with 0 although pages listen to events, whose streams end whole",
  ignore,
  async fn() {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    const url = tracker.urls.http.replace("/announce", "/api/v1/events");
    const readers = [];
    for (let count = 0; count < 3; count++) {
      const reader = new EventReader(await fetch(url));
      await soon("the greeting", reader.nextOf("hello"));
      readers.push(reader);
    }
    await terminate(tracker);
    for (const reader of readers) {
      let next = await soon("an event or the end", reader.next());
      while (next !== undefined) next = await soon("an event or the end", reader.next());
    }
    const { code, stderr } = await tracker.process.outcome();
    assertEquals({ code, stderr }, { code: 0, stderr: [] });
  },
});

Deno.test({
  name:
    "e2e: while a tracker with --drain waits for its end, pages are told on, and new ones are let in",
  ignore,
  async fn() {
    await using scene = await Scene.open();
    const tracker = await scene.tracker(0, ["--drain", "1h"]);
    const url = tracker.urls.http.replace("/announce", "/api/v1/events");
    const first = new EventReader(await fetch(url));
    await soon("the greeting", first.nextOf("hello"));
    await terminate(tracker);
    const announced = await fetch(`${tracker.urls.http}?info_hash=${"x".repeat(20)}`);
    await announced.body?.cancel();
    // An announce that is wrong is a refusal more.
    while ((await soon("news", first.nextOf("totals"))).refusals === 0);
    const second = new EventReader(await fetch(url));
    await soon("the greeting", second.nextOf("hello"));
    for (const reader of [first, second]) await reader.close();
    tracker.process.kill("SIGTERM");
    assertEquals((await tracker.process.outcome()).code, 130);
  },
});
