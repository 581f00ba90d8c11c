import {
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { openDatabase } from "../../lib/tracker/state/sqlite.ts";
import { assertContent, refusalOf, reportsOf, type RunningTracker, Scene } from "./scene.ts";
import { look } from "./sluice.ts";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";

const FILM = randomBytes(seededRandom(31), 900_000);

for (const signal of ["SIGKILL", "SIGINT"] as const) {
  Deno.test(`e2e: a tracker with a state that ended by ${signal} knows its files when it is back`, async () => {
    await using scene = await Scene.open();
    const state = ["--state", join(scene.path, "tracker.db")];
    const old = await scene.tracker(0, state);
    const alice = await scene.library("alice", { "film.bin": FILM });
    const bob = await scene.folder("bob");
    const { process, infoHash } = await scene.share(alice, "film.bin", old, [
      ...["--piece-length", "16K"],
    ]);
    // Slow enough that the tracker hears of it before it is whole.
    const slowly = ["--down", "500K", "--json"];
    const first = scene.start(bob, ["get", "film.bin", "--stay", ...old.flags, ...slowly]);
    await first.report("done");
    const listed = async (flags: readonly string[]) => {
      const [file] = reportsOf(await scene.run(bob, ["list", ...flags, "--json"]));
      return [file?.name, file?.state, file?.seeders, file?.completions];
    };
    const told = await look(() => listed(old.flags), (told) => told.at(-1) === 1);
    assertEquals(told, ["film.bin", "published", 2, 1]);
    const before = await sumsOf(old);
    assertGreater(before.connected ?? 0, 2);
    assertGreater(before.announces ?? 0, 2);
    if (signal === "SIGKILL") {
      assertEquals(await look(() => keptCompletions(scene.path), (kept) => kept === 1), 1);
    }
    for (const each of [old.process, process, first]) each.kill(signal);
    await Promise.all([old.process, process, first].map((each) => each.outcome()));

    const fresh = await scene.tracker(0, state);
    assertEquals((await fresh.process.report("state")).torrents, 1);
    assertEquals(await listed(fresh.flags), ["film.bin", "published", 0, 1]);
    // What a tracker counts while it is killed may be lost.
    if (signal === "SIGINT") {
      const after = await sumsOf(fresh);
      for (const name of ["connected", "announces", "pushes"]) {
        assertGreaterOrEqual(after[name] ?? NaN, before[name] ?? NaN, name);
      }
    }
    // The metainfo comes from the tracker, though nobody has the data yet.
    const carol = await scene.folder("carol");
    const get = scene.start(carol, ["get", "film.bin", ...fresh.flags, "--json"]);
    await get.report("progress", ({ bytes, peers }) => bytes === 0 && peers === 0);
    scene.start(alice, ["share", "film.bin", "--piece-length", "16K", ...fresh.flags, "--json"]);
    assertEquals((await get.report("done")).infoHash, infoHash);
    await assertContent(join(carol, "Original_Files", "film.bin"), FILM);
  });
}

Deno.test("e2e: a state that cannot be used ends the tracker with the file and the way out", async () => {
  await using scene = await Scene.open();
  const note = new TextEncoder().encode("a note");
  await scene.folder("here", { "note.txt": note });
  const run = (path: string) =>
    scene.run(
      scene.path,
      ["tracker", "--host", "127.0.0.1", "--port", "0", "--no-http", "--no-udp"]
        .concat("--state", path),
    );
  const foreign = refusalOf(await run("here/note.txt"), 1);
  assertStringIncludes(foreign, "here/note.txt: it is no state of a tracker");
  await assertContent(join(scene.path, "here", "note.txt"), note);
  assertStringIncludes(
    refusalOf(await run("none/x.db"), 1),
    "there is no folder none; make it first",
  );
  await scene.tracker(0, ["--state", "x.db"]);
  assertStringIncludes(refusalOf(await run("x.db"), 1), "give each tracker a file of its own");
});

Deno.test("e2e: a state needs permission to read and write its file, and no other", async () => {
  await using scene = await Scene.open();
  const path = join(scene.path, "x.db");
  const args = ["tracker", "--host", "127.0.0.1", "--port", "0", "--no-http", "--no-udp"];
  const run = (...permissions: string[]) =>
    scene.run(scene.path, [...args, "--state", path], {
      permissions: ["--allow-net", "--allow-env", ...permissions],
    });
  assertStringIncludes(refusalOf(await run(), 77), "--allow-read");
  assertStringIncludes(refusalOf(await run(`--allow-read=${path}`), 77), "--allow-write");
  const tracker = scene.start(scene.path, [...args, "--state", path, "--json"], {
    permissions: ["--allow-net", "--allow-env", `--allow-read=${path}`, `--allow-write=${path}`],
  });
  await tracker.report("ready");
});

/** What a tracker says that it has done since it first started. */
async function sumsOf({ urls }: RunningTracker): Promise<Record<string, number>> {
  const response = await fetch(new URL("api/v1/tracker", urls.http));
  return (await response.json()).sinceFirst;
}

/**
 * How often the torrent in the state of a tracker in a folder was completed, or why that cannot be told:
 * the copy of a database that is written to may be one of two moments.
 */
async function keptCompletions(folder: string): Promise<unknown> {
  const copy = join(folder, "copy.db");
  try {
    for (const end of ["", "-wal"]) {
      await Deno.copyFile(join(folder, `tracker.db${end}`), copy + end);
    }
    using cleanup = new DisposableStack();
    const database = openDatabase(copy);
    cleanup.defer(() => database.close());
    return database.prepare("SELECT completions FROM torrents").get()?.completions;
  } catch (error) {
    return error;
  }
}
