import { assert, assertEquals, assertMatch } from "@std/assert";
import { LISTED_BURST, MAX_SWARMS_SEARCHED } from "../../../../lib/tracker/mod.ts";
import { searchSwarms } from "../../../../lib/tracker/server/api/search_swarms.ts";
import type { SwarmRegistry } from "../../../../lib/tracker/swarm/mod.ts";
import { sampleHash, samplePeerId, sampleShape } from "../../sample_torrents.ts";
import { SampleApi } from "./sample_api.ts";

/** Has torrents claimed under names, numbered from 1. */
function claim(api: SampleApi, ...names: readonly string[]): void {
  for (const [at, name] of names.entries()) api.claim(at + 1, sampleShape(name, 1));
}

Deno.test("api: a search finds parts of names in either case, and how info-hashes begin, by pages", async () => {
  const api = new SampleApi();
  claim(api, "Debian 13.iso", "lecture.mp4", "old-DEBIAN.iso", "\u00dcbung.pdf");
  api.context.registry.announce(
    { host: "10.9.9.9", port: 1, id: samplePeerId(9), agent: "x" },
    { infoHash: sampleHash(9), event: "none", left: 1, uploaded: 0, downloaded: 0 },
    1e9,
  );
  const find = async (query: string) => {
    const { body: { total, files, searchedAll } } = await api.ask(`/files?search=${query}`);
    return [total, files.map(({ name }: { name: string }) => name), searchedAll];
  };
  assertEquals(await find("debian"), [2, ["Debian 13.iso", "old-DEBIAN.iso"], true]);
  assertEquals(await find("ISO&offset=1&limit=1"), [2, ["old-DEBIAN.iso"], true]);
  assertEquals(await find("%C3%BCBUNG"), [1, ["\u00dcbung.pdf"], true]);
  assertEquals(await find(sampleHash(2).toUpperCase()), [1, ["lecture.mp4"], true]);
  // A torrent without a name is none that is listed.
  assertEquals(await find(sampleHash(9)), [0, [], true]);
  assertEquals(await find("x".repeat(5_000)), [0, [], true]);
  const all = (await api.ask("/files?search=")).body;
  assertEquals([all.total, "searchedAll" in all], [4, false]);
  const { status, body } = await api.ask("/files?search=a&name=b");
  assertEquals(status, 400);
  assertMatch(body.error, /^Cannot search by name and search at once/);
});

Deno.test("api: a search looks at 50,000 torrents, and says so where there are more", () => {
  const swarmOf = (at: number) => ({
    infoHash: sampleHash(at),
    torrent: { state: "claimed", shape: sampleShape(`number ${at}`, 1) },
  });
  const swarms = new Map(
    Array.from({ length: MAX_SWARMS_SEARCHED + 1 }, (_, at) => [at, swarmOf(at)]),
  );
  const last = swarms.get(MAX_SWARMS_SEARCHED);
  const registry = {
    swarms,
    swarmsNamed: (name: string) => new Set(name === `number ${MAX_SWARMS_SEARCHED}` ? [last] : []),
  } as unknown as SwarmRegistry;
  const { swarms: found, searchedAll } = searchSwarms("number", registry);
  assertEquals([found.length, searchedAll], [MAX_SWARMS_SEARCHED, false]);
  assertEquals(searchSwarms(`number ${MAX_SWARMS_SEARCHED}`, registry).swarms.length, 1);
  swarms.delete(0);
  const all = searchSwarms("number", registry);
  assertEquals([all.swarms.length, all.searchedAll], [MAX_SWARMS_SEARCHED, true]);
  assert(all.swarms.includes(last as never));
});

Deno.test("api: of one address searches are charged for by the torrents at which they look", async () => {
  const api = new SampleApi({ dashboard: { audience: "everybody" } });
  const count = 3_000;
  for (let number = 1; number <= count; number++) api.claim(number, sampleShape(`${number}`, 1));
  const cost = 10 + count / 30;
  const ask = () => api.ask("/files?search=none&limit=0", { host: "192.0.2.7" });
  for (let left = Math.floor(LISTED_BURST / cost); left > 0; left--) {
    assertEquals((await ask()).status, 200);
  }
  assertEquals((await ask()).status, 429);
});
