import { assertEquals } from "@std/assert";
import { concatBytes } from "../../../lib/bytes/mod.ts";
import { encodeFrame } from "../../../lib/framing/mod.ts";
import { type Connection, tcpTransport } from "../../../lib/net/mod.ts";
import { encodeMessage, REFUSAL, serveTracker } from "../../../lib/tracker/mod.ts";
import { greeting, RawClient } from "../raw_client.ts";
import { PAGE, SampleTracker } from "../sample_tracker.ts";

const ascii = new TextEncoder();

/** Bytes that are no frame of ours, and the code with which the tracker closes. */
const MALFORMED: readonly (readonly [what: string, bytes: Uint8Array, code: number])[] = [
  ["a web browser", ascii.encode("GET / HTTP/1.1\r\nHost: tracker\r\n\r\n"), REFUSAL.tooLarge],
  ["the BitTorrent handshake", ascii.encode("\x13BitTorrent protocol"), REFUSAL.tooLarge],
  ["the longest length", Uint8Array.of(255, 255, 255, 255), REFUSAL.tooLarge],
  ["one byte too many", Uint8Array.of(0, 0x10, 0, 1), REFUSAL.tooLarge],
  ["an empty frame", encodeFrame(new Uint8Array(0)), REFUSAL.malformed],
  ["zeros", new Uint8Array(64), REFUSAL.malformed],
  ["text", encodeFrame(ascii.encode("hello")), REFUSAL.malformed],
  ["an integer", encodeFrame(ascii.encode("i1e")), REFUSAL.malformed],
  ["half a dictionary", encodeFrame(ascii.encode("d1:ade1:q4:ping1:ti0e")), REFUSAL.malformed],
  ["two dictionaries", encodeFrame(ascii.encode("d1:ade1:q4:ping1:ti0eede")), REFUSAL.malformed],
  ["unsorted keys", encodeFrame(ascii.encode("d1:q4:ping1:ade1:ti0ee")), REFUSAL.malformed],
  ["deep nesting", encodeFrame(ascii.encode("l".repeat(100_000))), REFUSAL.malformed],
  ["a long string", encodeFrame(ascii.encode("99999999999999999999:x")), REFUSAL.malformed],
  ["no transaction", encodeFrame(ascii.encode("d1:ade1:q4:pinge")), REFUSAL.malformed],
];

Deno.test("a frame that is malformed ends its connection with a reason, and no other", async () => {
  await using tracker = new SampleTracker();
  using good = await tracker.enter(1);
  for (const [index, [what, bytes, code]] of MALFORMED.entries()) {
    using bad = await tracker.enter(100 + index);
    await bad.sendBytes(bytes);
    const error = await bad.nextError();
    assertEquals([error.code, error.transaction], [code, undefined], what);
    assertEquals(await bad.next(), undefined, what);
    await good.ask("list_files", PAGE);
  }
});

Deno.test("before it is known who sends it, a malformed frame ends the connection too", async () => {
  await using tracker = new SampleTracker();
  using good = await tracker.enter(1);
  for (const [index, [what, bytes]] of MALFORMED.entries()) {
    using bad = await tracker.dial(100 + index);
    await bad.sendBytes(bytes);
    const error = await bad.nextError();
    assertEquals(error.transaction, undefined, what);
    assertEquals(await bad.next(), undefined, what);
    await good.ask("list_files", PAGE);
  }
  assertEquals(tracker.peers, [1]);
});

Deno.test("a malformed query gets an error, and its connection stays", async () => {
  await using tracker = new SampleTracker();
  using client = await tracker.enter(1);
  const queries = [
    { name: "dance", content: {}, code: REFUSAL.unknown },
    { name: "__proto__", content: {}, code: REFUSAL.unknown },
    { name: "toString", content: {}, code: REFUSAL.unknown },
    { name: "", content: {}, code: REFUSAL.unknown },
    { name: "get_torrent", content: { offset: 0 }, code: REFUSAL.malformed },
    { name: "get_torrent", content: { name: "x", offset: -1 }, code: REFUSAL.malformed },
    { name: "get_peers", content: { info_hash: "short" }, code: REFUSAL.malformed },
    { name: "list_files", content: { limit: "many" }, code: REFUSAL.malformed },
    { name: "update_status", content: { torrents: [1] }, code: REFUSAL.malformed },
    { name: "update_status", content: { gone: [1] }, code: REFUSAL.malformed },
    { name: "publish", content: {}, code: REFUSAL.malformed },
    { name: "get_torrent", content: { name: "x", offset: 0 }, code: REFUSAL.unknown },
  ];
  for (const [transaction, { name, content, code }] of queries.entries()) {
    await client.send({ type: "query", transaction, name, content });
    const error = await client.nextError();
    assertEquals([error.code, error.transaction], [code, transaction], name);
  }
  await client.ask("ping", {});
});

Deno.test("answers, errors and queries in one chunk are taken one after the other", async () => {
  await using tracker = new SampleTracker();
  using client = await tracker.enter(1);
  await client.sendBytes(concatBytes([
    encodeFrame(encodeMessage({ type: "reply", transaction: 9, content: {} })),
    encodeFrame(encodeMessage({ type: "error", transaction: 9, code: 404, text: "no" })),
    encodeFrame(encodeMessage({ type: "query", transaction: 3, name: "ping", content: {} })),
    encodeFrame(encodeMessage({ type: "query", transaction: 1, name: "ping", content: {} })),
  ]));
  for (const transaction of [3, 1]) {
    const message = await client.next();
    assertEquals(message?.type === "reply" && message.transaction, transaction);
  }
});

Deno.test("a connection may be cut off anywhere in a frame", async () => {
  await using tracker = new SampleTracker();
  using good = await tracker.enter(1);
  const query = { type: "query", transaction: 1, name: "ping", content: {} } as const;
  const frame = encodeFrame(encodeMessage(query));
  for (let length = 0; length < frame.length; length++) {
    using bad = await tracker.enter(50 + length);
    await bad.sendBytes(frame.subarray(0, length));
  }
  await good.ask("ping", {});
  await tracker.clock.advance(31_000);
  assertEquals(tracker.peers, [1]);
});

Deno.test("the reason for a refusal arrives over TCP, however much was sent besides", async () => {
  await using server = serveTracker({ host: "127.0.0.1", port: 0 });
  for (const first of ["nothing", "connect"]) {
    using client = await RawClient.dial(tcpTransport, server.address);
    if (first === "connect") await client.ask("connect", greeting(7001));
    const rest = client.sendBytes(concatBytes([
      Uint8Array.of(255, 255, 255, 255),
      new Uint8Array(300_000),
    ]));
    assertEquals((await client.nextError()).code, REFUSAL.tooLarge);
    await rest.catch(() => {});
  }
});

Deno.test("who half-closes behind a query still gets the answer", async () => {
  await using server = serveTracker({ host: "127.0.0.1", port: 0 });
  const connection: Connection = await tcpTransport.dial(server.address);
  using client = new RawClient(connection);
  await client.query("connect", greeting(7001));
  await client.query("list_files", PAGE);
  await client.endWriting();
  assertEquals((await client.next())?.type, "reply");
  assertEquals((await client.next())?.type, "reply");
  assertEquals(await client.next(), undefined);
});
