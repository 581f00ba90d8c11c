import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, reportsOf, Scene } from "./scene.ts";

const FILM = randomBytes(seededRandom(23), 1_200_000);

Deno.test("e2e: with --json every line of standard output is an object with a type", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const bob = await scene.folder("bob");
  const share = await scene.share(alice, "film.bin", tracker, ["--verbose"]);
  const outcomes = [];
  for (
    const args of [
      ["get", "film.bin", "--verbose", "--down", "1M", ...tracker.flags],
      ["list", ...tracker.flags],
      ["peers", ...tracker.flags],
      ["peers", "film.bin", ...tracker.flags],
      ["chunk", "film.bin"],
      ["merge", "film.bin"],
      ["create", "film.bin"],
      ["info", "film.bin.torrent"],
      ["verify", "film.bin.torrent"],
    ]
  ) {
    outcomes.push(await scene.run(bob, [...args, "--json"]));
  }
  for (const process of [share.process, tracker.process]) {
    process.kill("SIGINT");
    outcomes.push(await process.outcome());
  }
  const types = new Set<unknown>();
  for (const outcome of outcomes) {
    for (const report of reportsOf(outcome)) {
      assertEquals(typeof report.type, "string");
      types.add(report.type);
    }
  }
  const expected = [
    ...["listening", "connected", "published", "closed", "seeding", "serving", "progress", "done"],
    ...["file", "peer", "chunked", "merged", "created", "torrent", "verified", "tracker"],
    ...["peer-connected", "peer-disconnected"],
  ];
  for (const type of expected) assert(types.has(type), `nothing of type ${type}`);

  const progress = outcomes.flatMap(({ stdout }) => stdout.map((line) => JSON.parse(line)))
    .findLast(({ type }) => type === "progress");
  assertEquals(progress.name, "film.bin");
  assertEquals(progress.length, FILM.length);
  assertEquals(progress.chunkCount, 3);
  for (const key of ["bytes", "chunks", "downRate", "upRate", "peers"]) {
    assert(Number.isSafeInteger(progress[key]) && progress[key] >= 0, key);
  }
});

Deno.test("e2e: with --json an error is an object on standard output, and nothing is elsewhere", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const get = ["get", "film.bin", "also.bin", ...tracker.flags, "--json"];
  const { code, stdout, stderr } = await scene.run(scene.path, get);
  assertEquals({ code, stderr }, { code: 33, stderr: [] });
  const reports = stdout.map((line) => JSON.parse(line));
  assertEquals(reports.map(({ type, code }) => [type, code]), [["error", 33], ["error", 33]]);
  for (const name of ["film.bin", "also.bin"]) {
    assert(reports.some(({ message }) => message.includes(name)), name);
  }
});

Deno.test("e2e: one of several that cannot be fetched does not keep the others away", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const bob = await scene.folder("bob");
  await scene.share(alice, "film.bin", tracker);
  const get = await scene.run(bob, ["get", "none.bin", "film.bin", ...tracker.flags]);
  assertEquals(get.code, 33);
  assertEquals(get.stderr.length, 1);
  assertStringIncludes(get.stderr[0] ?? "", "none.bin");
  assertMatch(get.stdout.join("\n"), /^\S+film\.bin \(1\.14 MiB in [\d.]+ s, [\d.]+ [KM]iB\/s\)$/);
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
});

Deno.test("e2e: with --quiet nothing but results is printed", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const bob = await scene.folder("bob");
  const share = scene.start(alice, ["share", "film.bin", "--quiet", ...tracker.flags]);
  await tracker.process.report("published");
  const get = ["get", "film.bin", "--quiet", "--down", "400K", ...tracker.flags];
  const { code, stdout, stderr } = await scene.run(bob, get);
  assertEquals({ code, stderr }, { code: 0, stderr: [] });
  assertEquals(stdout.length, 1);
  share.kill("SIGINT");
  const shared = await share.outcome();
  assertEquals([shared.code, shared.stderr], [0, []]);
  assertEquals(shared.stdout[0], "film.bin");
});

Deno.test("e2e: share tells name, info-hash, magnet link, size and port to people", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const share = scene.start(alice, ["share", "film.bin", ...tracker.flags]);
  const serving = await share.note("Serving at port ");
  assertMatch(serving, /^Serving at port \d+; Ctrl-C stops$/);
  share.kill("SIGINT");
  const [name, hash, magnet, size, place] = (await share.outcome()).stdout;
  assertEquals(name, "film.bin");
  const infoHash = /^ {2}info-hash {2}([0-9a-f]{40})$/.exec(hash ?? "")?.[1] ?? "";
  assertMatch(magnet ?? "", new RegExp(`^  magnet     magnet:\\?xt=urn:btih:${infoHash}&dn=film`));
  assertEquals(size, "  size       1.14 MiB, 3 chunks of 512 KiB");
  assertEquals(place, `  tracker    127.0.0.1:${tracker.port}`);
});

Deno.test("e2e: a torrent file and --peer are enough, there need be no tracker", async () => {
  await using scene = await Scene.open();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const bob = await scene.folder("bob");
  reportsOf(await scene.run(alice, ["create", "film.bin", "--json"]));
  const share = scene.start(alice, ["share", "film.bin", "--json"]);
  const { port } = await share.report("seeding");
  const torrent = join(alice, "film.bin.torrent");
  const get = ["get", torrent, "--peer", `localhost:${port}`, "--peer", "127.0.0.1:1"];
  const { code, stderr } = await scene.run(bob, [...get, "--quiet"]);
  assertEquals({ code, stderr }, { code: 0, stderr: [] });
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
});

Deno.test("e2e: SLUICE_TRACKER and SLUICE_TOKEN name the tracker where no flag does", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker(0, ["--token", "open sesame"]);
  const alice = await scene.library("alice", { "film.bin": FILM });
  const bob = await scene.folder("bob");
  const named = { SLUICE_TRACKER: ` 127.0.0.1:${tracker.port} ` };
  const share = scene.start(alice, ["share", "film.bin", "--json"], {
    env: { ...named, SLUICE_TOKEN: "open sesame" },
  });
  await share.report("seeding");
  const refused = await scene.run(bob, ["list"], { env: named });
  assertEquals([refused.code, refused.stderr.length], [33, 1], refused.stderr.join("\n"));
  assertStringIncludes(refused.stderr[0] ?? "", "token");
  const wrong = await scene.run(bob, ["get", "film.bin", "--token", "x"], { env: named });
  assertEquals(wrong.code, 33, wrong.stderr.join("\n"));
  const get = ["get", "film.bin", "--token", "open sesame", "--json"];
  reportsOf(await scene.run(bob, get, { env: named }));
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
});

Deno.test("e2e: a get that finds no peers gives up after --timeout, with status 2", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const bob = await scene.folder("bob");
  const share = await scene.share(alice, "film.bin", tracker);
  share.process.kill("SIGINT");
  await share.process.outcome();
  const get = ["get", "film.bin", "--timeout", "1s", ...tracker.flags];
  const states = [
    [[], "no peers are known for 1.00 s"],
    [["--peer", "127.0.0.1:1"], "the only known peer cannot be reached for 1.00 s"],
  ] as const;
  for (const [flags, state] of states) {
    const { code, stderr } = await scene.run(bob, [...get, ...flags]);
    assertEquals([code, stderr.length], [2, 1], stderr.join("\n"));
    assertStringIncludes(stderr[0] ?? "", `sluice: Cannot complete film.bin: ${state}`);
  }
});
