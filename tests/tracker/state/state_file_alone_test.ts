import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { TextLineStream } from "@std/streams/text-line-stream";
import { LastingState, StateError, StateFile } from "../../../lib/tracker/mod.ts";
import { APPLICATION_ID, migrate, MIGRATIONS } from "../../../lib/tracker/state/schema.ts";
import { openDatabase } from "../../../lib/tracker/state/sqlite.ts";
import { randomBytes, seededRandom } from "../../bytes/seeded_random.ts";
import { mountSmall, obstacle, seal } from "../../e2e/staged_disk.ts";
import { namesIn } from "../../storage/samples.ts";
import { failing, meddle, openedState, publish, statePath, written } from "./sample_state.ts";

const NO_MOUNT = obstacle((path) => mountSmall(path, "size=1m"));

function faultOf(path: string, open?: typeof openDatabase): StateError {
  return assertThrows(() => StateFile.open(path, open), StateError);
}

Deno.test("state file: what is no state of a tracker is refused by its name and left as it is", async () => {
  await using place = await statePath();
  const contents = [
    new TextEncoder().encode("a note"),
    randomBytes(seededRandom(1), 20_000),
  ];
  for (const content of contents) {
    await Deno.writeFile(place.path, content);
    const { fault, message } = faultOf(place.path);
    assertEquals(fault, "foreign");
    assertStringIncludes(message, place.path);
    assertStringIncludes(message, "name another file");
    assertEquals(await Deno.readFile(place.path), content);
  }
  assertEquals(await namesIn(place.folder), ["tracker.db"]);
});

Deno.test("state file: the database of another program is refused, and left as it is", async () => {
  await using place = await statePath();
  for (const sql of ["CREATE TABLE theirs (a)", "PRAGMA user_version = 1"]) {
    const database = openDatabase(place.path);
    database.exec(sql);
    database.close();
    const before = await Deno.readFile(place.path);
    assertEquals(faultOf(place.path).fault, "foreign");
    assertEquals(await Deno.readFile(place.path), before);
    await Deno.remove(place.path);
  }
});

Deno.test("state file: a file of a newer program is refused with both versions, and left as it is", async () => {
  await using place = await statePath();
  await written(place.path, "a");
  meddle(place.path, `PRAGMA user_version = ${MIGRATIONS.length + 1}`);
  const before = await Deno.readFile(place.path);
  const { fault, message } = faultOf(place.path);
  assertEquals(fault, "newer");
  assertStringIncludes(message, `version ${MIGRATIONS.length + 1}, this one knows`);
  assertEquals(await Deno.readFile(place.path), before);
});

Deno.test("state file: an empty file becomes a state, as one that is not there", async () => {
  await using place = await statePath();
  await Deno.writeFile(place.path, new Uint8Array(0));
  await written(place.path, "a");
  using opened = await openedState(place.path);
  assertEquals(opened.registry.swarms.size, 1);
});

Deno.test("state file: names that mean something to SQLite are files here", async () => {
  await using place = await statePath();
  const before = Deno.cwd();
  Deno.chdir(place.folder);
  try {
    for (const name of [":memory:", "file:x.db"]) await written(name, "a");
  } finally {
    Deno.chdir(before);
  }
  assertEquals(await namesIn(place.folder), [":memory:", "file:x.db"]);
});

Deno.test("state file: a folder that is not there, or is none, and a file that is a folder are told apart", async () => {
  await using place = await statePath();
  const missing = faultOf(join(place.folder, "none", "x.db"));
  assertEquals(missing.fault, "unreachable");
  assertStringIncludes(
    missing.message,
    `there is no folder ${join(place.folder, "none")}; make it`,
  );
  assertStringIncludes(faultOf(place.folder).message, "it is a folder");
  await Deno.writeTextFile(place.path, "");
  assertStringIncludes(
    faultOf(join(place.path, "x.db")).message,
    "is a file; name a file in a folder",
  );
});

Deno.test({
  name: `state file: one that can only be read is refused when it is opened${NO_MOUNT}`,
  ignore: NO_MOUNT !== "",
  async fn() {
    await using place = await statePath();
    using _small = mountSmall(join(place.folder, "small"), "size=4m");
    const path = join(place.folder, "small", "x.db");
    await written(path, "a");
    using _sealed = seal(join(place.folder, "small"));
    for (const refused of [path, join(place.folder, "small", "new.db")]) {
      const { fault, message } = faultOf(refused);
      assertEquals(fault, "unreachable");
      assertMatch(message, /can be written to|can only be read/);
    }
  },
});

Deno.test({
  name:
    `state file: a full disk at the beginning is told, and a state that is there is read${NO_MOUNT}`,
  ignore: NO_MOUNT !== "",
  async fn() {
    await using place = await statePath();
    const small = join(place.folder, "small");
    using _small = mountSmall(small, "size=1m");
    const path = join(small, "x.db");
    await written(path, "a");
    await fill(join(small, "filler"));
    assertEquals(faultOf(join(small, "new.db")).fault, "full");
    using opened = await openedState(path);
    assertEquals(opened.registry.swarms.size, 1);
  },
});

Deno.test({
  name:
    `state file: on a disk that fills up the tracker goes on, and writes when there is room${NO_MOUNT}`,
  ignore: NO_MOUNT !== "",
  async fn() {
    await using place = await statePath();
    const small = join(place.folder, "small");
    using _small = mountSmall(small, "size=1m");
    const path = join(small, "x.db");
    {
      using opened = await openedState(path);
      await fill(join(small, "filler"));
      for (let at = 0; at < 40; at++) {
        opened.counts.set("pushes", at);
        await publish(opened.registry, `film ${at}`);
        opened.keeper.save();
      }
      assertEquals(opened.told.length, 1);
      assertStringIncludes(opened.told[0] ?? "", "the disk is full; free some space");
      assertEquals(opened.registry.swarms.size, 40);
      await Deno.remove(join(small, "filler"));
      opened.keeper.saveAll();
      assertEquals(opened.told.slice(1), ["recovered"]);
    }
    using opened = await openedState(path);
    assertEquals([opened.registry.swarms.size, opened.counts.get("pushes")], [40, 39]);
  },
});

Deno.test("state file: who has it open keeps others out, in this process and in another", async () => {
  await using place = await statePath();
  {
    using _opened = await openedState(place.path);
    assertEquals(faultOf(place.path).fault, "busy");
  }
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-lock",
      fromFileUrl(import.meta.resolve("./write_state.ts")),
      place.path,
    ],
    stdout: "piped",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  const reader = lines.getReader();
  assertEquals((await reader.read()).value, "open");
  const { fault, message } = faultOf(place.path);
  assertEquals(fault, "busy");
  assertStringIncludes(message, "give each tracker a file of its own");
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  using _opened = await openedState(place.path);
});

Deno.test("state file: a damaged file is told with the way out, and left as it is", async () => {
  await using place = await statePath();
  await written(place.path, ...Array.from({ length: 50 }, (_, at) => `film ${at}`));
  const content = await Deno.readFile(place.path);
  content.fill(0xa5, 8_192);
  await Deno.writeFile(place.path, content);
  const error = await assertRejects(() => LastingState.open({ path: place.path }), StateError);
  assertEquals(error.fault, "damaged");
  assertStringIncludes(error.message, "move it away");
  assertEquals(await Deno.readFile(place.path), content);
});

/** Whether this runtime tells why a statement cannot be prepared; Deno 2.4 does not. */
function tellsWhy(path: string): boolean {
  const database = openDatabase(path);
  try {
    database.prepare("SELECT 1 FROM nothing");
    return false;
  } catch (error) {
    return error instanceof Error && "errcode" in error;
  } finally {
    database.close();
  }
}

Deno.test("state file: tables that are not ours in a file that says it is are damage, as far as the runtime tells", async () => {
  await using place = await statePath();
  const database = openDatabase(place.path);
  database.exec(
    `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1; CREATE TABLE torrents (x)`,
  );
  database.close();
  const error = await assertRejects(() => LastingState.open({ path: place.path }), StateError);
  assertEquals(error.fault, tellsWhy(`${place.path}.other`) ? "damaged" : "unusable");
});

Deno.test("state file: errors of SQLite are told by what they mean", async () => {
  await using place = await statePath();
  const faults = failing("BEGIN");
  const codes = { 5: "busy", 8: "unwritable", 10: "unreachable", 11: "damaged", 13: "full" };
  for (const [code, fault] of Object.entries(codes)) {
    // Of an extended code the low byte counts.
    faults.errcode = Number(code) + 0x300;
    assertEquals(faultOf(place.path, faults.open).fault, fault);
  }
  for (const code of [1, 24]) {
    faults.errcode = code;
    assertEquals(faultOf(place.path, faults.open).fault, "damaged");
  }
  // A permission, a locked table, memory, an interrupt, what is too large, and what nobody knows.
  for (const code of [3, 6, 7, 9, 18, 250]) {
    faults.errcode = code;
    const { fault, message } = faultOf(place.path, faults.open);
    assertEquals(fault, "unusable");
    assertStringIncludes(message, 'SQLite says "it fails"; try again, and keep the file');
  }
});

Deno.test("state file: each version is brought to the next in one step, whole or not at all", async () => {
  await using place = await statePath();
  await written(place.path, "a");
  const second = "ALTER TABLE torrents ADD COLUMN tags TEXT";
  const broken = "CREATE TABLE more (a); CREATE TABLE torrents (a)";
  const database = openDatabase(place.path);
  const version = (): unknown => database.prepare("PRAGMA user_version").get()?.user_version;
  try {
    assertThrows(() => migrate(database, place.path, [...MIGRATIONS, second, broken]));
    assertEquals(version(), 2);
    assertEquals(database.prepare("SELECT * FROM sqlite_schema WHERE name = 'more'").all(), []);
    migrate(database, place.path, [...MIGRATIONS, second, "CREATE TABLE more (a)"]);
    assertEquals(version(), 3);
    const row = database.prepare("SELECT name, tags FROM torrents").get();
    assertEquals([row?.name, row?.tags], ["a", null]);
  } finally {
    database.close();
  }
  assert(APPLICATION_ID > 0);
});

/** Fills a file system to its end. */
async function fill(path: string): Promise<void> {
  using file = await Deno.open(path, { create: true, write: true });
  const block = new Uint8Array(4_096);
  const [end] = await Promise.allSettled([(async () => {
    while (true) await file.write(block);
  })()]);
  assertEquals(end.status, "rejected");
}
