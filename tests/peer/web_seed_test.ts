import { assert, assertEquals, assertMatch } from "@std/assert";
import { UrlGuard } from "../../lib/net/mod.ts";
import type { TorrentEvent } from "../../lib/peer/mod.ts";
import { isWebSeedUrl, webSeedFileUrl, webSeedName } from "../../lib/peer/mod.ts";
import { folderInfo } from "./folder_info.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, createTorrent, type SimulatedTorrent, Simulation } from "./simulation.ts";

const SEED = "http://mirror.example/pub/data.bin";

/** A web server inside the process, which has one file and notes what it is asked for. */
class SampleServer {
  readonly ranges: string[] = [];
  readonly #data: Uint8Array;
  readonly #fault: (start: number, end: number) => Response | undefined;

  /** `fault` gives what it answers instead of the range, if anything. */
  constructor(
    data: Uint8Array,
    fault: (start: number, end: number) => Response | undefined = () => undefined,
  ) {
    this.#data = data;
    this.#fault = fault;
  }

  readonly fetch = (url: string, init: RequestInit): Promise<Response> => {
    const range = new Headers(init.headers).get("range") ?? "";
    this.ranges.push(range);
    const [, start = 0, end = 0] = (/^bytes=(\d+)-(\d+)$/.exec(range) ?? []).map(Number);
    const fault = this.#fault(start, end);
    if (fault !== undefined) return Promise.resolve(fault);
    assertEquals(url, SEED);
    const headers = { "content-range": `bytes ${start}-${end}/${this.#data.length}` };
    const body = this.#data.slice(start, end + 1);
    return Promise.resolve(new Response(body, { status: 206, headers }));
  };
}

function eventsOf(events: ReadableStream<TorrentEvent>): TorrentEvent[] {
  const seen: TorrentEvent[] = [];
  void events.pipeTo(new WritableStream({ write: (event) => void seen.push(event) }));
  return seen;
}

/** A leecher that knows only a web seed, and the time it has. */
async function fetchFrom(sim: Simulation, torrent: SimulatedTorrent, server: SampleServer) {
  const leecher = sim.leech("leecher", torrent, {
    node: { fetch: server.fetch },
    webSeeds: [SEED],
  });
  const events = eventsOf(leecher.watch());
  await sim.settle();
  return { leecher, events };
}

Deno.test("A web seed alone is enough, and each byte is fetched once, in long ranges (BEP 19)", async () => {
  await using sim = new Simulation(1);
  const torrent = await createTorrent({ length: 40 * 65_536 - 1_000 });
  const server = new SampleServer(torrent.data);
  const { leecher } = await fetchFrom(sim, torrent, server);
  await sim.until(() => leecher.store.held.isFull, 30_000);
  await assertWhole(leecher, torrent);
  const lengths = server.ranges.map((range) => {
    const [, start = 0, end = 0] = (/bytes=(\d+)-(\d+)/.exec(range) ?? []).map(Number);
    return end - start + 1;
  });
  assertEquals(lengths.reduce((sum, length) => sum + length, 0), torrent.data.length);
  assert(lengths.length <= 45, `${lengths.length} requests for 40 pieces`);
  // It is let go when all is there, and not asked again.
  await sim.advance(60_000);
  assertEquals([leecher.links.length, server.ranges.length], [0, lengths.length]);
});

Deno.test("A web seed and a peer are used at once", async () => {
  await using sim = new Simulation(2);
  const torrent = await createTorrent({ length: 40 * 65_536 });
  const server = new SampleServer(torrent.data);
  const peer = sim.node("peer");
  peer.add(await sim.partialStore(torrent, Array.from({ length: 20 }, (_, piece) => piece)));
  const leecher = sim.leech("leecher", torrent, {
    node: { fetch: server.fetch },
    webSeeds: [SEED],
    peers: [peer.address],
  });
  const events = eventsOf(leecher.watch());
  await sim.until(() => leecher.store.held.isFull, 30_000);
  const senders = events.flatMap((event) => event.type === "held" ? event.from : []);
  assertEquals(new Set(senders.map(({ host }) => host)), new Set(["peer", "mirror.example"]));
});

Deno.test("A web seed that sends corrupt data is closed and asked no more (BEP 19), and nothing bad is kept", async () => {
  await using sim = new Simulation(3);
  const torrent = await createTorrent();
  const wrong = torrent.data.slice();
  for (let at = 100; at < wrong.length; at += 65_536) wrong[at]! ^= 1;
  const server = new SampleServer(wrong);
  const { leecher, events } = await fetchFrom(sim, torrent, server);
  await sim.until(() => events.some(({ type }) => type === "web-seed-dropped"), 60_000);
  assertEquals(leecher.store.held.count, 0);
  assertEquals(events.find(({ type }) => type === "web-seed-dropped"), {
    type: "web-seed-dropped",
    url: SEED,
    reason: "it sent corrupt data",
  });
  const asked = server.ranges.length;
  await sim.advance(120_000);
  assertEquals([leecher.links.length, server.ranges.length], [0, asked]);
  const seeder = sim.seed("seeder", torrent);
  leecher.addPeers([seeder.address]);
  await sim.until(() => leecher.store.held.isFull, 30_000);
  await assertWhole(leecher, torrent);
});

const FAULTS: Record<string, readonly [(start: number, end: number) => Response, RegExp]> = {
  "has no such file": [() => new Response("no", { status: 404 }), /status 404/],
  "cannot give parts": [() => new Response("whole"), /does not give parts of files/],
  "gives another range": [
    (start) => {
      const headers = { "content-range": `bytes 0-${start}/99` };
      return new Response("x", { status: 206, headers });
    },
    /it gives range "bytes 0-\d+\/99", not "bytes \d+-\d+\/523288"/,
  ],
  "gives too much": [
    (start, end) => {
      const headers = { "content-range": `bytes ${start}-${end}/523288` };
      return new Response(new Uint8Array(end - start + 2), { status: 206, headers });
    },
    /it sends more than \d+ bytes/,
  ],
  "redirects to this machine": [
    () => new Response(null, { status: 302, headers: { location: "http://127.0.0.1/secret" } }),
    /redirects to this machine/,
  ],
};

for (const [what, [answer, reason]] of Object.entries(FAULTS)) {
  Deno.test(`A web seed that ${what} is dropped at once, with the reason`, async () => {
    await using sim = new Simulation(4);
    const torrent = await createTorrent();
    const server = new SampleServer(torrent.data, answer);
    const { leecher, events } = await fetchFrom(sim, torrent, server);
    await sim.until(() => events.some(({ type }) => type === "web-seed-dropped"), 5_000);
    const failures = events.filter((event) => "reason" in event && "url" in event);
    assertEquals(failures.length, 1);
    assertMatch(JSON.stringify(failures[0]).replaceAll("\\", ""), reason);
    const asked = server.ranges.length;
    await sim.advance(120_000);
    assertEquals([server.ranges.length, leecher.links.length], [asked, 0]);
  });
}

const OUTAGES: Record<string, readonly [(start: number, end: number) => Response, RegExp]> = {
  "is overloaded": [() => new Response("busy", { status: 503 }), /status 503/],
  "breaks off": [
    (start, end) => {
      const headers = { "content-range": `bytes ${start}-${end}/523288` };
      return new Response("x", { status: 206, headers });
    },
    /it ends after 1 of \d+ bytes/,
  ],
  "cannot be reached": [
    () => {
      throw new TypeError("error sending request", { cause: new Error("Connection refused") });
    },
    /nobody listens there/,
  ],
};

for (const [what, [answer, reason]] of Object.entries(OUTAGES)) {
  Deno.test(`A web seed that ${what} for ten minutes is tried on, ever less often, and used then`, async () => {
    await using sim = new Simulation(9);
    const torrent = await createTorrent();
    const server = new SampleServer(
      torrent.data,
      (start, end) => sim.clock.now() < 600_000 ? answer(start, end) : undefined,
    );
    const { leecher, events } = await fetchFrom(sim, torrent, server);
    await sim.advance(590_000);
    const failures = events.filter(({ type }) => type === "web-seed-failed");
    assert(failures.length >= 8 && failures.length <= 30, `${failures.length} failures`);
    assert(failures.some((failure) => reason.test(JSON.stringify(failure))));
    await sim.until(() => leecher.store.held.isFull, 120_000);
  });
}

Deno.test("A web seed that drips is given up after 30 s, whatever it drips", async () => {
  await using sim = new Simulation(10);
  const torrent = await createTorrent();
  let drops = 0;
  const server = new SampleServer(torrent.data, (start, end) => {
    const dripping = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { promise, resolve } = Promise.withResolvers<void>();
        sim.clock.setTimer(resolve, 5_000);
        await promise;
        drops++;
        controller.enqueue(Uint8Array.of(0));
      },
    }, { highWaterMark: 0 });
    const headers = { "content-range": `bytes ${start}-${end}/${torrent.data.length}` };
    return new Response(dripping, { status: 206, headers });
  });
  const { events } = await fetchFrom(sim, torrent, server);
  const ms = await sim.until(() => events.some(({ type }) => type === "web-seed-failed"), 60_000);
  assert(ms <= 31_000 && drops >= 5, `${ms} ms, ${drops} drops`);
  await sim.nodes[0]!.close();
  await sim.advance(10_000);
});

Deno.test("A web seed that fails now and then is used on", async () => {
  await using sim = new Simulation(5);
  const torrent = await createTorrent({ length: 30 * 65_536 });
  let turn = 0;
  const server = new SampleServer(
    torrent.data,
    () => ++turn % 4 === 0 ? new Response("busy", { status: 503 }) : undefined,
  );
  const { leecher } = await fetchFrom(sim, torrent, server);
  await sim.until(() => leecher.store.held.isFull, 600_000);
  await assertWhole(leecher, torrent);
});

Deno.test("A web seed that is silent for 30 s is given up for now, and peers give the rest", async () => {
  await using sim = new Simulation(6);
  const torrent = await createTorrent();
  const silent = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
  const server = new SampleServer(torrent.data, (start, end) => {
    const headers = { "content-range": `bytes ${start}-${end}/${torrent.data.length}` };
    return new Response(silent.locked ? null : silent, { status: 206, headers });
  });
  const { leecher, events } = await fetchFrom(sim, torrent, server);
  await sim.until(() => events.some(({ type }) => type === "web-seed-failed"), 60_000);
  const seeder = sim.seed("seeder", torrent);
  leecher.addPeers([seeder.address]);
  await sim.until(() => leecher.store.held.isFull, 30_000);
});

Deno.test("Peers are not told of a web seed by peer exchange", async () => {
  await using sim = new Simulation(7);
  const torrent = await createTorrent();
  const never = new SampleServer(torrent.data);
  const waiting = () => new Promise<Response>(() => {});
  const leecher = sim.leech("leecher", torrent, { node: { fetch: waiting }, webSeeds: [SEED] });
  await sim.until(() => leecher.links.length === 1, 5_000);
  const { address } = sim.nodes[0]!;
  using rogue = await RoguePeer.dial(sim.network.host("rogue"), address, {
    infoHash: torrent.info.infoHash,
    extensions: new Set(["extension-protocol"] as const),
  });
  rogue.extend({ extensions: new Map([["ut_pex", 7]]) });
  await sim.advance(70_000);
  assertEquals(rogue.all("extended").filter(({ id }) => id === 7), []);
  assertEquals(never.ranges, []);
});

Deno.test("A web seed's URL gets the name behind a slash, in a folder the path, and is HTTP (BEP 19)", async () => {
  const { info: file } = await createTorrent({ name: "a b.bin" });
  assertEquals(webSeedFileUrl("http://m.example/x.bin", file, 0), "http://m.example/x.bin");
  assertEquals(webSeedFileUrl("http://m.example/", file, 0), "http://m.example/a%20b.bin");
  const folder = await folderInfo("pub#1", [["Read me.txt"], ["\u00fc", "50%.bin"]]);
  const url = (base: string, at: number) => webSeedFileUrl(base, folder, at);
  assertEquals(url("http://m.example/d/", 0), "http://m.example/d/pub%231/Read%20me.txt");
  assertEquals(url("http://m.example/d", 1), "http://m.example/d/pub%231/%C3%BC/50%25.bin");
  assertEquals(
    ["http://a/", "https://a/b?c", "ftp://a/b", "x", "file:///etc/passwd"].map(isWebSeedUrl),
    [true, true, false, false, false],
  );
  // A torrent of a stranger must not have us do things on this machine.
  const here = [
    "http://127.0.0.1/a",
    "http://127.0.0.1/?a",
    "http://a.localhost./?a",
    "http://[::]/?a",
  ];
  assertEquals(here.map(isWebSeedUrl), [true, false, false, false]);
});

Deno.test("A web seed whose name stands for an address within is dropped unasked, and told why", async () => {
  for (const address of ["10.0.0.5", "127.0.0.1", "169.254.169.254", "::ffff:192.168.1.1"]) {
    await using sim = new Simulation(9);
    const torrent = await createTorrent();
    const server = new SampleServer(torrent.data);
    const urls = new UrlGuard({ resolve: () => Promise.resolve(["203.0.113.80", address]) });
    const leecher = sim.leech("leecher", torrent, {
      node: { fetch: server.fetch, urls },
      webSeeds: [SEED],
    });
    const events = eventsOf(leecher.watch());
    await sim.until(() => events.some(({ type }) => type === "web-seed-dropped"), 5_000);
    const dropped = events.find((event) => event.type === "web-seed-dropped");
    assert(dropped !== undefined && "reason" in dropped);
    assertMatch(dropped.reason, /^it leads to /);
    assertEquals(server.ranges, []);
  }
});

Deno.test("A web seed within is asked where that is allowed, also with a query; other schemes never", async () => {
  await using sim = new Simulation(12);
  const torrent = await createTorrent();
  const asked: string[] = [];
  const server = new SampleServer(torrent.data);
  const fetch = (url: string, init: RequestInit) => {
    asked.push(url);
    return server.fetch(SEED, init);
  };
  const seeds = ["ftp://10.0.0.5/data.bin", "file:///data.bin", "http://10.0.0.5/data.bin?key=1"];
  const leecher = sim.leech("leecher", torrent, {
    node: { fetch, urls: new UrlGuard({ privateUrls: "allowed" }) },
    webSeeds: seeds,
  });
  await sim.until(() => leecher.store.held.isFull, 60_000);
  assertEquals(new Set(asked), new Set([seeds[2]]));
});

Deno.test("A web seed whose name nobody knows now is tried again later", async () => {
  await using sim = new Simulation(10);
  const torrent = await createTorrent();
  const server = new SampleServer(torrent.data);
  let asked = 0;
  const resolve = () =>
    asked++ < 2 ? Promise.reject(new Error("EAI_AGAIN")) : Promise.resolve(["203.0.113.80"]);
  const leecher = sim.leech("leecher", torrent, {
    node: { fetch: server.fetch, urls: new UrlGuard({ resolve }) },
    webSeeds: [SEED],
  });
  await sim.until(() => leecher.store.held.isFull, 60_000);
  await assertWhole(leecher, torrent);
});

Deno.test("What a server says of its ranges is shown only if it is what servers of files say", async () => {
  for (const [given, shown] of [["the admin's password", "none"], ["bytes 1-2/3", "bytes 1-2/3"]]) {
    await using sim = new Simulation(11);
    const torrent = await createTorrent();
    const headers = { "content-range": given! };
    const server = new SampleServer(
      torrent.data,
      () => new Response("x", { status: 206, headers }),
    );
    const { events } = await fetchFrom(sim, torrent, server);
    await sim.until(() => events.some(({ type }) => type === "web-seed-dropped"), 5_000);
    const dropped = events.find((event) => event.type === "web-seed-dropped");
    assert(dropped !== undefined && "reason" in dropped);
    assertMatch(dropped.reason, new RegExp(`^it gives range "${shown}", not "bytes `));
  }
});

Deno.test({
  name:
    "a web seed is called by its URL without what may be a key, and what is no URL is not shown",
  permissions: "none",
  fn() {
    const names = {
      "http://user:s3cret@m.example:8080/x.bin?key=s3cret#s3cret": "http://m.example:8080/x.bin",
      "https://[2001:db8::7]/a%20b/": "https://[2001:db8::7]/a%20b/",
      "s3cret": "(no URL)",
      "": "(no URL)",
    };
    for (const [url, name] of Object.entries(names)) assertEquals(webSeedName(url), name);
  },
});
