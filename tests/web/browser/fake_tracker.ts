import { encodeBase64 } from "./base64.ts";
import { Assets, TRACKER_TABLE } from "../../../lib/web/page/mod.ts";

/** A peer as the API of a tracker tells of it. */
export type FakePeer = { readonly id: number } & Readonly<Record<string, unknown>>;

/** A swarm as the API of a tracker tells of it. */
export interface FakeSwarm {
  readonly file: Readonly<Record<string, unknown>> & { readonly infoHash: string };
  readonly peers: readonly FakePeer[];
  readonly availability: Uint8Array;
}

/** What a fake tracker has to tell. */
export interface FakeContent {
  readonly swarms?: readonly FakeSwarm[];
  readonly uploads?: { readonly enabled: boolean; readonly maxBytes: number };
  /** Why there are no events, if there are none. */
  readonly refusal?: string;
  /** How many files it has besides those that it sends, none of which is found. */
  readonly moreFiles?: number;
  /** Files that it has and does not send, but finds. */
  readonly unsent?: readonly FakeSwarm["file"][];
  /** How many of its files it looks at when it searches. */
  readonly searches?: "all" | "some";
  /** By what host others find it; by that of its page unless this says otherwise. */
  readonly host?: string;
  /** The last hour, a point of time every ten seconds. */
  readonly history?: "empty" | "full";
}

/** How many files a tracker sends to a page. */
export const SENT_FILES = 1_000;

/** The time at which a fake tracker's clock stands. */
export const NOW_MS = Date.UTC(2026, 2, 14, 15, 9, 26);

/** A file as the API tells of it. */
export function fakeFile(fields: Readonly<Record<string, unknown>> = {}): FakeSwarm["file"] {
  const infoHash = "f405c0128b34a71c0bd8a6ea241b6ebdd7579803";
  return {
    ...{ infoHash, name: "lecture.mp4", length: 734_003_200, pieceLength: 524_288 },
    ...{ pieceCount: 1400, state: "published", seeders: 1, leechers: 3, completions: 2 },
    ...{ copies: 1.75, downRate: 41_943_040, upRate: 41_943_040 },
    magnet: `magnet:?xt=urn:btih:${infoHash}&dn=lecture.mp4&tr=http%3A%2F%2F192.0.2.7%3A6969`,
    ...fields,
  };
}

/** A peer as the API tells of it. */
export function fakePeer(id: number, fields: Readonly<Record<string, unknown>> = {}): FakePeer {
  return {
    ...{ id, address: `192.0.2.${id % 250 + 1}:6881`, client: "Sluice 0.1.0", kind: "sluice" },
    ...{
      holding: "some",
      heldCount: 700,
      map: encodeBase64(new Uint8Array(512).fill(255, 0, 256)),
    },
    ...{ uploaded: 0, downloaded: 367_001_600, upRate: 0, downRate: 2_621_440, leftSeconds: 140 },
    ...{ sources: [], ...fields },
  };
}

/** Serves the page of a tracker and the part of its API that the page uses, from what a test says. */
export class FakeTracker implements AsyncDisposable {
  /** What was handed in, by name. */
  readonly uploaded = new Map<string, number>();
  /** What was searched for. */
  readonly searched: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #streams = new Map<ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>, string>();
  #content: FakeContent;
  #lastEvent = 0;
  #opened = 0;

  private constructor(content: FakeContent, assets: Assets, port: number) {
    this.#content = content;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port, onListen() {} },
      (request) => this.#answer(request, assets),
    );
  }

  /** Opens one, at a port that is free unless one is named. */
  static async open(content: FakeContent = {}, port = 0): Promise<FakeTracker> {
    return new FakeTracker(content, await Assets.of(TRACKER_TABLE), port);
  }

  /** Where its page is. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Where it listens. */
  get port(): number {
    return this.#server.addr.port;
  }

  /** How many have come to listen so far. */
  get opened(): number {
    return this.#opened;
  }

  /** Changes what it tells to those who come from now on. */
  setContent(content: FakeContent): void {
    this.#content = content;
  }

  /** Sends an event to all who listen. */
  send(event: string, data: unknown): void {
    for (const controller of this.#streams.keys()) this.#write(controller, event, data);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const controller of this.#streams.keys()) controller.close();
    this.#streams.clear();
    await this.#server.shutdown();
  }

  async #answer(request: Request, assets: Assets): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/api/v1/events") return this.#listen(searchParams.get("file") ?? "");
    if (pathname === "/api/v1/tracker") return Response.json(this.#tracker());
    if (pathname === "/api/v1/files") return this.#search(searchParams);
    if (pathname === "/api/v1/uploads") {
      return await this.#take(request, searchParams.get("name") ?? "");
    }
    return assets.answer(request, pathname.slice(1));
  }

  /** Finds as a tracker does: whole names by `name`, parts of them and of info-hashes by `search`. */
  #search(query: URLSearchParams): Response {
    const { swarms = [], unsent = [], searches = "all" } = this.#content;
    const text = query.get("search") ?? "";
    this.searched.push(text);
    const wanted = text.toLowerCase();
    const files = [...swarms.map(({ file }) => file), ...unsent].filter(({ name, infoHash }) =>
      query.has("name")
        ? name === query.get("name")
        : String(name).toLowerCase().includes(wanted) || infoHash.startsWith(wanted)
    );
    return Response.json({
      total: files.length,
      offset: 0,
      files,
      searchedAll: searches === "all",
    });
  }

  async #take(request: Request, name: string): Promise<Response> {
    let length = 0;
    for await (const bytes of request.body ?? []) length += bytes.length;
    if (name.startsWith("refused")) {
      return Response.json({ error: "There is no room for it: free some" }, { status: 503 });
    }
    this.uploaded.set(name, length);
    const file = fakeFile({ infoHash: "cd".repeat(20), name, length });
    this.send("files", { changed: [file], gone: [], total: 1 });
    return Response.json(file, { status: 201 });
  }

  #listen(infoHash: string): Response {
    const { refusal } = this.#content;
    if (refusal !== undefined) return Response.json({ error: refusal }, { status: 503 });
    let opened: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        opened = controller;
        this.#opened++;
        this.#streams.set(controller, infoHash);
        controller.enqueue(new Uint8Array(new TextEncoder().encode("retry: 200\n\n")));
        const [tracker, files, history] = [this.#tracker(), this.#files(), this.#history()];
        this.#write(controller, "hello", { tracker, files, history });
        if (infoHash !== "") this.#greet(controller, infoHash);
      },
      cancel: () => void this.#streams.delete(opened),
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  #greet(
    controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>,
    infoHash: string,
  ): void {
    const swarm = this.#content.swarms?.find(({ file }) => file.infoHash === infoHash);
    if (swarm === undefined) return this.#write(controller, "missing", { infoHash });
    const { file, peers, availability } = swarm;
    const cells = encodeBase64(availability);
    const data = { file, peers, total: peers.length, availability: cells };
    this.#write(controller, "swarm", data);
  }

  #write(
    controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>,
    event: string,
    data: unknown,
  ): void {
    const text = `id: ${++this.#lastEvent}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    controller.enqueue(new Uint8Array(new TextEncoder().encode(text)));
  }

  #tracker(): Record<string, unknown> {
    const { swarms = [], uploads = { enabled: false, maxBytes: 0 } } = this.#content;
    const sum = (field: string) =>
      swarms.reduce((sum, { file }) => sum + Number(file[field] ?? 0), 0);
    const [seeders, leechers] = [sum("seeders"), sum("leechers")];
    const { host = "127.0.0.1" } = this.#content;
    return {
      announceUrls: [`http://${host}:${this.port}/announce`],
      ...{ client: "Sluice", version: "0.1.0", startedAtMs: NOW_MS - 7_200_000, uploads },
      doors: [
        { door: "tcp", host: "0.0.0.0", port: 6789, tls: false },
        { door: "http", host: "0.0.0.0", port: this.port, tls: false },
        { door: "udp", host: "0.0.0.0", port: 6969, tls: false },
      ],
      sinceFirst: { connected: 7, announces: 12_340, refusals: 0, pushes: 0 },
      totals: {
        ...{ atMs: NOW_MS, files: swarms.length, swarms: swarms.length, seeders, leechers },
        ...{ peers: seeders + leechers, connections: seeders + leechers, refusals: 0 },
        ...{ downRate: sum("downRate"), upRate: sum("upRate"), announces: 1234, memory: 91e6 },
      },
    };
  }

  #files(): Record<string, unknown> {
    const files = this.#content.swarms?.map(({ file }) => file) ?? [];
    const { moreFiles = 0, unsent = [] } = this.#content;
    const total = files.length + moreFiles + unsent.length;
    return { total, offset: 0, files: files.slice(0, SENT_FILES) };
  }

  #history(): Record<string, unknown> {
    const count = this.#content.history === "full" ? 360 : 0;
    const series = (valueAt: (at: number) => number) =>
      Array.from({ length: count }, (_, at) => valueAt(at));
    return {
      stepSeconds: 10,
      series: {
        atMs: series((at) => NOW_MS - (count - at) * 10_000),
        peers: series((at) => 4 + Math.round(at / 12)),
        seeders: series((at) => 1 + Math.round(at / 30)),
        leechers: series((at) => 3 + Math.round(at / 20 + 2 * Math.sin(at / 15))),
        downRate: series((at) => 4e7 * (1 + Math.sin(at / 40)) * (0.7 + 0.3 * Math.cos(at / 7))),
        announcesPerSecond: series((at) => 2 + Math.sin(at / 9)),
        memory: series((at) => 7e7 + 6e4 * at),
      },
    };
  }
}
