import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  LISTED_BURST,
  LISTED_PER_SECOND,
  MAX_LISTED_ENTRIES,
  MAX_PIECES_LISTED,
} from "../../../../lib/tracker/mod.ts";
import { sampleHash, sampleShape } from "../../sample_torrents.ts";
import { bits, SampleApi } from "./sample_api.ts";

const OTHER = { host: "192.0.2.7" };
const PUBLIC = { dashboard: { audience: "everybody" } } as const;

/** How many of so many pages of all files are given. */
async function pagesOf(api: SampleApi, count: number, options: { host?: string } = OTHER) {
  let pages = 0;
  for (let page = 0; page < count; page++) {
    const { status, body } = await api.ask(`/files?limit=${MAX_LISTED_ENTRIES}`, options);
    if (status === 200) pages++;
    else {assertMatch(
        `${status} ${body.error}`,
        /^429 Cannot answer: this address asks for too much/,
      );}
  }
  return pages;
}

Deno.test("api: of one address lists of 20,000 entries are answered at once and 500 a second, of this machine all", async () => {
  const api = new SampleApi(PUBLIC);
  for (let number = 1; number <= MAX_LISTED_ENTRIES; number++) {
    api.claim(number, sampleShape(`${number}`, 1));
  }
  // A request counts as ten more.
  const entries = MAX_LISTED_ENTRIES + 10;
  assertEquals(await pagesOf(api, 25), Math.floor(LISTED_BURST / entries));
  assertEquals(await pagesOf(api, 1, { host: "192.0.2.8" }), 1);
  assertEquals(await pagesOf(api, 25, { host: "127.0.0.1" }), 25);
  const left = LISTED_BURST % entries;
  await api.context.clock.advance(Math.floor((entries - left) / LISTED_PER_SECOND * 1_000) - 1);
  assertEquals(await pagesOf(api, 1), 0);
  await api.context.clock.advance(2);
  assertEquals(await pagesOf(api, 1), 1);
  assertEquals((await api.ask("/tracker", OTHER)).status, 200);
});

Deno.test("api: a page of peers ends with the map that makes it a million pieces, and the next page goes on", async () => {
  const api = new SampleApi();
  const pieces = MAX_PIECES_LISTED / 4;
  const shape = sampleShape("one", pieces);
  const give = async (offset: number) => {
    const { body } = await api.ask(`/files/${sampleHash(1)}/peers?offset=${offset}`);
    return [body.total, body.peers.length];
  };
  for (let number = 1; number <= 4; number++) api.report(number, bits(pieces, number), { shape });
  assertEquals(await give(0), [4, 4]);
  api.report(5, bits(pieces, 5), { shape });
  assertEquals([await give(0), await give(4)], [[5, 4], [5, 1]]);
  // Who holds all has no map.
  for (let number = 6; number <= 9; number++) api.report(number, { kind: "complete" }, { shape });
  assertEquals([await give(1), await give(5)], [[9, 4], [9, 4]]);
});

Deno.test("api: of one address maps are charged for by their pieces", async () => {
  const api = new SampleApi(PUBLIC);
  const pieces = MAX_PIECES_LISTED;
  api.report(1, bits(pieces, 1), { shape: sampleShape("one", pieces) });
  for (const list of ["peers", "availability"]) {
    const statuses: number[] = [];
    const host = list === "peers" ? OTHER.host : "192.0.2.8";
    while (statuses.at(-1) !== 429) {
      assert(statuses.length < LISTED_BURST / 1_000, "there is no end");
      statuses.push((await api.ask(`/files/${sampleHash(1)}/${list}`, { host })).status);
    }
    assertEquals(statuses.slice(0, 2), [200, 200]);
  }
});

Deno.test("api: how many files there are goes with what becomes of them", async () => {
  const api = new SampleApi();
  const total = async () => (await api.ask("/files?limit=1")).body.total;
  const peers = [1, 2].map((number) => {
    const shape = sampleShape("one", 1);
    return api.report(number, { kind: "complete" }, { infoHash: sampleHash(number), shape });
  });
  assertEquals(await total(), 2);
  assertEquals((await api.ask("/files?name=one&limit=1")).body.total, 2);
  for (const [at, peer] of peers.entries()) {
    api.context.registry.remove(peer);
    assertEquals(await total(), 1 - at);
  }
  assert(api.context.registry.swarms.size === 0);
});
