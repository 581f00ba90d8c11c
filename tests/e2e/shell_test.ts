import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { Prompt } from "./prompt.ts";
import { assertContent, reportsOf, type RunningTracker, Scene } from "./scene.ts";

const PIECE = 64 * 1024;
const FILM = randomBytes(seededRandom(21), 5 * PIECE + 1_000);

/** A library in which the film is cut into chunks, without the original. */
async function chunked(scene: Scene, name: string, without: readonly number[] = []) {
  const library = await scene.library(name, { "film.bin": FILM });
  reportsOf(await scene.run(library, ["chunk", "film.bin", "--piece-length", "64K", "--json"]));
  await Deno.remove(join(library, "Original_Files", "film.bin"));
  for (const part of without) await Deno.remove(join(library, "Chunks", `film.bin.part${part}`));
  return library;
}

/** A tracker, a client with the chunks, which is connected to it, and a client with nothing. */
async function threeTerminals(
  scene: Scene,
  without: readonly number[] = [],
): Promise<{ tracker: RunningTracker; first: Prompt; second: Prompt; folder: string }> {
  const tracker = await scene.tracker();
  const { flags } = tracker;
  const first = await Prompt.open(scene, {
    library: await chunked(scene, "first", without),
    flags,
  });
  assertEquals((await first.run("connect_server", "server")).state, "connected");
  const folder = await scene.folder("second");
  const second = await Prompt.open(scene, { library: folder, flags });
  return { tracker, first, second, folder };
}

Deno.test("e2e: the shell fetches a chunk from one client by hand, then all, and merges", async () => {
  await using scene = await Scene.open();
  const { tracker, first, second, folder } = await threeTerminals(scene);
  const connected = await second.run("connect_server", "server");
  assertEquals(connected.self, `127.0.0.1:${second.port}`);
  await tracker.process.report("connected", ({ agent }) => String(agent).startsWith("Sluice"));
  const met = await second.run(`connect_client ${first.address}`, "client");
  assertEquals([met.state, met.port], ["connected", first.port]);
  const told = await first.process.report("greeted");
  assertEquals([told.host, told.port, told.name], ["127.0.0.1", second.port, "film.bin"]);

  const pong = await second.run(`ping ${first.address}`, "pong");
  assert(typeof pong.ms === "number" && pong.ms > 0 && pong.ms < 5_000);
  await first.process.report("pinged", ({ port }) => port === second.port);

  const received = await second.run(`request_download ${first.address} film.bin.part2`, "received");
  const chunk = join(folder, "Chunks", "film.bin.part2");
  assertEquals([received.chunk, received.path], ["film.bin.part2", chunk]);
  await assertContent(chunk, FILM.subarray(PIECE, 2 * PIECE));
  for (const type of ["sending", "sent"]) {
    const { chunk, port } = await first.process.report(type);
    assertEquals([chunk, port], ["film.bin.part2", second.port]);
  }
  const again = await second.run(`request_download ${first.address} film.bin.part2`, "here");
  assertEquals(again.chunk, "film.bin.part2");
  const status = await second.run("see_chunk_status film.bin", "chunk-status");
  assertEquals(status.chunks, "010000");
  assertStringIncludes(await second.refused("merge_chunks film.bin"), "film.bin.part1");

  await second.run("update_status_to_server", "updated");
  const from = first.process.reports.length;
  await first.run("get_client_set", "client-set");
  await first.process.type("see_client_set", "check_server_connected");
  await first.process.reportAfter(from, ["server"]);
  const clients = first.process.reports.slice(from).filter(({ type }) => type === "client");
  const other = clients.find(({ port }) => port === second.port);
  assertEquals(
    (other?.torrents as { name: string; bits: string }[]).map(({ name, bits }) => [name, bits]),
    [["film.bin", "010000"]],
  );

  const gone = await second.run(`disconnect_client ${first.address}`, "client");
  assertEquals(gone.state, "disconnected");
  await first.process.report("disconnected", ({ port }) => port === second.port);
  assertMatch(await second.refused(`ping ${first.address}`), /is not connected to current client/);

  const done = await second.run("request_download film.bin", "done");
  const path = join(folder, "Original_Files", "film.bin");
  assertEquals([done.path, done.chunks], [path, 5]);
  await assertContent(path, FILM);
  const merged = await second.run("merge_chunks film.bin", "merged");
  assertEquals(merged.path, path, "what is merged already is fine");
  const linked = await second.run("see_connected", "connected", "empty");
  assertEquals([linked.type, linked.chunks], ["connected", "111111"], "nobody is sent away");

  await second.run("disconnect_server", "server");
  assertMatch(await second.refused("get_client_set"), /not connected to server/);
  const list = async () =>
    reportsOf(await scene.run(folder, ["peers", ...tracker.flags, "--json"]));
  const ports = (await list()).map(({ port }) => port).sort();
  assertEquals(ports, [first.port, second.port].sort(), "the tracker keeps the entry");
  await second.process.type("quit_torrent");
  const { code, stderr } = await second.process.outcome();
  assertEquals({ code, stderr }, { code: 0, stderr: [] });
  assertEquals((await list()).map(({ port }) => port), [first.port], "the tracker removes it");
  assertEquals(second.process.reports.at(-1), { type: "exited", server: "forgotten" });
});

Deno.test("e2e: the shell connects two clients that know each other's files without a server", async () => {
  await using scene = await Scene.open();
  const flags = ["--tracker", "127.0.0.1:1"];
  const first = await Prompt.open(scene, { library: await chunked(scene, "first", [1, 2]), flags });
  const odd = await chunked(scene, "odd", [2, 3, 4, 5, 6]);
  const second = await Prompt.open(scene, { library: odd, flags });
  assertMatch(await second.refused("request_download film.bin"), /nobody is known who has it/);
  assertMatch(await second.refused("connect_server"), /^Cannot reach tracker 127\.0\.0\.1:1/);
  await second.run(`connect_client ${first.address}`, "client");
  const failure = await second.refused(`request_download ${first.address} film.bin.part2`);
  assertMatch(failure, /^Cannot fetch film\.bin\.part2 from client.*: the peer does not have it$/);
  await second.run(`request_download ${first.address} film.bin.part3`, "received");
  // The other direction of the same connection.
  await first.run(`request_download 127.0.0.1 ${second.port} film.bin.part1`, "received");
  const checked = await second.run(`check_target_client_connected ${first.address}`, "client");
  assertEquals(checked.state, "connected");
});

Deno.test("e2e: the shell says in one line what is wrong with a command, and goes on", async () => {
  await using scene = await Scene.open();
  const { first, second } = await threeTerminals(scene, [3]);
  const cases: readonly (readonly [command: string, message: RegExp])[] = [
    ["dance", /^Cannot run "dance": there is no such command; help lists them$/],
    ["connect_client 127.0.0.1", /^Usage: connect_client IP PORT$/],
    [
      "request_download 127.0.0.1 9",
      /^Usage: request_download IP PORT CHUNK, or request_download NAME$/,
    ],
    ["ping 127.0.0.1 x", /^Cannot read address 127\.0\.0\.1 x: it must be IP PORT/],
    ["ping 127.0.0.1 70000", /^Cannot read address 127\.0\.0\.1 70000: /],
    ["connect_client 300.1.1.1 80", /^Cannot read address 300\.1\.1\.1 80: /],
    ['merge_chunks "film.bin', /a quote is opened and not closed/],
    ["merge_chunks ../film.bin", /\.\.\/film\.bin/],
    ["see_chunk_status other.bin", /^Cannot show other\.bin: /],
    [`connect_client ${first.address}`, /no torrent is open here/],
    ["help dance", /^Cannot run "dance": there is no/],
    ["check_target_client_connected", /^Usage: /],
    ["request_download film.bin", /^Cannot find film\.bin: .*connect_server/],
  ];
  for (const [command, message] of cases) assertMatch(await second.refused(command), message);
  await second.run("connect_server", "server");
  assertMatch(await second.refused("connect_server"), /connected to server .* already$/);
  assertMatch(await second.refused("request_download other.bin"), /no torrent of this name/);
  assertMatch(await second.refused("connect_client 127.0.0.1 1"), /^Cannot connect to client/);
  await second.run(`connect_client ${first.address}`, "client");
  const request = `request_download ${first.address}`;
  assertMatch(await second.refused(`${request} film.bin.part3`), /the peer does not have it$/);
  assertMatch(
    await second.refused(`${request} film.bin.part7`),
    /has only chunks up to film\.bin\.part6$/,
  );
  assertMatch(await second.refused(`${request} film.bin`), /must be NAME\.partN/);
  const [self, port] = ["127.0.0.1", second.port];
  assertMatch(await second.refused(`connect_client ${self} ${port}`), /ourselves/);
  assertEquals((await second.run("help ping", "help")).type, "help");
});

Deno.test("e2e: a chunk that nobody has ends a download with its name; the rest is kept", async () => {
  await using scene = await Scene.open();
  const { second, folder } = await threeTerminals(scene, [3]);
  await second.run("connect_server", "server");
  const message = await second.refused("request_download film.bin");
  assertMatch(message, /sent nothing for 4\.00 s; .*; missing: film\.bin\.part3$/);
  const status = await second.run("see_chunk_status", "chunk-status");
  assertEquals(status.chunks, "110111");
  await assertContent(join(folder, "Chunks", "film.bin.part6"), FILM.subarray(5 * PIECE));
});

Deno.test("e2e: a client that vanishes in the middle of a chunk is one line, and the prompt is back", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const library = await chunked(scene, "first");
  const flags = [...tracker.flags, "--up", "16K"];
  const first = await Prompt.open(scene, { library, flags });
  await first.run("connect_server", "server");
  const second = await Prompt.open(scene, {
    library: await scene.folder("second"),
    flags: tracker.flags,
  });
  await second.run("connect_server", "server");
  await second.run(`connect_client ${first.address}`, "client");
  const refused = second.refused(`request_download ${first.address} film.bin.part1`);
  await first.process.report("sending");
  first.process.kill("SIGKILL");
  assertMatch(
    await refused,
    /^Cannot fetch film\.bin\.part1 from client\[.*\]: the peer has gone$/,
  );
  assertEquals((await second.run("see_chunk_status", "chunk-status")).chunks, "000000");
});

Deno.test("e2e: a script of shell commands ends with 1 only if one failed and --strict is given", async () => {
  await using scene = await Scene.open();
  const library = await chunked(scene, "first");
  const script = async (lines: readonly string[], flags: readonly string[]) => {
    const shell = scene.start(library, ["shell", "--host", "127.0.0.1", ...flags], {
      stdin: "piped",
    });
    await shell.type(...lines);
    await shell.endInput();
    return await shell.outcome();
  };
  const good = await script(["# what is here", "", "see_chunk_status", "quit_torrent"], [
    "--strict",
  ]);
  assertEquals([good.code, good.stdout.length], [0, 7]);
  assertEquals(good.stdout[0], "film.bin.part1: 1");
  assertMatch(good.stdout.at(-1) ?? "", /^Client\[127\.0\.0\.1,\d+\] exited$/);
  const bad = ["dance", "see_chunk_status", "see_this_client_info"];
  const strict = await script(bad, ["--strict"]);
  assertEquals([strict.code, strict.stdout.length], [1, 13]);
  assertEquals(
    strict.stderr.at(-1),
    'Cannot run "dance": there is no such command; help lists them',
  );
  assertEquals((await script(bad, [])).code, 0);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`e2e: ${signal} ends the shell as quit_torrent does`, async () => {
    await using scene = await Scene.open();
    const { tracker, second } = await threeTerminals(scene);
    await second.run("connect_server", "server");
    second.process.kill(signal);
    const { code, stderr } = await second.process.outcome();
    assertEquals({ code, stderr }, { code: 0, stderr: [] });
    await tracker.process.report("closed", ({ farewell }) => farewell === "exit");
  });
}

Deno.test("e2e: the shell tells what is wrong in Chunks, and works with the rest", async () => {
  await using scene = await Scene.open();
  const library = await chunked(scene, "first");
  await Deno.writeTextFile(join(library, "Chunks", "bad.bin.torrent"), "d4:infod");
  await Deno.copyFile(
    join(library, "Chunks", "film.bin.torrent"),
    join(library, "Chunks", "other.bin.torrent"),
  );
  const flags = ["--tracker", "127.0.0.1:1"];
  const shell = await Prompt.open(scene, { library, flags });
  const fault = (text: string) =>
    shell.process.report("fault", ({ message }) => String(message).includes(text));
  await fault("bad.bin.torrent");
  await fault("should be named film.bin.torrent");
  assertEquals((await shell.run("see_chunk_status", "chunk-status")).chunks, "111111");
  const other = await Prompt.open(scene, { library, flags });
  await other.process.report("fault", ({ message }) => String(message).includes("film.bin"));
  assertMatch(await other.refused("see_chunk_status film.bin"), /store in use by pid \d+$/);
  assertEquals((await shell.run("see_chunk_status", "chunk-status")).chunks, "111111");
});

Deno.test("e2e: chunk files and torrents that are put into Chunks are found, wrong ones are not", async () => {
  await using scene = await Scene.open();
  const first = await chunked(scene, "first");
  const folder = await scene.folder("second/Chunks");
  const flags = ["--tracker", "127.0.0.1:1"];
  const shell = await Prompt.open(scene, { library: join(folder, ".."), flags });
  assertMatch(await shell.refused("see_chunk_status"), /^No torrent is open/);
  const copy = (name: string) => Deno.copyFile(join(first, "Chunks", name), join(folder, name));
  await copy("film.bin.torrent");
  const chunks = async () => (await shell.run("see_chunk_status", "chunk-status")).chunks;
  assertEquals(await chunks(), "000000");
  await copy("film.bin.part2");
  await Deno.writeFile(join(folder, "film.bin.part4"), new Uint8Array(PIECE));
  assertEquals(await chunks(), "010000");
  await copy("film.bin.part4");
  await copy("film.bin.part6");
  assertEquals(await chunks(), "010101");
});

Deno.test("e2e: the shell serves several clients at once, and a file that is whole in its place", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const library = await chunked(scene, "first");
  await Deno.writeFile(join(library, "Original_Files", "film.bin"), FILM);
  for (let part = 1; part <= 6; part++) {
    await Deno.remove(join(library, "Chunks", `film.bin.part${part}`));
  }
  const first = await Prompt.open(scene, { library, flags: tracker.flags });
  assertEquals((await first.run("see_chunk_status", "chunk-status")).chunks, "111111");
  await first.run("connect_server", "server");
  const others = await Promise.all(
    ["a", "b", "c"].map(async (name) =>
      await Prompt.open(scene, { library: await scene.folder(name), flags: tracker.flags })
    ),
  );
  await Promise.all(others.map((other) => other.run("connect_server", "server")));
  const done = await Promise.all(
    others.map((other) => other.run("request_download film.bin", "done")),
  );
  for (const { path } of done) await assertContent(String(path), FILM);
});

Deno.test("e2e: a second download after the first says what is true then, and dials nobody itself", async () => {
  await using scene = await Scene.open();
  const { tracker, first, second, folder } = await threeTerminals(scene);
  await second.run("connect_server", "server");
  await second.run("request_download film.bin", "done");
  await second.run(`disconnect_client ${first.address}`, "client");
  const late = await Prompt.open(scene, {
    library: await chunked(scene, "late"),
    flags: tracker.flags,
  });
  await late.run("connect_server", "server");
  await second.run("update_status_to_server", "updated");
  assertEquals((await second.run("see_connected", "empty", "connected")).type, "empty");

  const original = join(folder, "Original_Files", "film.bin");
  await Deno.writeTextFile(original, "another film");
  assertMatch(
    await second.refused("request_download film.bin"),
    /another file of that name exists/,
  );
  assertEquals(await Deno.readTextFile(original), "another film");
  await Deno.remove(original);
  const again = await second.run("request_download film.bin", "done");
  assertEquals(again.chunks, 0);
  await assertContent(original, FILM);
});

Deno.test("e2e: a server that is lost is said to be, and connect_server finds it again at once", async () => {
  await using scene = await Scene.open();
  const { tracker, first } = await threeTerminals(scene);
  const { port } = tracker;
  tracker.process.kill("SIGKILL");
  await tracker.process.outcome();
  await first.process.report("server", ({ state }) => state === "unreachable");
  assertEquals((await first.run("check_server_connected", "server")).state, "lost");
  assertMatch(await first.refused("connect_server"), /^Cannot reach tracker/);
  const anew = await scene.tracker(port);
  assertEquals((await first.run("connect_server", "server")).state, "connected");
  await anew.process.report("published");
  assertEquals((await first.run("check_server_connected", "server")).state, "connected");
});

Deno.test("e2e: a torrent that cannot be taken over does not keep two clients from connecting", async () => {
  await using scene = await Scene.open();
  const { tracker, first } = await threeTerminals(scene);
  const library = join(first.process.cwd, "Original_Files");
  await Deno.writeFile(join(library, "same.bin"), FILM.subarray(0, 9_000));
  const other = await scene.library("other", { "same.bin": FILM.subarray(0, 8_000) });
  for (const [folder, name] of [[first.process.cwd, "same.bin"], [other, "same.bin"]] as const) {
    reportsOf(await scene.run(folder, ["chunk", name, "--json"]));
  }
  await first.run("update_status_to_server", "updated");
  const second = await Prompt.open(scene, { library: other, flags: tracker.flags });
  await second.run("connect_server", "server");
  await second.run(`connect_client ${first.address}`, "client");
  await second.process.report("fault", ({ message }) => String(message).includes("same.bin"));
  await second.run(`request_download ${first.address} film.bin.part1`, "received");
});
