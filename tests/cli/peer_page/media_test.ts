import { assert, assertEquals, assertRejects } from "@std/assert";
import { createInfo } from "../../../lib/metainfo/mod.ts";
import type { Torrent } from "../../../lib/peer/mod.ts";
import { createTorrent, type SimulatedTorrent, Simulation } from "../../peer/simulation.ts";
import { during, openSamplePage } from "./sample_page.ts";

const PIECE = 64 * 1024;

/** A slow download of a file of this name, the page of its node, and the file's place on it. */
async function open(sim: Simulation, name = "clip.mp4", pieces = 60) {
  const torrent: SimulatedTorrent = await createTorrent({ name, length: pieces * PIECE - 7 });
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 4 * PIECE });
  const here: Torrent = sim.leech("leecher", torrent, { peers: [seeder.address] });
  const page = openSamplePage(sim, sim.nodes.at(-1)!);
  const url = `${page.url}media/${torrent.info.infoHash}/0`;
  await sim.until(() => here.store.held.count >= 3, 60_000);
  return { torrent, here, page, url };
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

Deno.test("A range at the end of a file is answered while the file comes, early and byte for byte", async () => {
  await using sim = new Simulation(1);
  const { torrent, here, page, url } = await open(sim);
  await using _page = page;
  const { length } = torrent.data;
  const response = await fetch(url, { headers: { range: "bytes=-100000" } });
  assertEquals(response.status, 206);
  const { headers } = response;
  assertEquals(headers.get("content-range"), `bytes ${length - 100_000}-${length - 1}/${length}`);
  assertEquals(headers.get("content-length"), "100000");
  assertEquals(headers.get("content-type"), "video/mp4");
  assertEquals(headers.get("content-disposition"), null);
  assertEquals(await during(sim, bytesOf(response)), torrent.data.slice(-100_000));
  assert(here.store.held.count < 30, `${here.store.held.count} of 60 pieces were there`);
});

Deno.test("The whole file is answered while it comes", async () => {
  await using sim = new Simulation(2);
  const { torrent, page, url } = await open(sim);
  await using _page = page;
  const response = await fetch(url);
  assertEquals([response.status, response.headers.get("accept-ranges")], [200, "bytes"]);
  assertEquals(await during(sim, bytesOf(response)), torrent.data);
});

Deno.test("HEAD tells the length, an impossible range is refused with it, and If-Range is respected", async () => {
  await using sim = new Simulation(3);
  const { torrent, page, url } = await open(sim);
  await using _page = page;
  const { length } = torrent.data;
  const head = await fetch(url, { method: "HEAD" });
  assertEquals([head.status, head.headers.get("content-length")], [200, String(length)]);
  for (const range of ["bytes=10-19", `bytes=${length}-`]) {
    const whole = await fetch(url, { method: "HEAD", headers: { range } });
    assertEquals([whole.status, whole.headers.get("content-length")], [200, String(length)], range);
  }
  const beyond = await fetch(url, { headers: { range: `bytes=${length}-` } });
  await beyond.body?.cancel();
  assertEquals([beyond.status, beyond.headers.get("content-range")], [416, `bytes */${length}`]);
  const etag = head.headers.get("etag") ?? "";
  for (const [tag, status] of [[etag, 206], ['"another"', 200]] as const) {
    const response = await fetch(url, { headers: { range: "bytes=0-9", "if-range": tag } });
    await response.body?.cancel();
    assertEquals(response.status, status);
  }
  const posted = await fetch(url, { method: "POST" });
  await posted.body?.cancel();
  assertEquals([posted.status, posted.headers.get("allow")], [405, "GET, HEAD"]);
});

Deno.test("A file that a browser has is not sent again, and none of which it wants another version", async () => {
  await using sim = new Simulation(9);
  const { torrent, page, url } = await open(sim);
  await using _page = page;
  const etag = `"${torrent.info.infoHash}-0"`;
  const cases = [
    ["if-none-match", etag, 304],
    ["if-none-match", `"another", W/${etag}`, 304],
    ["if-none-match", "*", 304],
    ["if-none-match", '"another"', 206],
    ["if-match", etag, 206],
    ["if-match", `"another", ${etag}`, 206],
    ["if-match", "*", 206],
    ["if-match", '"another"', 412],
    ["if-match", `W/${etag}`, 412],
  ] as const;
  for (const [name, value, status] of cases) {
    const response = await fetch(url, { headers: { [name]: value, range: "bytes=0-9" } });
    const bytes = await during(sim, bytesOf(response));
    assertEquals([response.status, bytes.length], [status, status === 206 ? 10 : 0], value);
    if (status !== 412) assertEquals(response.headers.get("etag"), etag);
  }
});

Deno.test("An empty file is answered whole, whatever part of it is asked for", async () => {
  await using sim = new Simulation(10);
  const info = await createInfo({
    ...{ name: "films", shape: "folder", pieceLength: PIECE, pieceHashes: new Uint8Array(20) },
    files: [{ path: ["empty.mp4"], length: 0 }, { path: ["other.bin"], length: PIECE }],
  });
  const node = sim.node("here");
  node.add(sim.store(info), { intent: "serve" });
  await using page = openSamplePage(sim, node);
  for (const range of ["bytes=-5", "bytes=0-", "bytes=0-0"]) {
    const response = await fetch(`${page.url}media/${info.infoHash}/0`, { headers: { range } });
    assertEquals([response.status, (await bytesOf(response)).length], [200, 0], range);
  }
});

Deno.test("What is no media is given to be kept, and can never be a page", async () => {
  for (const name of ["evil.html", "evil.svg", "Vorlesung '1'.pdf"]) {
    await using sim = new Simulation(4);
    const { page, url } = await open(sim, name, 8);
    await using _page = page;
    const { headers } = await fetch(url, { method: "HEAD" });
    assertEquals(headers.get("content-type"), "application/octet-stream");
    const disposition = headers.get("content-disposition") ?? "";
    const [, encoded = ""] = /^attachment; filename\*=UTF-8''([\w.%~!-]+)$/.exec(disposition) ?? [];
    assertEquals(decodeURIComponent(encoded), name, disposition);
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    assertEquals(headers.get("content-security-policy"), "default-src 'none'; sandbox");
  }
});

Deno.test("When the browser leaves, nothing is read and fetched first for it any more", async () => {
  await using sim = new Simulation(5);
  const { here, page, url } = await open(sim);
  await using _page = page;
  const leave = new AbortController();
  const response = await fetch(url, {
    headers: { range: `bytes=${50 * PIECE}-` },
    signal: leave.signal,
  });
  assertEquals(here.readings.count, 1);
  const reading = response.arrayBuffer();
  leave.abort();
  await assertRejects(() => reading);
  await during(sim, gone(here));
});

Deno.test("A browser that takes nothing has no more read for it than fits between it and us", async () => {
  await using sim = new Simulation(6);
  const torrent = await createTorrent({ name: "clip.mp4", length: 1_000 * PIECE });
  const node = sim.seed("seeder", torrent);
  const [here] = node.torrents.values();
  let read = 0;
  const { store } = here!;
  const original = store.read.bind(store);
  store.read = (index, begin, target) => {
    read += target.length;
    return original(index, begin, target);
  };
  await using page = openSamplePage(sim, node);
  const response = await fetch(`${page.url}media/${torrent.info.infoHash}/0`);
  while (read === 0) await turn();
  // What is read without a reader is read in each turn of the event loop, which the server shares.
  for (let [before, still] = [read, 0]; still < 100;) {
    await turn();
    still = read === before ? still + 1 : 0;
    before = read;
  }
  assert(read < torrent.data.length / 2, `${read} bytes were read`);
  await response.body?.cancel();
  await during(sim, gone(here!));
});

Deno.test("The end of the page breaks off what is being answered", async () => {
  await using sim = new Simulation(7);
  const { here, page, url } = await open(sim);
  here.motion.suspend();
  const response = await fetch(url, { headers: { range: `bytes=${50 * PIECE}-` } });
  const reading = response.arrayBuffer();
  reading.catch(() => undefined);
  await page[Symbol.asyncDispose]();
  await assertRejects(() => reading);
  assertEquals(here.readings.count, 0);
});

Deno.test("A file that there is not, and one that cannot come, are refused with a sentence", async () => {
  await using sim = new Simulation(8);
  const torrent = await createTorrent({ name: "clip.mp4" });
  for (const intent of ["serve", "order"] as const) {
    const node = sim.node(intent);
    node.add(sim.store(torrent.info), { intent });
    await using page = openSamplePage(sim, node);
    const media = `${page.url}media/${torrent.info.infoHash}`;
    for (const url of [`${media}/1`, `${page.url}media/${"0".repeat(40)}/0`]) {
      const response = await fetch(url);
      assertEquals(response.status, 404);
      assert(/There is no such file/.test((await response.json()).error));
    }
    const response = await fetch(`${media}/0`);
    assertEquals(response.status, 409, intent);
    assert(/nothing is fetched/.test((await response.json()).error));
  }
});

/** Is done when nobody reads any more. */
async function gone({ readings }: Torrent): Promise<void> {
  while (readings.count > 0) await turn();
}

/** Lets the event loop do what there is to do. */
async function turn(): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, 1));
}
