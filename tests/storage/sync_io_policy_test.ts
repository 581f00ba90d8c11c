import { assert, assertEquals, assertThrows } from "@std/assert";
import { denoFileLayer } from "../../lib/storage/mod.ts";
import { SyncIoPolicy } from "../../lib/storage/sync_io_policy.ts";

/** Calls on a disk that takes as long as it is told to, in milliseconds. */
function openCalls() {
  let nowMs = 0;
  const calls = new SyncIoPolicy(() => nowMs);
  const make = (ms: number) => calls.make(() => nowMs += ms);
  /** How many calls in a row are left to threads. */
  const left = () => {
    let count = 0;
    while (!calls.admits(1)) count++;
    return count;
  };
  return { calls, make, left };
}

Deno.test("SyncIoPolicy: at most 64 KiB are transferred at once", () => {
  const { calls } = openCalls();
  assert(calls.admits(0) && calls.admits(65_536));
  assert(!calls.admits(65_537));
});

Deno.test("SyncIoPolicy: a slow call has others left to threads, twice as many each time, at most 8,192", () => {
  const { make, left } = openCalls();
  make(0.5);
  assertEquals(left(), 0);
  const pauses = Array.from({ length: 9 }, () => {
    make(1);
    return left();
  });
  assertEquals(pauses, [64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 8_192]);
});

Deno.test("SyncIoPolicy: after 64 calls in a row one is left to a thread, so that others have a turn", () => {
  const { calls, make } = openCalls();
  const made: number[] = [];
  for (let row = 0; row < 3; row++) {
    let count = 0;
    for (; calls.admits(1); count++) make(0);
    made.push(count);
  }
  assertEquals(made, [64, 64, 64]);
});

Deno.test("SyncIoPolicy: a row that is not slow halves the next pause, and ends none that has begun", () => {
  const { make, left } = openCalls();
  const quickRow = () => {
    for (let call = 0; call < 64; call++) make(0);
    return left();
  };
  for (let time = 0; time < 3; time++) make(30);
  assertEquals(left(), 256);
  for (let call = 0; call < 63; call++) make(0);
  make(30);
  assertEquals(left(), 512, "the row was not whole");
  assertEquals([quickRow(), quickRow()], [1, 1]);
  make(30);
  assertEquals(left(), 256);
  for (let row = 0; row < 20; row++) quickRow();
  make(30);
  for (let call = 0; call < 64; call++) make(0);
  assertEquals(left(), 64, "what was not admitted ends no pause");
});

Deno.test("SyncIoPolicy: what is longer than may be transferred at once ends no pause", () => {
  const { calls, make, left } = openCalls();
  make(5);
  for (let time = 0; time < 100; time++) assert(!calls.admits(1 << 20));
  assertEquals(left(), 64);
});

Deno.test("SyncIoPolicy: a call gives what it gives and throws what it throws, and counts by its time", () => {
  const { calls, left } = openCalls();
  assertEquals(calls.make(() => 7), 7);
  assertThrows(
    () => calls.make(() => assert(false, "the disk is full")),
    Error,
    "the disk is full",
  );
  assertEquals(left(), 0);
  let nowMs = 0;
  const slow = new SyncIoPolicy(() => nowMs);
  assertThrows(
    () =>
      slow.make(() => {
        nowMs += 40;
        throw new Error("the disk is gone");
      }),
    Error,
    "gone",
  );
  assert(!slow.admits(1));
});

Deno.test("many short reads in a row leave others their turn", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.truncate(path, 1 << 20);
    const files = await Promise.all(
      Array.from({ length: 8 }, () => denoFileLayer.open(path, "update")),
    );
    try {
      let state: "waiting" | "had its turn" = "waiting";
      setTimeout(() => state = "had its turn");
      await Promise.all(files.map(async (file) => {
        const target = new Uint8Array(16 * 1024);
        for (let read = 0; read < 50_000 && state === "waiting"; read++) {
          await file.readAt(target, (read % 64) * target.length);
        }
      }));
      assertEquals(state, "had its turn");
    } finally {
      for (const file of files) file.close();
    }
  } finally {
    await Deno.remove(path);
  }
});
