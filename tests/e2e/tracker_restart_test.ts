import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { assertContent, reportsOf, Scene } from "./scene.ts";
import { look } from "./sluice.ts";

const VIDEO = await Deno.readFile(new URL("../../Original_Files/mv1.mp4", import.meta.url));

Deno.test("e2e: downloads go on without the tracker, and a new one learns of all peers", async () => {
  await using scene = await Scene.open();
  const old = await scene.tracker();
  const alice = await scene.library("alice", { "mv1.mp4": VIDEO });
  const bob = await scene.folder("bob");
  const share = await scene.share(alice, "mv1.mp4", old, ["--piece-length", "64K"]);
  const get = scene.start(bob, ["get", "mv1.mp4", ...old.flags, "--down", "500K", "--json"]);
  await get.report("progress", ({ chunks }) => Number(chunks) > 0);
  old.process.kill("SIGKILL");
  await old.process.outcome();
  for (const process of [get, share.process]) {
    await process.report("tracker", ({ state }) => state === "unreachable");
  }
  const before = Number(get.reports.findLast(({ type }) => type === "progress")?.bytes);
  await get.report("progress", ({ bytes }) => Number(bytes) > before);

  const fresh = await scene.tracker(old.port);
  await fresh.process.report("published", ({ infoHash }) => infoHash === share.infoHash);
  const known = async (): Promise<unknown[]> => {
    const [file] = reportsOf(await scene.run(bob, ["list", ...fresh.flags, "--json"]));
    return [file?.name, file?.seeders, file?.leechers];
  };
  const told = await look(known, ([, seeders, leechers]) => seeders === 1 && leechers === 1);
  assertEquals(told, ["mv1.mp4", 1, 1]);

  const done = await get.report("done");
  assertEquals(done.downloaded, VIDEO.length);
  assertEquals((await get.outcome()).code, 0);
  await assertContent(join(bob, "Original_Files", "mv1.mp4"), VIDEO);
});

Deno.test("e2e: a share and a get that begin before their tracker find it when it comes", async () => {
  await using scene = await Scene.open();
  const { port, process } = await scene.tracker();
  process.kill("SIGINT");
  await process.outcome();
  const flags = ["--tracker", `127.0.0.1:${port}`, "--json"];
  const alice = await scene.library("alice", { "mv1.mp4": VIDEO });
  const bob = await scene.folder("bob");
  const share = scene.start(alice, ["share", "mv1.mp4", ...flags]);
  await share.report("seeding");
  const { infoHash } = await share.report("seeding");
  // By its info-hash, for a name that the new tracker does not know yet is refused at once.
  const torrent = join(scene.path, "mv1.torrent");
  reportsOf(await scene.run(alice, ["create", "mv1.mp4", "--out", torrent, "--json"]));
  const get = scene.start(bob, ["get", torrent, ...flags]);
  await get.report("tracker", ({ state }) => state === "unreachable");
  await scene.tracker(port);
  assertEquals((await get.report("done")).infoHash, infoHash);
  assertEquals((await get.outcome()).code, 0);
});

Deno.test("e2e: a file that only one who is gone had is waited for, and fetched when he is back", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "mv1.mp4": VIDEO });
  const bob = await scene.folder("bob");
  const first = await scene.share(alice, "mv1.mp4", tracker, ["--up", "1M"]);
  const get = scene.start(bob, ["get", "mv1.mp4", ...tracker.flags, "--json"]);
  await get.report("progress", ({ bytes }) => Number(bytes) > 0);
  first.process.kill("SIGKILL");
  await get.report("progress", ({ peers }) => peers === 0);
  await scene.share(alice, "mv1.mp4", tracker);
  assertEquals((await get.report("done")).infoHash, first.infoHash);
  await assertContent(join(bob, "Original_Files", "mv1.mp4"), VIDEO);
});

Deno.test("e2e: of several trackers one that is there is enough", async () => {
  await using scene = await Scene.open();
  const gone = await scene.tracker();
  gone.process.kill("SIGINT");
  await gone.process.outcome();
  const tracker = await scene.tracker();
  const flags = [...gone.flags, ...tracker.flags];
  const alice = await scene.library("alice", { "mv1.mp4": VIDEO });
  const bob = await scene.folder("bob");
  const share = scene.start(alice, ["share", "mv1.mp4", ...flags, "--json"]);
  await share.report("seeding");
  await tracker.process.report("published");
  reportsOf(await scene.run(bob, ["get", "mv1.mp4", ...flags, "--json"]));
  await assertContent(join(bob, "Original_Files", "mv1.mp4"), VIDEO);
});
