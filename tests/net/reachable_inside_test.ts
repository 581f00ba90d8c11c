import { assertEquals, assertRejects } from "@std/assert";
import {
  type Connection,
  ListenerClosedError,
  MemoryNetwork,
  reachableInside,
} from "../../lib/net/mod.ts";

async function close(...connections: Connection[]): Promise<void> {
  for (const connection of connections) connection.close();
  await Promise.resolve();
}

Deno.test({
  name: "reachableInside() accepts those from outside and those from within, each once",
  permissions: "none",
  async fn() {
    const network = new MemoryNetwork();
    const { transport, inside } = reachableInside(network.host("192.0.2.1"));
    const listener = transport.listen({ host: "192.0.2.1", port: 80 });
    assertEquals(listener.address, { host: "192.0.2.1", port: 80 });
    for (let round = 0; round < 3; round++) {
      const first = await inside.dial(listener.address);
      const within = await listener.accept();
      assertEquals(within.remote.host, "127.0.0.1");
      const second = await network.host("192.0.2.9").dial(listener.address);
      const without = await listener.accept();
      assertEquals(without.remote.host, "192.0.2.9");
      await close(first, within, second, without);
    }
    const waiting = assertRejects(() => listener.accept(), ListenerClosedError);
    listener.close();
    await waiting;
    await assertRejects(() => inside.dial(listener.address), Deno.errors.ConnectionRefused);
    await listener.ended?.();
  },
});
