import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createInfo, encodeTorrent, MAX_TORRENT_BYTES } from "../../../lib/metainfo/mod.ts";
import {
  DEFAULT_LIMITS,
  LastingState,
  MAX_STATE_COUNTERS,
  StateFile,
  SwarmRegistry,
} from "../../../lib/tracker/mod.ts";
import { sampleHash, sampleInfo } from "../sample_torrents.ts";
import { meddle, namesOf, openedState, publish, statePath, written } from "./sample_state.ts";

Deno.test("state: torrents come back in their order, with their completions and without peers", async () => {
  await using place = await statePath();
  {
    using opened = await openedState(place.path);
    await publish(opened.registry, "a", "b", "c");
    opened.keeper.saveAll();
    opened.registry.catalogue.watch(() => {});
  }
  meddle(place.path, "UPDATE torrents SET completions = 7 WHERE name = 'b'");
  using opened = await openedState(place.path);
  const { registry } = opened;
  assertEquals(namesOf(registry), ["a", "b", "c"]);
  const swarms = [...registry.swarms.values()];
  assertEquals(swarms.map(({ completions }) => completions), [0, 7, 0]);
  assertEquals(swarms.map(({ members }) => members.length), [0, 0, 0]);
  const torrentFile = encodeTorrent({ info: await sampleInfo("b", 2) });
  assertEquals(registry.resolveName("b").torrentFile, torrentFile);
});

Deno.test("state: a row that is not what it says is told of and passed over, and the others come back", async () => {
  await using place = await statePath();
  const other = encodeTorrent({ info: await sampleInfo("other", 2) });
  const set = (column: string): string => `UPDATE torrents SET ${column} = ? WHERE name = 'film 1'`;
  const file =
    "UPDATE torrent_files SET content = ? WHERE torrent = (SELECT id FROM torrents WHERE name = 'film 1')";
  const meddlings: [sql: string, value: string | number | Uint8Array | null, reason: string][] = [
    [set("info_hash"), sampleHash(1), "its torrent file is that of"],
    [set("info_hash"), "\u001b[2J".repeat(100), "its torrent file is that of"],
    [set("completions"), -1, "the number of its completions is none"],
    [set("completions"), 1.5, "the number of its completions is none"],
    [set("completions"), 2 ** 63, "the number of its completions is none"],
    [file, new Uint8Array(MAX_TORRENT_BYTES + 1), "its torrent file is missing or too long"],
    [file, "d4:info", "its torrent file is missing or too long"],
    [file, other, "its torrent file is that of"],
    [file, new Uint8Array(0), "Cannot read torrent"],
    [file, other.subarray(0, 40), "Cannot read torrent"],
    ["DELETE FROM torrent_files WHERE torrent = ?", 2, "its torrent file is missing or too long"],
  ];
  for (const [sql, value, reason] of meddlings) {
    await written(place.path, "film 0", "film 1", "film 2");
    meddle(place.path, sql, value);
    {
      using opened = await openedState(place.path);
      assertEquals(namesOf(opened.registry), ["film 0", "film 2"], sql);
      const { leftOut } = opened.state;
      assertEquals(leftOut?.count, 1);
      assertStringIncludes(leftOut?.reason ?? "", reason);
      assertEquals(/\p{Cc}/u.test(leftOut?.reason ?? ""), false);
      // Who publishes it again mends what was wrong, unless the row says that it is of another.
      await publish(opened.registry, "film 1");
      opened.keeper.saveAll();
      assertEquals(opened.told, []);
    }
    using opened = await openedState(place.path);
    assertEquals(namesOf(opened.registry).sort(), ["film 0", "film 1", "film 2"]);
    await Deno.remove(place.path);
    await Deno.remove(`${place.path}-wal`);
  }
});

Deno.test("state: of more torrents than the limits allow the latest are read, and the others stay in the file", async () => {
  await using place = await statePath();
  const names = Array.from({ length: 6 }, (_, at) => `film ${at}`);
  await written(place.path, ...names);
  const bytes = encodeTorrent({ info: await sampleInfo("film 0", 2) }).length;
  const { torrents, torrentFileBytes } = DEFAULT_LIMITS;
  const cases = [
    { limits: { torrents: 6, torrentFileBytes: 6 * bytes }, kept: 6 },
    { limits: { torrents: 5, torrentFileBytes }, kept: 5 },
    { limits: { torrents, torrentFileBytes: 6 * bytes - 1 }, kept: 5 },
    { limits: { torrents, torrentFileBytes: 2 * bytes }, kept: 2 },
  ];
  for (const { limits, kept } of cases) {
    using opened = await openedState(place.path, { limits });
    assertEquals(namesOf(opened.registry), names.slice(-kept));
    assertEquals(opened.state.leftOut?.count ?? 0, 6 - kept);
    opened.keeper.saveAll();
  }
  using opened = await openedState(place.path);
  assertEquals(namesOf(opened.registry), names);
});

Deno.test("state: a file that lies about the length of its torrents has the registry keep no more", async () => {
  await using place = await statePath();
  await written(place.path, "film 0", "film 1", "film 2");
  meddle(place.path, "UPDATE torrents SET file_bytes = -1000000");
  const bytes = encodeTorrent({ info: await sampleInfo("film 0", 2) }).length;
  using opened = await openedState(place.path, { limits: { torrentFileBytes: 2 * bytes } });
  assertEquals(namesOf(opened.registry), ["film 0", "film 1"]);
  assertStringIncludes(opened.state.leftOut?.reason ?? "", "room for torrent files is used up");
});

Deno.test("state: a tracker that is not for all torrents leaves out the others", async () => {
  await using place = await statePath();
  await written(place.path, "film 0", "film 1");
  using state = await LastingState.open({ path: place.path });
  const { infoHash } = await sampleInfo("film 1", 2);
  const registry = new SwarmRegistry(DEFAULT_LIMITS, new Set([infoHash]));
  assertEquals(state.restoreTo(registry), 1);
  assertEquals(namesOf(registry), ["film 1"]);
  assertStringIncludes(state.leftOut?.reason ?? "", "it is not on the tracker's list");
});

Deno.test("state: 256 counts are read of a file, and not one more", async () => {
  await using place = await statePath();
  for (const count of [MAX_STATE_COUNTERS, MAX_STATE_COUNTERS + 1]) {
    {
      using opened = await openedState(place.path);
      for (let at = 0; at < count; at++) opened.counts.set(`query ${at}`, at);
      opened.keeper.saveAll();
    }
    using file = StateFile.open(place.path);
    assertEquals(file.counts().size, 256);
  }
});

Deno.test("state: who is interrupted while it is read ends, and leaves the file free", async () => {
  await using place = await statePath();
  await written(place.path, "a");
  const signal = AbortSignal.abort();
  await assertRejects(() => LastingState.open({ path: place.path, signal }), DOMException);
  using _opened = await openedState(place.path);
});

Deno.test("state: a torrent file of as many bytes as may be comes back", async () => {
  await using place = await statePath();
  const pieces = Math.floor((MAX_TORRENT_BYTES - 200) / 20);
  const info = await createInfo({
    ...{ name: "large", shape: "file", pieceLength: 16_384 },
    files: [{ path: [], length: pieces * 16_384 }],
    pieceHashes: new Uint8Array(pieces * 20),
  });
  {
    using opened = await openedState(place.path);
    opened.registry.publish({ info });
    opened.keeper.saveAll();
  }
  using opened = await openedState(place.path);
  assertEquals(namesOf(opened.registry), ["large"]);
});
