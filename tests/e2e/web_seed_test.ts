import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, type Files, refusalOf, reportsOf, Scene } from "./scene.ts";

const random = seededRandom(66);
const STRICT = ["--host", "127.0.0.1", "--json", "--tracker", "udp://127.0.0.1:9"];
const HERE = [...STRICT, "--allow-private-urls"];
const FILES: Files = {
  "photos/b.bin": randomBytes(random, 1_300_001),
  "photos/none": new Uint8Array(),
  "photos/more/\u00fc #1 50%.bin": randomBytes(random, 700_000),
};

/** A web server that has these files, by paths as they are in URLs, and understands ranges. */
function serveFiles(
  files: Files,
  onAsked: (path: string) => void = () => {},
): { readonly url: string } & AsyncDisposable {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const path = decodeURIComponent(new URL(request.url).pathname.slice(1));
    onAsked(path);
    const content = files[path];
    if (content === undefined) return new Response(null, { status: 404 });
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("range") ?? "");
    if (range === null) return new Response(content.slice());
    const [start, end] = [Number(range[1]), Number(range[2])];
    const headers = { "content-range": `bytes ${start}-${end}/${content.length}` };
    return new Response(content.slice(start, end + 1), { status: 206, headers });
  });
  const { port } = server.addr;
  return { url: `http://127.0.0.1:${port}/`, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("e2e: a folder comes from a web server alone, and from nowhere else (BEP 19)", async () => {
  await using scene = await Scene.open();
  await using server = serveFiles(FILES);
  const alice = await scene.folder("alice", FILES);
  const torrent = join(scene.path, "photos.torrent");
  const create = ["create", join(alice, "photos"), "--out", torrent, "--piece-length", "64K"];
  reportsOf(await scene.run(alice, [...create, "--web-seed", server.url, "--json"]));
  const [info] = reportsOf(await scene.run(alice, ["info", torrent, "--json"]));
  assertEquals(info?.webSeeds, [server.url]);
  assertStringIncludes(String(info?.magnet), `&ws=${encodeURIComponent(server.url)}`);
  const bob = await scene.folder("bob");
  const reports = reportsOf(await scene.run(bob, ["get", torrent, "--out", bob, ...HERE]));
  assertEquals(reports.at(-1)?.type, "done");
  for (const [path, content] of Object.entries(FILES)) {
    await assertContent(join(bob, path), content);
  }
});

Deno.test("e2e: a web server that does not have the data is dropped, and people are told", async () => {
  await using scene = await Scene.open();
  await using server = serveFiles({});
  const alice = await scene.folder("alice", FILES);
  const torrent = join(scene.path, "photos.torrent");
  const create = ["create", join(alice, "photos"), "--out", torrent, "--web-seed"];
  reportsOf(await scene.run(alice, [...create, `${server.url}x`, "--json"]));
  const bob = await scene.folder("bob");
  const get = scene.start(bob, ["get", torrent, "--timeout", "60s", ...HERE]);
  const { url, reason } = await get.report("web-seed-dropped");
  assertEquals([url, reason], [`${server.url}x`, "it answers with status 404"]);
  get.kill("SIGINT");
  assertEquals((await get.outcome()).code, 7);
});

Deno.test("e2e: a torrent has nothing fetched from this machine unless its user allows it", async () => {
  await using scene = await Scene.open();
  const asked: string[] = [];
  await using server = serveFiles(FILES, (path) => asked.push(path));
  const alice = await scene.folder("alice", FILES);
  const torrent = join(scene.path, "photos.torrent");
  const create = ["create", join(alice, "photos"), "--out", torrent, "--web-seed", server.url];
  const [told] = reportsOf(await scene.run(alice, [...create, "--json"]));
  assertEquals([told?.type, told?.url], ["private-web-seed", server.url]);
  const bob = await scene.folder("bob");
  await using get = scene.start(bob, ["get", torrent, "--timeout", "60s", ...STRICT]);
  const { url, reason } = await get.report("web-seed-dropped");
  const text = "it leads to this machine, where web seeds need --allow-private-urls";
  assertEquals([url, reason, asked], [server.url, text, []]);
});

Deno.test("e2e: create takes only web seeds that can be used", async () => {
  await using scene = await Scene.open();
  const alice = await scene.folder("alice", FILES);
  for (const url of ["ftp://mirror.example/", "mirror.example", "http://127.0.0.1/?a=b"]) {
    const create = ["create", join(alice, "photos"), "--web-seed", url];
    const line = refusalOf(await scene.run(alice, create), 28);
    assertMatch(line, /Cannot use --web-seed .*: it must begin with http:\/\/ or https:\/\//);
  }
});
