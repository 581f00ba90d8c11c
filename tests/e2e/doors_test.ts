import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { refusalOf, Scene } from "./scene.ts";

const FILM = randomBytes(seededRandom(61), 200_000);
const ANY = ["--host", "127.0.0.1", "--port", "0"];
const FREE = ["--http-port", "0", "--udp-port", "0"];

Deno.test("e2e: a tracker has three doors, and those that are not wanted it has not", async () => {
  await using scene = await Scene.open();
  const cases: readonly (readonly [flags: readonly string[], doors: readonly string[]])[] = [
    [FREE, ["tcp", "udp", "http"]],
    [["--no-http", "--udp-port", "0"], ["tcp", "udp"]],
    [["--no-udp", "--http-port", "0"], ["tcp", "http"]],
    [["--no-udp", "--no-http"], ["tcp"]],
  ];
  await Promise.all(cases.map(async ([flags, doors]) => {
    const tracker = scene.start(scene.path, ["tracker", ...ANY, ...flags, "--json"]);
    await tracker.report("ready");
    const listening = tracker.reports.filter(({ type }) => type === "listening");
    assertEquals(listening.map(({ door }) => door), [...doors]);
    tracker.kill("SIGINT");
    assertEquals((await tracker.outcome()).code, 0);
  }));
});

Deno.test("e2e: a door whose port is in use is named with its flag, with status 1", async () => {
  await using scene = await Scene.open();
  const { port } = await scene.tracker();
  using cleanup = new DisposableStack();
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  cleanup.defer(() => socket.close());
  const udp = (socket.addr as Deno.NetAddr).port;
  const cases = [
    ["--http-port", String(port), "--udp-port", "0"],
    ["--udp-port", String(udp), "--http-port", "0"],
  ];
  for (const flags of cases) {
    const line = refusalOf(await scene.run(scene.path, ["tracker", ...ANY, ...flags]), 1);
    assertStringIncludes(line, `127.0.0.1:${flags[1]}: the port is in use`);
    assertStringIncludes(line, `choose another with ${flags[0]}, or 0`);
  }
});

Deno.test("e2e: peers of all doors know each other, and one that shares is announced to the others", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const share = await scene.share(alice, "film.bin", tracker);
  const hash = share.infoHash.replace(/../g, "%$&");
  const url = `${tracker.urls.http}?info_hash=${hash}&peer_id=${"x".repeat(20)}&port=7777&left=1`;
  const reply = new Uint8Array(await (await fetch(`${url}&compact=0`)).arrayBuffer());
  const text = String.fromCharCode(...reply);
  assertMatch(text, new RegExp(`^d8:completei1e10:incompletei0e.*4:porti${share.port}eeee$`, "s"));
  const { stdout } = await scene.run(alice, ["peers", "film.bin", ...tracker.flags, "--json"]);
  const ports = stdout.map((line) => JSON.parse(line).port).sort();
  assertEquals(ports, [7777, share.port].sort());
});

Deno.test("e2e: a tracker with a list serves the torrents on it at all doors, and no others", async () => {
  await using scene = await Scene.open();
  const alice = await scene.library("alice", { "film.bin": FILM, "other.bin": FILM.subarray(1) });
  const list = join(scene.path, "torrents.txt");
  const refused = async (text: string) => {
    await Deno.writeTextFile(list, text);
    return refusalOf(
      await scene.run(scene.path, ["tracker", ...ANY, ...FREE, "--allow", list]),
      28,
    );
  };
  assertMatch(await refused("# one\n\nnonsense\n"), /torrents\.txt, line 3: an info-hash has 40/);
  const missing = ["tracker", ...ANY, ...FREE, "--allow", join(scene.path, "none.txt")];
  assertMatch(refusalOf(await scene.run(scene.path, missing), 1), /there is no such file$/);

  const plain = await scene.tracker();
  const { infoHash, process } = await scene.share(alice, "film.bin", plain);
  process.kill("SIGINT");
  await process.outcome();
  await Deno.writeTextFile(list, `${infoHash.toUpperCase()} # the film\n`);
  const tracker = await scene.tracker(0, ["--allow", list]);
  await scene.share(alice, "film.bin", tracker);
  const other = scene.start(alice, ["share", "other.bin", ...tracker.flags, "--json"]);
  const { reason } = await other.report("tracker", ({ state }) => state === "refused");
  assertMatch(String(reason), /not on the tracker's list/);
  const strange = `${tracker.urls.http}?info_hash=${"y".repeat(20)}&peer_id=${
    "x".repeat(20)
  }&port=1`;
  assertMatch(
    await (await fetch(strange)).text(),
    /^d14:failure reason.*not on the tracker's list/,
  );
});
