import { assert, assertEquals } from "@std/assert";
import { createTorrent, Simulation } from "../../peer/simulation.ts";
import { decodeBase64 } from "./base64.ts";
import { ask, openSamplePage } from "./sample_page.ts";

const PIECE = 64 * 1024;

interface PageEvent {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** The events of a page, as they come. */
class Events implements AsyncDisposable {
  readonly all: PageEvent[] = [];
  readonly #cut = new AbortController();
  #running: Promise<void> = Promise.resolve();
  ended: "no" | "yes" = "no";

  static async open(url: string): Promise<Events> {
    const events = new Events();
    const response = await fetch(`${url}api/v1/events`, { signal: events.#cut.signal });
    assertEquals(response.headers.get("content-type"), "text/event-stream");
    events.#running = events.#read(response).catch(() => undefined);
    await events.next("hello");
    return events;
  }

  /** The first event of a kind behind the first `from`; while it does not come, `work` is done. */
  async next(kind: string, from = 0, work = (): Promise<void> => pause()): Promise<PageEvent> {
    for (;;) {
      const found = this.all.slice(from).find(({ event }) => event === kind);
      if (found !== undefined) return found;
      await work();
      await pause();
    }
  }

  async #read(response: Response): Promise<void> {
    let text = "";
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
      text += part;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const lines = text.slice(0, end).split("\n");
        text = text.slice(end + 2);
        const field = (name: string): string =>
          lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
        if (field("event") !== "") {
          this.all.push({ event: field("event"), data: JSON.parse(field("data")) });
        }
      }
    }
    this.ended = "yes";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cut.abort();
    await this.#running;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

Deno.test("A page is told of all at first and then of changes, from which it knows the state at any time", async () => {
  await using sim = new Simulation(1);
  const torrent = await createTorrent({ length: 40 * PIECE });
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 4 * PIECE });
  const here = sim.leech("leecher", torrent, { peers: [seeder.address] });
  const node = sim.nodes.at(-1)!;
  await sim.until(() => here.store.held.count >= 3, 60_000);
  await using page = openSamplePage(sim, node);
  await using events = await Events.open(page.url);
  const [hello] = events.all;
  const [transfer] = hello!.data.transfers as Record<string, unknown>[];
  const cells = decodeBase64(String(transfer!.map));
  const known: Record<string, unknown> = { ...transfer };
  assertEquals((hello!.data.peer as Record<string, unknown>).limits, { down: null, up: null });
  for (let count = 1; known.heldCount !== 40; count++) {
    const { data } = await events.next("transfers", count, () => sim.advance(100));
    const [change] = data.changed as Record<string, unknown>[];
    assertEquals(data.gone, []);
    const { cells: changes, map, ...fields } = change!;
    assertEquals(fields.infoHash, torrent.info.infoHash);
    Object.assign(known, fields);
    if (map !== undefined) cells.set(decodeBase64(String(map)));
    for (const [index, value] of (changes ?? []) as [number, number][]) cells[index] = value;
    count = events.all.indexOf(events.all.findLast(({ data: each }) => each === data)!);
  }
  assert(cells.every((cell) => cell === 255));
  await sim.advance(30_000);
  const { body } = await ask(`${page.url}api/v1/transfers/${torrent.info.infoHash}`);
  const last = events.all.length;
  await pause();
  for (const { event, data } of events.all.slice(0, last)) {
    if (event === "transfers") Object.assign(known, (data.changed as object[])[0]);
  }
  for (const field of ["heldBytes", "state", "downloaded", "leftSeconds", "files"]) {
    assertEquals(known[field], body[field], field);
  }
  await node.remove(torrent.info.infoHash);
  const { data } = await events.next("transfers", last, () => sim.advance(1_000));
  assert(data !== undefined);
  while (!events.all.some(({ data }) => Array.isArray(data.gone) && data.gone.length > 0)) {
    await sim.advance(1_000);
    await pause();
  }
});

Deno.test("All pages are told at once what one of them changes", async () => {
  await using sim = new Simulation(2);
  const torrent = await createTorrent();
  const node = sim.seed("seeder", torrent);
  await using page = openSamplePage(sim, node);
  await using events = await Events.open(page.url);
  const body = JSON.stringify({ limits: { up: 5_000 } });
  await ask(`${page.url}api/v1/peer`, { method: "PATCH", body });
  const { data } = await events.next("peer");
  assertEquals(data.limits, { down: null, up: 5_000 });
  await ask(`${page.url}api/v1/transfers/${torrent.info.infoHash}/pause`, { method: "POST" });
  const { data: { changed } } = await events.next("transfers");
  assertEquals(changed, [{ infoHash: torrent.info.infoHash, state: "paused" }]);
});

Deno.test("Nobody looks while there is no page, and the end of the page ends its events", async () => {
  await using sim = new Simulation(3);
  const node = sim.node("here");
  const pending = sim.clock.pending;
  const page = openSamplePage(sim, node);
  assertEquals(sim.clock.pending, pending);
  const events = await Events.open(page.url);
  assert(sim.clock.pending > pending);
  await page[Symbol.asyncDispose]();
  while (events.ended === "no") await pause();
  assertEquals(sim.clock.pending, pending);
  await events[Symbol.asyncDispose]();
});
