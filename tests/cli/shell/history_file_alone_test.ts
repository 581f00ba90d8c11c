import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { HistoryFile } from "../../../lib/cli/shell/history_file.ts";
import { namesIn, temporaryFolder } from "../../storage/samples.ts";

const IS_WINDOWS = Deno.build.os === "windows";

/** Lines `from` up to but not including `to`, as they were typed. */
function lines(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, at) => `ping 192.0.2.7 ${from + at}`);
}

/** Lines, a few for each of several shells. */
function sharedOut(lines: readonly string[], shells: number): string[][] {
  return Array.from(
    { length: shells },
    (_, shell) => lines.filter((_, at) => at % shells === shell),
  );
}

async function write(path: string, content: readonly string[]): Promise<void> {
  await Deno.writeTextFile(path, content.map((line) => `${line}\n`).join(""));
}

async function kept(path: string): Promise<string[]> {
  return (await Deno.readTextFile(path)).split("\n").slice(0, -1);
}

/** Who may do what with a file or folder. */
async function permissionsOf(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o777;
}

/** Sets variables of the environment, or takes them away, until it is disposed of. */
function environment(variables: Readonly<Record<string, string | undefined>>): Disposable {
  const put = (name: string, value: string | undefined): void =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(variables)) put(name, value);
  return {
    [Symbol.dispose]() {
      for (const [name, value] of before) put(name, value);
    },
  };
}

/** Lets every write of files be of a few bytes, and fail when so many have been written. */
function fullDisk(room: number): Disposable {
  const { write } = Deno.FsFile.prototype;
  let left = room;
  Deno.FsFile.prototype.write = async function (this: Deno.FsFile, bytes: Uint8Array) {
    if (left === 0) throw Object.assign(new Error("no room"), { code: "ENOSPC" });
    const count = await write.call(this, bytes.subarray(0, Math.min(left, 7)));
    left -= count;
    return count;
  };
  return { [Symbol.dispose]: () => void (Deno.FsFile.prototype.write = write) };
}

Deno.test("HistoryFile is as it was after a line that the disk has no room for, wherever it ends", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "history");
  const history = new HistoryFile(path);
  await history.add("see_connected");
  const line = "ping 192.0.2.7 9021";
  for (let room = 0; room <= line.length; room++) {
    using _full = fullDisk(room);
    await history.add(line);
    assertEquals(await kept(path), ["see_connected"], `${room} bytes of room`);
  }
  using _roomy = fullDisk(line.length + 1);
  await history.add(line);
  assertEquals(await kept(path), ["see_connected", line]);
});

Deno.test("HistoryFile keeps what is typed after a kill apart from the line that this cut off", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "history");
  await Deno.writeTextFile(path, "see_connected\nping 192.0");
  const history = new HistoryFile(path);
  await history.add("see_client_set");
  assertEquals(await kept(path), ["see_connected", "ping 192.0", "see_client_set"]);
});

Deno.test("HistoryFile loses none of the lines that it keeps when it is cut and the disk is full", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "history");
  for (const room of [0, 1, 500, 9_000, 20_000]) {
    await write(path, lines(0, 2_001));
    {
      using _full = fullDisk(room);
      await new HistoryFile(path).read();
    }
    const left = new Set(await kept(path));
    const gone = lines(1_001, 2_001).filter((line) => !left.has(line));
    assertEquals(gone, [], `${room} bytes of room`);
    assertEquals((await new HistoryFile(path).read()).slice(0, 900), lines(1_101, 2_001).reverse());
  }
});

Deno.test("HistoryFile gives the lines of earlier runs, the latest first and each once", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "history");
  const history = new HistoryFile(path);
  assertEquals(await history.read(), []);
  const typed = ["see_connected", "ping 192.0.2.7 9021", `merge_chunks "caf\u00e9 1.mp4"`];
  for (const line of [...typed, "see_connected"]) await history.add(line);
  assertEquals(await new HistoryFile(path).read(), ["see_connected", typed[2], typed[1]]);
  assertEquals(await kept(path), [...typed, "see_connected"]);
});

Deno.test("HistoryFile does not keep lines in which nothing stands", async () => {
  await using folder = await temporaryFolder();
  const history = new HistoryFile(join(folder.path, "deep", "history"));
  for (const line of ["", " ", "\t "]) await history.add(line);
  assertEquals(await namesIn(folder.path), [], "nothing is made before it is needed");
});

Deno.test({
  name: "HistoryFile makes a file and folders that nobody but the user can look into",
  ignore: IS_WINDOWS,
  async fn() {
    await using folder = await temporaryFolder();
    await Deno.chmod(folder.path, 0o755);
    const path = join(folder.path, "state", "sluice", "history");
    const history = new HistoryFile(path);
    await history.add("see_connected");
    assertEquals(await permissionsOf(path), 0o600);
    assertEquals(await permissionsOf(join(folder.path, "state", "sluice")), 0o700);
    assertEquals(await permissionsOf(join(folder.path, "state")), 0o700);
    assertEquals(await permissionsOf(folder.path), 0o755, "what was there stays as it is");
    await write(path, lines(0, 2_001));
    await history.read();
    assertEquals((await kept(path)).length, 1_000);
    assertEquals(await permissionsOf(path), 0o600, "also when it was cut");
    await Deno.chmod(path, 0o644);
    await history.add("see_connected");
    assertEquals(await permissionsOf(path), 0o600, "also when it was open to all before");
  },
});

Deno.test("HistoryFile keeps every line whole of several shells that type at once", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "sluice", "history");
  const typed = lines(0, 200);
  await Promise.all(
    sharedOut(typed, 8).map(async (own) => {
      const shell = new HistoryFile(path);
      for (const line of own) await shell.add(line);
    }),
  );
  assertEquals((await kept(path)).sort(), typed.toSorted());
  assertEquals((await new HistoryFile(path).read()).length, typed.length);
});

Deno.test("HistoryFile gives the latest 1000 lines, and cuts the file when it has twice as many", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "history");
  const history = new HistoryFile(path);
  const many = lines(0, 2_001);
  const latest = many.slice(-1_000);

  await write(path, many.slice(1));
  assertEquals(await history.read(), latest.toReversed());
  assertEquals(await kept(path), many.slice(1), "it is not written again each time");

  await write(path, many);
  assertEquals(await history.read(), latest.toReversed());
  assertEquals(await kept(path), latest);

  await history.add("see_connected");
  assertEquals(await kept(path), [...latest, "see_connected"]);
  assertEquals((await history.read()).slice(0, 2), ["see_connected", latest.at(-1)]);
});

Deno.test("HistoryFile loses no line of shells that type while others cut the file", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "history");
  await write(path, lines(0, 2_001));
  const typed = lines(5_000, 5_200);
  await Promise.all(
    sharedOut(typed, 8).map(async (own) => {
      const shell = new HistoryFile(path);
      for (const line of own) await Promise.all([shell.add(line), shell.read()]);
    }),
  );
  const left = await kept(path);
  assert(left.length < 2_001, `${left.length} lines: it was not cut`);
  assertEquals(left.filter((line) => typed.includes(line)).sort(), typed.toSorted());
  const others = left.filter((line) => !typed.includes(line));
  assertEquals(others, lines(0, 2_001).slice(-others.length), "no line is broken");
});

Deno.test({
  name: "HistoryFile waits with a cut for who holds the file, and keeps what was added meanwhile",
  // There nobody reads what somebody else has locked.
  ignore: IS_WINDOWS,
  async fn() {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "history");
    const many = lines(0, 2_001);
    await write(path, many);
    const reading = await whileLocked(path, async (file) => {
      const reading = new HistoryFile(path).read();
      await giveOthersTurns(path);
      assertEquals(await kept(path), many, "it was cut while somebody else had it locked");
      await file.write(new TextEncoder().encode("see_connected\n"));
      return { done: reading };
    });
    assertEquals(await reading.done, many.slice(-1_000).toReversed());
    assertEquals(await kept(path), [...many.slice(-999), "see_connected"]);
  },
});

Deno.test({
  name:
    "HistoryFile waits with a line for who holds the file, so that it does not stand in another",
  ignore: IS_WINDOWS,
  async fn() {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "history");
    const adding = await whileLocked(path, async (file) => {
      await file.write(new TextEncoder().encode("see_"));
      const adding = new HistoryFile(path).add("ping 192.0.2.7 9021");
      await giveOthersTurns(path);
      assertEquals(await Deno.readTextFile(path), "see_");
      await file.write(new TextEncoder().encode("connected\n"));
      return { done: adding };
    });
    await adding.done;
    assertEquals(await kept(path), ["see_connected", "ping 192.0.2.7 9021"]);
  },
});

/** Does something while nobody else who asks for the lock of a file has it. */
async function whileLocked<T>(path: string, work: (file: Deno.FsFile) => Promise<T>): Promise<T> {
  using file = await Deno.open(path, { append: true, create: true });
  await file.lock(true);
  return await work(file);
}

/** Lets others who do not wait get on; nothing depends on how far they come. */
async function giveOthersTurns(path: string): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await Deno.stat(path);
}

Deno.test("HistoryFile has no lines where it cannot be read or written, and says nothing of it", async () => {
  await using folder = await temporaryFolder();
  const inPlaceOfFile = join(folder.path, "history");
  await Deno.mkdir(inPlaceOfFile);
  const inPlaceOfFolder = join(folder.path, "file");
  await Deno.writeTextFile(inPlaceOfFolder, "precious");
  for (const path of [inPlaceOfFile, join(inPlaceOfFolder, "history")]) {
    const history = new HistoryFile(path);
    await history.add("see_connected");
    assertEquals(await history.read(), []);
  }
  assertEquals(await namesIn(inPlaceOfFile), []);
  assertEquals(await Deno.readTextFile(inPlaceOfFolder), "precious");
});

Deno.test("HistoryFile reads what is left of a file that is no text any more", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "history");
  await Deno.writeFile(path, new Uint8Array([0x61, 0xff, 0x0a, 0x0a, 0x62]));
  assertEquals(await new HistoryFile(path).read(), ["b", "a\ufffd"]);
});

Deno.test({
  name: "HistoryFile without a path keeps nothing and needs no permission",
  permissions: "none",
  async fn() {
    for (const history of [new HistoryFile(undefined), HistoryFile.ofUser()]) {
      await history.add("see_connected");
      assertEquals(await history.read(), []);
    }
  },
});

Deno.test({
  name: "HistoryFile of the user lies where the environment says that state is kept",
  ignore: IS_WINDOWS,
  async fn() {
    await using folder = await temporaryFolder();
    const state = join(folder.path, "state");
    const home = join(folder.path, "home");
    {
      using _ = environment({ XDG_STATE_HOME: state, HOME: home });
      await HistoryFile.ofUser().add("one");
      assertEquals(await kept(join(state, "sluice", "shell_history")), ["one"]);
    }
    for (const unset of ["", undefined]) {
      using _ = environment({ XDG_STATE_HOME: unset, HOME: home });
      await HistoryFile.ofUser().add("two");
    }
    const path = join(home, ".local", "state", "sluice", "shell_history");
    assertEquals(await kept(path), ["two", "two"]);
    {
      using _ = environment({ XDG_STATE_HOME: undefined, HOME: undefined });
      await HistoryFile.ofUser().add("three");
      assertEquals(await HistoryFile.ofUser().read(), []);
    }
    assert(!(await Deno.readTextFile(path)).includes("three"));
  },
});
