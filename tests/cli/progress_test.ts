import { assert, assertEquals, assertMatch } from "@std/assert";
import { Bitfield, infoHashFromHex } from "../../lib/bytes/mod.ts";
import { widthOf } from "../../lib/cli/fit_text.ts";
import { type Progress, progressLine, progressReport } from "../../lib/cli/progress_text.ts";
import { progressBar } from "../../lib/cli/progress_bar.ts";
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

Deno.test({
  name: "progress: programs are told bytes, chunks, rates and peers as whole numbers",
  permissions: "none",
  fn() {
    assertEquals({ ...progressReport(progress()) }, {
      type: "progress",
      name: "film.bin",
      infoHash: INFO_HASH,
      bytes: 5 * MEBIBYTE,
      length: 20 * MEBIBYTE,
      chunks: 10,
      chunkCount: 40,
      downRate: 512_000,
      upRate: 13,
      peers: 2,
    });
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
    assertMatch(progressBar(almost, 80), / 99% /);
  },
});

Deno.test({
  name: "progress: a bar in a terminal of 80 columns has all parts",
  permissions: "none",
  fn() {
    const map = "\u2588\u2588\u2588" + "\u00b7".repeat(8);
    assertEquals(
      progressBar(progress(), 80),
      `film.bin ${map}   25%  5.00 MiB of 20.0 MiB  500 KiB/s  2 peers  31 s left`,
    );
  },
});

Deno.test({
  name: "progress: in less room the bar has fewer parts, whole ones, the most important first",
  permissions: "none",
  fn() {
    assertEquals(progressBar(progress(), 40), "film.bin   25%  500 KiB/s  31 s left");
    assertEquals(progressBar(progress(), 24), "film.bin   25%  2 peers");
    assertEquals(progressBar(progress(), 16), "film.bin   25%");
  },
});

Deno.test({
  name: "progress: a bar is never wider than its terminal, whatever the name and the numbers",
  permissions: "none",
  fn() {
    const names = [
      "a",
      "film.bin",
      "\u8b1b\u7fa9\u30d3\u30c7\u30aa \u{1f3ac}.mp4",
      "x".repeat(240),
    ];
    const rates = [0, 1, 999 * 1024, 123_456_789];
    const peers = [0, 1, 200].map((length) => ({ length }));
    for (const name of names) {
      for (const downRate of rates) {
        for (const { length } of peers) {
          for (let columns = 15; columns <= 300; columns++) {
            const bar = progressBar(progress({ name, downRate, peers: { length } }), columns);
            assert(widthOf(bar) < columns, `${columns}: ${bar}`);
            assertMatch(bar, / 25%/);
          }
        }
      }
    }
    for (let columns = 1; columns < 15; columns++) progressBar(progress(), columns);
  },
});
