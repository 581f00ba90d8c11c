import { assertEquals, assertRejects } from "@std/assert";
import { FakeClock } from "../../../lib/net/mod.ts";
import { TrackerTiers } from "../../../lib/tracker/client/tracker_tiers.ts";
import { seededRandom } from "../../bytes/seeded_random.ts";

const OPTIONS = {
  clock: new FakeClock(),
  signal: new AbortController().signal,
  patienceMs: 5_000,
};

/** Takes the others to fail. */
function onlyFrom(good: string): (url: string) => Promise<string> {
  return (url) => url === good ? Promise.resolve(url) : Promise.reject(new Error(url));
}

Deno.test({
  name: "A tier's trackers are in an order of chance, and the tiers in their own (BEP 12)",
  permissions: "none",
  fn() {
    const random = seededRandom(3);
    const orders = new Set<string>();
    for (let time = 0; time < 200; time++) {
      const { urls } = new TrackerTiers([["a", "b", "c"], [], ["d"]], random);
      assertEquals([urls.length, urls[3]], [4, "d"]);
      orders.add(urls.join(""));
    }
    assertEquals(orders.size, 6);
  },
});

Deno.test({
  name: "The tracker that answers becomes the first of its tier, and of no other (BEP 12)",
  permissions: "none",
  async fn() {
    const tiers = new TrackerTiers([["a", "b", "c"], ["d", "e"]], () => 0.999);
    assertEquals(tiers.urls, ["a", "b", "c", "d", "e"]);
    assertEquals(await tiers.firstOf(onlyFrom("c"), OPTIONS), { url: "c", answer: "c" });
    assertEquals(tiers.urls, ["c", "a", "b", "d", "e"]);
    await tiers.firstOf(onlyFrom("e"), OPTIONS);
    assertEquals(tiers.urls, ["c", "a", "b", "e", "d"]);
  },
});

Deno.test({
  name:
    "All of a tier are asked before the next one (BEP 12); each error is told, and the end is the end",
  permissions: "none",
  async fn() {
    const tiers = new TrackerTiers([["a", "b"], ["c"]], () => 0.999);
    const failed = await assertRejects(() => tiers.firstOf(onlyFrom("x"), OPTIONS), AggregateError);
    assertEquals(failed.errors.map(({ message }) => message), ["a", "b", "c"]);
    const ended = new AbortController();
    const asked: string[] = [];
    const ask = (url: string) => {
      asked.push(url);
      ended.abort(new Error("over"));
      return Promise.reject(new Error(url));
    };
    await assertRejects(
      () => tiers.firstOf(ask, { ...OPTIONS, signal: ended.signal }),
      Error,
      "over",
    );
    assertEquals(asked, ["a"]);
  },
});

Deno.test({
  name:
    "A tracker that is silent for 5 s has its rivals: the first answer counts and ends the others",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const tiers = new TrackerTiers([["a"], ["b"], ["c"], ["d"]], () => 0.999);
    const asked = new Map<string, PromiseWithResolvers<string>>();
    const ended: string[] = [];
    const ask = (url: string, signal: AbortSignal) => {
      const attempt = Promise.withResolvers<string>();
      asked.set(url, attempt);
      signal.addEventListener("abort", () => {
        ended.push(url);
        attempt.reject(signal.reason);
      });
      return attempt.promise;
    };
    const first = tiers.firstOf(ask, { ...OPTIONS, clock });
    await clock.advance(4_999);
    assertEquals([...asked.keys()], ["a"]);
    await clock.advance(1);
    assertEquals([...asked.keys()], ["a", "b"]);
    asked.get("b")?.reject(new Error("no"));
    await clock.advance(0);
    assertEquals([...asked.keys()], ["a", "b", "c"], "who fails is followed at once");
    await clock.advance(4_999);
    assertEquals(asked.size, 3);
    asked.get("a")?.resolve("late, but here");
    assertEquals(await first, { url: "a", answer: "late, but here" });
    assertEquals([ended, clock.pending], [["a", "b", "c"], 0]);
  },
});

Deno.test({
  name: "Of a private torrent one tracker is used at a time, however long it is silent (BEP 27)",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const tiers = new TrackerTiers([["a"], ["b"]], () => 0.999);
    const asked = new Map<string, PromiseWithResolvers<string>>();
    const ask = (url: string) => {
      const attempt = Promise.withResolvers<string>();
      asked.set(url, attempt);
      return attempt.promise;
    };
    const first = tiers.firstOf(ask, { ...OPTIONS, clock, patienceMs: Infinity });
    await clock.advance(3_600_000);
    assertEquals([...asked.keys()], ["a"]);
    asked.get("a")?.reject(new Error("it failed"));
    await clock.advance(0);
    assertEquals([...asked.keys()], ["a", "b"]);
    asked.get("b")?.resolve("here");
    assertEquals(await first, { url: "b", answer: "here" });
  },
});

Deno.test({
  name: "A private torrent keeps to its tracker although one of a higher tier is back (BEP 27)",
  permissions: "none",
  async fn() {
    const tiers = new TrackerTiers([["a"], ["b"]], () => 0.999);
    const asked: string[] = [];
    const ask = (url: string) => {
      asked.push(url);
      return Promise.resolve(url);
    };
    const { url } = await tiers.firstOf(ask, { ...OPTIONS, patienceMs: Infinity, first: "b" });
    assertEquals([url, asked], ["b", ["b"]]);
  },
});
