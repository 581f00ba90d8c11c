import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import { soon } from "../e2e/sluice.ts";
import { flipAt, type Leg, Relay } from "./relay.ts";
import { CAN_RESET, Resetter } from "./resetter.ts";

const LENGTH = 200_000;

/** What came through a relay from a server that sends zeros, and how it ended. */
interface Received {
  readonly bytes: Uint8Array;
  readonly end: "clean" | "reset";
}

/** A server that sends so many zeros to whoever connects, and then ends its side. */
function serveZeros(length: number): Deno.TcpListener {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serve = async (conn: Deno.TcpConn): Promise<void> => {
    using open = conn;
    try {
      for (let at = 0; at < length;) {
        at += await open.write(new Uint8Array(Math.min(16_384, length - at)));
      }
      await open.closeWrite();
      while (await open.read(new Uint8Array(1_024)) !== null);
    } catch {
      // The relay broke it off.
    }
  };
  void (async () => {
    try {
      while (true) void serve(await listener.accept());
    } catch {
      // It was closed.
    }
  })();
  return listener;
}

/** Fetches through a relay that does something on the way back. */
async function fetchThrough(back: Leg, length = LENGTH): Promise<Received> {
  using server = serveZeros(length);
  const { port } = server.addr;
  await using relay = new Relay({ target: { host: "127.0.0.1", port }, plan: () => ({ back }) });
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: relay.address.port });
  const bytes = new Uint8Array(length);
  const buffer = new Uint8Array(16_384);
  let count = 0;
  // Asks on and on, so that something lies there unread when it is broken.
  const asking = setInterval(() => void conn.write(Uint8Array.of(1)).catch(() => undefined), 5);
  try {
    for (let read; (read = await conn.read(buffer)) !== null; count += read) {
      bytes.set(buffer.subarray(0, read), count);
    }
    return { bytes: bytes.subarray(0, count), end: "clean" };
  } catch (error) {
    assert(error instanceof Deno.errors.ConnectionReset, String(error));
    return { bytes: bytes.subarray(0, count), end: "reset" };
  } finally {
    clearInterval(asking);
  }
}

Deno.test("Relay passes everything on where there is no plan", async () => {
  assertEquals(await fetchThrough({}), { bytes: new Uint8Array(LENGTH), end: "clean" });
});

for (const kind of ["cut", "half-close"] as const) {
  Deno.test(`Relay passes on what comes before a ${kind}, and nothing after it`, async () => {
    const { bytes } = await fetchThrough({ fault: { kind, after: 50_000 } });
    assertEquals(bytes.length, 50_000);
  });
}

Deno.test("Relay ends a connection that it breaks, and passes nothing on after that", async () => {
  const { bytes } = await fetchThrough({ fault: { kind: "break", after: 50_000 } });
  assert(bytes.length <= 50_000);
});

Deno.test({
  name: `Resetter resets a connection, which is no clean end${
    CAN_RESET ? "" : " (skipped: this runtime cannot send a reset)"
  }`,
  ignore: !CAN_RESET,
  async fn() {
    using server = serveZeros(LENGTH);
    const { port } = server.addr;
    const target = { host: "127.0.0.1", port };
    await using resetter = await Resetter.open({ target, after: () => 50_000 });
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: resetter.address.port });
    await assertRejects(async () => {
      while (await conn.read(new Uint8Array(16_384)) !== null);
    }, Deno.errors.ConnectionReset);
    assertEquals(resetter.resets, 1);
  },
});

Deno.test("Relay changes one bit of one byte", async () => {
  const { bytes } = await fetchThrough({ damage: flipAt(70_000) });
  const expected = new Uint8Array(LENGTH);
  expected[70_000] = 0x10;
  assertEquals(bytes, expected);
});

Deno.test("Relay keeps to a rate", async () => {
  const startMs = performance.now();
  await fetchThrough({ bytesPerSecond: 100_000 }, 50_000);
  assertGreater(performance.now() - startMs, 400);
});

Deno.test("Relay stalls until it is resumed", async () => {
  using server = serveZeros(LENGTH);
  const { port } = server.addr;
  const back = { fault: { kind: "stall", after: 10_000 } } as const;
  const relay = new Relay({ target: { host: "127.0.0.1", port }, plan: () => ({ back }) });
  await using _relay = relay;
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: relay.address.port });
  const buffer = new Uint8Array(LENGTH);
  let count = 0;
  while (count < 10_000) count += await conn.read(buffer) ?? 0;
  const more = conn.read(buffer);
  const waited = new Promise<"nothing">((resolve) => setTimeout(() => resolve("nothing"), 100));
  assertEquals(await Promise.race([more, waited]), "nothing");
  relay.resume();
  assertGreater(await more ?? 0, 0);
});

Deno.test("Relay goes on after one resume, however often it was stalled before", async () => {
  using server = serveZeros(LENGTH);
  const target = { host: "127.0.0.1", port: server.addr.port };
  const stalled = Promise.withResolvers<string>();
  const back = { fault: { kind: "stall", after: 10_000 } } as const;
  const relay = new Relay({ target, plan: () => ({ back }), onFault: stalled.resolve });
  await using _relay = relay;
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: relay.address.port });
  assertEquals(await stalled.promise, "stall");
  // Another turn of the loop, so that it waits at the gate.
  await new Promise((resolve) => setTimeout(resolve, 0));
  relay.stall();
  relay.stall();
  relay.resume();
  let count = 0;
  const buffer = new Uint8Array(16_384);
  while (count < LENGTH) count += await soon("bytes", conn.read(buffer)) ?? LENGTH;
  assertEquals(count, LENGTH);
});

Deno.test("Relay closes a connection that was still on its way to the target when it was disposed of", async () => {
  using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const target = { host: "127.0.0.1", port: server.addr.port };
  const asked = Promise.withResolvers<void>();
  const relay = new Relay({
    target: () => {
      asked.resolve();
      return target;
    },
  });
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: relay.address.port });
  await asked.promise;
  await soon("the end of the relay", relay[Symbol.asyncDispose]());
  assertEquals(relay.open, 0);
  assertEquals(await conn.read(new Uint8Array(1)).catch(() => null), null);
});
