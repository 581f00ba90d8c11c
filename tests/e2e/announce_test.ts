import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { encodeTorrent, parseTorrent } from "../../lib/metainfo/mod.ts";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, refusalOf, reportsOf, Scene } from "./scene.ts";

const FILM = randomBytes(seededRandom(62), 1_500_000);
const HERE = ["--host", "127.0.0.1", "--json"];

for (const door of ["http", "udp"] as const) {
  Deno.test(`e2e: with a ${door} tracker in it a torrent file is all that two strangers need`, async () => {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    const alice = await scene.library("alice", { "film.bin": FILM });
    const torrent = join(scene.path, "film.torrent");
    const film = join(alice, "Original_Files", "film.bin");
    reportsOf(
      await scene.run(alice, [
        ...["create", film, "--out", torrent, "--announce", tracker.urls[door], "--json"],
      ]),
    );
    const seed = scene.start(alice, ["seed", torrent, ...HERE]);
    const seeding = await seed.report("seeding");
    assertEquals(seeding.announced, true);
    assertMatch(String(seeding.magnet), new RegExp(`&tr=${door}%3A%2F%2F127\\.0\\.0\\.1`));
    const bob = await scene.folder("bob");
    const reports = reportsOf(await scene.run(bob, ["get", torrent, ...HERE]));
    assertEquals(reports.at(-1)?.downloaded, FILM.length);
    await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
    seed.kill("SIGINT");
    const { code, stderr } = await seed.outcome();
    assertEquals({ code, stderr }, { code: 0, stderr: [] });
  });

  Deno.test(`e2e: --tracker takes the URL of a ${door} tracker, for share and for get`, async () => {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    const alice = await scene.library("alice", { "film.bin": FILM });
    const share = scene.start(alice, [
      ...["share", "film.bin", "--tracker", tracker.urls[door], ...HERE],
    ]);
    const { announced, infoHash } = await share.report("seeding");
    assertEquals(announced, true);
    const torrent = join(scene.path, "film.torrent");
    const film = join(alice, "Original_Files", "film.bin");
    const [created] = reportsOf(
      await scene.run(alice, ["create", film, "--out", torrent, "--json"]),
    );
    assertEquals(created?.infoHash, infoHash);
    const bob = await scene.folder("bob");
    const get = ["get", torrent, "--tracker", tracker.urls[door], ...HERE];
    assertEquals(reportsOf(await scene.run(bob, get)).at(-1)?.type, "done");
    await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
  });
}

Deno.test("e2e: an announce tracker that comes late is found, and its absence is said once for each reason", async () => {
  await using scene = await Scene.open();
  const first = await scene.tracker();
  first.process.kill("SIGINT");
  await first.process.outcome();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const share = scene.start(alice, [
    ...["share", "film.bin", "--tracker", first.urls.http, "--verbose", ...HERE],
  ]);
  const { reason } = await share.report("tracker", ({ state }) => state === "unreachable");
  const origin = first.urls.http.replace("/announce", "");
  assertEquals(reason, `Cannot announce to ${origin}: nobody listens there`);
  assertEquals((await share.report("seeding")).announced, false);
  const { port } = new URL(first.urls.http);
  const ports = ["--port", "0", "--http-port", port, "--no-udp"];
  scene.start(scene.path, ["tracker", ...ports, ...HERE]);
  await share.report("tracker", ({ state }) => state === "connected");
  const states = share.reports.filter(({ type }) => type === "tracker").map(({ state }) => state);
  assertEquals(states, ["unreachable", "connected"]);
});

Deno.test("e2e: a tracker of ours that refuses ends it although another tracker is there", async () => {
  await using scene = await Scene.open();
  const strict = await scene.tracker(0, ["--token", "sesame"]);
  const open = await scene.tracker();
  const library = await scene.library("alice", { "film.bin": FILM });
  const share = ["share", "film.bin", ...strict.flags, "--tracker", open.urls.http];
  assertMatch(refusalOf(await scene.run(library, share), 33), /token/);
});

Deno.test("e2e: keys of trackers are not told: not by the magnet link, not by what is said of failures", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const torrent = join(scene.path, "film.torrent");
  const film = join(alice, "Original_Files", "film.bin");
  const dead = "http://127.0.0.1:9/announce?passkey=secret";
  const create = ["create", film, "--out", torrent, "--announce", tracker.urls.http, "--json"];
  reportsOf(await scene.run(alice, create));
  const seed = scene.start(alice, ["seed", torrent, "--tracker", dead, ...HERE]);
  await seed.report("tracker", ({ state }) => state === "unreachable");
  const { magnet } = await seed.report("seeding");
  const known = encodeURIComponent(tracker.urls.http);
  assertEquals(String(magnet).match(/tr=[^&]*/g), [`tr=${known}`]);
  assertEquals(JSON.stringify(seed.reports).includes("secret"), false);
  // The trackers of a private torrent are its owner's business altogether.
  reportsOf(await scene.run(alice, [...create, "--private", "--force"]));
  const hidden = await scene.start(alice, ["seed", torrent, ...HERE]).report("seeding");
  assertEquals(String(hidden.magnet).includes("tr="), false);
});

Deno.test("e2e: what is no announce URL is named, and so is what only a tracker of ours can tell", async () => {
  await using scene = await Scene.open();
  const library = await scene.library("alice", { "film.bin": FILM });
  for (const url of ["ws://a.example/announce", "udp://a.example", "http://"]) {
    const line = refusalOf(await scene.run(library, ["share", "film.bin", "--tracker", url]), 28);
    assertStringIncludes(line, `Cannot use --tracker ${url}: an announce URL begins with http://`);
  }
  const url = "http://127.0.0.1:9/announce";
  for (const command of [["list"], ["peers", "film.bin"], ["shell"]]) {
    const line = refusalOf(await scene.run(library, [...command, "--tracker", url]), 28);
    assertStringIncludes(line, `Cannot ask ${url}: only a tracker of Sluice knows files`);
  }
  const line = refusalOf(await scene.run(library, ["get", "film.bin", "--tracker", url]), 28);
  assertStringIncludes(line, "Cannot look up film.bin: an announce URL tells where peers are");
  assertStringIncludes(line, "name its torrent file, or a tracker of Sluice as HOST:PORT");
});

Deno.test("e2e: a private torrent is known to its own trackers and to nobody else (BEP 27)", async () => {
  await using scene = await Scene.open();
  const own = await scene.tracker();
  const other = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const torrent = join(scene.path, "film.torrent");
  const film = join(alice, "Original_Files", "film.bin");
  const create = ["create", film, "--out", torrent, "--private", "--announce", own.urls.http];
  const [created] = reportsOf(await scene.run(alice, [...create, "--json"]));
  const named = [...other.flags, "--tracker", other.urls.udp];
  const seed = scene.start(alice, ["seed", torrent, ...named, ...HERE]);
  const { port, announced } = await seed.report("seeding");
  assertEquals(announced, true);
  const bob = await scene.folder("bob");
  const get = ["get", torrent, ...named];
  assertEquals(reportsOf(await scene.run(bob, [...get, ...HERE])).at(-1)?.type, "done");
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
  const files = reportsOf(await scene.run(bob, ["list", ...other.flags, "--json"]));
  assertEquals(files.filter(({ infoHash }) => infoHash === created?.infoHash), []);
  const scrape = other.urls.http.replace("announce", "scrape");
  const hash = String(created?.infoHash).replace(/../g, "%$&");
  const answer = await (await fetch(`${scrape}?info_hash=${hash}`)).text();
  assertMatch(answer, /8:completei0e.*10:incompletei0e|5:filesdee/);
  const line = refusalOf(await scene.run(bob, [...get, "--peer", `127.0.0.1:${port}`]), 28);
  assertStringIncludes(line, "Cannot use --peer: film.bin is private");
});

for (
  const [how, make] of [
    ["copied to Chunks", "copy"],
    ["kept by get --chunks", "get"],
    ["kept without their names before", "get again"],
  ] as const
) {
  Deno.test(`e2e: share keeps a private torrent ${how} to its own trackers (BEP 27)`, async () => {
    await using scene = await Scene.open();
    const own = await scene.tracker();
    const other = await scene.tracker();
    const alice = await scene.library("alice", { "film.bin": FILM });
    const torrent = join(scene.path, "film.torrent");
    const film = join(alice, "Original_Files", "film.bin");
    const create = ["create", film, "--out", torrent, "--private", "--announce", own.urls.http];
    const [created] = reportsOf(await scene.run(alice, [...create, "--json"]));
    const bob = make === "copy" ? alice : await scene.folder("bob");
    if (make === "copy") {
      reportsOf(await scene.run(alice, ["chunk", "film.bin", "--json"]));
      await Deno.copyFile(torrent, join(alice, "Chunks", "film.bin.torrent"));
      await Deno.remove(film);
    } else {
      await scene.start(alice, ["seed", torrent, ...HERE]).report("seeding");
      const get = ["get", torrent, "--chunks", ...HERE];
      reportsOf(await scene.run(bob, get));
      if (make === "get again") {
        const path = join(bob, "Chunks", "film.bin.torrent");
        const { info } = await parseTorrent(await Deno.readFile(path), path);
        await Deno.writeFile(path, encodeTorrent({ info }));
        reportsOf(await scene.run(bob, get));
      }
      await Deno.remove(join(bob, "Original_Files"), { recursive: true });
    }
    await scene.start(bob, ["share", "film.bin", ...other.flags, ...HERE]).report("seeding");
    const files = reportsOf(await scene.run(bob, ["list", ...other.flags, "--json"]));
    assertEquals(files.filter(({ infoHash }) => infoHash === created?.infoHash), []);
  });
}
