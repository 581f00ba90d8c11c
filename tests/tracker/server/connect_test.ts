import { assert, assertEquals, assertFalse } from "@std/assert";
import { encodeFrame } from "../../../lib/framing/mod.ts";
import { REFUSAL } from "../../../lib/tracker/mod.ts";
import { greeting, RawClient } from "../raw_client.ts";
import { samplePeerId } from "../sample_torrents.ts";
import { hostOf, PAGE, SampleTracker } from "../sample_tracker.ts";

Deno.test("whoever says who it is is let in, and told under which address it is known", async () => {
  await using tracker = new SampleTracker({ intervalMs: 20_000, graceMs: 10_000 });
  using client = await tracker.dial(7);
  assertEquals(await client.ask("connect", greeting(7)), {
    intervalS: 20,
    graceS: 10,
    address: `${hostOf(7)}:7`,
    peersKnown: 1,
    torrentsKnown: 0,
  });
  assertEquals(tracker.peers, [7]);
});

Deno.test("a client without a port may ask, but is nobody's peer", async () => {
  await using tracker = new SampleTracker();
  using client = await tracker.dial(7);
  await client.ask("connect", { ...greeting(7), port: 0 });
  assertEquals(tracker.peers, []);
  assertEquals((await client.ask("list_files", PAGE)).files, []);
  const error = await client.askInVain("update_status", { torrents: [], gone: [] });
  assertEquals(error.code, REFUSAL.forbidden);
  await client.ask("exit", {});
  assertEquals(await client.next(), undefined);
});

Deno.test("with a token only those who know it are let in, and it appears in no event", async () => {
  const token = "correct horse";
  await using tracker = new SampleTracker({ token });
  const events = tracker.server.events.getReader();
  const wrong = [undefined, "", "correct hors", "correct horse ", "Correct horse", "x".repeat(512)];
  for (const [number, guess] of wrong.entries()) {
    using client = await tracker.dial(number);
    const error = await client.askInVain("connect", { ...greeting(9), token: guess });
    assertEquals([error.code, error.transaction], [REFUSAL.token, 1]);
    assertFalse(error.text.includes("horse"));
    assertEquals(await client.next(), undefined);
    const { value } = await events.read();
    assertEquals(value?.type, "refused");
    assertFalse(JSON.stringify(value).includes("horse"));
  }
  using client = await tracker.dial(9);
  await client.ask("connect", { ...greeting(9), token });
  assertEquals(tracker.peers, [9]);
  const { value } = await events.read();
  assertEquals(value?.type, "connected");
  assertFalse(JSON.stringify(value).includes("horse"));
  events.releaseLock();
});

Deno.test("another version, or anything but connect, is refused and the connection ends", async () => {
  await using tracker = new SampleTracker();
  using newer = await tracker.dial(1);
  const error = await newer.askInVain("connect", { ...greeting(1), version: 2 });
  assertEquals(error.code, REFUSAL.version);
  assertEquals(await newer.next(), undefined);

  using hasty = await tracker.dial(2);
  assertEquals((await hasty.askInVain("list_files", PAGE)).code, REFUSAL.forbidden);
  assertEquals(await hasty.next(), undefined);

  using pushing = await tracker.dial(3);
  await pushing.send({ type: "push", name: "connect", content: {} });
  assertEquals((await pushing.nextError()).code, REFUSAL.forbidden);

  using vague = await tracker.dial(4);
  await vague.send({ type: "query", transaction: 5, name: "connect", content: { port: 4 } });
  assertEquals((await vague.nextError()).transaction, 5);
  assertEquals(tracker.peers, []);
});

Deno.test("a second connect is refused, and the connection stays", async () => {
  await using tracker = new SampleTracker();
  using client = await tracker.enter(1);
  assertEquals((await client.askInVain("connect", greeting(1))).code, REFUSAL.forbidden);
  await client.ask("ping", {});
});

Deno.test("who does not say in time who it is is told so and dropped", async () => {
  await using tracker = new SampleTracker();
  using silent = await tracker.dial(1);
  using slow = await tracker.dial(2);
  await slow.sendBytes(Uint8Array.of(0, 0, 0));
  await tracker.clock.advance(9_999);
  assertEquals(tracker.server.statistics().connections, 2);
  await tracker.clock.advance(1);
  for (const client of [silent, slow]) {
    assertEquals((await client.nextError()).code, REFUSAL.late);
    assertEquals(await client.next(), undefined);
  }
  await tracker.clock.advance(1_000);
  assertEquals(tracker.server.statistics().connections, 0);
});

Deno.test("a first frame that is too long is refused before it is there", async () => {
  await using tracker = new SampleTracker();
  using large = await tracker.dial(1);
  await large.sendBytes(Uint8Array.of(0, 0, 0x10, 1));
  assertEquals((await large.nextError()).code, REFUSAL.tooLarge);
  using largest = await tracker.dial(2);
  await largest.sendPayload(new Uint8Array(4096));
  assertEquals((await largest.nextError()).code, REFUSAL.malformed);
  using empty = await tracker.dial(3);
  await empty.sendBytes(encodeFrame(new Uint8Array(0)));
  assertEquals((await empty.nextError()).code, REFUSAL.malformed);
});

Deno.test("a connection from the same place with the same port takes over from the former", async () => {
  await using tracker = new SampleTracker();
  using former = await tracker.enter(1);
  using latter = await tracker.enter(1);
  assertEquals(await former.next(), undefined);
  assertEquals(tracker.peers, [1]);
  await tracker.clock.advance(60_000);
  assertEquals(tracker.peers, [1]);
  await latter.next();
  await latter.ask("ping", {});
  using other = await tracker.dial(1);
  await other.ask("connect", { ...greeting(1), peerId: samplePeerId(99) });
  assertEquals(await latter.next(), undefined);
  assertEquals([...tracker.server.registry.peers.values()].map(({ id }) => id), [samplePeerId(99)]);
});

Deno.test("peers beyond their limit are refused, and so are connections", async () => {
  await using tracker = new SampleTracker({
    limits: { peers: 2, connections: 4, connectionsPerAddress: 2 },
  });
  using _first = await tracker.enter(1);
  using _second = await tracker.enter(2);
  using third = await tracker.dial(3);
  assertEquals((await third.askInVain("connect", greeting(3))).code, REFUSAL.tooMany);
  third.close();
  await tracker.clock.advance(1_000);

  using _again = await tracker.dial(1);
  using over = await tracker.dial(1);
  assertEquals(await over.next(), undefined);
  using _fourth = await tracker.dial(4);
  using fifth = await tracker.dial(5);
  assertEquals(await fifth.next(), undefined);
  assertEquals(tracker.server.statistics().connections, 4);
});

Deno.test("connections of the tracker's own machine are not counted by address", async () => {
  await using tracker = new SampleTracker({ limits: { connectionsPerAddress: 2 } });
  const local = tracker.network.host("127.0.0.1");
  const clients: RawClient[] = [];
  for (let number = 1; number <= 5; number++) {
    clients.push(await RawClient.enter(local, tracker.server.address, number));
  }
  assertEquals(tracker.peers, [1, 2, 3, 4, 5]);
  for (const client of clients) client.close();
  assert(clients.length === 5);
});

Deno.test("connections that come and go leave no timer behind, whatever they have said", async () => {
  await using tracker = new SampleTracker();
  await tracker.clock.advance(0);
  const baseline = tracker.clock.pending;
  for (let count = 1; count <= 300; count++) {
    using client = count % 2 === 0 ? await tracker.enter(count) : await tracker.dial(count);
    client.close();
  }
  // Sooner than the time for a greeting is over.
  await tracker.clock.advance(5_000);
  assertEquals(tracker.clock.pending, baseline);
});
