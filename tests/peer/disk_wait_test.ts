import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeClock, openDoors } from "../../lib/net/mod.ts";
import { type DiskChange, DiskWait } from "../../lib/peer/disk_wait.ts";
import { DISK_RETRY_MS, OPEN_FILES_PATIENCE_MS } from "../../lib/peer/limits.ts";
import { NoSpaceError, StorageError } from "../../lib/storage/mod.ts";
import { seededRandom } from "../bytes/seeded_random.ts";

const FULL = new NoSpaceError("film.bin.partial");
const MANY = new StorageError("Cannot open film.bin", "film.bin", { code: "EMFILE" });
const BROKEN = new StorageError("Cannot write film.bin", "film.bin", { code: "EIO" });

/** A disk that takes nothing while it has a fault, and a wait for it. */
function staged() {
  const clock = new FakeClock();
  const changes: DiskChange[] = [];
  const triesMs: number[] = [];
  const demands: boolean[] = [];
  const disk = { fault: undefined as Error | undefined, running: 0, mostRunning: 0 };
  const wait = new DiskWait({
    ...{ clock, random: seededRandom(5) },
    onChange: (change) => changes.push(change),
    onDemand: () => demands.push(wait.wantsWrites),
  });
  async function write(name: string): Promise<string> {
    triesMs.push(clock.now());
    disk.mostRunning = Math.max(disk.mostRunning, ++disk.running);
    await Promise.resolve();
    disk.running--;
    if (disk.fault !== undefined) throw disk.fault;
    return name;
  }
  return {
    clock,
    changes,
    triesMs,
    demands,
    disk,
    wait,
    put: (name: string) => wait.run(() => write(name)),
  };
}

Deno.test("A write that finds no room is tried again within a second, then every 10 s at most", async () => {
  const { clock, changes, triesMs, disk, wait, put } = staged();
  disk.fault = FULL;
  const written = put("a");
  await clock.advance(100_000);
  assertEquals(wait.obstacle, { problem: "disk full", path: FULL.path, error: FULL });
  assert(triesMs[1] !== undefined && triesMs[1] <= 1_000);
  const gaps = triesMs.slice(1).map((ms, at) => ms - (triesMs[at] ?? 0));
  assert(gaps.every((ms) => ms >= 500 && ms <= 10_000), gaps.join());
  assert(triesMs.length >= 10 && triesMs.length <= 30, `${triesMs.length} tries`);
  disk.fault = undefined;
  await clock.advance(10_000);
  assertEquals(await written, "a");
  assertEquals(wait.obstacle, undefined);
  assertEquals(changes.map(({ type }) => type), ["disk-waiting", "disk-ready"]);
  assertEquals(changes[1]?.waitedMs, triesMs.at(-1));
  assertEquals(clock.pending, 0);
});

Deno.test("While the disk is full one write is tried at a time, and all are carried out in the end", async () => {
  const { clock, disk, triesMs, put } = staged();
  disk.fault = FULL;
  const names = ["a", "b", "c", "d", "e"];
  const written = Promise.all(names.map(put));
  await clock.advance(0);
  assertEquals(triesMs.length, names.length);
  disk.mostRunning = 0;
  const later = put("f");
  await clock.advance(60_000);
  assertEquals(disk.mostRunning, 1);
  disk.fault = undefined;
  await clock.advance(10_000);
  assertEquals(await written, names);
  assertEquals(await later, "f");
});

Deno.test("Where room comes and goes, the tries and the words about it do not become more", async () => {
  const { clock, changes, disk, put } = staged();
  for (let round = 0; round < 20; round++) {
    disk.fault = FULL;
    const written = put("a");
    await clock.advance(1);
    disk.fault = undefined;
    await clock.advance(10_000);
    assertEquals(await written, "a");
  }
  const waits = changes.filter(({ type }) => type === "disk-ready").map(({ waitedMs }) => waitedMs);
  assertEquals(waits.length, 20);
  assert(waits.slice(5).every((ms) => ms >= 5_000), waits.join());
  await clock.advance(60_000);
  disk.fault = FULL;
  const written = put("a");
  await clock.advance(1);
  disk.fault = undefined;
  await clock.advance(1_000);
  assertEquals(await written, "a");
});

Deno.test("Too many open files are waited for, but no longer than about a minute", async () => {
  const { clock, changes, disk, wait, put } = staged();
  disk.fault = MANY;
  const first = put("a");
  await clock.advance(20_000);
  assertEquals(wait.obstacle?.problem, "too many open files");
  disk.fault = undefined;
  await clock.advance(10_000);
  assertEquals(await first, "a");
  disk.fault = MANY;
  const failed = ["b", "c"].map((name) => assertRejects(() => put(name), StorageError, "film.bin"));
  await clock.advance(OPEN_FILES_PATIENCE_MS - 1);
  assertEquals(wait.obstacle?.problem, "too many open files");
  // The next try is the last one.
  await clock.advance(DISK_RETRY_MS.maxMs + 1);
  await Promise.all(failed);
  assertEquals(wait.obstacle, undefined);
  assertEquals(changes.map(({ type }) => type), ["disk-waiting", "disk-ready", "disk-waiting"]);
  assertEquals(clock.pending, 0);
});

Deno.test("While too many files are open, a door that strangers keep full is asked for room", async () => {
  const { clock, disk, put } = staged();
  let asked = 0;
  using _door = openDoors.open({
    strangers: 9,
    size: 9,
    shed: () => {
      if (++asked === 2) disk.fault = undefined;
    },
  });
  disk.fault = FULL;
  const first = put("a");
  await clock.advance(DISK_RETRY_MS.maxMs);
  assertEquals(asked, 0, "connections take no room on the disk");
  disk.fault = MANY;
  await clock.advance(3 * DISK_RETRY_MS.maxMs);
  assertEquals([await first, asked], ["a", 2]);
  assertEquals(clock.pending, 0);
});

Deno.test("A full disk that turns out to have too many files open is waited for a minute from then on", async () => {
  const { clock, changes, disk, wait, put } = staged();
  disk.fault = FULL;
  const written = put("a");
  await clock.advance(2 * OPEN_FILES_PATIENCE_MS);
  disk.fault = MANY;
  await clock.advance(DISK_RETRY_MS.maxMs);
  assertEquals(wait.obstacle, { problem: "too many open files", path: MANY.path, error: MANY });
  await clock.advance(OPEN_FILES_PATIENCE_MS - 2 * DISK_RETRY_MS.maxMs);
  const fuller = new NoSpaceError("other.bin.partial");
  disk.fault = fuller;
  await clock.advance(2 * OPEN_FILES_PATIENCE_MS);
  assertEquals(wait.obstacle, { problem: "disk full", path: fuller.path, error: fuller });
  disk.fault = undefined;
  await clock.advance(DISK_RETRY_MS.maxMs);
  assertEquals(await written, "a");
  assertEquals(changes.map(({ type, path }) => [type, path]), [
    ["disk-waiting", FULL.path],
    ["disk-waiting", MANY.path],
    ["disk-waiting", fuller.path],
    ["disk-ready", fuller.path],
  ]);
  const failed = assertRejects(() => put("b"), StorageError, "Cannot open");
  disk.fault = FULL;
  await clock.advance(2 * OPEN_FILES_PATIENCE_MS);
  disk.fault = MANY;
  await clock.advance(OPEN_FILES_PATIENCE_MS + 2 * DISK_RETRY_MS.maxMs);
  await failed;
  assertEquals([wait.obstacle, clock.pending], [undefined, 0]);
});

Deno.test("A trial that writes nothing ends no wait: the next one is tried, and one at a time", async () => {
  const { clock, changes, disk, wait, triesMs, put } = staged();
  let lies = 0;
  const lie = () =>
    wait.run(() => Promise.resolve(`lie ${++lies}`), (outcome) => {
      assertEquals(outcome, `lie ${lies}`);
      return "nothing";
    });
  disk.fault = FULL;
  const first = put("a");
  await clock.advance(0);
  const wrong = [lie(), lie()];
  const others = Promise.all(["b", "c"].map(put));
  disk.mostRunning = 0;
  await clock.advance(60_000);
  assertEquals(await Promise.all(wrong), ["lie 1", "lie 2"]);
  assertEquals(changes.map(({ type }) => type), ["disk-waiting"]);
  assert(wait.obstacle !== undefined && triesMs.length >= 6, `${triesMs.length} tries`);
  assertEquals(disk.mostRunning, 1);
  disk.fault = undefined;
  await clock.advance(DISK_RETRY_MS.maxMs);
  assertEquals([await first, await others], ["a", ["b", "c"]]);
  assertEquals(changes.map(({ type }) => type), ["disk-waiting", "disk-ready"]);
  assertEquals(clock.pending, 0);
});

Deno.test("Where none waits that could find out, writes are wanted until one has come, and it is no other wait", async () => {
  const { clock, changes, demands, disk, wait, put } = staged();
  let tries = 0;
  const piece = wait.run(() => {
    return tries++ === 0 ? Promise.reject(FULL) : Promise.resolve("lie");
  }, () => "nothing");
  await clock.advance(DISK_RETRY_MS.minMs);
  assertEquals([await piece, wait.obstacle?.error, demands], ["lie", FULL, [false, true]]);
  disk.fault = FULL;
  const written = Promise.all(["a", "b"].map(put));
  assertEquals(demands, [false, true, false]);
  await clock.advance(30_000);
  assertEquals([disk.mostRunning, wait.wantsWrites, changes.length], [1, false, 1]);
  disk.fault = undefined;
  await clock.advance(DISK_RETRY_MS.maxMs);
  assertEquals([await written, wait.obstacle, wait.wantsWrites], [["a", "b"], undefined, true]);
  assertEquals(changes.map(({ type }) => type), ["disk-waiting", "disk-ready"]);
  assertEquals(clock.pending, 0);
});

Deno.test("Another fault than a full disk is told at once, and those who wait find out for themselves", async () => {
  const { clock, changes, disk, put } = staged();
  disk.fault = BROKEN;
  assertEquals(await put("a").catch((error) => error), BROKEN);
  disk.fault = FULL;
  const written = ["b", "c"].map((name) => assertRejects(() => put(name), StorageError));
  await clock.advance(100);
  disk.fault = BROKEN;
  await clock.advance(1_000);
  await Promise.all(written);
  assertEquals(changes.map(({ type }) => type), ["disk-waiting"]);
  assertEquals(clock.pending, 0);
});

Deno.test("A wait that is given up ends with what kept the writes, and later ones do not wait", async () => {
  const { clock, disk, wait, put } = staged();
  disk.fault = FULL;
  const given = ["a", "b"].map((name) => assertRejects(() => put(name), NoSpaceError));
  await clock.advance(3_000);
  wait.giveUp();
  await Promise.all(given);
  assertEquals([wait.obstacle, clock.pending], [undefined, 0]);
  await assertRejects(() => put("c"), NoSpaceError);
  wait.endure();
  const written = put("d");
  await clock.advance(3_000);
  disk.fault = undefined;
  await clock.advance(10_000);
  assertEquals(await written, "d");
});
