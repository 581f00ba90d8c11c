import { assert, assertEquals, assertRejects } from "@std/assert";
import { Ajv2020 } from "ajv";
import { Bitfield } from "../../../../lib/bytes/mod.ts";
import { parseTorrent, type TorrentInfo } from "../../../../lib/metainfo/mod.ts";
import { serveTracker, TrackerClient, type TrackerServer } from "../../../../lib/tracker/mod.ts";
import { ApiRoute } from "../../../../lib/tracker/server/api/api_route.ts";
import { PageGuard } from "../../../../lib/web/mod.ts";
import { sampleHash, sampleInfo, samplePeerId } from "../../sample_torrents.ts";
import { sampleContext } from "../sample_context.ts";
import { EventReader } from "./read_events.ts";

const ROOT = new URL("../../../../", import.meta.url);

/** A description of an answer, as far as it is read here. */
interface Described {
  readonly content?: Readonly<
    Record<string, { readonly schema: unknown; readonly "x-events"?: Record<string, unknown> }>
  >;
}

/** The document, as far as it is read here. */
interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<string, Record<string, { readonly responses: Record<string, Described> }>>
  >;
}

const document: OpenApi = JSON.parse(await Deno.readTextFile(new URL("docs/openapi.json", ROOT)));

/** Checks values against schemas of the document. */
class Schemas {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });

  constructor() {
    this.#ajv.addSchema(document, "document");
  }

  /** What is wrong with a value, by the schema at a place of the document. */
  faults(place: readonly string[], value: unknown): string[] {
    const pointer = place.map((part) =>
      encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))
    );
    const validate = this.#ajv.compile({ $ref: `document#/${pointer.join("/")}` });
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message, params }) =>
      `${instancePath} ${message} ${JSON.stringify(params)}`
    );
  }
}

/** Where the schema of an answer is. */
function placeOf(path: string, status: number): string[] {
  const described = document.paths[path]?.["get"]?.responses[`${status}`];
  assert(described !== undefined, `${path} does not describe status ${status}`);
  const type = Object.keys(described.content ?? {})[0] ?? "";
  return ["paths", path, "get", "responses", `${status}`, "content", type, "schema"];
}

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
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
  );
  assertEquals(described.sort(), served.sort());
  assertEquals(document.openapi, "3.1.0");
});

Deno.test("openapi: each answer of a running tracker is as the document says, and so is each refusal", async () => {
  await using scene = await openScene();
  const { info: { infoHash }, base } = scene;
  const schemas = new Schemas();
  const asked = new Set<string>();
  const ask = async (path: string, { parameter = infoHash as string, query = "" } = {}) => {
    const response = await fetch(base + path.replace("{infoHash}", parameter) + query);
    const [type = ""] = (response.headers.get("content-type") ?? "").split(";");
    const place = placeOf(path, response.status);
    assertEquals(type, place.at(-2), path);
    asked.add(`${path} ${response.status}`);
    if (type !== "application/json") return new Uint8Array(await response.arrayBuffer());
    const body = await response.json();
    assertEquals(schemas.faults(place, body), [], `${path} ${JSON.stringify(body)}`);
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
  // What was not asked for here has tests of its own.
  const others = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys("get" in methods ? methods.get.responses : {}).flatMap((status) =>
      asked.has(`${path} ${status}`) || ["403", "429"].includes(status) ? [] : `${path} ${status}`
    )
  );
  assertEquals(others, ["/events 200", "/events 503"]);
});

Deno.test("openapi: each event of a running tracker is as the document says", async () => {
  await using scene = await openScene();
  const { tracker, info: { infoHash }, base } = scene;
  const schemas = new Schemas();
  const described = document.paths["/events"]?.["get"]?.responses["200"]?.content;
  const kinds = Object.keys(described?.["text/event-stream"]?.["x-events"] ?? {});
  const seen = new Set<string>();
  const watch = async (reader: EventReader, enough: (event: string) => boolean) => {
    while (true) {
      const next = await reader.next();
      assert(next !== undefined, "the events ended");
      const place = placeOf("/events", 200).slice(0, -1).concat("x-events", next.event);
      assertEquals(schemas.faults(place, next.data), [], `${next.event}`);
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
  assertEquals([...seen].sort(), kinds.sort());
});

Deno.test("openapi: the check finds a field that is not described, one that is missing, and a value of another kind", async () => {
  const schemas = new Schemas();
  const place = ["components", "schemas", "Availability"];
  assertEquals(schemas.faults(place, { cells: "", seeders: 1 }), []);
  for (
    const value of [{ cells: "", seeders: 1, more: 1 }, { cells: "" }, { cells: "-", seeders: 1 }]
  ) {
    assertEquals(schemas.faults(place, value).length, 1, JSON.stringify(value));
  }
  await assertRejects(() => Promise.resolve().then(() => schemas.faults(["paths", "/x"], 1)));
});
