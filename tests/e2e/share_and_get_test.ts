import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, reportsOf, Scene } from "./scene.ts";
import { look } from "./sluice.ts";

const VIDEO = await Deno.readFile(new URL("../../Original_Files/mv1.mp4", import.meta.url));

Deno.test("e2e: what one shares, another gets by its name, and list and peers show it", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "mv1.mp4": VIDEO });
  const bob = await scene.folder("bob");
  const share = await scene.share(alice, "mv1.mp4", tracker);
  const get = scene.start(bob, ["get", "mv1.mp4", ...tracker.flags, "--stay", "--json"]);
  const done = await get.report("done");
  const path = join(bob, "Original_Files", "mv1.mp4");
  assertEquals(
    [done.name, done.infoHash, done.path, done.bytes, done.downloaded],
    ["mv1.mp4", share.infoHash, path, VIDEO.length, VIDEO.length],
  );
  await assertContent(path, VIDEO);
  assertEquals(await namesIn(join(bob, "Chunks")), []);

  // The second `list` is asked until the tracker has heard that the file is whole.
  const ask = (...args: string[]) => scene.run(bob, [...args, ...tracker.flags, "--json"]);
  const [file] = await look(
    async () => reportsOf(await ask("list")),
    ([file]) => file?.seeders === 2,
  );
  const { type, infoHash, name, length, pieces, seeders, leechers, availability } = file ?? {};
  assertEquals(
    { type, infoHash, name, length, pieces, seeders, leechers, availability },
    {
      type: "file",
      infoHash: share.infoHash,
      name: "mv1.mp4",
      length: VIDEO.length,
      pieces: 6,
      seeders: 2,
      leechers: 0,
      availability: 2000,
    },
  );
  const serving = await get.report("serving");
  const peers = reportsOf(await ask("peers", "mv1.mp4"));
  assertEquals(
    peers.map(({ type, port, chunks, chunkCount, held }) => ({
      type,
      port,
      chunks,
      chunkCount,
      held,
    })).sort((a, b) => Number(a.port) - Number(b.port)),
    [share.port, Number(serving.port)].sort((a, b) => a - b).map((port) => ({
      type: "peer",
      port,
      chunks: 6,
      chunkCount: 6,
      held: [0, 1, 2, 3, 4, 5],
    })),
  );
  const [list, swarm, all] = await Promise.all([
    scene.run(bob, ["list", ...tracker.flags]),
    scene.run(bob, ["peers", share.infoHash, ...tracker.flags]),
    scene.run(bob, ["peers", ...tracker.flags]),
  ]);
  assertMatch(
    list.stdout.join("\n"),
    /^NAME +SIZE +CHUNKS +SEEDERS +LEECHERS +COPIES +COMPLETED +INFO-HASH\nmv1\.mp4 +2\.70 MiB +6 +2 +0 +2\.00 +[01] +[0-9a-f]{40}$/,
  );
  const chunkMap = "\u2588".repeat(6);
  assertMatch(swarm.stdout[0] ?? "", /^PEER +CLIENT +CHUNKS +MAP +DOWN +UP$/);
  assertEquals(swarm.stdout.length, 3);
  for (const line of swarm.stdout.slice(1)) {
    assertMatch(line, /^127\.0\.0\.1:\d+ +Sluice \S+ +6\/6 /);
    assertStringIncludes(line, chunkMap);
  }
  assertMatch(all.stdout[0] ?? "", /^PEER +CLIENT +FILES +WHOLE$/);
  assert(all.stdout.some((line) => line.includes(`127.0.0.1:${share.port}`)));
});

Deno.test("e2e: ten gets at once all finish, and the tracker forgets those that end", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "mv1.mp4": VIDEO });
  await scene.share(alice, "mv1.mp4", tracker);
  await Promise.all(Array.from({ length: 10 }, async (_, at) => {
    const folder = await scene.folder(`get${at}`);
    const reports = reportsOf(
      await scene.run(folder, ["get", "mv1.mp4", ...tracker.flags, "--json"]),
    );
    assertEquals(reports.at(-1)?.type, "done");
    await assertContent(join(folder, "Original_Files", "mv1.mp4"), VIDEO);
  }));
  const [file] = reportsOf(await scene.run(alice, ["list", ...tracker.flags, "--json"]));
  assertEquals([file?.seeders, file?.leechers], [1, 0]);
});

Deno.test("e2e: who fetches a file and goes at once is counted as one who has completed it", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "mv1.mp4": VIDEO });
  await scene.share(alice, "mv1.mp4", tracker);
  const bob = await scene.folder("bob");
  const { code } = await scene.run(bob, ["get", "mv1.mp4", ...tracker.flags, "--json"]);
  assertEquals(code, 0);
  const [file] = reportsOf(await scene.run(bob, ["list", ...tracker.flags, "--json"]));
  assertEquals([file?.seeders, file?.completions], [1, 1]);
});

Deno.test("e2e: a magnet link, an info-hash, a torrent file and a name can be fetched together", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const random = seededRandom(11);
  const names = ["by magnet.bin", "by-hash.bin", "by-file.bin", "by name.bin"];
  const files = Object.fromEntries(names.map((name) => [name, randomBytes(random, 700_001)]));
  const alice = await scene.library("alice", files);
  const bob = await scene.folder("bob");
  const share = scene.start(alice, ["share", ...names, ...tracker.flags, "--json"]);
  const [magnet, hash] = await Promise.all(names.map(async (name) => {
    const seeding = await share.report("seeding", (report) => report.name === name);
    await tracker.process.report("published", (report) => report.name === name);
    return seeding;
  }));
  reportsOf(await scene.run(alice, ["create", "by-file.bin", "--out", "file.torrent", "--json"]));
  const whats = [
    String(magnet?.magnet),
    String(hash?.infoHash).toUpperCase(),
    join(alice, "file.torrent"),
    "by name.bin",
  ];
  const out = join(bob, "deep", "down");
  const reports = reportsOf(
    await scene.run(bob, ["get", ...whats, ...tracker.flags, "--out", out, "--json"]),
  );
  const done = reports.filter(({ type }) => type === "done").map(({ name }) => String(name));
  assertEquals(done.sort(), [...names].sort());
  for (const [name, content] of Object.entries(files)) {
    await assertContent(join(out, name), content);
  }
  assertEquals((await namesIn(out)).sort(), [...names].sort());
});

Deno.test("e2e: what is here already is not fetched again, wherever it is put", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "mv1.mp4": VIDEO });
  const bob = await scene.folder("bob");
  await scene.share(alice, "mv1.mp4", tracker);
  for (const flags of [[], ["--out", "."]]) {
    const command = ["get", "mv1.mp4", ...tracker.flags, ...flags, "--json"];
    const first = reportsOf(await scene.run(bob, command)).at(-1);
    const again = reportsOf(await scene.run(bob, command)).at(-1);
    assertEquals([first?.downloaded, again?.downloaded], [VIDEO.length, 0], String(flags));
    assertEquals(again?.path, first?.path);
  }
});

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  return names;
}
