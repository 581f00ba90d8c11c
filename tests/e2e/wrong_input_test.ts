import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { deadPort } from "./dead_port.ts";
import { assertContent, refusalOf, reportsOf, Scene } from "./scene.ts";

const FILM = randomBytes(seededRandom(6), 700_000);

Deno.test("e2e: a tracker that is not there is named, with status 2", async () => {
  await using scene = await Scene.open();
  const address = `127.0.0.1:${deadPort()}`;
  const folder = await scene.folder("folder");
  const commands = [
    ["list"],
    ["peers"],
    ["peers", "film.bin"],
    ["get", "film.bin", "--timeout", "1s", "--quiet"],
  ];
  await Promise.all(commands.map(async (command) => {
    const line = refusalOf(await scene.run(folder, [...command, "--tracker", address]), 2);
    assertStringIncludes(line, address);
    assertStringIncludes(line, "sluice tracker");
  }));
  const { code, stderr } = await scene.run(folder, [
    ...["get", "film.bin", "--timeout", "2s", "--tracker", address],
  ]);
  assertEquals([code, stderr.length], [2, 2], stderr.join("\n"));
  assertStringIncludes(stderr[0] ?? "", "nobody listens there; trying again");
  assertStringIncludes(stderr[1] ?? "", "sluice: Cannot look up film.bin");
});

Deno.test("e2e: a tracker that takes connections and is silent does not hold up --timeout", async () => {
  await using scene = await Scene.open();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const folder = await scene.folder("folder");
  const get = scene.run(folder, [
    ...["get", "film.bin", "--timeout", "1s", "--quiet"],
    ...["--tracker", `127.0.0.1:${listener.addr.port}`],
  ]);
  using _silent = await listener.accept();
  const start = performance.now();
  assertStringIncludes(refusalOf(await get, 2), "no tracker answers");
  assert(performance.now() - start < 10_000);
});

Deno.test("e2e: a name or hash that the tracker does not know is named, with status 33", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const folder = await scene.folder("folder");
  const hash = "0123456789abcdef0123456789abcdef01234567";
  await Promise.all(["get", "peers"].map(async (command) => {
    const line = refusalOf(await scene.run(folder, [command, "nothing.bin", ...tracker.flags]), 33);
    assertStringIncludes(line, "nothing.bin");
  }));
  const line = refusalOf(await scene.run(folder, ["get", hash, ...tracker.flags]), 33);
  assertStringIncludes(line, hash);
  assertEquals([...Deno.readDirSync(folder)], []);
});

Deno.test("e2e: of two torrents of one name both hashes are named, and each can be got by its own", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const other = randomBytes(seededRandom(66), 600_000);
  const alice = await scene.library("alice", { "film.bin": FILM });
  const bob = await scene.library("bob", { "film.bin": other });
  const hashes = [
    (await scene.share(alice, "film.bin", tracker)).infoHash,
    (await scene.share(bob, "film.bin", tracker)).infoHash,
  ];
  const carol = await scene.folder("carol");
  for (const command of ["get", "peers"]) {
    const line = refusalOf(await scene.run(carol, [command, "film.bin", ...tracker.flags]), 33);
    for (const hash of hashes) assertStringIncludes(line, hash);
  }
  for (const [at, content] of [FILM, other].entries()) {
    const out = join(carol, `out ${at}`);
    reportsOf(
      await scene.run(carol, [
        ...["get", hashes[at] ?? "", "--out", out, "--json"],
        ...tracker.flags,
      ]),
    );
    await assertContent(join(out, "film.bin"), content);
  }
});

Deno.test("e2e: a port in use is named with the way out, with status 1", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const folder = await scene.library("folder", { "film.bin": FILM });
  const port = ["--port", String(tracker.port), "--host", "127.0.0.1"];
  const commands = [
    ["tracker", ...port],
    ["share", "film.bin", ...port, ...tracker.flags],
    ["get", "film.bin", ...port, ...tracker.flags],
  ];
  await Promise.all(commands.map(async (command) => {
    const line = refusalOf(await scene.run(folder, command), 1);
    assertStringIncludes(line, `127.0.0.1:${tracker.port}`);
    assertStringIncludes(line, "the port is in use; choose another with --port");
  }));
});

Deno.test("e2e: a torrent file that is none is named, with status 26", async () => {
  await using scene = await Scene.open();
  const text = new TextEncoder().encode("d4:infod6:lengthi5eee");
  const folder = await scene.folder("folder", {
    "random.torrent": FILM,
    "empty.torrent": new Uint8Array(),
    "half.torrent": text,
    "huge.torrent": new Uint8Array(10 * 1024 * 1024 + 1),
  });
  const names = ["random.torrent", "empty.torrent", "half.torrent", "huge.torrent"];
  const commands = ["get", "info", "verify", "seed"].flatMap((command) =>
    command === "info" ? names.map((name) => [command, name]) : [[command, names[0] ?? ""]]
  );
  await Promise.all(commands.map(async ([command = "", name = ""]) => {
    const line = refusalOf(await scene.run(folder, [command, name]), 26);
    assertStringIncludes(line, name);
  }));
  const absent = refusalOf(await scene.run(folder, ["info", "absent.torrent"]), 1);
  assertStringIncludes(absent, "absent.torrent");
  assertStringIncludes(refusalOf(await scene.run(folder, ["info", "."]), 26), "not a file");
});

Deno.test("e2e: a bad magnet link ends with status 27", async () => {
  await using scene = await Scene.open();
  const links = [
    "magnet:",
    "magnet:?dn=film.bin",
    "magnet:?xt=urn:btih:0123",
    `magnet:?xt=urn:btih:${"g".repeat(40)}`,
    `MAGNET:?xt=urn:btih:${"0".repeat(41)}`,
  ];
  await Promise.all(links.flatMap((link) =>
    ["get", "info"].map(async (command) => {
      refusalOf(await scene.run(scene.path, [command, link]), 27);
    })
  ));
});

Deno.test("e2e: wrong usage ends with status 28, before anything is done", async () => {
  await using scene = await Scene.open();
  const commands = [
    ["fetch"],
    ["get"],
    ["list", "film.bin"],
    ["seed", "a.torrent", "b", "c"],
    ["get", "film.bin", "--nonsense"],
    ["get", "film.bin", "-x"],
    ["get", "film.bin", "--port", "65536"],
    ["get", "film.bin", "--port"],
    ["get", "film.bin", "--peer", "nowhere"],
    ["get", "film.bin", "--timeout", "soon"],
    ["get", "film.bin", "--down", "fast"],
    ["get", "film.bin", "--out", "a", "--out", "b"],
    ["get", "film.bin", "--chunks", "--out", "a"],
    ["get", "film.bin", "--tracker", "a:b:c"],
    ["get", "film.bin", "--tracker", "127.0.0.1:99999"],
    ["share", "film.bin", "--piece-length", "500K"],
    ["chunk", "film.bin", "--piece-length", "8K"],
    ["tracker", "--no-http", "--public-dashboard"],
    ["tracker", "--no-http", "--dashboard-name", "tracker.lan"],
    ["tracker", "--log-level", "loud"],
    ["get", "film.bin", "--ui-port", "8000"],
    ["top", "--interval", "often"],
  ];
  const library = await scene.library("library", { "film.bin": FILM });
  for (let at = 0; at < commands.length; at += 6) {
    await Promise.all(
      commands.slice(at, at + 6).map(async (command) => {
        refusalOf(await scene.run(library, command), 28);
      }),
    );
  }
  assertEquals([...Deno.readDirSync(library)].map(({ name }) => name), ["Original_Files"]);
});

Deno.test("e2e: what is to be shared, chunked or made a torrent of must be there, or it ends with 1", async () => {
  await using scene = await Scene.open();
  const library = await scene.library("library", { "film.bin": FILM });
  const commands = [
    ["share", "film.mp4", "--tracker", `127.0.0.1:${deadPort()}`],
    ["share", "film.bin", "nowhere/film.mp4", "--tracker", `127.0.0.1:${deadPort()}`],
    ["chunk", "film.mp4"],
    ["create", "film.mp4"],
  ];
  await Promise.all(commands.map(async (command) => {
    assertStringIncludes(refusalOf(await scene.run(library, command), 1), "film.mp4");
  }));
  const file = join(library, "Original_Files", "film.bin");
  assertStringIncludes(
    refusalOf(await scene.run(library, ["chunk", "x", "--library", file]), 1),
    file,
  );
});
