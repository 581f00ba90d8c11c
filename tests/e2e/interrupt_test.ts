import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, reportsOf, Scene } from "./scene.ts";

const FILM = randomBytes(seededRandom(17), 3_000_000);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`e2e: ${signal} ends a get with 7, keeps what is there, and it can go on`, async () => {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    const alice = await scene.library("alice", { "film.bin": FILM });
    const bob = await scene.folder("bob");
    await scene.share(alice, "film.bin", tracker, ["--piece-length", "64K"]);
    const get = ["get", "film.bin", ...tracker.flags];
    const first = scene.start(bob, [...get, "--down", "1M", "--json"]);
    const { bytes } = await first.report("progress", ({ bytes }) => Number(bytes) > 0);
    first.kill(signal);
    const { code, stderr } = await first.outcome();
    assertEquals({ code, stderr }, { code: 7, stderr: [] });
    const error = first.reports.at(-1);
    assertEquals([error?.type, error?.code], ["error", 7]);
    assertMatch(
      String(error?.message),
      /^Interrupted at \d+% of film\.bin; what is there is kept, the same command goes on with it$/,
    );
    const [done] = reportsOf(await scene.run(bob, [...get, "--json"])).slice(-1);
    assert(Number(done?.downloaded) <= FILM.length - Number(bytes));
    await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
  });

  Deno.test(`e2e: ${signal} ends tracker, share, seed and get --stay with 0`, async () => {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    const alice = await scene.library("alice", { "film.bin": FILM });
    const bob = await scene.folder("bob");
    const share = await scene.share(alice, "film.bin", tracker);
    const get = scene.start(bob, ["get", "film.bin", "--stay", ...tracker.flags, "--json"]);
    await get.report("serving");
    reportsOf(await scene.run(bob, ["create", "film.bin", "--json"]));
    const seed = scene.start(bob, ["seed", "film.bin.torrent", ...tracker.flags, "--json"]);
    await seed.report("serving");
    for (const process of [get, seed, share.process, tracker.process]) {
      process.kill(signal);
      const { code, stderr } = await process.outcome();
      assertEquals({ code, stderr }, { code: 0, stderr: [] });
    }
  });
}

Deno.test("e2e: an interrupted get in a terminal's place says so in one line", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const bob = await scene.folder("bob");
  await scene.share(alice, "film.bin", tracker);
  const get = scene.start(bob, ["get", "film.bin", ...tracker.flags, "--down", "300K"]);
  assertMatch(
    await get.note("film.bin: "),
    /^film\.bin: \d+%, \d of 6 chunks, [\d.]+ [KM]?i?B\/s, 1 peer, (?:\d\S* ?s?|--) left$/,
  );
  get.kill("SIGINT");
  const { code, stdout, stderr } = await get.outcome();
  assertEquals({ code, stdout }, { code: 7, stdout: [] });
  assertEquals(stderr.filter((line) => line.startsWith("sluice: Interrupted at ")).length, 1);
  assertEquals(stderr.filter((line) => !/^film\.bin: |^sluice: Interrupted/.test(line)), []);
});

Deno.test("e2e: Ctrl-C ends what waits for a silent tracker soon: get with 7, share with 0", async () => {
  await using scene = await Scene.open();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const flags = ["--tracker", `127.0.0.1:${listener.addr.port}`];
  const alice = await scene.library("alice", { "film.bin": FILM });
  const commands: readonly [readonly string[], number][] = [
    [["get", "film.bin"], 7],
    [["list"], 7],
    [["peers"], 7],
    [["share", "film.bin"], 0],
  ];
  for (const [command, expected] of commands) {
    const process = scene.start(alice, [...command, ...flags]);
    using _silent = await listener.accept();
    if (command[0] === "share") await process.note("Serving at port ");
    process.kill("SIGINT");
    const start = performance.now();
    const { code, stderr } = await process.outcome();
    assertEquals(code, expected, `${command[0]}: ${stderr.join("\n")}`);
    // Its answer would be waited for 15 s.
    assert(performance.now() - start < 12_000, `${command[0]} took too long to stop`);
    if (expected === 7) assertStringIncludes(stderr.at(-1) ?? "", "Interrupted");
  }
});

Deno.test("e2e: a second signal ends a program at once that is still about to stop", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const share = await scene.share(alice, "film.bin", tracker);
  await share.process.report("serving");
  tracker.process.kill("SIGSTOP");
  share.process.kill("SIGINT");
  share.process.kill("SIGTERM");
  assertEquals((await share.process.outcome()).code, 130);
});

Deno.test("e2e: Ctrl-C ends work on big files with 7 and leaves nothing half done", async () => {
  await using scene = await Scene.open();
  const library = await scene.library("library", { "huge.bin": new Uint8Array() });
  // A sparse file of 8 GiB: hashing it takes long enough to be interrupted.
  const path = join(library, "Original_Files", "huge.bin");
  await Deno.truncate(path, 8 * 1024 ** 3);
  for (const command of [["create", "huge.bin"], ["share", "huge.bin"]]) {
    const process = scene.start(library, [...command, "--json"]);
    await process.report("checking");
    process.kill("SIGINT");
    const { code } = await process.outcome();
    assertEquals(code, 7, command[0]);
    assertEquals(process.reports.at(-1), {
      type: "error",
      code: 7,
      message: "Interrupted before it was done",
    });
  }
  assertEquals([...Deno.readDirSync(library)].map(({ name }) => name), ["Original_Files"]);
});

Deno.test("e2e: SIGINT while the demo runs stops it, and it removes its folder", async () => {
  await using scene = await Scene.open();
  const library = await scene.library("library", {
    "mv1.mp4": randomBytes(seededRandom(18), 12_000_000),
  });
  const env = { TMPDIR: scene.path };
  const demo = scene.start(library, ["demo", "--json"], { env });
  await demo.report("demo", ({ step }) => step === "chunk");
  demo.kill("SIGINT");
  assertEquals((await demo.outcome()).code, 7);
  assertEquals([...Deno.readDirSync(scene.path)].map(({ name }) => name), ["library"]);
});

Deno.test("e2e: a reader that goes away ends a program quietly, as an interrupt does", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  await scene.share(alice, "film.bin", tracker);
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const script = `'${Deno.execPath()}' run -A --no-lock '${main}' list ${tracker.flags.join(" ")}` +
    " | true; echo ${PIPESTATUS[0]}";
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", script],
    cwd: alice,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  assertEquals([decoder.decode(stdout), decoder.decode(stderr)], ["7\n", ""]);
});
