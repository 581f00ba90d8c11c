import { assertEquals, assertRejects } from "@std/assert";
import { DeadlineError, FakeClock } from "../../../lib/net/mod.ts";
import { FrameDeadline } from "../../../lib/tracker/server/frame_deadline.ts";

const BYTE = Uint8Array.of(1);

Deno.test("bytes that make no frame in time fail the stream, however many come", async () => {
  const clock = new FakeClock();
  using deadline = new FrameDeadline(clock);
  const writer = deadline.writable.getWriter();
  const reader = deadline.readable.getReader();
  await clock.advance(100_000);
  for (let second = 0; second < 30; second++) {
    writer.write(BYTE).catch(() => {});
    await reader.read();
    await clock.advance(second < 29 ? 1_000 : 999);
  }
  const next = reader.read();
  const failed = assertRejects(() => next, DeadlineError, "not whole in 30 s");
  writer.closed.catch(() => {});
  await clock.advance(1);
  await failed;
});

Deno.test("the time that the reader of the frames takes does not count", async () => {
  const clock = new FakeClock();
  using deadline = new FrameDeadline(clock);
  const writer = deadline.writable.getWriter();
  const reader = deadline.readable.getReader();
  for (let frame = 0; frame < 3; frame++) {
    void writer.write(BYTE);
    await reader.read();
    await clock.advance(29_000);
    deadline.pause();
    void writer.write(BYTE);
    await reader.read();
    await clock.advance(100_000);
    deadline.resume();
    await clock.advance(29_000);
    deadline.pause();
    deadline.resume();
    await clock.advance(100_000);
  }
  void writer.write(BYTE);
  await reader.read();
  assertEquals(clock.pending, 1);
  deadline[Symbol.dispose]();
  assertEquals(clock.pending, 0);
});
