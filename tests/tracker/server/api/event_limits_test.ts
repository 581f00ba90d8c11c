import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { parseMagnet } from "../../../../lib/metainfo/mod.ts";
import {
  type HeldPieces,
  MAX_EVENT_BYTES,
  MAX_EVENT_STREAMS,
  MAX_EVENT_STREAMS_PER_ADDRESS,
  MAX_MAP_CELLS,
  MAX_PIECES_DRAWN,
  MAX_WATCHED_FILES,
  MAX_WATCHED_PEERS,
  MAX_WAYS_HERE,
} from "../../../../lib/tracker/mod.ts";
import { sampleHash, sampleShape } from "../../sample_torrents.ts";
import { EventReader } from "./read_events.ts";
import { bits, SampleApi } from "./sample_api.ts";

const EVERYBODY = { dashboard: { audience: "everybody" } } as const;

/** Pieces of which each second one is held, or the others. */
function everySecond(length: number, first: number): HeldPieces {
  const pieces = Array.from({ length: Math.floor((length - first + 1) / 2) }, (_, at) => {
    return 2 * at + first;
  });
  return bits(length, ...pieces);
}

async function listen(api: SampleApi, number: number): Promise<EventReader> {
  const response = await api.request(`/events?file=${sampleHash(number)}`);
  assertEquals(response.status, 200);
  const reader = new EventReader(response);
  await reader.nextOf("hello");
  return reader;
}

Deno.test("events: 256 may listen; one more is told to come later, and may when somebody has gone", async () => {
  const api = new SampleApi();
  const streams: Response[] = [];
  for (let count = 0; count < MAX_EVENT_STREAMS; count++) {
    streams.push(await api.request("/events"));
  }
  assertEquals(new Set(streams.map(({ status }) => status)), new Set([200]));
  const { status, body } = await api.ask("/events");
  assertEquals(status, 503);
  assertMatch(body.error, /^Cannot open events: 256 streams of them are open; try again later$/);
  await streams.pop()?.body?.cancel();
  streams.push(await api.request("/events"));
  assertEquals(streams.at(-1)?.status, 200);
  for (const { body } of streams) await body?.cancel();
  assertEquals(api.context.clock.pending, 0);
});

Deno.test("events: of one address 32 may listen, others beside them, and this machine as often as it likes", async () => {
  const api = new SampleApi(EVERYBODY);
  const streams: Response[] = [];
  const open = async (host: string) => {
    const response = await api.request("/events", { host });
    if (response.status === 200) streams.push(response);
    else await response.body?.cancel();
    return response.status;
  };
  for (let count = 0; count < MAX_EVENT_STREAMS_PER_ADDRESS; count++) {
    assertEquals(await open("192.0.2.7"), 200);
  }
  assertEquals([await open("192.0.2.7"), await open("192.0.2.8")], [503, 200]);
  for (let count = 0; count <= MAX_EVENT_STREAMS_PER_ADDRESS; count++) {
    assertEquals(await open("127.0.0.1"), 200);
  }
  await streams.shift()?.body?.cancel();
  assertEquals([await open("192.0.2.7"), await open("192.0.2.7")], [200, 503]);
  for (const { body } of streams) await body?.cancel();
});

Deno.test("events: 1,000 files are told of, those with the most peers, and how many there are", async () => {
  const api = new SampleApi();
  for (let number = 1; number <= MAX_WATCHED_FILES; number++) {
    api.claim(number, sampleShape(`${number}`, 1));
  }
  const hello = async () => {
    const reader = new EventReader(await api.request("/events"));
    const { files } = await reader.nextOf("hello");
    await reader.close();
    return files;
  };
  const all = await hello();
  assertEquals([all.total, all.files.length], [MAX_WATCHED_FILES, MAX_WATCHED_FILES]);
  api.claim(5_000, sampleShape("more", 1));
  const shape = sampleShape("more", 1);
  api.report(7, { kind: "complete" }, { infoHash: sampleHash(5_000), shape });
  await api.context.clock.advance(1_000);
  const most = await hello();
  assertEquals([most.total, most.files.length], [MAX_WATCHED_FILES + 1, MAX_WATCHED_FILES]);
  const names = most.files.map(({ name }: { name: string }) => name);
  assertEquals([names.includes("more"), names.includes("1000")], [true, false]);
});

Deno.test("events: 1,000 peers of a file are told of, and how many there are; when some go, others come", async () => {
  const api = new SampleApi();
  for (let number = 1; number <= MAX_WATCHED_PEERS; number++) api.report(number, bits(8, 0));
  const first = await listen(api, 1);
  assertEquals((await first.nextOf("swarm")).peers.length, MAX_WATCHED_PEERS);
  const more = api.report(MAX_WATCHED_PEERS + 1, bits(8, 0));
  await api.context.clock.advance(1_000);
  const news = await first.nextOf("peers");
  assertEquals([news.changed, news.total], [[], MAX_WATCHED_PEERS + 1]);
  const { body } = await api.ask(`/files/${sampleHash(1)}/peers?limit=1`);
  const [{ id }] = body.peers;
  api.context.registry.remove(
    [...api.context.registry.peers.values()].find((peer) => {
      return peer.serial === id;
    })!,
  );
  await api.context.clock.advance(1_000);
  const later = await first.nextOf("peers");
  assertEquals(later.gone, [id]);
  assertEquals(later.changed.map(({ id }: { id: number }) => id), [more.serial]);
  await first.close();
});

Deno.test("events: the changes in one event have 128 KiB and one at most, the rest comes in turn", async () => {
  const api = new SampleApi();
  const shape = sampleShape("one", MAX_MAP_CELLS);
  const count = 500;
  const tell = (first: number) => {
    for (let number = 1; number <= count; number++) {
      api.report(number, everySecond(MAX_MAP_CELLS, first), { shape });
    }
  };
  tell(0);
  const reader = await listen(api, 1);
  await reader.nextOf("swarm");
  tell(1);
  const told: number[] = [];
  while (told.length < count) {
    await api.context.clock.advance(1_000);
    const { changed } = await reader.nextOf("peers");
    const { length } = JSON.stringify(changed);
    const last = JSON.stringify(changed.at(-1)).length;
    assert(length - last <= MAX_EVENT_BYTES + changed.length, `${length}`);
    if (told.length + changed.length < count) assert(length >= MAX_EVENT_BYTES, `${length}`);
    told.push(...changed.map(({ id }: { id: number }) => id));
  }
  assertEquals(new Set(told).size, count);
  await reader.close();
});

Deno.test("events: maps of 4 million pieces are drawn in one look, those beyond in the next", async () => {
  const api = new SampleApi();
  const pieces = 2 ** 20;
  const shape = sampleShape("large", pieces);
  const atOnce = MAX_PIECES_DRAWN / pieces;
  for (let number = 1; number <= atOnce + 1; number++) {
    api.report(number, bits(pieces, 0), { shape });
  }
  const reader = await listen(api, 1);
  assertEquals((await reader.nextOf("swarm")).peers.length, atOnce);
  for (let number = 1; number <= atOnce; number++) {
    api.report(number, { kind: "have", pieces: [9] });
  }
  await api.context.clock.advance(1_000);
  const first = await reader.nextOf("peers");
  await api.context.clock.advance(1_000);
  const second = await reader.nextOf("peers");
  const ids = [first, second].map(({ changed }) => changed.map(({ id }: { id: number }) => id));
  assertEquals(ids.map(({ length }) => length), [atOnce, 1]);
  assertEquals(new Set(ids.flat()).size, atOnce + 1);
  await reader.close();
});

Deno.test("events: a round ends after 2,500 members, and the swarms that are left have their turn next", async () => {
  const api = new SampleApi();
  const [swarms, members] = [4, 1_000];
  for (let number = 1; number <= swarms; number++) {
    const shape = sampleShape(`${number}`, 8);
    for (let peer = 1; peer <= members; peer++) {
      api.report(peer, bits(8, 0), { infoHash: sampleHash(number), shape });
    }
  }
  const readers: EventReader[] = [];
  for (let number = 1; number <= swarms; number++) readers.push(await listen(api, number));
  for (const reader of readers) await reader.nextOf("swarm");
  const told = new Set<number>();
  for (const [at, reader] of readers.entries()) {
    void reader.nextOf("peers").then(() => told.add(at), () => {});
    api.report(1, { kind: "have", pieces: [1] }, { infoHash: sampleHash(at + 1) });
  }
  await api.context.clock.advance(1_000);
  assertEquals(told.size, 3);
  await api.context.clock.advance(250);
  assertEquals(told.size, swarms);
  for (const reader of readers) await reader.close();
});

Deno.test("events: a page that reads too slowly is let go, those beside it are told on", async () => {
  const api = new SampleApi();
  const shape = sampleShape("one", MAX_MAP_CELLS);
  const tell = (first: number) => {
    for (let number = 1; number <= 200; number++) {
      api.report(number, everySecond(MAX_MAP_CELLS, first), { shape });
    }
  };
  tell(0);
  const slow = await api.request(`/events?file=${sampleHash(1)}`);
  const reader = await listen(api, 1);
  await reader.nextOf("swarm");
  const { clock } = api.context;
  const before = clock.pending;
  let looks = 0;
  for (; clock.pending === before && looks < 60; looks++) {
    tell(looks % 2 + 1);
    await clock.advance(1_000);
    await reader.nextOf("peers");
  }
  assertEquals(clock.pending, before - 1);
  assert(looks > 20, `${looks}`);
  await assertRejects(() => slow.text(), Error, "too many wait");
  tell(looks % 2 + 1);
  await clock.advance(1_000);
  await reader.nextOf("peers");
  await reader.close();
  assertEquals(clock.pending, 0);
});

Deno.test("events: links name the tracker in 8 ways at once, and for who comes with another one in none", async () => {
  const api = new SampleApi();
  api.report(1, { kind: "complete" });
  const readers: EventReader[] = [];
  const trackersOf = async (port: number) => {
    const response = await api.request("/events", { headers: { host: `127.0.0.1:${port}` } });
    const reader = new EventReader(response);
    readers.push(reader);
    const { files } = await reader.nextOf("hello");
    return parseMagnet(files.files[0].magnet).trackers;
  };
  const urlOf = (port: number) => `http://127.0.0.1:${port}/announce`;
  for (let port = 1; port <= MAX_WAYS_HERE; port++) {
    assertEquals(await trackersOf(port), [urlOf(port)]);
  }
  assertEquals(await trackersOf(100), []);
  assertEquals(await trackersOf(1), [urlOf(1)]);
  await readers[0]?.close();
  assertEquals(await trackersOf(100), [], "somebody is still there who found it in the first way");
  await readers[MAX_WAYS_HERE + 1]?.close();
  assertEquals(await trackersOf(100), [urlOf(100)]);
  assertEquals(await trackersOf(1), []);
  for (const reader of readers) await reader.close();
});

Deno.test("events: many pieces make a look at a swarm as long as many members do", async () => {
  const api = new SampleApi();
  const [swarms, pieces] = [6, 2 ** 21];
  for (let number = 1; number <= swarms; number++) {
    const shape = sampleShape(`${number}`, pieces);
    api.report(number, bits(pieces, 0), { infoHash: sampleHash(number), shape });
  }
  const readers: EventReader[] = [];
  for (let number = 1; number <= swarms; number++) readers.push(await listen(api, number));
  for (const reader of readers) await reader.nextOf("swarm");
  const told = new Set<number>();
  for (const [at, reader] of readers.entries()) {
    void reader.nextOf("peers").then(() => told.add(at), () => {});
    api.report(at + 1, { kind: "have", pieces: [1] }, { infoHash: sampleHash(at + 1) });
  }
  await api.context.clock.advance(1_000);
  assertEquals(told.size, swarms - 1);
  await api.context.clock.advance(250);
  assertEquals(told.size, swarms);
  for (const reader of readers) await reader.close();
});
