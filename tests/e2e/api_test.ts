import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { EventReader } from "../tracker/server/api/read_events.ts";
import { Scene } from "./scene.ts";
import { soon } from "./sluice.ts";

Deno.test("e2e: whoever watches a file sees it being fetched, from whom, and that it is done", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", {
    "film.bin": randomBytes(seededRandom(7), 6_000_000),
  });
  const share = await scene.share(alice, "film.bin", tracker);
  const api = new URL("api/v1/", tracker.urls.http);
  const response = await fetch(new URL(`events?file=${share.infoHash}`, api));
  assertEquals(response.status, 200);
  const reader = new EventReader(response);
  const { peers: [seeder] } = await soon("the swarm", reader.nextOf("swarm"));
  assertEquals([seeder.kind, seeder.holding], ["sluice", "complete"]);
  const bob = await scene.folder("bob");
  const flags = ["--down", "600K", "--stay", "--json"];
  const get = scene.start(bob, ["get", "film.bin", ...tracker.flags, ...flags]);
  const seen = { sources: [] as { peer: number; rate: number }[], rates: [] as number[] };
  let held = 0;
  let pieces = Infinity;
  while (held < pieces || seen.sources.length === 0) {
    const { changed, file } = await soon("a peer that fetches", reader.nextOf("peers"));
    if (file !== undefined) pieces = file.pieceCount;
    for (const { id, heldCount, sources = [], downRate } of changed) {
      if (id === seeder.id) continue;
      held = heldCount ?? held;
      seen.sources.push(...sources);
      if (downRate > 0) seen.rates.push(downRate);
    }
  }
  assertEquals(new Set(seen.sources.map(({ peer }) => peer)), new Set([seeder.id]));
  assert(seen.rates.length > 0 && Math.max(...seen.rates) < 10_000_000, `${seen.rates}`);
  await reader.close();
  get.kill("SIGINT");
  assertEquals((await get.outcome()).code, 0);
  assertEquals((await Deno.stat(join(bob, "Original_Files", "film.bin"))).size, 6_000_000);
});

Deno.test("e2e: without a dashboard there is no API, and flags that contradict each other are refused", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker(0, ["--no-dashboard"]);
  const response = await fetch(new URL("api/v1/tracker", tracker.urls.http));
  assertEquals([response.status, (await response.json()).error], [404, "There is nothing here"]);
  for (const flag of ["--public-dashboard", "--dashboard-name=a"]) {
    const { code, stderr } = await scene.run(scene.path, ["tracker", "--no-dashboard", flag]);
    assertEquals(code, 28);
    assert(stderr.join().includes("there is no dashboard then"), stderr.join());
  }
});
