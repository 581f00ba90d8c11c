import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { Bitfield } from "../../lib/bytes/mod.ts";
import { widthOf } from "../../lib/cli/fit_text.ts";
import { COLOURS } from "../../lib/cli/paint.ts";
import { type ShownTransfer, transfersBlock } from "../../lib/cli/transfer_block.ts";
import { NoSpaceError } from "../../lib/storage/mod.ts";
import { shownTransfer } from "./shown_transfer.ts";

const HOSTILE = "a\x1b[2J\n\u202e\u200b.mp4";
const WIDE = "\u8b1b\u7fa9\u30d3\u30c7\u30aa \u{1f3ac} \u{1f468}\u200d\u{1f469}\u200d\u{1f467}.mp4";

function serving(changes: Parameters<typeof shownTransfer>[0] = {}): ShownTransfer {
  const held = Bitfield.full(40);
  return shownTransfer({ held, heldBytes: 20 * 1024 * 1024, downRate: 0, ...changes }, {
    task: "serve",
    swarm: { seeders: 1, leechers: 5, copies: 2.4 },
  });
}

Deno.test({
  name: "transfers: a download has its name, map and percent in a line, and its numbers in another",
  permissions: "none",
  fn() {
    assertEquals(transfersBlock([shownTransfer()], { columns: 60, rows: 10 }), [
      `film.bin ${"\u2588".repeat(11)}${"\u00b7".repeat(33)}   25%`,
      "  5.00 MiB of 20.0 MiB  500 KiB/s  2 peers  31 s left",
    ]);
    assertEquals(
      transfersBlock([shownTransfer()], { columns: 90, rows: 10 })[1],
      "  5.00 MiB of 20.0 MiB  500 KiB/s  13 B/s up  2 peers  31 s left",
    );
  },
});

Deno.test({
  name: "transfers: what is served says to how many, how fast, how much, and what the tracker says",
  permissions: "none",
  fn() {
    assertEquals(
      transfersBlock([serving()], { columns: 90, rows: 10 })[1],
      "  serving  13 B/s up  2 peers  3.00 MiB sent  swarm: 1 seeder, 5 leechers, 2.40 copies",
    );
    assertEquals(transfersBlock([serving()], { columns: 40, rows: 10 }), [
      `film.bin ${"\u2588".repeat(24)}  100%`,
      "  13 B/s up  2 peers  3.00 MiB sent",
    ]);
  },
});

Deno.test({
  name: "transfers: in a narrow window the most important is left",
  permissions: "none",
  fn() {
    const block = (columns: number) => transfersBlock([shownTransfer()], { columns, rows: 10 });
    assertEquals(block(20), ["film.bin   25%", "2 peers  31 s left"]);
    assertEquals(block(12), ["25%", "31 s left"]);
    assertEquals(block(4), ["25%", "..."]);
  },
});

Deno.test({
  name: "transfers: one that waits for its disk says so, whatever else has room",
  permissions: "none",
  fn() {
    const obstacle = { problem: "disk full", path: "a", error: new NoSpaceError("a") } as const;
    for (const columns of [20, 40, 80]) {
      const block = transfersBlock([shownTransfer({ obstacle })], { columns, rows: 9 });
      assertMatch(block[1] ?? "", /waits: disk full/);
    }
  },
});

Deno.test({
  name: "transfers: one that has no peers says that it looks for some",
  permissions: "none",
  fn() {
    const alone = shownTransfer({ peers: [], downRate: 0, upRate: 0 });
    assertEquals(
      transfersBlock([alone], { columns: 80, rows: 9 })[1],
      "  5.00 MiB of 20.0 MiB  0 B/s  0 peers  looking for peers",
    );
  },
});

Deno.test({
  name: "transfers: several have their totals, and one line each where there is no room for two",
  permissions: "none",
  fn() {
    const all = [shownTransfer(), serving({ upRate: 1_024 })];
    assertEquals(
      transfersBlock(all, { columns: 80, rows: 5 }).at(-1),
      "1 of 2 done  500 KiB/s  1.01 KiB/s up  2 peers  15.0 MiB missing  31 s left",
    );
    const block = transfersBlock(all, { columns: 80, rows: 4 });
    assertEquals(block.length, 3);
    assertMatch(block[0] ?? "", /^film\.bin .* 25% {2}5\.00 MiB of 20\.0 MiB .* 31 s left$/);
    assertMatch(block[1] ?? "", /^film\.bin .* 100% {2}serving {2}1\.00 KiB\/s up .* sent$/);
    const served = transfersBlock([serving(), serving()], { columns: 80, rows: 5 });
    assertEquals(served.at(-1), "2 files  25 B/s up  2 peers  6.00 MiB sent");
  },
});

Deno.test({
  name:
    "transfers: of more than there are rows those that move come first, and the rest is counted",
  permissions: "none",
  fn() {
    const idle = Array.from(
      { length: 8 },
      (_, at) => shownTransfer({ name: `idle ${at}`, downRate: 0 }),
    );
    const all = [serving(), ...idle, shownTransfer({ name: "moving" })];
    const block = transfersBlock(all, { columns: 80, rows: 6 });
    assertEquals(block.map((line) => line.slice(0, 8).trim()), [
      "moving",
      "idle 0",
      "idle 1",
      "idle 2",
      "\u2026 and 6",
      "1 of 10",
    ]);
    assertEquals(block[4], "\u2026 and 6 more");
    for (let rows = 0; rows < 30; rows++) {
      assert(transfersBlock(all, { columns: 80, rows }).length <= rows, `${rows} rows`);
    }
  },
});

Deno.test({
  name: "transfers: colours say nothing that the text does not say",
  permissions: "none",
  fn() {
    const all = [shownTransfer(), serving(), shownTransfer({ downRate: 0 })];
    for (const columns of [20, 80]) {
      const plain = transfersBlock(all, { columns, rows: 20 });
      const coloured = transfersBlock(all, { columns, rows: 20 }, COLOURS).join("\n");
      assert(coloured.includes("\x1b["));
      assertEquals(coloured.replaceAll(new RegExp("\x1b\\[\\d+m", "g"), ""), plain.join("\n"));
    }
  },
});

Deno.test({
  name: "transfers: no line is ever wider than its terminal, whatever the names and the numbers",
  permissions: "none",
  fn() {
    const names = ["", "a", "film.bin", WIDE, HOSTILE, "x".repeat(240)];
    const rates = [0, 1, 999 * 1024, 123_456_789];
    const empty = { held: new Bitfield(0), length: 0, heldBytes: 0 };
    for (const name of names) {
      const all = rates.flatMap((downRate) => [
        shownTransfer({ name, downRate, upRate: downRate }),
        serving({ name, upRate: downRate }),
        shownTransfer({ name, ...empty }),
      ]);
      for (let columns = 1; columns <= 300; columns++) {
        for (const rows of [8, 14, 40]) {
          for (const line of transfersBlock(all, { columns, rows })) {
            assert(widthOf(line) < columns, `${columns}: ${line}`);
            assertNotMatch(line, /[\p{Cc}\p{Cf}]/u);
          }
        }
      }
    }
  },
});

Deno.test({
  name: "transfers: the totals say paused when all that is fetched is, and else how long it takes",
  permissions: "none",
  fn() {
    const paused = shownTransfer({ motion: "suspended", downRate: 0, upRate: 0 });
    const totals = (...all: ShownTransfer[]): string | undefined =>
      transfersBlock(all, { columns: 90, rows: 9 }).at(-1);
    assertEquals(
      totals(paused, paused),
      "0 of 2 done  0 B/s  0 B/s up  2 peers  30.0 MiB missing  paused",
    );
    assertMatch(totals(paused, serving()) ?? "", /^1 of 2 done .* paused$/);
    assertMatch(totals(paused, shownTransfer()) ?? "", /^0 of 2 done .* left$/);
    assertMatch(totals(serving(), serving()) ?? "", /^2 files .* sent$/);
  },
});

Deno.test({
  name: "transfers: one that is paused says so, whatever else has room, also one that is served",
  permissions: "none",
  fn() {
    for (const task of ["fetch", "serve"] as const) {
      for (const columns of [120, 80, 40, 20]) {
        const paused = { motion: "suspended", downRate: 0, peers: [] } as const;
        const block = transfersBlock([shownTransfer(paused, { task })], { columns, rows: 9 });
        assertMatch(block[1] ?? "", /paused/);
        assert(!/left|looking|serving/.test(block.join("")), block.join(""));
        const going = transfersBlock([shownTransfer({}, { task })], { columns, rows: 9 });
        assert(!going.join("").includes("paused"), going.join(""));
      }
    }
  },
});
