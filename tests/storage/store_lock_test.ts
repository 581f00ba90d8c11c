import { assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { TextLineStream } from "@std/streams/text-line-stream";
import { denoFileLayer, StoreInUseError } from "../../lib/storage/mod.ts";
import { StoreLock } from "../../lib/storage/store_lock.ts";
import { FaultyLayer } from "./faulty_layer.ts";
import { namesIn, temporaryFolder } from "./samples.ts";

Deno.test("StoreLock keeps a second one out until it is released, and leaves no file", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "new", "x.lock");
  for (let turn = 0; turn < 3; turn++) {
    const lock = await StoreLock.acquire(denoFileLayer, path);
    const error = await assertRejects(
      () => StoreLock.acquire(denoFileLayer, path),
      StoreInUseError,
    );
    assertEquals(error.pid, Deno.pid);
    await lock.release();
    assertEquals(await namesIn(join(folder.path, "new")), []);
  }
});

Deno.test("StoreLock is given to one of many that ask at a time", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "x.lock");
  for (let turn = 0; turn < 5; turn++) {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => StoreLock.acquire(denoFileLayer, path)),
    );
    const locks = outcomes.filter((outcome) => outcome.status === "fulfilled");
    assertEquals(locks.length, 1);
    for (const { value } of locks) await value.release();
  }
});

Deno.test("StoreLock is not taken in by a file that its owner is removing", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "x.lock");
  const layer: FaultyLayer = new FaultyLayer((call) => {
    if (call === "tryLock" && layer.count("tryLock") <= 2) Deno.removeSync(path);
    return undefined;
  });
  const lock = await StoreLock.acquire(layer, path);
  assertEquals(layer.count("tryLock"), 3);
  await assertRejects(() => StoreLock.acquire(denoFileLayer, path), StoreInUseError);
  await lock.release();
});

Deno.test("StoreLock takes a file that is left over, whatever is in it", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "x.lock");
  await Deno.writeTextFile(path, `${Deno.ppid}\n and more than fits a process id`);
  const lock = await StoreLock.acquire(denoFileLayer, path);
  assertEquals(await Deno.readTextFile(path), `${Deno.pid}\n`);
  await lock.release();
});

Deno.test("StoreLock keeps another process out, and is free when that was killed", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "x.lock");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", fromFileUrl(import.meta.resolve("./hold_lock.ts")), path],
    stdout: "piped",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  const reader = lines.getReader();
  assertEquals((await reader.read()).value, "locked");
  const error = await assertRejects(
    () => StoreLock.acquire(denoFileLayer, path),
    StoreInUseError,
    `store in use by pid ${child.pid}`,
  );
  assertEquals(error.pid, child.pid);
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  const lock = await StoreLock.acquire(denoFileLayer, path);
  await lock.release();
});
