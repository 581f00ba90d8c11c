import { assertEquals } from "@std/assert";
import { MAX_PAGE_BODY, MAX_PAGE_READINGS, MAX_PAGE_STREAMS } from "../../../lib/cli/limits.ts";
import { createTorrent, Simulation } from "../../peer/simulation.ts";
import { EventReader } from "../../tracker/server/api/read_events.ts";
import { sampleHash } from "../../tracker/sample_torrents.ts";
import { type Method, OpenApiDocument } from "../../web/openapi_document.ts";
import { during, openSamplePage } from "./sample_page.ts";

const PIECE = 16 * 1024;
const document = await OpenApiDocument.read("peer_openapi.json");

/** How a request differs from the plainest one. */
interface Unlike {
  readonly infoHash?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Asks for what the document describes, holds each answer to it, and notes which there were. */
class Asker {
  readonly seen = new Set<string>();
  readonly #base: string;
  readonly #infoHash: string;

  constructor(url: string, infoHash: string) {
    this.#base = url.replace(/\/$/, "");
    this.#infoHash = infoHash;
  }

  /** Asks, holds the answer to the document but for its body, and leaves that unread. */
  async open(method: Method, path: string, unlike: Unlike = {}): Promise<Response> {
    const place = path.replace("{infoHash}", unlike.infoHash ?? this.#infoHash)
      .replace("{fileIndex}", "0");
    const { headers = {}, body } = unlike;
    const response = await fetch(this.#base + place, {
      ...{ method: method.toUpperCase(), headers },
      ...(body !== undefined && { body }),
    });
    const { status } = response;
    const expected = document.typeOf(path, status, method);
    const [type = null] = response.headers.get("content-type")?.split(";") ?? [];
    if (expected !== undefined && expected !== "*/*") {
      assertEquals(type, expected, `${method} ${path} ${status}`);
    }
    this.seen.add(`${method.toUpperCase()} ${path} ${status}`);
    return response;
  }

  /** Asks, and holds the answer to the document; gives its status. */
  async ask(method: Method, path: string, unlike: Unlike = {}): Promise<number> {
    const response = await this.open(method, path, unlike);
    const { status } = response;
    const content = await response.text();
    const type = document.typeOf(path, status, method);
    if (type === undefined) assertEquals(content, "", `${method} ${path} ${status}`);
    if (type !== "application/json") return status;
    const faults = document.faults(document.placeOf(path, status, method), JSON.parse(content));
    assertEquals(faults, [], `${method} ${path} ${status} ${content}`);
    return status;
  }

  /** Does something while as many answers are open as there may be. */
  async crowded(count: number, path: string, work: () => Promise<unknown>): Promise<void> {
    const open: Response[] = [];
    for (let at = 0; at < count; at++) open.push(await this.open("get", path));
    await work();
    await Promise.all(open.map(({ body }) => body?.cancel()));
  }
}

/** A page of a slow download, two pieces of which are there. */
async function openScene(sim: Simulation) {
  const torrent = await createTorrent({ name: "clip.mp4", length: 40 * PIECE });
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 2 * PIECE });
  const here = sim.leech("leecher", torrent, { peers: [seeder.address] });
  await sim.until(() => here.store.held.count >= 2, 60_000);
  const node = sim.nodes.at(-1)!;
  const page = openSamplePage(sim, node);
  const { infoHash } = torrent.info;
  return { here, node, page, infoHash, asker: new Asker(page.url, infoHash) };
}

const MEDIA = "/media/{infoHash}/{fileIndex}";

Deno.test("peer page: each answer of a running page is as docs/peer_openapi.json says, and it has no other", async () => {
  await using sim = new Simulation(41);
  const { here, node, page, infoHash, asker } = await openScene(sim);
  await using _page = page;
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of Object.keys(methods) as Method[]) {
      const headers = { origin: "http://elsewhere.example" };
      assertEquals(await asker.ask(method, path, { headers }), 403);
      if (!path.includes("{infoHash}")) continue;
      assertEquals(await asker.ask(method, path, { infoHash: sampleHash(1) }), 404);
    }
  }
  await asker.ask("get", "/api/v1/peer");
  const change = (body: string) => asker.ask("patch", "/api/v1/peer", { body });
  assertEquals(await change('{"limits": {"down": 100000, "up": null}}'), 200);
  assertEquals(await change('{"limits": {"down": 0}}'), 400);
  assertEquals(await change(" ".repeat(MAX_PAGE_BODY + 1)), 413);
  await change('{"limits": {"down": null}}');
  await asker.ask("get", "/api/v1/transfers");
  await asker.ask("get", "/api/v1/transfers/{infoHash}");

  await asker.crowded(
    MAX_PAGE_STREAMS,
    "/api/v1/events",
    () => asker.ask("get", "/api/v1/events"),
  );
  await asker.crowded(MAX_PAGE_READINGS, MEDIA, () => asker.ask("get", MEDIA));
  const etag = `"${infoHash}-0"`;
  await asker.ask("head", MEDIA);
  for (const method of ["get", "head"] as const) {
    await asker.ask(method, MEDIA, { headers: { "if-none-match": etag } });
    await asker.ask(method, MEDIA, { headers: { "if-match": '"another"' } });
  }
  await asker.ask("get", MEDIA, { headers: { range: `bytes=${40 * PIECE}-` } });
  // The page sees a little later that those have gone who read before.
  const some = { headers: { range: "bytes=0-9" } };
  const again = async (): Promise<number> => await during(sim, asker.ask("get", MEDIA, some));
  let status = await again();
  for (let turn = 0; turn < 100 && status === 503; turn++) status = await again();
  assertEquals(status, 206);
  const { info } = await createTorrent({ name: "led at a prompt" });
  node.add(sim.store(info), { intent: "order" });
  assertEquals(await asker.ask("get", MEDIA, { infoHash: info.infoHash }), 409);
  await asker.ask("post", "/api/v1/transfers/{infoHash}/pause");
  assertEquals(here.motion.state, "suspended");
  await asker.ask("post", "/api/v1/transfers/{infoHash}/resume");
  assertEquals(here.motion.state, "going");
  assertEquals(document.answers.filter((answer) => !asker.seen.has(answer)), []);
  assertEquals(document.version, "3.1.0");
});

Deno.test("peer page: what docs/peer_openapi.json does not describe is not answered", async () => {
  await using sim = new Simulation(42);
  const { page, infoHash } = await openScene(sim);
  await using _page = page;
  for (const path of Object.keys(document.paths)) {
    const place = path.replace("{infoHash}", infoHash).replace("{fileIndex}", "0");
    for (const method of ["GET", "POST", "PATCH", "PUT", "DELETE"]) {
      if (document.routes.includes(`${method} ${path}`)) continue;
      const response = await fetch(page.url.replace(/\/$/, "") + place, { method });
      await response.body?.cancel();
      assertEquals(response.status, 405, `${method} ${path}`);
      const spoken = Object.keys(document.paths[path]!).map((each) => each.toUpperCase());
      assertEquals(response.headers.get("allow"), spoken.join(", "), path);
    }
  }
});

Deno.test("peer page: each event of a running page is as docs/peer_openapi.json says", async () => {
  await using sim = new Simulation(43);
  const { node, page, infoHash } = await openScene(sim);
  await using _page = page;
  const reader = new EventReader(await fetch(`${page.url}api/v1/events`));
  const seen = new Set<string>();
  const next = async (): Promise<Record<string, unknown[]>> => {
    const event = await during(sim, reader.next());
    const faults = document.faults(
      document.placeOfEvent("/api/v1/events", event!.event),
      event!.data,
    );
    assertEquals(faults, [], JSON.stringify(event));
    seen.add(event!.event);
    return event!.data;
  };
  while (!seen.has("transfers")) await next();
  await fetch(`${page.url}api/v1/peer`, { method: "PATCH", body: '{"limits": {"up": 5000}}' })
    .then(({ body }) => body?.cancel());
  while (!seen.has("peer")) await next();
  await node.remove(infoHash);
  while (!(await next()).gone?.includes(infoHash));
  await reader.close();
  assertEquals([...seen].sort(), document.eventsOf("/api/v1/events").sort());
});
