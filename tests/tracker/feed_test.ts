import { assertEquals } from "@std/assert";
import { Feed } from "../../lib/tracker/feed.ts";

async function readAll<T>(stream: ReadableStream<T>): Promise<T[]> {
  return await Array.fromAsync(stream);
}

Deno.test({
  name: "a feed gives what was offered, in order, and ends",
  permissions: "none",
  async fn() {
    const feed = new Feed<number>({ capacity: 3 });
    feed.offer(1);
    feed.offer(2);
    feed.end();
    feed.end();
    feed.offer(3);
    assertEquals(await readAll(feed.readable), [1, 2]);
  },
});

Deno.test({
  name: "what a reader is too late for is lost, and no source waits",
  permissions: "none",
  async fn() {
    const feed = new Feed<number>({ capacity: 3 });
    for (let item = 0; item < 10; item++) feed.offer(item);
    const reader = feed.readable.getReader();
    assertEquals((await reader.read()).value, 0);
    feed.offer(10);
    feed.end();
    reader.releaseLock();
    assertEquals(await readAll(feed.readable), [1, 2, 10]);
  },
});

Deno.test({
  name: "a feed of which nobody wants to hear any more takes whatever comes",
  permissions: "none",
  async fn() {
    const feed = new Feed<number>({ capacity: 3 });
    await feed.readable.cancel();
    feed.offer(1);
    feed.end();
  },
});
