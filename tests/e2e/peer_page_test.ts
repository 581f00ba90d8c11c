import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, refusalOf, Scene } from "./scene.ts";
import type { Sluice } from "./sluice.ts";

const FILM = randomBytes(seededRandom(71), 2_000_000);

/** The place of a process's page, which it told. */
async function pageOf(process: Sluice): Promise<string> {
  const { url } = await process.report("ui");
  return String(url);
}

async function ask(url: string, method = "GET"): Promise<Record<string, unknown>> {
  const response = await fetch(url, { method });
  const body = await response.json();
  assertEquals(response.status, 200, JSON.stringify(body));
  return body;
}

/** The transfer of a page, once there is one that is as it should be. */
async function transferOf(
  url: string,
  isRight: (transfer: Record<string, unknown>) => boolean = () => true,
): Promise<Record<string, unknown>> {
  for (;;) {
    const { transfers } = await ask(`${url}api/v1/transfers`);
    const [transfer] = transfers as Record<string, unknown>[];
    if (transfer !== undefined && isRight(transfer)) return transfer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("e2e: get --ui plays the end of a film at once, pauses, goes on, and closes its page", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.mp4": FILM });
  const bob = await scene.folder("bob");
  const limits = ["--up", "150K", "--piece-length", "32K"];
  const share = await scene.share(alice, "film.mp4", tracker, limits);
  const get = scene.start(bob, ["get", "film.mp4", ...tracker.flags, "--json", "--ui"]);
  const url = await pageOf(get);
  assert(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/.test(url), url);
  const { infoHash } = await transferOf(url, ({ heldCount }) => Number(heldCount) > 0);
  assertEquals(infoHash, share.infoHash);

  const range = { range: "bytes=-50000" };
  const response = await fetch(`${url}media/${infoHash}/0`, { headers: range });
  assertEquals([response.status, response.headers.get("content-type")], [206, "video/mp4"]);
  assertEquals(new Uint8Array(await response.arrayBuffer()), FILM.slice(-50_000));

  const transferUrl = `${url}api/v1/transfers/${infoHash}`;
  assertEquals((await ask(`${transferUrl}/pause`, "POST")).state, "paused");
  const { heldCount } = await transferOf(url);
  assert(Number(heldCount) < 62, "the end came before the rest");
  assertEquals((await ask(`${transferUrl}/resume`, "POST")).state, "downloading");
  await get.report("done");
  const { code, stderr } = await get.outcome();
  assertEquals([code, stderr], [0, []], "the runtime has nothing to warn of either");
  await assertContent(join(bob, "Original_Files", "film.mp4"), FILM);
  await assertRejects(() => fetch(url), TypeError);
});

Deno.test("e2e: share, seed and shell have a page, too, and tell people on stderr where it is", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const { flags } = tracker;
  const library = await scene.library("alice", { "film.mp4": FILM });
  const share = await scene.share(library, "film.mp4", tracker, ["--ui"]);
  assertEquals((await transferOf(await pageOf(share.process))).state, "seeding");

  await scene.run(library, ["chunk", "film.mp4", "--json"]);
  const torrent = join("Chunks", "film.mp4.torrent");
  const seed = scene.start(library, ["seed", torrent, ...flags, "--json", "--ui"]);
  assertEquals((await transferOf(await pageOf(seed))).state, "seeding");

  const shell = scene.start(library, ["shell", ...flags, "--ui"], { stdin: "piped" });
  const note = await shell.note("The page of this peer is at http://127.0.0.1:");
  const [url = ""] = /http:\S+/.exec(note) ?? [];
  assertEquals((await transferOf(url)).name, "film.mp4");
  await shell.endInput();
  assertEquals((await shell.outcome()).code, 0);
});

Deno.test("e2e: a port for the page that is in use, or without a page, ends with a clear line", async () => {
  await using scene = await Scene.open();
  const library = await scene.library("alice", { "film.mp4": FILM });
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  // Of one that is not there, a line might come before.
  const tracker = await scene.tracker();
  const args = ["share", "film.mp4", ...tracker.flags, "--ui-port", String(port)];
  const inUse = await scene.run(library, [...args, "--ui"]);
  const line = refusalOf(inUse, 1);
  assertStringIncludes(line, `Cannot listen at 127.0.0.1:${port}: the port is in use`);
  assertStringIncludes(line, "--ui-port");
  assertStringIncludes(refusalOf(await scene.run(library, args), 28), "--ui");
});
