import { assertEquals, assertRejects } from "@std/assert";
import { MemoryNetwork } from "../../lib/net/mod.ts";
import { testTransport } from "./conformance.ts";

testTransport("MemoryNetwork", () => {
  const network = new MemoryNetwork();
  return { server: network.host("server"), client: network.host("client"), host: "server" };
});

Deno.test({
  name: "MemoryNetwork: hosts of one port do not get in each other's way",
  permissions: "none",
  async fn() {
    const network = new MemoryNetwork();
    const client = network.host("client");
    using a = await network.host("a").listen({ host: "0.0.0.0", port: 6789 });
    using b = await network.host("b").listen({ host: "0.0.0.0", port: 6789 });
    assertEquals([a.address.host, b.address.host], ["a", "b"]);
    using toB = await client.dial({ host: "b", port: 6789 });
    using toA = await client.dial({ host: "a", port: 6789 });
    using fromA = await a.accept();
    using fromB = await b.accept();
    assertEquals(fromA.remote, toA.local);
    assertEquals(fromB.remote, toB.local);
  },
});

Deno.test({
  name: "MemoryNetwork: unplug() breaks a host's connections and refuses dials until plugIn()",
  permissions: "none",
  async fn() {
    const network = new MemoryNetwork();
    const [a, b, c] = [network.host("a"), network.host("b"), network.host("c")];
    using listener = await a.listen({ host: "a", port: 1 });
    using other = await c.listen({ host: "c", port: 1 });
    using toA = await b.dial(listener.address);
    using atA = await listener.accept();
    using toC = await b.dial(other.address);
    using atC = await other.accept();

    network.unplug("a");
    for (const { readable } of [toA, atA]) {
      assertEquals((await readable.getReader().read()).done, true);
    }
    const writer = toA.writable.getWriter();
    writer.closed.catch(() => {});
    await assertRejects(() => writer.write(Uint8Array.of(1)), Deno.errors.BrokenPipe);
    await assertRejects(() => b.dial(listener.address), Deno.errors.ConnectionRefused);
    await assertRejects(() => a.dial(other.address), Deno.errors.ConnectionRefused);

    await toC.writable.getWriter().write(Uint8Array.of(2));
    assertEquals((await atC.readable.getReader().read()).value, Uint8Array.of(2));

    network.plugIn("a");
    using again = await b.dial(listener.address);
    using accepted = await listener.accept();
    assertEquals(accepted.remote, again.local);
  },
});

Deno.test({
  name: "MemoryNetwork: connections that nobody accepted end when the listener is closed",
  permissions: "none",
  async fn() {
    const network = new MemoryNetwork();
    const listener = await network.host("a").listen({ host: "a", port: 1 });
    using near = await network.host("b").dial(listener.address);
    listener.close();
    assertEquals((await near.readable.getReader().read()).done, true);
  },
});
