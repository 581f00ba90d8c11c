import { assertEquals, assertExists, assertLess, assertRejects } from "@std/assert";
import {
  type Connection,
  DeadlineError,
  systemClock,
  tcpTransport,
  withDeadline,
} from "../../lib/net/mod.ts";
import { testTransport } from "./conformance.ts";
import { ipv6Missing } from "./ipv6_missing.ts";

testTransport("tcpTransport", () => ({
  server: tcpTransport,
  client: tcpTransport,
  host: "127.0.0.1",
}));

const missing = ipv6Missing();

Deno.test({
  name: `tcpTransport: connects over IPv6${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  ignore: missing !== undefined,
  async fn() {
    using listener = tcpTransport.listen({ host: "::1", port: 0 });
    using near = await tcpTransport.dial(listener.address);
    using far = await listener.accept();
    assertEquals([listener.address.host, near.remote.host, far.remote.host], ["::1", "::1", "::1"]);
    await near.writable.close();
    assertEquals((await far.readable.getReader().read()).done, true);
  },
});

Deno.test({
  name: `tcpTransport: an IPv4 caller of an IPv6 listener is known by its IPv4 address${
    missing === undefined ? "" : ` (skipped: ${missing})`
  }`,
  ignore: missing !== undefined,
  async fn() {
    using listener = tcpTransport.listen({ host: "::", port: 0 });
    using near = await tcpTransport.dial({ host: "127.0.0.1", port: listener.address.port });
    using far = await listener.accept();
    assertEquals(far.remote, near.local);
    assertEquals(far.local, near.remote);
  },
});

Deno.test("tcpTransport: a dial by name connects", async () => {
  using listener = tcpTransport.listen({ host: "127.0.0.1", port: 0 });
  using near = await tcpTransport.dial({ host: "localhost", port: listener.address.port });
  using far = await listener.accept();
  assertEquals(far.remote.port, near.local.port);
});

Deno.test("tcpTransport: a dial that nobody answers ends with its deadline and leaves nothing", async () => {
  using listener = tcpTransport.listen({ host: "127.0.0.1", port: 0 });
  const held: Connection[] = [];
  // Once the listener's queue is full the kernel drops what comes, as a silent host would.
  const options = { clock: systemClock, ms: 300, message: "No answer" };
  const error = await assertRejects(async () => {
    while (held.length < 5_000) {
      const dialing = (signal: AbortSignal): Promise<Connection> =>
        tcpTransport.dial(listener.address, { signal });
      held.push(await withDeadline(dialing, options));
    }
  }, DeadlineError);
  assertEquals(error.message, "No answer");
  assertLess(held.length, 5_000);
  for (const connection of held) connection.close();
});

/** What is needed of `node:net` to send a reset; an import would ask for types of the registry. */
interface Sockets {
  createConnection(port: number, host: string): {
    once(event: "connect" | "close", run: () => void): void;
    resetAndDestroy(): void;
  };
  Socket: { prototype: { resetAndDestroy?: unknown } };
}

const { process } = globalThis as { process?: { getBuiltinModule?(name: string): Sockets } };
const sockets = process?.getBuiltinModule?.("node:net");
const canReset = typeof sockets?.Socket.prototype.resetAndDestroy === "function";

Deno.test({
  name: `tcpTransport: a reset by the other side fails the reading, it is no clean end${
    canReset ? "" : " (skipped: this runtime cannot send a reset)"
  }`,
  ignore: !canReset,
  async fn() {
    assertExists(sockets);
    using listener = tcpTransport.listen({ host: "127.0.0.1", port: 0 });
    const near = sockets.createConnection(listener.address.port, "127.0.0.1");
    const closed = new Promise<void>((resolve) => near.once("close", resolve));
    await new Promise<void>((resolve) => near.once("connect", resolve));
    using far = await listener.accept();
    const reading = far.readable.getReader().read();
    near.resetAndDestroy();
    await assertRejects(() => reading, Deno.errors.ConnectionReset);
    await closed;
  },
});
