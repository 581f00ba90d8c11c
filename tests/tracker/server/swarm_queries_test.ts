import { assert, assertEquals } from "@std/assert";
import { Bitfield } from "../../../lib/bytes/mod.ts";
import { MAX_FRAME_LENGTH, MAX_PAGE_BYTES, REFUSAL } from "../../../lib/tracker/mod.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";
import { RawClient } from "../raw_client.ts";
import { sampleHash, samplePeerId, sampleShape } from "../sample_torrents.ts";
import { hostOf, PAGE, SampleTracker, telling } from "../sample_tracker.ts";

const infoHash = sampleHash(1);
const shape = sampleShape("mv1.mp4", 8);
const COMPLETE = { kind: "complete" } as const;
const NOTHING = { kind: "bitfield", bytes: Uint8Array.of(0) } as const;

Deno.test("a member finds the others with what they hold, best sources first, but not itself", async () => {
  await using tracker = new SampleTracker();
  using half = await tracker.enter(1);
  using seeder = await tracker.enter(2);
  using asker = await tracker.enter(3);
  const bytes = Uint8Array.of(0b1111_0000);
  await half.ask("update_status", telling({ infoHash, shape, held: { kind: "bitfield", bytes } }));
  await seeder.ask("update_status", telling({ infoHash, held: COMPLETE, uploaded: 5 }));
  await asker.ask("update_status", telling({ infoHash, held: NOTHING }));
  const reply = await asker.ask("get_peers", { infoHash, ...PAGE });
  assertEquals(reply, {
    of: "swarm",
    total: 2,
    offset: 0,
    pieceCount: 8,
    peers: [
      {
        id: samplePeerId(2),
        host: hostOf(2),
        port: 2,
        agent: "Test/2",
        pieces: "complete",
        uploaded: 5,
        downloaded: 0,
      },
      {
        id: samplePeerId(1),
        host: hostOf(1),
        port: 1,
        agent: "Test/1",
        pieces: bytes,
        uploaded: 0,
        downloaded: 0,
      },
    ],
  });
  const unknown = await asker.ask("get_peers", { infoHash: sampleHash(9), ...PAGE });
  assertEquals([unknown.total, unknown.peers], [0, []]);
});

Deno.test("without a swarm, all peers are listed with how much they hold", async () => {
  await using tracker = new SampleTracker();
  using first = await tracker.enter(1);
  using _second = await tracker.enter(2);
  const bytes = Uint8Array.of(0b1010_0000);
  await first.ask(
    "update_status",
    telling({ infoHash, shape, held: { kind: "bitfield", bytes } }, {
      infoHash: sampleHash(2),
      shape,
      held: COMPLETE,
    }),
  );
  const reply = await first.ask("get_peers", PAGE);
  assertEquals(reply.of === "all" && reply.peers.map(({ port, torrents }) => [port, torrents]), [
    [1, [
      { infoHash, held: 2, pieces: 8 },
      { infoHash: sampleHash(2), held: 8, pieces: 8 },
    ]],
    [2, []],
  ]);
});

Deno.test("a peer on the tracker's machine is given to others where they reach the tracker", async () => {
  await using tracker = new SampleTracker();
  const { address } = tracker.server;
  using local = await RawClient.enter(tracker.network.host("127.0.0.1"), address, 1);
  using remote = await tracker.enter(2);
  for (const client of [local, remote]) {
    await client.ask("update_status", telling({ infoHash, shape, held: COMPLETE }));
  }
  const seen = await remote.ask("get_peers", { infoHash, ...PAGE });
  assertEquals(seen.peers.map(({ host, port }) => [host, port]), [[address.host, 1]]);
  const all = await remote.ask("get_peers", PAGE);
  assertEquals(all.peers.map(({ host }) => host), [address.host, hostOf(2)]);
  await tracker.clock.advance(200);
  await remote.ask("ping", {});
  assertEquals(remote.pushes[0]?.joined, [{ id: samplePeerId(1), host: address.host, port: 1 }]);

  const home = tracker.network.host("127.0.0.1");
  await using atHome = new SampleTracker({ host: "127.0.0.1", transport: home });
  using one = await RawClient.enter(home, atHome.server.address, 1);
  using other = await RawClient.enter(home, atHome.server.address, 2);
  await one.ask("update_status", telling({ infoHash, shape, held: COMPLETE }));
  const reply = await other.ask("get_peers", { infoHash, ...PAGE });
  assertEquals(reply.peers.map(({ host }) => host), ["127.0.0.1"]);
});

Deno.test("one report that is refused does not keep the others from being taken", async () => {
  await using tracker = new SampleTracker();
  using client = await tracker.enter(1);
  const bytes = new Uint8Array(2);
  const reply = await client.ask(
    "update_status",
    telling(
      { infoHash: sampleHash(1), shape, held: { kind: "bitfield", bytes } },
      { infoHash: sampleHash(2), shape, held: COMPLETE },
      { infoHash: sampleHash(3), held: { kind: "have", pieces: [1] } },
    ),
  );
  assertEquals(reply.refused.map(({ code, infoHash }) => [code, infoHash]), [
    [REFUSAL.malformed, sampleHash(1)],
  ]);
  assertEquals([reply.want, reply.resend], [[sampleHash(2)], [sampleHash(3)]]);
  await client.ask("update_status", { torrents: [], gone: [sampleHash(2)] });
  assertEquals(tracker.server.registry.swarms.size, 0);
});

Deno.test("files are listed in pages, by name, and with what is known of them", async () => {
  await using tracker = new SampleTracker();
  using client = await tracker.enter(1);
  for (let number = 0; number < 25; number++) {
    const held = number % 2 === 0 ? COMPLETE : NOTHING;
    const named = sampleShape(`mv${number % 5}.mp4`, 8);
    await client.ask(
      "update_status",
      telling({ infoHash: sampleHash(number), shape: named, held }),
    );
  }
  const seen: number[] = [];
  for (let offset = 0; offset < 25;) {
    const reply = await client.ask("list_files", { offset, limit: 7 });
    assertEquals([reply.total, reply.offset], [25, offset]);
    offset += reply.files.length;
    seen.push(reply.files.length);
  }
  assertEquals(seen, [7, 7, 7, 4]);
  const named = await client.ask("list_files", { ...PAGE, name: "mv3.mp4" });
  assertEquals(named.files.map(({ infoHash }) => infoHash), [3, 8, 13, 18, 23].map(sampleHash));
  const { files: [file] } = named;
  assertEquals(file, {
    infoHash: sampleHash(3),
    ...sampleShape("mv3.mp4", 8),
    pieces: 8,
    seeders: 0,
    leechers: 1,
    availability: 0,
    completions: 0,
    state: "claimed",
  });
  assertEquals((await client.ask("list_files", { offset: 99, limit: 7 })).files, []);
});

Deno.test("pages of large entries end early, fit a frame, and together are the whole list", async () => {
  await using tracker = new SampleTracker();
  const pieces = 2 ** 20;
  const large = sampleShape("large.bin", pieces);
  const random = seededRandom(3);
  for (let number = 1; number <= 12; number++) {
    using client = await tracker.enter(number);
    const field = new Bitfield(pieces);
    for (let bit = 0; bit < 1000; bit++) field.set(randomBelow(random, pieces));
    const held = { kind: "bitfield", bytes: field.toBytes() } as const;
    await client.ask("update_status", telling({ infoHash, shape: large, held }));
  }
  using asker = await tracker.enter(100);
  const ports: number[] = [];
  while (ports.length < 12) {
    await asker.query("get_peers", { infoHash, offset: ports.length, limit: 50 });
    const payload = await asker.nextPayload();
    assertEquals((payload?.length ?? 0) <= MAX_FRAME_LENGTH, true);
    const reply = await asker.ask("get_peers", { infoHash, offset: ports.length, limit: 50 });
    assertEquals(reply.peers.length > 0, true);
    const [length, count] = [payload?.length ?? 0, reply.peers.length];
    assert(length - length / count < MAX_PAGE_BYTES, `${length} bytes of ${count} entries`);
    const isLast = ports.length + count === 12;
    assert(isLast || length >= MAX_PAGE_BYTES, "another entry would have had room");
    ports.push(...reply.peers.map(({ port }) => port));
  }
  assertEquals(ports.sort((a, b) => a - b), Array.from({ length: 12 }, (_, at) => at + 1));
});

Deno.test("queries beyond the rate wait until there is time for them, and others are served", async () => {
  await using tracker = new SampleTracker({ limits: { queryBurst: 5, queriesPerSecond: 2 } });
  using client = await tracker.enter(1);
  using other = await tracker.enter(2);
  const answered = (): number => tracker.server.statistics().queries["list_files"] ?? 0;
  for (let query = 0; query < 12; query++) await client.query("list_files", PAGE);
  await tracker.clock.advance(0);
  assertEquals(answered(), 5);
  await other.ask("ping", {});
  for (let query = 6; query <= 12; query++) {
    await tracker.clock.advance(500);
    assertEquals(answered(), query);
  }
  for (let query = 0; query < 12; query++) assertEquals((await client.next())?.type, "reply");
});
