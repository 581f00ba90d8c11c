import { assertEquals } from "@std/assert";
import { AddressQueue, type PeerAddress } from "../../lib/net/mod.ts";

function at(port: number): PeerAddress {
  return { host: "192.0.2.1", port };
}

Deno.test({
  name: "AddressQueue gives what came since the last read, each address once, the latest if many",
  permissions: "none",
  async fn() {
    const queue = new AddressQueue(3);
    const reader = queue.stream.getReader();
    queue.add([at(1), at(2), at(1)]);
    assertEquals(await reader.read(), { done: false, value: [at(1), at(2)] });
    queue.add([1, 2, 3, 4, 5].map(at));
    queue.remove(at(4));
    assertEquals(await reader.read(), { done: false, value: [at(3), at(5)] });
    const next = reader.read();
    queue.add([at(6)]);
    assertEquals(await next, { done: false, value: [at(6)] });
  },
});

Deno.test({
  name: "AddressQueue ends when it is closed and what waited is read, and takes nothing after that",
  permissions: "none",
  async fn() {
    const queue = new AddressQueue(3);
    queue.add([at(1)]);
    queue.close();
    queue.add([at(2)]);
    assertEquals(queue.isOpen, false);
    assertEquals(await Array.fromAsync(queue.stream), [[at(1)]]);

    const cleared = new AddressQueue(3);
    cleared.add([at(1)]);
    cleared.clear();
    cleared.close();
    assertEquals(await Array.fromAsync(cleared.stream), []);

    const unread = new AddressQueue(3);
    await unread.stream.cancel();
    assertEquals(unread.isOpen, false);
  },
});
