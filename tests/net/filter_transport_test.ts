import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type AddressFilter,
  AddressRefusedError,
  filterTransport,
  generateSwarmKey,
  keyedTransport,
  ListenerClosedError,
  MemoryNetwork,
  tcpTransport,
  type Transport,
} from "../../lib/net/mod.ts";

function without(...blocked: readonly string[]): AddressFilter {
  return { admits: (host) => !blocked.includes(host), generation: 0 };
}

Deno.test("A filtered transport closes who is shut out before he is heard, and goes on with the next", async () => {
  const network = new MemoryNetwork();
  const listener = filterTransport(network.host("10.0.0.1"), without("10.0.0.2"))
    .listen({ host: "10.0.0.1", port: 80 });
  const accepted = listener.accept();
  using shutOut = await network.host("10.0.0.2").dial(listener.address);
  const reader = shutOut.readable.getReader();
  assertEquals((await reader.read()).done, true);
  using _welcome = await network.host("10.0.0.3").dial(listener.address);
  using connection = await accepted;
  assertEquals(connection.remote.host, "10.0.0.3");
  const next = listener.accept();
  listener.close();
  await assertRejects(() => next, ListenerClosedError);
});

Deno.test("A filtered transport dials nobody who is shut out", async () => {
  const network = new MemoryNetwork();
  using listener = network.host("10.0.0.2").listen({ host: "10.0.0.2", port: 80 });
  let dialled = 0;
  const plain = network.host("10.0.0.1");
  const counting = {
    listen: plain.listen,
    dial: (...parameters: Parameters<typeof plain.dial>) => {
      dialled++;
      return plain.dial(...parameters);
    },
  };
  const filtered = filterTransport(counting, without("10.0.0.2"));
  await assertRejects(
    () => filtered.dial(listener.address),
    AddressRefusedError,
    "Cannot connect to 10.0.0.2:80: the lists of addresses do not let it in",
  );
  assertEquals(dialled, 0);
  using _other = await filterTransport(counting, without("10.0.0.9")).dial(listener.address);
  assertEquals(dialled, 1);
});

Deno.test("A filtered or keyed transport ends when all that it stands on has ended", async () => {
  const plain = new MemoryNetwork().host("10.0.0.1");
  for (
    const wrap of [
      (transport: Transport) => filterTransport(transport, without()),
      (transport: Transport) => keyedTransport(transport, { key: generateSwarmKey() }),
    ]
  ) {
    const over = {
      listener: Promise.withResolvers<void>(),
      dialled: Promise.withResolvers<void>(),
    };
    const transport = wrap({
      listen: (address) => {
        const listener = plain.listen(address);
        return {
          address: listener.address,
          accept: () => listener.accept(),
          close: () => listener.close(),
          ended: () => over.listener.promise,
          [Symbol.dispose]: () => listener.close(),
        };
      },
      dial: plain.dial,
      ended: () => over.dialled.promise,
    });
    const listener = transport.listen({ host: "10.0.0.1", port: 80 });
    listener.close();
    const ended: string[] = [];
    const waiting = [
      listener.ended?.().then(() => ended.push("listener")),
      transport.ended?.().then(() => ended.push("dialled")),
    ];
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(ended, []);
    over.listener.resolve();
    await waiting[0];
    over.dialled.resolve();
    await waiting[1];
    assertEquals(ended, ["listener", "dialled"]);
  }
});

Deno.test("A filtered transport closes what a name turned out to stand for, and sends nothing there", async () => {
  using listener = tcpTransport.listen({ host: "127.0.0.1", port: 0 });
  const filtered = filterTransport(tcpTransport, without("127.0.0.1", "::1"));
  const accepted = listener.accept();
  await assertRejects(
    () => filtered.dial({ host: "localhost", port: listener.address.port }),
    AddressRefusedError,
    "do not let it in",
  );
  using connection = await accepted;
  const { done } = await connection.readable.getReader().read();
  assert(done);
});
