import { assertEquals, assertRejects } from "@std/assert";
import { TrackerTiers } from "../../../lib/tracker/client/tracker_tiers.ts";
import { seededRandom } from "../../bytes/seeded_random.ts";

const { signal } = new AbortController();

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
  name: "The tracker that answers becomes the first of its tier, and of no other",
  permissions: "none",
  async fn() {
    const tiers = new TrackerTiers([["a", "b", "c"], ["d", "e"]], () => 0.999);
    assertEquals(tiers.urls, ["a", "b", "c", "d", "e"]);
    assertEquals(await tiers.firstOf(onlyFrom("c"), signal), { url: "c", answer: "c" });
    assertEquals(tiers.urls, ["c", "a", "b", "d", "e"]);
    await tiers.firstOf(onlyFrom("e"), signal);
    assertEquals(tiers.urls, ["c", "a", "b", "e", "d"]);
  },
});

Deno.test({
  name: "When no tracker answers there is the error of each, and none is asked after the end",
  permissions: "none",
  async fn() {
    const tiers = new TrackerTiers([["a", "b"], ["c"]], () => 0.999);
    const failed = await assertRejects(() => tiers.firstOf(onlyFrom("x"), signal), AggregateError);
    assertEquals(failed.errors.map(({ message }) => message), ["a", "b", "c"]);
    const ended = new AbortController();
    const asked: string[] = [];
    const ask = (url: string) => {
      asked.push(url);
      ended.abort(new Error("over"));
      return Promise.reject(new Error(url));
    };
    await assertRejects(() => tiers.firstOf(ask, ended.signal), Error, "over");
    assertEquals(asked, ["a"]);
  },
});
