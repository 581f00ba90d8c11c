import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { Machines, NO_MACHINES } from "../e2e/machines.ts";
import { assertContent, refusalOf, Scene } from "../e2e/scene.ts";
import { type Outcome, type Report, withoutDiscovery } from "../e2e/sluice.ts";

const FILM = randomBytes(seededRandom(6771), 1_000_000);

/** The reports of a process that ended well. */
function reportsOf({ code, stdout, stderr }: Outcome): Report[] {
  assertEquals(code, 0, [...stdout, ...stderr].join("\n"));
  return stdout.map((line) => JSON.parse(line));
}

Deno.test({
  name:
    `e2e: on one network nobody needs an address to share a file, get it, and list it${NO_MACHINES}`,
  ignore: NO_MACHINES !== "",
  async fn() {
    using network = new Machines(["tracker", "alice", "bob"]);
    await using scene = await Scene.open();
    const tracker = scene.start(
      scene.path,
      ["tracker", "--json", "--verbose"],
      network.on("tracker"),
    );
    await tracker.report("advertised");
    const alice = await scene.library("alice", { "film.bin": FILM });
    const share = scene.start(alice, ["share", "film.bin", "--json"], network.on("alice"));
    const found = { type: "tracker", address: `${network.address(0)}:6789`, state: "found" };
    assertEquals(await share.report("tracker"), found);
    assertEquals((await share.report("seeding")).announced, true);

    const bob = await scene.folder("bob");
    const get = await scene.run(bob, ["get", "film.bin", "--json"], network.on("bob"));
    const reports = reportsOf(get);
    assertEquals(reports.filter(({ type }) => type === "tracker"), [found]);
    assertEquals(reports.at(-1)?.downloaded, FILM.length);
    await assertContent(join(bob, "Original_Files", "film.bin"), FILM);

    const list = reportsOf(await scene.run(bob, ["list", "--json"], network.on("bob")));
    assertEquals(list.map(({ type, name }) => [type, name]), [
      ["tracker", undefined],
      ["file", "film.bin"],
    ]);
    const unknown = await scene.run(bob, ["peers", "nothing"], network.on("bob"));
    assertEquals(unknown.code, 33, "what a tracker that was found refuses is refused");
    for (const args of [["list"], ["get", "film.bin", "--timeout", "2s", "--out", "x"]]) {
      const words = withoutDiscovery(args);
      assert(words.includes("--no-discovery"));
      refusalOf(await scene.run(bob, words, network.on("bob")), 2);
    }
    const named = ["list", "--tracker", "127.0.0.1:9"];
    refusalOf(await scene.run(bob, named, network.on("bob")), 2);
  },
});

Deno.test({
  name:
    `e2e: on one network an info-hash is enough, without any tracker, and no discovery finds nobody${NO_MACHINES}`,
  ignore: NO_MACHINES !== "",
  async fn() {
    using network = new Machines(["alice", "bob"]);
    await using scene = await Scene.open();
    const alice = await scene.library("alice", { "film.bin": FILM });
    const share = scene.start(alice, ["share", "film.bin", "--json"], network.on("alice"));
    const { infoHash, announced } = await share.report("seeding");
    assertEquals(announced, false);
    const bob = await scene.folder("bob");
    const get = ["get", String(infoHash), "--json"];
    const alone = [...withoutDiscovery(get), "--timeout", "3s"];
    assertEquals((await scene.run(bob, alone, network.on("bob"))).code, 2);
    const reports = reportsOf(await scene.run(bob, get, network.on("bob")));
    assertEquals(reports.at(-1)?.downloaded, FILM.length);
    await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
  },
});

Deno.test({
  name:
    `e2e: a tracker that was found gets no token, and one that wants one must be named${NO_MACHINES}`,
  ignore: NO_MACHINES !== "",
  async fn() {
    using network = new Machines(["tracker", "bob"]);
    await using scene = await Scene.open();
    const knowing = { env: { SLUICE_TOKEN: "open-sesame" } };
    const args = ["tracker", "--json", "--verbose"];
    const tracker = scene.start(scene.path, args, { ...network.on("tracker"), ...knowing });
    await tracker.report("advertised");
    const bob = { ...network.on("bob"), ...knowing };
    const outcome = await scene.run(scene.path, ["list", "--json"], bob);
    assertEquals(outcome.code, 2);
    const reports: Report[] = outcome.stdout.map((line) => JSON.parse(line));
    const address = `${network.address(0)}:6789`;
    assertEquals(reports.map(({ type, state }) => [type, state]), [
      ["tracker", "closed"],
      ["error", undefined],
    ]);
    const named = ["list", "--tracker", address];
    assertEquals((await scene.run(scene.path, named, bob)).code, 0);
    const unknown = tracker.reports.filter(({ type }) => type === "connected");
    assertEquals(unknown.length, 1, "only the one that named it has come");
  },
});

Deno.test({
  name:
    `e2e: a private torrent is kept from trackers and peers that were found (BEP 27)${NO_MACHINES}`,
  ignore: NO_MACHINES !== "",
  async fn() {
    using network = new Machines(["tracker", "alice", "bob"]);
    await using scene = await Scene.open();
    const tracker = scene.start(
      scene.path,
      ["tracker", "--json", "--verbose"],
      network.on("tracker"),
    );
    await tracker.report("advertised");
    const alice = await scene.library("alice", { "film.bin": FILM });
    const created = await scene.run(alice, ["create", "film.bin", "--private", "--json"]);
    const infoHash = String(reportsOf(created).at(-1)?.infoHash);
    const seed = ["seed", "film.bin.torrent", "--json"];
    const seeder = scene.start(alice, seed, network.on("alice"));
    assertEquals((await seeder.report("seeding")).announced, false);
    await seeder.report("tracker", ({ state }) => state === "found");
    const list = reportsOf(await scene.run(scene.path, ["list", "--json"], network.on("bob")));
    assertEquals(list.filter(({ type }) => type === "file"), []);
    const bob = await scene.folder("bob");
    const get = await scene.run(bob, ["get", infoHash, "--timeout", "3s"], network.on("bob"));
    assertEquals(get.code === 0, false);
  },
});

Deno.test({
  name:
    `e2e: without the permission or a network nothing is found, and that is no error${NO_MACHINES}`,
  ignore: NO_MACHINES !== "",
  async fn() {
    using network = new Machines(["alice"]);
    await using scene = await Scene.open();
    const alice = await scene.library("alice", { "film.bin": FILM });
    const groups = "239.192.152.143,[ff15::efc0:988f],224.0.0.251";
    const options = { ...network.on("alice"), permissions: ["-A", `--deny-net=${groups}`] };
    const args = ["share", "film.bin", "--json", "--verbose"];
    const share = scene.start(alice, args, options);
    assertEquals((await share.report("seeding")).announced, false);
    const { reason } = await share.report("local-peers");
    assertStringIncludes(String(reason), "--allow-net");
    assertStringIncludes(String((await share.report("local-trackers")).reason), "--allow-net");
    share.kill("SIGINT");
    assertEquals((await share.outcome()).code, 0);
    const tracker = scene.start(scene.path, ["tracker", "--json", "--verbose"], options);
    assertStringIncludes(String((await tracker.report("unadvertised")).reason), "--allow-net");
    tracker.kill("SIGINT");
    assertEquals((await tracker.outcome()).code, 0);
  },
});
