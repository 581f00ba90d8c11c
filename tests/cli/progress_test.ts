import { assertEquals, assertMatch } from "@std/assert";
import { Bitfield, infoHashFromHex } from "../../lib/bytes/mod.ts";
import {
  type Progress,
  progressLine,
  progressReport,
  servingLine,
  servingReport,
} from "../../lib/cli/progress_text.ts";
import type { TorrentStatus } from "../../lib/peer/mod.ts";
import { NoSpaceError } from "../../lib/storage/mod.ts";

const INFO_HASH = infoHashFromHex("0123456789abcdef0123456789abcdef01234567");
const MEBIBYTE = 1024 * 1024;

function progress(changes: Partial<Progress> = {}): Progress {
  const held = new Bitfield(40);
  for (let index = 0; index < 10; index++) held.set(index);
  return {
    name: "film.bin",
    infoHash: INFO_HASH,
    length: 20 * MEBIBYTE,
    heldBytes: 5 * MEBIBYTE,
    held,
    wantedCount: 40,
    downRate: 500 * 1024,
    upRate: 12.6,
    peers: { length: 2 },
    ...changes,
  };
}

function status(): TorrentStatus {
  return {
    ...{ name: "film.bin", infoHash: INFO_HASH, length: 20 * MEBIBYTE, heldBytes: 5 * MEBIBYTE },
    ...{ held: progress().held, wantedCount: 40, downRate: 0, upRate: 0, obstacle: undefined },
    ...{ downloaded: 5_000, uploaded: 600, knownPeers: 3, motion: "going", appetite: "all" },
    peers: [{
      address: { host: "192.0.2.7", port: 6881 },
      client: "a\x1b[2J",
      heldCount: 40,
      downRate: 1_000.4,
      upRate: 1.5,
    }],
  };
}

Deno.test({
  name: "progress: programs are told all that people see, with whole numbers",
  permissions: "none",
  fn() {
    const all = { ...status(), downRate: 512_000, upRate: 12.6 };
    const map = btoa("\xff".repeat(10) + "\0".repeat(30));
    const peerList = [{
      address: "192.0.2.7:6881",
      client: "a\x1b[2J",
      chunks: 40,
      downRate: 1_000,
      upRate: 2,
    }];
    assertEquals({ ...progressReport(all) }, {
      type: "progress",
      name: "film.bin",
      infoHash: INFO_HASH,
      bytes: 5 * MEBIBYTE,
      length: 20 * MEBIBYTE,
      chunks: 10,
      chunkCount: 40,
      downRate: 512_000,
      upRate: 13,
      downloaded: 5_000,
      uploaded: 600,
      secondsLeft: 31,
      peers: 1,
      ...{ peerList, map },
    });
    assertEquals(progressReport({ ...all, downRate: 0 }).secondsLeft, null);
    assertEquals(progressReport({ ...all, downRate: 0, heldBytes: all.length }).secondsLeft, 0);
    const swarm = { seeders: 2, leechers: 5, copies: 2.4 };
    assertEquals({ ...servingReport(all, swarm) }, {
      type: "upload",
      name: "film.bin",
      infoHash: INFO_HASH,
      bytes: 5 * MEBIBYTE,
      length: 20 * MEBIBYTE,
      upRate: 13,
      uploaded: 600,
      peers: 1,
      ...{ peerList, map, swarm },
    });
    assertEquals(servingLine(all), "film.bin: 13 B/s up, 600 B sent, 1 peer");
    const paused = { ...all, motion: "suspended" } as const;
    assertEquals([progressReport(paused).paused, servingReport(paused, swarm).paused], [
      true,
      true,
    ]);
    assertEquals(servingLine(paused), "film.bin: 13 B/s up, 600 B sent, 1 peer, paused");
  },
});

Deno.test({
  name: "progress: a map for programs has 512 cells at most, and 255 only for what is whole",
  permissions: "none",
  fn() {
    const held = Bitfield.full(100_000);
    held.clear(99_999);
    const cells = atob(String(progressReport({ ...status(), held }).map));
    assertEquals(cells.length, 512);
    assertEquals(cells.slice(0, -1), "\xff".repeat(511));
    assertEquals(cells.at(-1), "\xfd");
  },
});

Deno.test({
  name: "progress: a log gets one line with everything in it",
  permissions: "none",
  fn() {
    assertEquals(
      progressLine(progress()),
      "film.bin: 25%, 10 of 40 chunks, 500 KiB/s, 2 peers, 31 s left",
    );
    assertEquals(
      progressLine(progress({ downRate: 0, peers: { length: 1 }, name: "a\x1b[2J\nb" })),
      "a?[2J?b: 25%, 10 of 40 chunks, 0 B/s, 1 peer, -- left",
    );
    const error = new NoSpaceError("a");
    const obstacle = { problem: "disk full", path: "a", error } as const;
    assertEquals(
      progressLine(progress({ obstacle, downRate: 0 })),
      "film.bin: 25%, 10 of 40 chunks, 0 B/s, 2 peers, waits: disk full",
    );
    assertEquals(
      progressLine(progress({ motion: "suspended", downRate: 0 })),
      "film.bin: 25%, 10 of 40 chunks, 0 B/s, 2 peers, paused",
    );
    const empty = { length: 0, heldBytes: 0, held: new Bitfield(0), wantedCount: 0, downRate: 0 };
    assertEquals(
      progressLine(progress(empty)),
      "film.bin: 100%, 0 of 0 chunks, 0 B/s, 2 peers, -- left",
    );
  },
});

Deno.test({
  name: "progress: it says 100% only when all is there",
  permissions: "none",
  fn() {
    const almost = progress({ heldBytes: 20 * MEBIBYTE - 1 });
    assertMatch(progressLine(almost), /: 99%,/);
  },
});
