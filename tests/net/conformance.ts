import {
  assert,
  assertEquals,
  assertFalse,
  assertLess,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { concatBytes, equalBytes } from "../../lib/bytes/mod.ts";
import { encodeFrames, FrameDecoderStream, readExactly } from "../../lib/framing/mod.ts";
import {
  type Connection,
  type Listener,
  ListenerClosedError,
  type Transport,
} from "../../lib/net/mod.ts";
import { randomBelow, seededRandom } from "../bytes/seeded_random.ts";

/** Two machines that can reach each other, as one kind of transport makes them. */
export interface TwoHosts {
  readonly server: Transport;
  readonly client: Transport;
  /** The address at which the client reaches the server. */
  readonly host: string;
  /** Where both ends must agree before data moves, a write waits until the other end was accepted. */
  readonly agreement?: "before data";
  /** More bytes than are taken from a writer whose other end does not read; 64 MiB by default. */
  readonly moreThanBuffered?: number;
  /** Waits until of all that was closed nothing runs any more, which is so at once by default. */
  readonly released?: () => Promise<void>;
}

const MEBIBYTE = 2 ** 20;

/** More than any transport takes from a writer whose other end does not read, unless it says so. */
const MORE_THAN_BUFFERED = 64 * MEBIBYTE;

class Pair implements Disposable {
  constructor(
    readonly listener: Listener,
    readonly client: Connection,
    readonly server: Connection,
  ) {}

  [Symbol.dispose](): void {
    this.client.close();
    this.server.close();
    this.listener.close();
  }
}

async function connect({ server, client, host }: TwoHosts): Promise<Pair> {
  const listener = await server.listen({ host, port: 0 });
  const [near, far] = await Promise.all([client.dial(listener.address), listener.accept()]);
  return new Pair(listener, near, far);
}

/** Bytes that differ from place to place, so that a shift or a swap is seen. */
function pattern(length: number, salt: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = Math.imul(at + salt, 0x9e37_79b1) >>> 24;
  return bytes;
}

/** Reads to the end, keeping each chunk as it came, so that one that is overwritten later is seen. */
/** All that comes of a connection, until it ends. */
export async function readAll(connection: Connection): Promise<Uint8Array> {
  return concatBytes(await Array.fromAsync(connection.readable));
}

async function writeAll(connection: Connection, ...parts: Uint8Array[]): Promise<void> {
  const writer = connection.writable.getWriter();
  for (const part of parts) await writer.write(part);
  await writer.close();
}

/** How much was written of what is to be. */
interface Progress {
  written: number;
  readonly all: number;
}

/** Writes until a write fails or all is written; tells how much was. */
async function writeUntilFailure(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  progress: Progress,
): Promise<Error | undefined> {
  const chunk = new Uint8Array(64 * 1024);
  try {
    while (progress.written < progress.all) {
      await writer.write(chunk);
      progress.written += chunk.length;
    }
  } catch (error) {
    assert(error instanceof Error);
    return error;
  }
  return undefined;
}

function progressOf({ moreThanBuffered = MORE_THAN_BUFFERED }: TwoHosts): Progress {
  return { written: 0, all: moreThanBuffered };
}

/** Waits until a number has not changed for a tenth of a second, or has reached the end. */
async function stillness(progress: Progress): Promise<void> {
  let before = -1;
  for (let quiet = 0; quiet < 20 && progress.written < progress.all; quiet++) {
    if (progress.written !== before) quiet = 0;
    before = progress.written;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Declares the tests that every transport passes. */
export function testTransport(name: string, open: () => TwoHosts): void {
  function test(promise: string, fn: (hosts: TwoHosts) => Promise<void>): void {
    Deno.test(`${name}: ${promise}`, async () => {
      const hosts = open();
      await fn(hosts);
      await hosts.released?.();
    });
  }

  test("a listener on port 0 gets a free port and says which", async ({ server, host }) => {
    using one = await server.listen({ host, port: 0 });
    using other = await server.listen({ host, port: 0 });
    assertEquals(one.address.host, host);
    assert(one.address.port > 0 && other.address.port > 0);
    assertNotEquals(one.address.port, other.address.port);
  });

  test("a port in use is refused, and free again after it was closed", async (hosts) => {
    const listener = await hosts.server.listen({ host: hosts.host, port: 0 });
    const { address } = listener;
    assertThrows(() => hosts.server.listen(address), Deno.errors.AddrInUse);
    listener.close();
    await hosts.released?.();
    using again = await hosts.server.listen(address);
    using near = await hosts.client.dial(address);
    using far = await again.accept();
    assertEquals(near.local, far.remote);
  });

  test("each end knows its own address and the other's", async (hosts) => {
    using pair = await connect(hosts);
    assertEquals(pair.client.remote, pair.listener.address);
    assertEquals(pair.server.local, pair.listener.address);
    assertEquals(pair.server.remote, pair.client.local);
    assertNotEquals(pair.client.local.port, pair.client.remote.port);
  });

  test("a dial to a port where nobody listens is refused", async (hosts) => {
    const { server, client, host } = hosts;
    const listener = await server.listen({ host, port: 0 });
    listener.close();
    await hosts.released?.();
    await assertRejects(() => client.dial(listener.address), Deno.errors.ConnectionRefused);
  });

  test("a dial that is aborted fails with the reason, and the next one succeeds", async (hosts) => {
    using listener = await hosts.server.listen({ host: hosts.host, port: 0 });
    const reason = new Error("not wanted any more");
    const early = { signal: AbortSignal.abort(reason) };
    assertStrictEquals(
      await assertRejects(() => hosts.client.dial(listener.address, early)),
      reason,
    );
    const controller = new AbortController();
    const dialing = hosts.client.dial(listener.address, { signal: controller.signal });
    controller.abort(reason);
    assertStrictEquals(await assertRejects(() => dialing), reason);

    using near = await hosts.client.dial(listener.address);
    // The aborted dial may have come through to the listener before it was given up.
    for (let accepted = 0; accepted < 2; accepted++) {
      using far = await listener.accept();
      if (far.remote.port === near.local.port) return;
      assertEquals(await readAll(far), new Uint8Array(0));
    }
    throw new Error("the second dial was not accepted");
  });

  test("an abort after the dial leaves the connection alone", async (hosts) => {
    using listener = await hosts.server.listen({ host: hosts.host, port: 0 });
    const controller = new AbortController();
    using near = await hosts.client.dial(listener.address, { signal: controller.signal });
    using far = await listener.accept();
    controller.abort();
    await Promise.all([writeAll(near, Uint8Array.of(1)), writeAll(far, Uint8Array.of(2))]);
    assertEquals(await readAll(far), Uint8Array.of(1));
    assertEquals(await readAll(near), Uint8Array.of(2));
  });

  test("a closed listener ends accept(), waiting or not, and refuses to dial", async (hosts) => {
    const listener = await hosts.server.listen({ host: hosts.host, port: 0 });
    const waiting = assertRejects(() => listener.accept(), ListenerClosedError);
    await new Promise((resolve) => setTimeout(resolve, 0));
    listener.close();
    listener.close();
    await waiting;
    await hosts.released?.();
    await assertRejects(() => listener.accept(), ListenerClosedError);
    await assertRejects(() => hosts.client.dial(listener.address), Deno.errors.ConnectionRefused);
  });

  test("a connection is accepted also when it was made before accept()", async (hosts) => {
    using listener = await hosts.server.listen({ host: hosts.host, port: 0 });
    using near = await hosts.client.dial(listener.address);
    const written = writeAll(near, Uint8Array.of(1, 2, 3));
    if (hosts.agreement === undefined) await written;
    using far = await listener.accept();
    assertEquals(await readAll(far), Uint8Array.of(1, 2, 3));
    await written;
  });

  test("an accepted connection outlives its listener", async (hosts) => {
    using pair = await connect(hosts);
    pair.listener.close();
    await writeAll(pair.client, Uint8Array.of(7));
    assertEquals(await readAll(pair.server), Uint8Array.of(7));
  });

  test("a full reply is read after the asker has finished its side", async (hosts) => {
    using pair = await connect(hosts);
    const reply = pattern(3 * MEBIBYTE, 1);
    const served = (async () => {
      const question = await readAll(pair.server);
      await writeAll(pair.server, reply);
      return question;
    })();
    await writeAll(pair.client, Uint8Array.of(1, 2, 3));
    assert(equalBytes(await readAll(pair.client), reply));
    assertEquals(await served, Uint8Array.of(1, 2, 3));
  });

  test("a side that has finished can be left open while the other goes on", async (hosts) => {
    using pair = await connect(hosts);
    await pair.server.writable.close();
    assertEquals(await readAll(pair.client), new Uint8Array(0));
    const writer = pair.client.writable.getWriter();
    const reader = pair.server.readable.getReader();
    for (let byte = 0; byte < 5; byte++) {
      await writer.write(Uint8Array.of(byte));
      assertEquals((await reader.read()).value, Uint8Array.of(byte));
    }
    await writer.close();
    assertEquals((await reader.read()).done, true);
  });

  test("close() ends a pending read, of either kind, on both ends", async (hosts) => {
    for (const mode of ["default", "byob"]) {
      using pair = await connect(hosts);
      const reads = [pair.client, pair.server].map(({ readable }) =>
        mode === "byob" ? readExactly(readable, 10) : readable.getReader().read()
      );
      await new Promise((resolve) => setTimeout(resolve, 0));
      pair.client.close();
      const ended = mode === "byob" ? undefined : { done: true, value: undefined };
      assertEquals<unknown>(await Promise.all(reads), [ended, ended]);
    }
  });

  test("close() gives up what was not read yet", async (hosts) => {
    using pair = await connect(hosts);
    await writeAll(pair.server, pattern(1000, 2), pattern(1000, 3));
    const reader = pair.client.readable.getReader();
    assertNotEquals((await reader.read()).value?.length ?? 0, 0);
    await writeAll(pair.client);
    pair.client.close();
    assertEquals((await reader.read()).done, true);
  });

  test("what was written before close() still arrives", async (hosts) => {
    using pair = await connect(hosts);
    const bytes = pattern(100_000, 3);
    const writer = pair.client.writable.getWriter();
    await writer.write(bytes);
    pair.client.close();
    assert(equalBytes(await readAll(pair.server), bytes));
  });

  test("close() fails a pending write and every later one", async (hosts) => {
    using pair = await connect(hosts);
    const writer = pair.client.writable.getWriter();
    writer.closed.catch(() => {});
    const progress = progressOf(hosts);
    const failing = writeUntilFailure(writer, progress);
    await stillness(progress);
    assertLess(progress.written, progress.all);
    pair.client.close();
    assert(await failing instanceof Error);
    await assertRejects(() => writer.write(Uint8Array.of(1)), Error);
  });

  test("close() on an idle connection fails the next write", async (hosts) => {
    using pair = await connect(hosts);
    const writer = pair.client.writable.getWriter();
    writer.closed.catch(() => {});
    pair.client.close();
    await assertRejects(() => writer.write(Uint8Array.of(1)), Deno.errors.BrokenPipe);
  });

  test("close() can be repeated", async (hosts) => {
    using pair = await connect(hosts);
    for (const connection of [pair.client, pair.server]) {
      connection.close();
      connection.close();
      connection[Symbol.dispose]();
    }
  });

  test("writing fails in the end when the other side has closed", async (hosts) => {
    using pair = await connect(hosts);
    const writer = pair.client.writable.getWriter();
    writer.closed.catch(() => {});
    pair.server.close();
    const progress = progressOf(hosts);
    assert(await writeUntilFailure(writer, progress) instanceof Error);
  });

  test("a pending write fails when the other side closes", async (hosts) => {
    using pair = await connect(hosts);
    const writer = pair.client.writable.getWriter();
    writer.closed.catch(() => {});
    const progress = progressOf(hosts);
    const failing = writeUntilFailure(writer, progress);
    await stillness(progress);
    pair.server.close();
    assert(await failing instanceof Error);
  });

  test("cancelling the reading or aborting the writing closes the connection", async (hosts) => {
    const ways: ((connection: Connection) => Promise<void>)[] = [
      (connection) => connection.readable.cancel(),
      (connection) => connection.writable.abort(),
    ];
    for (const end of ways) {
      using pair = await connect(hosts);
      await end(pair.client);
      assertEquals(await readAll(pair.server), new Uint8Array(0));
    }
  });

  test("a writer waits for a reader that does not read", async (hosts) => {
    using pair = await connect(hosts);
    const progress = progressOf(hosts);
    const writer = pair.client.writable.getWriter();
    const writing = writeUntilFailure(writer, progress).then(() => writer.close());
    await stillness(progress);
    assertLess(progress.written, progress.all);
    let read = 0;
    for await (const chunk of pair.server.readable) read += chunk.length;
    await writing;
    assertEquals(read, progress.all);
  });

  test("a large transfer in both directions at once arrives byte for byte", async (hosts) => {
    using pair = await connect(hosts);
    const random = seededRandom(50);
    const length = progressOf(hosts).all * 3 / 8;
    const [up, down] = [pattern(length, 4), pattern(length, 5)];
    function parts(bytes: Uint8Array): Uint8Array[] {
      const cut: Uint8Array[] = [];
      for (let at = 0; at < bytes.length;) {
        const length = 1 + randomBelow(random, randomBelow(random, 2) === 0 ? 100 : 500_000);
        cut.push(bytes.subarray(at, at += length));
      }
      return cut;
    }
    const [received, sent] = await Promise.all([
      readAll(pair.server),
      readAll(pair.client),
      writeAll(pair.client, ...parts(up)),
      writeAll(pair.server, ...parts(down)),
    ]);
    assert(equalBytes(received, up));
    assert(equalBytes(sent, down));
  });

  test("a buffer may be used again once it is written", async (hosts) => {
    using pair = await connect(hosts);
    const writer = pair.client.writable.getWriter();
    const buffer = new Uint8Array(1000);
    for (let round = 1; round <= 100; round++) {
      await writer.write(buffer.fill(round));
      buffer.fill(0);
    }
    await writer.close();
    const expected = Array.from({ length: 100 }, (_, at) => new Uint8Array(1000).fill(at + 1));
    assertEquals(await readAll(pair.server), concatBytes(expected));
  });

  test("a write of no bytes sends nothing and does not end the stream", async (hosts) => {
    using pair = await connect(hosts);
    const [empty, one] = [new Uint8Array(0), Uint8Array.of(1)];
    await writeAll(pair.client, empty, one, empty, one, empty);
    assertEquals(await readAll(pair.server), Uint8Array.of(1, 1));
  });

  test("an exact count of bytes is read and the frames behind it piped on", async (hosts) => {
    using pair = await connect(hosts);
    const handshake = pattern(68, 6);
    const payloads = Array.from({ length: 40 }, (_, at) => pattern(at * at * 50, at));
    const sending = writeAll(
      pair.client,
      concatBytes([handshake, encodeFrames(payloads.slice(0, 20))]),
      encodeFrames(payloads.slice(20)),
    );
    assertEquals(await readExactly(pair.server.readable, 68), handshake);
    assertFalse(pair.server.readable.locked);
    const frames = pair.server.readable.pipeThrough(new FrameDecoderStream({ maxLength: 1e6 }));
    const received = (await Array.fromAsync(frames)).flat();
    await sending;
    assertEquals(received.length, payloads.length);
    assert(received.every((payload, at) => equalBytes(payload, payloads[at] ?? handshake)));
  });

  test("an end before an exact count is told from a clean end", async (hosts) => {
    using pair = await connect(hosts);
    await writeAll(pair.client, new Uint8Array(67));
    await assertRejects(() => readExactly(pair.server.readable, 68), Error, "1 bytes before");
    await writeAll(pair.server);
    assertEquals(await readExactly(pair.client.readable, 68), undefined);
  });

  test("fifty connections at once each get their own bytes back", async (hosts) => {
    using listener = await hosts.server.listen({ host: hosts.host, port: 0 });
    async function echo(connection: Connection): Promise<void> {
      using far = connection;
      await far.readable.pipeTo(far.writable);
    }
    const serving: Promise<void>[] = [];
    const accepting = (async () => {
      while (serving.length < 50) serving.push(echo(await listener.accept()));
    })();
    await Promise.all(Array.from({ length: 50 }, async (_, salt) => {
      using connection = await hosts.client.dial(listener.address);
      const bytes = pattern(50_000, salt);
      const returned = readAll(connection);
      await writeAll(connection, bytes);
      assert(equalBytes(await returned, bytes));
    }));
    await accepting;
    await Promise.all(serving);
  });
}
