import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Connection, FakeClock, MemoryNetwork, RatedLinks } from "../../lib/net/mod.ts";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";

const KIB = 1024;

/** A network of links whose rates are bytes a second each way; other hosts are not limited. */
function openNetwork(rates: Record<string, number>, latencyMs = 0) {
  const clock = new FakeClock();
  const links = new RatedLinks({ clock, latencyMs });
  for (const [host, rate] of Object.entries(rates)) links.limit(host, { up: rate, down: rate });
  return { clock, links, network: new MemoryNetwork(links) };
}

/** Connects two hosts; gives the end that dialled and the other one. */
async function join(network: MemoryNetwork, from: string, to: string): Promise<Connection[]> {
  using listener = network.host(to).listen({ host: to, port: 0 });
  const near = await network.host(from).dial(listener.address);
  return [near, await listener.accept()];
}

/** What has come at the end of a connection until now, and whether it has ended. */
function drain({ readable }: Connection) {
  const sink = { bytes: 0, chunks: [] as Uint8Array[], state: "open" as "open" | "ended" };
  void (async () => {
    for await (const chunk of readable) {
      sink.bytes += chunk.length;
      sink.chunks.push(chunk);
    }
    sink.state = "ended";
  })();
  return sink;
}

/** Writes without an end, until the connection is closed. */
function flood({ writable }: Connection): void {
  const writer = writable.getWriter();
  writer.closed.catch(() => undefined);
  void (async () => {
    while (true) await writer.write(new Uint8Array(64 * KIB));
  })().catch(() => undefined);
}

function assertNear(actual: number, wanted: number, share = 0.02): void {
  assert(Math.abs(actual - wanted) <= wanted * share, `${actual} is not about ${wanted}`);
}

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

pure(
  "A link carries as fast as the slower one of the sender and the receiver, and no faster",
  async () => {
    for (const [sender, receiver] of [[100 * KIB, 1e9], [1e9, 100 * KIB], [100 * KIB, 300 * KIB]]) {
      const { clock, network } = openNetwork({ a: sender!, b: receiver! });
      const [a, b] = await join(network, "a", "b");
      const sink = drain(b!);
      flood(a!);
      for (let second = 1; second <= 5; second++) {
        await clock.advance(1_000);
        assert(sink.bytes <= second * 100 * KIB, `${sink.bytes} after ${second} s`);
      }
      assertNear(sink.bytes, 500 * KIB);
      a!.close();
      b!.close();
      await clock.advance(10);
    }
  },
);

pure("A link has the rate that it was given last, connections that are open included", async () => {
  const { clock, links, network } = openNetwork({ a: 100 * KIB });
  const [a, b] = await join(network, "a", "b");
  const sink = drain(b!);
  flood(a!);
  await clock.advance(1_000);
  assertNear(sink.bytes, 100 * KIB);
  links.limit("a", { up: 0, down: 0 });
  const before = sink.bytes;
  await clock.advance(10_000);
  assertEquals(sink.bytes, before, "it stands still");
  links.limit("a", { up: 50 * KIB, down: 0 });
  await clock.advance(2_000);
  assertNear(sink.bytes - before, 100 * KIB);
  a!.close();
  b!.close();
  await clock.advance(10);
});

pure("A link that was idle saves nothing up", async () => {
  const { clock, network } = openNetwork({ a: 100 * KIB });
  const [a, b] = await join(network, "a", "b");
  const sink = drain(b!);
  await clock.advance(60_000);
  flood(a!);
  await clock.advance(100);
  assertNear(sink.bytes, 10 * KIB, 0.05);
  a!.close();
  b!.close();
  await clock.advance(10);
});

pure("What arrives is what was sent, in order, whatever the pieces, and then the end", async () => {
  const { clock, network } = openNetwork({ a: 3_000_017, b: 2_000_003 }, 7);
  const [a, b] = await join(network, "a", "b");
  const sink = drain(b!);
  const data = randomBytes(seededRandom(5), 700_001);
  const writer = a!.writable.getWriter();
  const written = (async () => {
    for (let at = 0, size = 1; at < data.length; at += size, size = (size * 7) % 90_001 + 1) {
      await writer.write(data.subarray(at, at + size));
    }
    await writer.close();
  })();
  await clock.advance(2_000);
  await written;
  assertEquals(sink.state, "ended");
  const arrived = new Uint8Array(await new Blob(sink.chunks as BlobPart[]).arrayBuffer());
  assertEquals(arrived.length, data.length);
  assert(arrived.every((byte, at) => byte === data[at]), "the bytes are others");
});

pure(
  "The connections of a host share its rate fairly, and one that is slow leaves it the rest",
  async () => {
    const { clock, network } = openNetwork({ a: 8_000 * KIB, slow: 800 * KIB });
    const ends: Connection[] = [];
    const sinks = [];
    for (const host of ["b", "c", "d", "slow"]) {
      const [near, far] = await join(network, "a", host);
      ends.push(near!, far!);
      sinks.push(drain(far!));
      flood(near!);
    }
    await clock.advance(500);
    for (const { bytes } of sinks.slice(0, 3)) assertNear(bytes, 1_200 * KIB, 0.05);
    assertNear(sinks[3]!.bytes, 400 * KIB, 0.05);
    for (const end of ends) end.close();
    await clock.advance(10);
  },
);

pure("What two hosts send to a third shares the rate of that one", async () => {
  const { clock, network } = openNetwork({ c: 200 * KIB });
  const ends: Connection[] = [];
  const sinks = [];
  for (const host of ["a", "b"]) {
    const [near, far] = await join(network, host, "c");
    ends.push(near!, far!);
    sinks.push(drain(far!));
    flood(near!);
  }
  await clock.advance(4_000);
  for (const { bytes } of sinks) assertNear(bytes, 4 * 100 * KIB, 0.05);
  for (const end of ends) end.close();
  await clock.advance(10);
});

pure("Sending and receiving do not slow each other down", async () => {
  const { clock, network } = openNetwork({ a: 100 * KIB, b: 100 * KIB });
  const [a, b] = await join(network, "a", "b");
  const sinks = [drain(a!), drain(b!)];
  flood(a!);
  flood(b!);
  await clock.advance(3_000);
  for (const { bytes } of sinks) assertNear(bytes, 300 * KIB);
  a!.close();
  b!.close();
  await clock.advance(10);
});

pure("Bytes arrive when they have travelled, not before", async () => {
  const { clock, network } = openNetwork({ a: 1e6 }, 50);
  const [a, b] = await join(network, "a", "b");
  const sink = drain(b!);
  await a!.writable.getWriter().write(new Uint8Array(100));
  await clock.advance(50);
  assertEquals(sink.bytes, 0);
  await clock.advance(4);
  assertEquals(sink.bytes, 100);
  b!.close();
  a!.close();
  await clock.advance(100);
  assertEquals(clock.pending, 0, "nothing is carried any more");
});

pure("Hosts that were given no rate reach each other within a round", async () => {
  const { clock, network } = openNetwork({});
  const [a, b] = await join(network, "a", "b");
  const sink = drain(b!);
  const writer = a!.writable.getWriter();
  const written = writer.write(new Uint8Array(200 * KIB));
  await clock.advance(5);
  await written;
  assertEquals(sink.bytes, 200 * KIB);
  b!.close();
  a!.close();
});

pure(
  "A reader that does not read holds the writer up, and lets it go on when it reads",
  async () => {
    const { clock, network } = openNetwork({ a: 10e6 });
    const [a, b] = await join(network, "a", "b");
    let written = 0;
    const writer = a!.writable.getWriter();
    writer.closed.catch(() => undefined);
    const writing = (async () => {
      while (true) {
        await writer.write(new Uint8Array(16 * KIB));
        written += 16 * KIB;
      }
    })().catch(() => undefined);
    await clock.advance(5_000);
    const stuck = written;
    assert(stuck >= 256 * KIB && stuck <= 640 * KIB, `${stuck} bytes were written`);
    assertEquals(clock.pending, 0, "there is nothing to carry");
    const sink = drain(b!);
    await clock.advance(1_000);
    assert(sink.bytes > 5e6, `${sink.bytes} bytes came`);
    b!.close();
    a!.close();
    await clock.advance(10);
    await writing;
  },
);

pure("What the closer has written arrives, and what a closed reader was sent is lost", async () => {
  const { clock, network } = openNetwork({ a: 100 * KIB }, 20);
  const [a, b] = await join(network, "a", "b");
  const sink = drain(b!);
  await a!.writable.getWriter().write(new Uint8Array(20 * KIB));
  a!.close();
  await clock.advance(1_000);
  assertEquals([sink.bytes, sink.state], [20 * KIB, "ended"]);

  const [c, d] = await join(network, "a", "d");
  const writer = c!.writable.getWriter();
  writer.closed.catch(() => undefined);
  await writer.write(new Uint8Array(20 * KIB));
  await clock.advance(60);
  d!.close();
  await clock.advance(1_000);
  await assertRejects(() => writer.write(Uint8Array.of(1)), Deno.errors.BrokenPipe);
  assertEquals((await c!.readable.getReader().read()).done, true);
  assertEquals(clock.pending, 0);
  b!.close();
  c!.close();
});

pure("A host that is cut off ends what travels, and others go on", async () => {
  const { clock, network } = openNetwork({ a: 100 * KIB }, 20);
  const [a, b] = await join(network, "a", "b");
  const [c, d] = await join(network, "a", "d");
  const sinks = [drain(b!), drain(d!)];
  flood(a!);
  flood(c!);
  await clock.advance(1_000);
  network.unplug("b");
  await clock.advance(1_000);
  const lost = sinks[0]!.bytes;
  const before = sinks[1]!.bytes;
  await clock.advance(1_000);
  assertEquals(sinks[0]!.bytes, lost);
  assertNear(sinks[1]!.bytes - before, 100 * KIB, 0.05);
  for (const end of [a, b, c, d]) end!.close();
  await clock.advance(100);
  assertEquals(clock.pending, 0);
});
