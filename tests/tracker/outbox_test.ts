import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Connection, MemoryNetwork } from "../../lib/net/mod.ts";
import { Outbox } from "../../lib/tracker/outbox.ts";
import type { Body, Message } from "../../lib/tracker/mod.ts";
import { RawClient } from "./raw_client.ts";

/** Two ends of a connection, on which 256 KiB may be on the way. */
async function connect(): Promise<[ours: Connection, theirs: Connection]> {
  const network = new MemoryNetwork();
  using listener = network.host("a").listen({ host: "a", port: 1 });
  const theirs = await network.host("b").dial(listener.address);
  return [await listener.accept(), theirs];
}

function push(bytes: number): Message<Body> {
  return { type: "push", name: "news", content: { data: new Uint8Array(bytes) } };
}

Deno.test("messages arrive in the order in which they were sent, and the end behind them", async () => {
  const [ours, theirs] = await connect();
  using client = new RawClient(theirs);
  const outbox = new Outbox(ours, 1000);
  for (let transaction = 0; transaction < 10; transaction++) {
    void outbox.send({ type: "reply", transaction, content: {} });
  }
  await outbox.close();
  for (let transaction = 0; transaction < 10; transaction++) {
    const message = await client.next();
    assertEquals(message?.type === "reply" && message.transaction, transaction);
  }
  assertEquals(await client.next(), undefined);
});

Deno.test("a reader for whom too much waits is given up", async () => {
  const [ours, theirs] = await connect();
  using client = new RawClient(theirs);
  const outbox = new Outbox(ours, 100_000);
  await outbox.send(push(90_000));
  await outbox.send(push(90_000));
  await outbox.send(push(90_000));
  const waiting = outbox.send(push(90_000));
  const tooMuch = outbox.send(push(90_000));
  await assertRejects(() => waiting);
  await assertRejects(() => tooMuch);
  await assertRejects(() => outbox.send(push(1)));
  let heard = 0;
  while (await client.next() !== undefined) heard++;
  assert(heard <= 4, `${heard} messages came through`);
});

Deno.test("a reader that keeps up gets any amount", async () => {
  const [ours, theirs] = await connect();
  using client = new RawClient(theirs);
  const outbox = new Outbox(ours, 100_000);
  for (let sent = 0; sent < 50; sent++) {
    void outbox.send(push(90_000));
    assertEquals((await client.next())?.type, "push");
  }
  ours.close();
});
