import { assertEquals } from "@std/assert";
import { DRAIN_MS } from "../../../lib/tracker/mod.ts";
import { SampleTracker } from "../sample_tracker.ts";

Deno.test("a tracker that drains lets nobody new in, answers those who are there for a while, and then ends", async () => {
  await using tracker = new SampleTracker();
  using client = await tracker.enter(1);
  const events = Array.fromAsync(tracker.server.events);
  const drained = tracker.server.drain(10_000);
  await tracker.clock.advance(9_999);
  await client.ask("ping", {});
  const refused = await tracker.enter(2).then(() => "let in", () => "refused");
  assertEquals(refused, "refused");
  await client.ask("ping", {});
  await tracker.clock.advance(1);
  assertEquals(await client.next(), undefined);
  client.close();
  await drained;
  const farewells = (await events).flatMap((event) =>
    event.type === "closed" ? event.farewell : []
  );
  assertEquals(farewells, ["drained"]);
});

Deno.test("the answer that is being made when a tracker drains is the last one, and comes", async () => {
  await using tracker = new SampleTracker({ limits: { queryBurst: 1, queriesPerSecond: 1 } });
  using client = await tracker.enter(1);
  await client.ask("ping", {});
  await client.query("ping", {});
  // Has the tracker read it: an answer that must wait is one that is being made.
  await tracker.clock.advance(999);
  const drained = tracker.server.drain();
  await tracker.clock.advance(1);
  assertEquals((await client.next())?.type, "reply");
  assertEquals(await client.next(), undefined);
  client.close();
  await drained;
});

Deno.test("An answer that takes longer than a tracker drains is cut off after 5 s, and not before", async () => {
  await using tracker = new SampleTracker({ limits: { queryBurst: 1, queriesPerSecond: 0.1 } });
  using client = await tracker.enter(1);
  await client.ask("ping", {});
  await client.query("ping", {});
  // Has the tracker read it: it is to wait for ten seconds until it may be answered.
  await tracker.clock.advance(1);
  let state = "draining";
  const drained = tracker.server.drain().then(() => state = "ended");
  await tracker.clock.advance(DRAIN_MS - 1);
  assertEquals(state, "draining");
  await tracker.clock.advance(1);
  await drained;
});

Deno.test("Who has not said yet who he is does not keep a tracker from ending", async () => {
  await using tracker = new SampleTracker();
  using silent = await tracker.dial(1);
  await tracker.clock.advance(1);
  const drained = tracker.server.drain();
  await tracker.clock.advance(1);
  assertEquals(await silent.next(), undefined);
  silent.close();
  await drained;
});
