import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { concatBytes, createPeerId, infoHashFromHex } from "../../../lib/bytes/mod.ts";
import {
  connectInMemory,
  FakeClock,
  keyedTransport,
  MAX_RECORD_DATA,
  MAX_UNPROVEN_BYTES,
  MemoryNetwork,
  SwarmKeyError,
  TamperedStreamError,
} from "../../../lib/net/mod.ts";
import { encodeHandshake } from "../../../lib/peer/mod.ts";
import { readExactly } from "../../../lib/framing/mod.ts";
import { KeyedConnection } from "../../../lib/net/swarm_key/keyed_connection.ts";
import { initiateNoise, type NoiseCounter } from "../../../lib/net/swarm_key/noise.ts";
import { sealRecords } from "../../../lib/net/swarm_key/records.ts";
import { webCryptoPrimitives } from "../../../lib/net/swarm_key/web_crypto.ts";
import {
  cutAt,
  endAt,
  flip,
  KEY,
  type Meddle,
  OTHER_KEY,
  type Outcome,
  readToEnd,
  Relay,
} from "./relay.ts";

/** Bytes of the initiator's message, of its first record, of a record of 5 bytes, and of the end. */
const MESSAGE = 48;
const EMPTY_RECORD = 18;
const PROOF = MESSAGE + EMPTY_RECORD;
const WHOLE = PROOF + 23 + EMPTY_RECORD;
const HELLO = new TextEncoder().encode("hello");

async function sendHello(meddle: Meddle): Promise<Outcome> {
  await using relay = new Relay({ meddle });
  return await relay.send(HELLO);
}

/** Runs something for each number below `count`, a few at a time. */
async function forEach(count: number, run: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: 16 }, async () => {
    while (next < count) await run(next++);
  }));
}

Deno.test("KeyedConnection: what is sent arrives however the bytes are cut", async () => {
  await forEach(WHOLE, async (at) => {
    assertEquals(await sendHello(cutAt(at)), { data: HELLO, error: undefined }, `cut at ${at}`);
  });
  const everywhere = Array.from({ length: WHOLE }, (_, at) => at);
  assertEquals(await sendHello(cutAt(...everywhere)), { data: HELLO, error: undefined });
});

Deno.test("KeyedConnection: no bit can be turned over, and nothing is read of what was changed", async () => {
  // Of the message, in which the handshake's own test turns each over, some; of all else each.
  const bits = Array.from({ length: 8 * WHOLE }, (_, bit) => bit)
    .filter((bit) => bit >= 8 * MESSAGE || bit % 11 === 0);
  await forEach(bits.length, async (at) => {
    const bit = bits[at] ?? 0;
    const { data, error } = await sendHello(flip(bit));
    const place = bit >> 3;
    const expected = place < PROOF ? SwarmKeyError : TamperedStreamError;
    assertInstanceOf(error, expected, `bit ${bit}: ${error}`);
    assertEquals(data, place < WHOLE - EMPTY_RECORD ? new Uint8Array(0) : HELLO, `bit ${bit}`);
  });
});

Deno.test("KeyedConnection: a connection that is cut is told from one that ended", async () => {
  await forEach(WHOLE + 1, async (length) => {
    const { data, error } = await sendHello(endAt(length));
    assertEquals(data, length < WHOLE - EMPTY_RECORD ? new Uint8Array(0) : HELLO, `at ${length}`);
    // Who has proved nothing has said nothing.
    if ([0, MESSAGE, WHOLE].includes(length)) assertEquals(error, undefined, `at ${length}`);
    else if (length < PROOF) assertInstanceOf(error, SwarmKeyError, `at ${length}`);
    else {
      assertInstanceOf(error, TamperedStreamError, `at ${length}`);
      assertEquals(
        error.message,
        "Cannot read from 192.0.2.1:50000: the connection was cut off",
      );
    }
  });
});

Deno.test("KeyedConnection: records that are left out, repeated or moved end the connection", async () => {
  const record = 23;
  const one = PROOF;
  const two = PROOF + record;
  const three = PROOF + 2 * record;
  const orders: [number, number][][] = [
    [[two, three]],
    [[one, two], [one, two]],
    [[two, three], [one, two]],
    [[0, MESSAGE]],
    [[three, three + EMPTY_RECORD]],
  ];
  for (const order of orders) {
    await using relay = new Relay({
      meddle: async function* (bytes) {
        const all: Uint8Array[] = [];
        let length = 0;
        for await (const part of bytes) {
          if (length < PROOF) yield part;
          all.push(part);
          length += part.length;
        }
        const whole = concatBytes(all);
        for (const [from, to] of order) yield whole.subarray(from, to);
      },
    });
    const { data, error } = await relay.send(HELLO, new TextEncoder().encode("world"));
    assertInstanceOf(error, TamperedStreamError);
    const isFirstRight = order[0]?.[0] === one;
    assertEquals(data, isFirstRight ? HELLO : new Uint8Array(0), JSON.stringify(order));
  }
});

Deno.test("KeyedConnection: a recorded conversation cannot be played again", async () => {
  await using relay = new Relay();
  assertEquals((await relay.send(HELLO)).data, HELLO);
  const recorded = concatBytes(relay.seen);
  assertEquals(recorded.length, WHOLE);
  const { data, error } = await sendHello(async function* () {
    yield recorded;
  });
  assertInstanceOf(error, SwarmKeyError);
  assertEquals([data.length, error.fault], [0, "wrong"]);
});

Deno.test("KeyedConnection: one who sends our own bytes back is refused", async () => {
  const [ours, mirror] = connectInMemory({ host: "a", port: 1 }, { host: "b", port: 2 });
  const refusals: SwarmKeyError[] = [];
  using connection = new KeyedConnection(ours, {
    ...{ key: KEY, role: "initiator", clock: new FakeClock() },
    onRefused: (error) => refusals.push(error),
  });
  const echoing = mirror.readable.pipeTo(mirror.writable).catch(() => undefined);
  const { error } = await readToEnd(connection);
  assertInstanceOf(error, SwarmKeyError);
  assertEquals(error.message, "Cannot use b:2: it does not know this swarm's key");
  assertEquals(refusals, [error]);
  mirror.close();
  await echoing;
});

Deno.test("KeyedConnection: peers with different keys refuse each other, and say so once", async () => {
  await using relay = new Relay({ farKey: OTHER_KEY });
  const writing = relay.near.writable.getWriter().write(HELLO).catch((error) => error);
  for (const { data, error } of await Promise.all([relay.near, relay.far].map(readToEnd))) {
    assertEquals(data, new Uint8Array(0));
    assertInstanceOf(error, SwarmKeyError);
  }
  assertInstanceOf(await writing, SwarmKeyError);
  assertEquals(relay.refusals.map(({ fault, remote }) => [fault, remote.host]), [
    ["wrong", "192.0.2.1"],
    ["closed", "192.0.2.7"],
  ]);
});

Deno.test("KeyedConnection: a plain BitTorrent peer that dials is closed at 48 bytes, without an answer", async () => {
  const network = new MemoryNetwork();
  const clock = new FakeClock();
  const refusals: string[] = [];
  const keyed = keyedTransport(network.host("member"), {
    ...{ key: KEY, clock },
    onRefused: ({ remote, fault }, direction) =>
      refusals.push(`${remote.host} ${fault} ${direction}`),
  });
  using listener = keyed.listen({ host: "member", port: 6881 });
  using plain = await network.host("stranger").dial(listener.address);
  using met = await listener.accept();
  const handshake = encodeHandshake({
    infoHash: infoHashFromHex("e92d1017007dbef6c10c7b9db7d7f8fcb50e23f9"),
    peerId: createPeerId(new Uint8Array(12)),
    extensions: new Set(),
  });
  const writer = plain.writable.getWriter();
  await writer.write(handshake.subarray(0, MAX_UNPROVEN_BYTES - 1));
  await clock.advance(7_999);
  assertEquals([refusals, clock.pending], [[], 1]);
  await writer.write(handshake.subarray(MAX_UNPROVEN_BYTES - 1, MAX_UNPROVEN_BYTES));
  assertEquals(await readToEnd(plain), { data: new Uint8Array(0), error: undefined });
  assertInstanceOf((await readToEnd(met)).error, SwarmKeyError);
  assertEquals([refusals, clock.pending], [["stranger wrong incoming"], 0]);
});

Deno.test("KeyedConnection: one who takes our message and says nothing is given up after 8 s", async () => {
  const network = new MemoryNetwork();
  const clock = new FakeClock();
  const refusals: SwarmKeyError[] = [];
  const keyed = keyedTransport(network.host("member"), {
    ...{ key: KEY, clock },
    onRefused: (error) => refusals.push(error),
  });
  using listener = network.host("plain").listen({ host: "plain", port: 6881 });
  using dialled = await keyed.dial(listener.address);
  using met = await listener.accept();
  const reader = met.readable.getReader();
  const { value } = await reader.read();
  assertEquals(value?.length, MESSAGE);
  const reading = readToEnd(dialled);
  await clock.advance(7_999);
  assertEquals([refusals.length, clock.pending], [0, 1]);
  await clock.advance(1);
  assertInstanceOf((await reading).error, SwarmKeyError);
  assertEquals(refusals.map(({ message }) => message), [
    "Cannot use plain:6881: it gave no proof in 8 s that it knows this swarm's key",
  ]);
  assertEquals((await reader.read()).done, true);
});

Deno.test("KeyedConnection: one who dials and says nothing is given up after 8 s, and is no news", async () => {
  const network = new MemoryNetwork();
  const clock = new FakeClock();
  const refusals: SwarmKeyError[] = [];
  const keyed = keyedTransport(network.host("member"), {
    ...{ key: KEY, clock },
    onRefused: (error) => refusals.push(error),
  });
  using listener = keyed.listen({ host: "member", port: 6881 });
  using silent = await network.host("stranger").dial(listener.address);
  using met = await listener.accept();
  await clock.advance(8_000);
  assertEquals((await readToEnd(silent)).error, undefined);
  assertInstanceOf((await readToEnd(met)).error, SwarmKeyError);
  assertEquals(refusals, []);
});

Deno.test("KeyedConnection: of records that arrive together nothing is read from a changed one on", async () => {
  const parts = ["one", "two", "three"].map((word) => new TextEncoder().encode(word));
  const starts = [PROOF, PROOF + 21, PROOF + 42];
  for (const [bad, start] of starts.entries()) {
    await using relay = new Relay({
      meddle: async function* (bytes) {
        const all: Uint8Array[] = [];
        let length = 0;
        for await (const part of flip(8 * (start + 2))(bytes)) {
          if (length < PROOF) yield part;
          else all.push(part);
          length += part.length;
        }
        yield concatBytes(all);
      },
    });
    const { data, error } = await relay.send(...parts);
    assertEquals(data, concatBytes(parts.slice(0, bad)));
    assertInstanceOf(error, TamperedStreamError);
  }
});

/** A stranger's hand-made side of a connection, who knows the key and does with it as he likes. */
async function handmade(
  send: (sending: NoiseCounter) => Promise<Uint8Array>[],
): Promise<Outcome> {
  const [theirs, ours] = connectInMemory({ host: "a", port: 1 }, { host: "b", port: 2 });
  using responder = new KeyedConnection(ours, {
    ...{ key: KEY, role: "responder", clock: new FakeClock() },
    onRefused: () => undefined,
  });
  const { message, finish } = await initiateNoise({
    psk: KEY,
    prologue: new TextEncoder().encode("Sluice swarm key, version 1"),
    primitives: webCryptoPrimitives,
  });
  const writer = theirs.writable.getWriter();
  await writer.write(message);
  const answer = await readExactly(theirs.readable, MESSAGE);
  assert(answer !== undefined);
  const { sending } = await finish(answer);
  await writer.write(concatBytes(await Promise.all(send(sending))));
  const outcome = await readToEnd(responder);
  theirs.close();
  return outcome;
}

Deno.test("KeyedConnection: the bytes on the wire are those that are written down", async () => {
  const { data, error } = await handmade((sending) => [
    sealRecords(sending, new Uint8Array(0)),
    sealRecords(sending, HELLO),
    sealRecords(sending, new Uint8Array(0)),
  ]);
  assertEquals([data, error], [HELLO, undefined]);
});

Deno.test("KeyedConnection: a record has 65,519 bytes of data at most, one byte more is another record", async () => {
  for (const [length, records] of [[MAX_RECORD_DATA, 1], [MAX_RECORD_DATA + 1, 2]] as const) {
    const bytes = new Uint8Array(length).fill(7);
    let sealed = 0;
    const { data, error } = await handmade((sending) => [
      sealRecords(sending, new Uint8Array(0)),
      sealRecords(sending, bytes).then((sent) => {
        sealed = sent.length;
        return sent;
      }),
      sealRecords(sending, new Uint8Array(0)),
    ]);
    assertEquals([data, error], [bytes, undefined]);
    assertEquals(sealed, length + records * EMPTY_RECORD);
  }
});

Deno.test("KeyedConnection: what a peer sends after its end is not read", async () => {
  const { data, error } = await handmade((sending) => [
    sealRecords(sending, new Uint8Array(0)),
    sealRecords(sending, HELLO),
    sealRecords(sending, new Uint8Array(0)),
    sealRecords(sending, HELLO),
  ]);
  assertEquals([data, error], [HELLO, undefined]);
});

Deno.test("KeyedConnection: who knows the key must prove it with a record without data", async () => {
  const { data, error } = await handmade((sending) => [sealRecords(sending, HELLO)]);
  assertEquals(data, new Uint8Array(0));
  assertInstanceOf(error, SwarmKeyError);
});

Deno.test("KeyedConnection: a record too short for its tag ends the connection", async () => {
  for (const length of [0, 15]) {
    const { data, error } = await handmade((sending) => [
      sealRecords(sending, new Uint8Array(0)),
      sealRecords(sending, HELLO),
      // It is known to be bad as soon as its length is there.
      Promise.resolve(Uint8Array.of(0, length)),
    ]);
    assertEquals(data, HELLO);
    assertInstanceOf(error, TamperedStreamError);
  }
});

Deno.test("KeyedConnection: what arrived and was not decrypted when it was closed is not read", async () => {
  const [a, b] = connectInMemory({ host: "a", port: 1 }, { host: "b", port: 2 });
  const onArrival = { run: () => undefined as void };
  const readable = b.readable.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(bytes, controller) {
        controller.enqueue(bytes);
        onArrival.run();
      },
    }),
  );
  const { local, remote, writable } = b;
  const close = (): void => b.close();
  const inner = { readable, writable, local, remote, close, [Symbol.dispose]: close };
  const common = { key: KEY, clock: new FakeClock(), onRefused: () => undefined };
  using near = new KeyedConnection(a, { ...common, role: "initiator" });
  using far = new KeyedConnection(inner, { ...common, role: "responder" });
  const writer = near.writable.getWriter();
  const reader = far.readable.getReader();
  const first = reader.read();
  await writer.write(HELLO);
  assertEquals((await first).value, HELLO);
  onArrival.run = () => far.close();
  const second = reader.read();
  await writer.write(HELLO);
  assertEquals((await second).done, true);
});

Deno.test("KeyedConnection: no data leaves a responder before the initiator has proved itself", async () => {
  const [ours, theirs] = connectInMemory({ host: "a", port: 1 }, { host: "b", port: 2 });
  // The first message of somebody who knew the key, played again.
  await using relay = new Relay();
  await relay.send(HELLO);
  const clock = new FakeClock();
  using responder = new KeyedConnection(ours, {
    ...{ key: KEY, role: "responder", clock },
    onRefused: () => undefined,
  });
  const writing = responder.writable.getWriter().write(HELLO).catch((error) => error);
  await theirs.writable.getWriter().write(concatBytes(relay.seen).subarray(0, MESSAGE));
  const reader = theirs.readable.getReader();
  assertEquals((await reader.read()).value?.length, MESSAGE);
  await clock.advance(8_000);
  assertEquals((await reader.read()).done, true);
  assert(await writing instanceof SwarmKeyError);
});
