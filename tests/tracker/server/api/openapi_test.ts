import { assert, assertEquals, assertRejects } from "@std/assert";
import { Bitfield } from "../../../../lib/bytes/mod.ts";
import { parseTorrent, type TorrentInfo } from "../../../../lib/metainfo/mod.ts";
import {
  MAX_EVENT_STREAMS_PER_ADDRESS,
  serveTracker,
  TrackerClient,
  type TrackerServer,
  UploadError,
  type Uploads,
} from "../../../../lib/tracker/mod.ts";
import { ApiRoute } from "../../../../lib/tracker/server/api/api_route.ts";
import { PageGuard } from "../../../../lib/web/mod.ts";
import { sampleHash, sampleInfo, samplePeerId } from "../../sample_torrents.ts";
import { type Method, OpenApiDocument } from "../../../web/openapi_document.ts";
import { sampleContext } from "../sample_context.ts";
import { EventReader } from "./read_events.ts";
import { SampleApi } from "./sample_api.ts";

const document = await OpenApiDocument.read("openapi.json");

/** A tracker with a published torrent of 600 pieces, a peer who holds it, and one who holds some. */
async function openScene() {
  const tracker = serveTracker({ host: "127.0.0.1", port: 0, http: { port: 0 }, udp: { port: 0 } });
  const info = await sampleInfo('lecture "1" <b>.mkv', 600);
  tracker.registry.publish({ info });
  const clients = [member(tracker, info, 1, Bitfield.full(600))];
  const some = new Bitfield(600);
  some.set(3);
  clients.push(member(tracker, info, 2, some));
  for (const { announced } of clients) await announced;
  tracker.registry.announce(
    { host: "2001:db8::7", port: 6881, id: samplePeerId(9), agent: "LT2080" },
    { infoHash: info.infoHash, event: "none", left: 1, uploaded: 0, downloaded: 0 },
    1e9,
  );
  const door = tracker.doors.find(({ name }) => name === "http");
  return {
    ...{ tracker, info, some },
    base: `http://127.0.0.1:${door?.address.port}/api/v1`,
    async [Symbol.asyncDispose]() {
      for (const { client } of clients) await client[Symbol.asyncDispose]();
      await tracker.close();
    },
  };
}

function member(tracker: TrackerServer, info: TorrentInfo, number: number, held: Bitfield) {
  const client = new TrackerClient({
    ...{ address: tracker.address, peerId: samplePeerId(number), port: 6880 + number },
    agent: `Sample/${number}`,
  });
  const { announced } = client.join({
    ...{ info, held, uploaded: () => 5, downloaded: () => 7, appetite: () => "pieces" as const },
  });
  return { client, announced };
}

Deno.test("openapi: the document has every route that is served, and no other", () => {
  const guard = new PageGuard({ audience: "this machine", wayOut: "" });
  const { endpoints } = new ApiRoute({
    ...{ context: sampleContext(), guard, version: "0", scheme: () => "http" as const },
  });
  const served = endpoints.map(({ method, path }) => `${method} ${path}`);
  assertEquals(document.routes.sort(), served.sort());
  assertEquals(document.version, "3.1.0");
});

Deno.test("openapi: each answer of a running tracker is as the document says, and so is each refusal", async () => {
  await using scene = await openScene();
  const { info: { infoHash }, base } = scene;
  const asked = new Set<string>();
  const ask = async (path: string, { parameter = infoHash as string, query = "" } = {}) => {
    const response = await fetch(base + path.replace("{infoHash}", parameter) + query);
    const [type = ""] = (response.headers.get("content-type") ?? "").split(";");
    const place = document.placeOf(path, response.status);
    assertEquals(type, place.at(-2), path);
    asked.add(`GET ${path} ${response.status}`);
    if (type !== "application/json") return new Uint8Array(await response.arrayBuffer());
    const body = await response.json();
    assertEquals(document.faults(place, body), [], `${path} ${JSON.stringify(body)}`);
    return body;
  };
  for (
    const path of Object.keys(document.paths).filter((path) =>
      !["/events", "/uploads"].includes(path)
    )
  ) {
    const body = await ask(path);
    if (path.endsWith("/torrent")) {
      assertEquals((await parseTorrent(body, "torrent")).info.infoHash, infoHash);
    }
  }
  assertEquals((await ask("/files")).files.length, 1);
  const { peers } = await ask("/files/{infoHash}/peers");
  assertEquals(
    peers.map(({ holding, kind }: Record<string, string>) => `${holding} ${kind}`).sort(),
    ["complete sluice", "some sluice", "unknown other"],
  );
  for (const path of Object.keys(document.paths).filter((path) => path.includes("{infoHash}"))) {
    await ask(path, { parameter: sampleHash(1) });
    await ask(path, { parameter: "junk" });
  }
  for (const path of ["/files", "/files/{infoHash}/peers"]) await ask(path, { query: "?limit=x" });
  await ask("/events", { query: "?file=junk" });
  // What was not asked for here is asked for below.
  const others = document.answers.filter((answer) =>
    answer.startsWith("GET ") && !/ (?:403|429)$/.test(answer) && !asked.has(answer)
  );
  assertEquals(others, ["GET /events 200", "GET /events 503"]);
});

Deno.test("openapi: whoever is not let in, or asks too much, is told so as the document says", async () => {
  const host = "192.0.2.7";
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of Object.keys(methods) as Method[]) {
      const ask = (api: SampleApi) =>
        api.ask(path.replace("{infoHash}", sampleHash(1)), { host, method: method.toUpperCase() });
      const refusals = [await ask(new SampleApi())];
      const busy = new SampleApi({
        ...{ dashboard: { audience: "everybody" }, limits: { announceBurst: 1 } },
      });
      await busy.request("/tracker", { host });
      refusals.push(await ask(busy));
      assertEquals(refusals.map(({ status }) => status), [403, 429], `${method} ${path}`);
      for (const { status, body } of refusals) {
        assertEquals(
          document.faults(document.placeOf(path, status, method), body),
          [],
          `${path} ${status}`,
        );
      }
    }
  }
  const full = new SampleApi({ dashboard: { audience: "everybody" } });
  const streams: Response[] = [];
  for (let count = 0; count < MAX_EVENT_STREAMS_PER_ADDRESS; count++) {
    streams.push(await full.request("/events", { host }));
  }
  const { status, body } = await full.ask("/events", { host });
  for (const stream of streams) await stream.body?.cancel();
  assertEquals([status, document.faults(document.placeOf("/events", 503), body)], [503, []]);
});

Deno.test("openapi: each answer to a file that is handed in is as the document says", async () => {
  const seen = new Set<string>();
  const handIn = async (
    api: SampleApi,
    { query = "?name=film", length = "3" as string | null } = {},
  ) => {
    const headers = new Headers({ host: "127.0.0.1:6969" });
    if (length !== null) headers.set("content-length", length);
    const body = new Blob([new Uint8Array(3)]).stream();
    const url = `http://127.0.0.1:6969/api/v1/uploads${query}`;
    const response = await api.routes.answer(
      { url, method: "POST", headers, body } as Request,
      "127.0.0.1",
    );
    const answer = await response.json();
    const place = document.placeOf("/uploads", response.status, "post");
    assertEquals(
      document.faults(place, answer),
      [],
      `${response.status} ${JSON.stringify(answer)}`,
    );
    seen.add(`${response.status}`);
  };
  const apiThat = (take: Uploads["take"]) => {
    const uploads = { take, maxBytes: 100, audience: "this machine or with a token" as const };
    const api = new SampleApi({ uploads });
    api.report(1, { kind: "complete" });
    return api;
  };
  const taking = apiThat(async ({ body }) => {
    for await (const _bytes of body);
    return sampleHash(1);
  });
  await handIn(taking);
  await handIn(taking, { query: "" });
  await handIn(taking, { length: null });
  await handIn(taking, { length: "101" });
  await handIn(new SampleApi());
  await handIn(apiThat(() => Promise.resolve(sampleHash(2))));
  for (const status of [409, 500, 507] as const) {
    await handIn(apiThat(() => Promise.reject(new UploadError(status, "Cannot take it"))));
  }
  const described = Object.keys(document.paths["/uploads"]?.["post"]?.responses ?? {});
  // Those who are not let in, and those who ask too much, have a test of their own.
  assertEquals(described.filter((status) => !seen.has(status)), ["403", "429"]);
});

Deno.test("openapi: each event of a running tracker is as the document says", async () => {
  await using scene = await openScene();
  const { tracker, info: { infoHash }, base } = scene;
  const seen = new Set<string>();
  const watch = async (reader: EventReader, enough: (event: string) => boolean) => {
    while (true) {
      const next = await reader.next();
      assert(next !== undefined, "the events ended");
      const place = document.placeOfEvent("/events", next.event);
      assertEquals(document.faults(place, next.data), [], `${next.event}`);
      seen.add(next.event);
      if (enough(next.event)) return next.data;
    }
  };
  const missing = new EventReader(await fetch(`${base}/events?file=${sampleHash(7)}`));
  await watch(missing, (event) => event === "missing");
  await missing.close();
  const reader = new EventReader(await fetch(`${base}/events?file=${infoHash}`));
  const swarm = await watch(reader, (event) => event === "swarm");
  assertEquals(swarm.peers.length, 3);
  const peer = [...tracker.registry.peers.values()].find(({ agent }) => agent === "Sample/2")!;
  tracker.registry.report(peer, { infoHash, held: { kind: "have", pieces: [5] } });
  const { changed } = await watch(reader, (event) => event === "peers");
  assertEquals(changed[0].heldCount, 2);
  tracker.registry.remove(peer);
  await watch(reader, () => ["files", "totals"].every((kind) => seen.has(kind)));
  await reader.close();
  assertEquals([...seen].sort(), document.eventsOf("/events").sort());
});

Deno.test("openapi: the check finds a field that is not described, one that is missing, and a value of another kind", async () => {
  const place = ["components", "schemas", "Availability"];
  assertEquals(document.faults(place, { cells: "", seeders: 1 }), []);
  for (
    const value of [{ cells: "", seeders: 1, more: 1 }, { cells: "" }, { cells: "-", seeders: 1 }]
  ) {
    assertEquals(document.faults(place, value).length, 1, JSON.stringify(value));
  }
  await assertRejects(() => Promise.resolve().then(() => document.faults(["paths", "/x"], 1)));
});
