import { assert, assertEquals, assertThrows } from "@std/assert";
import { concatBytes } from "../../../lib/bytes/mod.ts";
import { createInfo, encodeTorrent } from "../../../lib/metainfo/mod.ts";
import {
  MAX_PART_LENGTH,
  MAX_TORRENT_PARTS,
  PART_TIMEOUT_MS,
  REFUSAL,
  TrackerRefusedError,
} from "../../../lib/tracker/mod.ts";
import { PartialFile, PartialFileBudget } from "../../../lib/tracker/server/partial_file.ts";
import { sampleHash, sampleInfo, sampleShape } from "../sample_torrents.ts";
import { SampleTracker, telling } from "../sample_tracker.ts";

const COMPLETE = { kind: "complete" } as const;

Deno.test("a torrent file longer than a frame is handed in and fetched part by part", async () => {
  await using tracker = new SampleTracker();
  using giver = await tracker.enter(1);
  using taker = await tracker.enter(2);
  const pieces = 80_000;
  const info = await createInfo({
    name: "large.bin",
    shape: "file",
    files: [{ path: [], length: pieces * 16_384 }],
    pieceLength: 16_384,
    pieceHashes: new Uint8Array(pieces * 20).fill(9),
  });
  const { infoHash } = info;
  const file = encodeTorrent({ info });
  const total = file.length;
  assert(total > 3 * MAX_PART_LENGTH);
  for (let offset = 0; offset < total;) {
    const data = file.subarray(offset, offset + MAX_PART_LENGTH);
    const { next } = await giver.ask("publish", { infoHash, total, offset, data });
    assertEquals(next, offset + data.length);
    offset = next;
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length < total) {
    const reply = await taker.ask("get_torrent", { infoHash, offset: length });
    assertEquals([reply.infoHash, reply.name, reply.total, reply.offset], [
      infoHash,
      "large.bin",
      total,
      length,
    ]);
    parts.push(reply.data);
    length += reply.data.length;
  }
  assertEquals(concatBytes(parts), file);
  assertEquals((await taker.ask("get_torrent", { infoHash, offset: total + 5 })).data.length, 0);
});

Deno.test("who tells of a torrent is asked for it until it is published", async () => {
  await using tracker = new SampleTracker();
  using first = await tracker.enter(1);
  using second = await tracker.enter(2);
  const info = await sampleInfo("mv1.mp4", 8);
  const { infoHash } = info;
  const report = { infoHash, shape: sampleShape("mv1.mp4", 8), held: COMPLETE };
  assertEquals((await first.ask("update_status", telling(report))).want, [infoHash]);
  assertEquals((await second.ask("update_status", telling(report))).want, []);
  const error = await second.askInVain("get_torrent", { name: "mv1.mp4", offset: 0 });
  assertEquals(error.code, REFUSAL.unknown);
  await tracker.clock.advance(11_000);
  assertEquals((await second.ask("update_status", telling())).want, [infoHash]);

  const data = encodeTorrent({ info, comment: "by hand", trackers: [["http://tracker.example"]] });
  const part = { infoHash, total: data.length, offset: 0, data };
  assertEquals((await second.ask("publish", part)).next, data.length);
  assertEquals((await first.ask("update_status", telling())).want, []);
  const other = encodeTorrent({ info });
  const late = { infoHash, total: other.length, offset: 0, data: other.subarray(0, 5) };
  assertEquals((await first.ask("publish", late)).next, other.length);
  assertEquals((await first.ask("get_torrent", { name: "mv1.mp4", offset: 0 })).data, other);
  const { files: [file] } = await first.ask("list_files", { offset: 0, limit: 1 });
  assertEquals([file?.state, file?.seeders], ["published", 2]);
});

Deno.test("what is no torrent, or another one, is not published", async () => {
  await using tracker = new SampleTracker();
  using client = await tracker.enter(1);
  const info = await sampleInfo("mv1.mp4", 8);
  const evil = encodeTorrent({ info: new TextEncoder().encode("d4:name2:..e") });
  const good = encodeTorrent({ info });
  for (const data of [evil, good.subarray(1), new Uint8Array(1), good]) {
    const part = { infoHash: sampleHash(1), total: data.length, offset: 0, data };
    const error = await client.askInVain("publish", part);
    assertEquals(error.code, REFUSAL.malformed);
  }
  assertEquals(tracker.server.registry.swarms.size, 0);
});

Deno.test("parts are taken in order only, and anew from the first", async () => {
  await using tracker = new SampleTracker();
  using client = await tracker.enter(1);
  const info = await sampleInfo("mv1.mp4", 8);
  const file = encodeTorrent({ info });
  const total = file.length;
  const { infoHash } = info;
  const hand = async (offset: number, length: number, hash = infoHash): Promise<number> => {
    const data = file.subarray(offset, offset + length);
    return (await client.ask("publish", { infoHash: hash, total, offset, data })).next;
  };
  assertEquals(await hand(10, 5), 0);
  assertEquals(await hand(0, 10), 10);
  assertEquals(await hand(20, 5), 10);
  assertEquals(await hand(10, 0), 10);
  assertEquals(await hand(10, 5), 15);
  assertEquals(await hand(0, 10), 10);
  assertEquals(await hand(0, 7, sampleHash(2)), 7);
  assertEquals(await hand(10, 5), 0);
  assertEquals(await hand(0, 10), 10);
  assertEquals(await hand(10, total), total);
  assertEquals(tracker.server.registry.resolveName("mv1.mp4").infoHash, infoHash);
});

Deno.test("a torrent file comes in 4,096 parts at most, and empty ones are none", () => {
  const partial = new PartialFile(new PartialFileBudget(2 * MAX_TORRENT_PARTS));
  const total = 2 * MAX_TORRENT_PARTS;
  const hand = (offset: number, length: number, nowMs = 0) =>
    partial.add({ infoHash: sampleHash(1), total, offset, data: new Uint8Array(length) }, nowMs);
  for (let offset = 0; offset < MAX_TORRENT_PARTS - 1; offset++) {
    hand(offset, 1);
    hand(offset + 1, 0, offset + 1);
  }
  assertEquals(partial.next, MAX_TORRENT_PARTS - 1);
  assertEquals(hand(partial.next, total - partial.next)?.length, total, "the last one fits");
  for (let offset = 0; offset < MAX_TORRENT_PARTS; offset++) hand(offset, 1);
  assertThrows(() => hand(MAX_TORRENT_PARTS, 1), TrackerRefusedError, "more than 4096 parts");
  assertEquals(partial.next, 0, "nothing of it is kept");
  hand(0, 9, 0);
  hand(9, 0, PART_TIMEOUT_MS - 1);
  partial.sweep(PART_TIMEOUT_MS);
  assertEquals(partial.next, 0, "an empty part keeps nothing alive");
});

Deno.test("torrent files that are being handed in have their limit, which time and partings free", async () => {
  await using tracker = new SampleTracker({
    limits: { partialFileBytes: 1000 },
    intervalMs: 100_000,
  });
  const data = new Uint8Array(600);
  const part = { infoHash: sampleHash(1), total: 10_000, offset: 0, data };
  using first = await tracker.enter(1);
  using second = await tracker.enter(2);
  assertEquals((await first.ask("publish", part)).next, 600);
  assertEquals((await second.askInVain("publish", part)).code, REFUSAL.tooMany);
  await first.ask("exit", {});
  assertEquals((await second.ask("publish", part)).next, 600);
  using third = await tracker.enter(3);
  assertEquals((await third.askInVain("publish", part)).code, REFUSAL.tooMany);
  await tracker.clock.advance(PART_TIMEOUT_MS + 1_000);
  assertEquals((await third.ask("publish", part)).next, 600);
});

Deno.test("who gave no port publishes nothing", async () => {
  await using tracker = new SampleTracker();
  using onlooker = await tracker.enter(0);
  const info = await sampleInfo("mv1.mp4", 8);
  const data = encodeTorrent({ info });
  const part = { infoHash: info.infoHash, total: data.length, offset: 0, data };
  assertEquals((await onlooker.askInVain("publish", part)).code, REFUSAL.forbidden);
  assertEquals(tracker.server.registry.swarms.size, 0);
});
