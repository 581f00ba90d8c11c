import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Datagram,
  type MulticastChannel,
  type MulticastOptions,
  systemMulticast,
} from "../../lib/net/mod.ts";

/** A group that nobody else uses, at a port of chance, on loopback alone. */
const OPTIONS: MulticastOptions = {
  group: { host: "239.255.77.77", port: 20_000 + Math.floor(Math.random() * 10_000) },
  host: "127.0.0.1",
  sendFrom: "any port",
};
const PATIENCE_MS = 5_000;

/** Why multicast cannot be tried here; nothing if it can. */
async function obstacle(): Promise<string> {
  try {
    using one = await systemMulticast.join(OPTIONS);
    await one.send(new Uint8Array([1]));
    await next(one);
    return "";
  } catch (error) {
    return ` (ignored: ${error instanceof Error ? error.message : error})`;
  }
}

/** The next datagram; fails if there is none in time. */
async function next({ datagrams }: MulticastChannel): Promise<Datagram> {
  const reader = datagrams.getReader();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("no datagram comes")), PATIENCE_MS);
  try {
    const { value } = await Promise.race([reader.read(), late.promise]);
    assert(value !== undefined, "the channel ended");
    return value;
  } finally {
    clearTimeout(timer);
    reader.releaseLock();
  }
}

const ignored = await obstacle();

Deno.test({
  name: `multicast over UDP: everybody on the machine who joined hears what one sends${ignored}`,
  ignore: ignored !== "",
  async fn() {
    using one = await systemMulticast.join(OPTIONS);
    using other = await systemMulticast.join(OPTIONS);
    await one.send(new Uint8Array([1, 2, 3]));
    for (const channel of [one, other]) {
      const { bytes, sender } = await next(channel);
      assertEquals([...bytes], [1, 2, 3]);
      assertEquals(sender.host, "127.0.0.1");
      assert(sender.port !== OPTIONS.group.port);
    }
  },
});

Deno.test({
  name: `multicast over UDP: what must come from the port of the group does${ignored}`,
  ignore: ignored !== "",
  async fn() {
    const options = { ...OPTIONS, sendFrom: "group port", timeToLive: 255 } as const;
    using one = await systemMulticast.join(options);
    await one.send(new Uint8Array([7]));
    assertEquals((await next(one)).sender, { host: "127.0.0.1", port: OPTIONS.group.port });
  },
});

Deno.test({
  name: `multicast over UDP: a channel that is closed ends its datagrams${ignored}`,
  ignore: ignored !== "",
  async fn() {
    const channel = await systemMulticast.join(OPTIONS);
    const all = Array.fromAsync(channel.datagrams);
    channel.close();
    channel.close();
    assertEquals(await all, []);
  },
});

Deno.test({
  name: "multicast over UDP: a missing permission is an error, and nobody is asked for it",
  permissions: { net: ["127.0.0.1"] },
  async fn() {
    await assertRejects(() => systemMulticast.join(OPTIONS), Deno.errors.NotCapable, "--allow-net");
  },
});

Deno.test("multicast over UDP: an interface that the machine does not have is an error", async () => {
  await assertRejects(() => systemMulticast.join({ ...OPTIONS, host: "203.0.113.99" }));
  await assertRejects(
    () => systemMulticast.join({ ...OPTIONS, host: "fd00::99" }),
    Error,
    "interface",
  );
});
