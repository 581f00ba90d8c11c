import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { encodeFrame, FrameDecoderStream } from "../../../lib/framing/mod.ts";
import { type Connection, FakeClock, MemoryNetwork } from "../../../lib/net/mod.ts";
import {
  type Body,
  decodeMessage,
  encodeMessage,
  MalformedMessageError,
  type Message,
  REFUSAL,
  TrackerConnection,
  type TrackerConnectionOptions,
  TrackerRefusedError,
  TrackerUnreachableError,
} from "../../../lib/tracker/mod.ts";
import { sampleHash, samplePeerId } from "../sample_torrents.ts";
import { PAGE, SampleTracker } from "../sample_tracker.ts";

const ADDRESS = { host: "192.0.2.1", port: 6789 };
const WELCOME: Body = {
  address: "192.0.2.2:7",
  interval: 30,
  grace: 30,
  peers_known: 1,
  torrents_known: 0,
};

function options(network: MemoryNetwork, clock: FakeClock): TrackerConnectionOptions {
  const transport = network.host("192.0.2.2");
  return { address: ADDRESS, transport, clock, peerId: samplePeerId(7), port: 7, agent: "Test/7" };
}

/** A tracker that answers its only client by a script: what to do with each query in turn. */
class ScriptedTracker {
  readonly network: MemoryNetwork = new MemoryNetwork();
  readonly clock: FakeClock = new FakeClock();
  readonly #listener = this.network.host(ADDRESS.host).listen(ADDRESS);
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  readonly heard: Message<unknown>[] = [];
  /** What happens with each message, in their order. */
  readonly script: ((transaction: number) => unknown)[] = [
    (transaction) => this.send({ type: "reply", transaction, content: WELCOME }),
  ];

  async open(): Promise<TrackerConnection> {
    void this.#serve();
    return await TrackerConnection.open(options(this.network, this.clock));
  }

  send(message: Message<Body>): void {
    this.sendPayload(encodeMessage(message));
  }

  sendPayload(payload: Uint8Array): void {
    this.sendBytes(encodeFrame(payload));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#writer?.write(bytes).catch(() => {});
  }

  close(): void {
    this.#listener.close();
  }

  async #serve(): Promise<void> {
    const connection: Connection = await this.#listener.accept();
    this.#writer = connection.writable.getWriter();
    this.#writer.closed.catch(() => {});
    const frames = connection.readable.pipeThrough(new FrameDecoderStream({ maxLength: 1 << 20 }));
    for await (const payloads of frames) {
      for (const message of payloads.map(decodeMessage)) {
        this.heard.push(message);
        this.script.shift()?.("transaction" in message ? message.transaction ?? 0 : 0);
      }
    }
    connection.close();
  }
}

Deno.test("each query comes back with what the tracker says", async () => {
  await using tracker = new SampleTracker();
  using connection = await TrackerConnection.open(options(tracker.network, tracker.clock));
  assertEquals(connection.welcome.address, "192.0.2.2:7");
  const infoHash = sampleHash(1);
  const shape = { name: "a", length: 5, pieceLength: 16_384 };
  const report = { infoHash, shape, held: { kind: "complete" } } as const;
  const reply = await connection.updateStatus({ torrents: [report], gone: [] });
  assertEquals(reply.want, [infoHash]);
  assertEquals((await connection.listFiles()).files[0]?.name, "a");
  assertEquals((await connection.getPeers(infoHash)).peers, []);
  assertEquals((await connection.getAllPeers()).peers.length, 1);
  const error = await assertRejects(
    () => connection.getTorrent({ infoHash, offset: 0 }),
    TrackerRefusedError,
  );
  assertEquals(error.code, REFUSAL.unknown);
  await connection.ping();
  await connection.exit();
  assertEquals(tracker.peers, []);
  const ended = await connection.ended;
  assert(ended instanceof TrackerUnreachableError);
  await assertRejects(() => connection.ping(), TrackerUnreachableError);
});

Deno.test("where nobody listens, the error says so and where", async () => {
  const network = new MemoryNetwork();
  const error = await assertRejects(
    () => TrackerConnection.open(options(network, new FakeClock())),
    TrackerUnreachableError,
    "Cannot reach tracker 192.0.2.1:6789: nobody listens there",
  );
  assertEquals(error.address, ADDRESS);
});

Deno.test("a tracker that does not let us in is a refusal with its code", async () => {
  await using tracker = new SampleTracker({ token: "secret" });
  const wrong = { ...options(tracker.network, tracker.clock), token: "guess" };
  const error = await assertRejects(() => TrackerConnection.open(wrong), TrackerRefusedError);
  assertEquals(error.code, REFUSAL.token);
  using _connection = await TrackerConnection.open({ ...wrong, token: "secret" });
});

Deno.test("answers in any order reach the queries to which they belong", async () => {
  const tracker = new ScriptedTracker();
  using connection = await tracker.open();
  const waiting: number[] = [];
  const answer = (transaction: number): void => {
    waiting.push(transaction);
    if (waiting.length < 3) return;
    for (const [order, number] of waiting.reverse().entries()) {
      const content = { files: [], offset: 0, total: order };
      tracker.send({ type: "reply", transaction: number, content });
    }
  };
  tracker.script.push(answer, answer, answer);
  const replies = await Promise.all([1, 2, 3].map(() => connection.listFiles(PAGE)));
  assertEquals(replies.map(({ total }) => total), [2, 1, 0]);
  tracker.close();
});

Deno.test("a tracker that does not answer in time is given up, with all that waits for it", async () => {
  const tracker = new ScriptedTracker();
  using connection = await tracker.open();
  const queries = [connection.ping(), connection.listFiles()];
  let state = "waiting";
  const outcome = Promise.allSettled(queries).finally(() => state = "over");
  await tracker.clock.advance(14_999);
  assertEquals(state, "waiting");
  tracker.send({ type: "push", name: "unheard_of", content: {} });
  await tracker.clock.advance(1);
  for (const result of await outcome) {
    assert(result.status === "rejected" && result.reason instanceof TrackerUnreachableError);
    assertStringIncludes(result.reason.message, "does not answer");
  }
  assertEquals(tracker.clock.pending, 0);
  tracker.close();
});

Deno.test("a tracker that accepts and says nothing is given up too", async () => {
  const tracker = new ScriptedTracker();
  tracker.script.splice(0);
  const opening = tracker.open();
  const failed = assertRejects(() => opening, TrackerUnreachableError, "does not answer");
  await tracker.clock.advance(15_000);
  await failed;
  tracker.close();
});

Deno.test("what answers and is no tracker is said to be none, also if it sends back what it gets", async () => {
  const text = (words: string) => new TextEncoder().encode(words);
  const query = { type: "query", transaction: 1, name: "connect", content: {} } as const;
  const answers: readonly [Uint8Array, string][] = [
    [encodeFrame(encodeMessage(query)), "no tracker of Sluice"],
    [encodeFrame(encodeMessage({ type: "reply", transaction: 1, content: {} })), "no tracker of"],
    [encodeFrame(text("hello")), "no tracker of Sluice"],
    [text("220 mail.example"), "no tracker of Sluice"],
    [text("HTTP/1.1 400 Bad Request"), "http://HOST:PORT/announce"],
  ];
  for (const [answer, reason] of answers) {
    const tracker = new ScriptedTracker();
    tracker.script.splice(0);
    tracker.script.push(() => tracker.sendBytes(answer));
    const error = await assertRejects(() => tracker.open(), TrackerUnreachableError, reason);
    assertEquals(error.address, ADDRESS);
    tracker.close();
  }
});

Deno.test("an attempt to connect is ended by its signal", async () => {
  const tracker = new ScriptedTracker();
  const controller = new AbortController();
  const base = options(tracker.network, tracker.clock);
  const opening = TrackerConnection.open({ ...base, signal: controller.signal });
  await tracker.clock.advance(0);
  controller.abort();
  await assertRejects(() => opening, TrackerUnreachableError);
  assertEquals(tracker.clock.pending, 0);
  const early = { ...base, signal: controller.signal };
  await assertRejects(() => TrackerConnection.open(early), TrackerUnreachableError);
  tracker.close();
});

Deno.test("an answer of the wrong shape fails its query alone", async () => {
  const tracker = new ScriptedTracker();
  using connection = await tracker.open();
  tracker.script.push(
    (transaction) => tracker.send({ type: "reply", transaction, content: { files: 1 } }),
    (transaction) => tracker.send({ type: "reply", transaction, content: {} }),
  );
  const error = await assertRejects(() => connection.listFiles(), MalformedMessageError);
  assertStringIncludes(error.message, "Cannot read answer to list_files");
  await connection.ping();
  tracker.close();
});

Deno.test("bytes that are no message end the connection, and so does an error about all of it", async () => {
  for (const [payload, reason] of [["hello", "bencode"], ["d1:eli403e3:outee", "out"]] as const) {
    const tracker = new ScriptedTracker();
    using connection = await tracker.open();
    tracker.script.push(() => {
      tracker.sendPayload(new TextEncoder().encode(payload));
      tracker.sendPayload(new TextEncoder().encode("hello"));
    });
    const error = await assertRejects(() => connection.ping(), Error, reason);
    assertEquals(error.message, (await connection.ended).message);
    tracker.close();
  }
});

Deno.test("the tracker's pings are answered, its other queries refused", async () => {
  const tracker = new ScriptedTracker();
  using _connection = await tracker.open();
  for (const name of ["ping", "dance"]) {
    tracker.send({ type: "query", transaction: 5, name, content: {} });
  }
  await tracker.clock.advance(0);
  const kinds = tracker.heard.slice(1).map((message) => [
    message.type,
    "transaction" in message && message.transaction,
  ]);
  assertEquals(kinds, [["reply", 5], ["error", 5]]);
  tracker.close();
});
