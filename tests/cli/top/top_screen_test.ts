import { assert, assertEquals, assertMatch, assertNotEquals, assertNotMatch } from "@std/assert";
import { widthOf } from "../../../lib/cli/fit_text.ts";
import { COLOURS } from "../../../lib/cli/paint.ts";
import type { Seen } from "../../../lib/cli/top/seen.ts";
import { TopScreen } from "../../../lib/cli/top/top_screen.ts";
import { hashOf, sampleFile, samplePeer, sampleSeen, STRANGE_NAMES } from "./sample_seen.ts";

const SIZE = { columns: 100, rows: 12 };

/** Presses keys, of which each finds what is on the screen. */
function press(screen: TopScreen, seen: Seen, ...keys: string[]): void {
  for (const key of keys) {
    assertNotEquals(screen.press(key, seen), "ends");
    screen.draw(seen, SIZE);
  }
}

/** The names in the list, and a mark in front of the one that is chosen. */
function names(screen: TopScreen, seen: Seen, size = SIZE): string[] {
  return screen.draw(seen, size).filter((line) => /^[> ] film/.test(line))
    .map((line) => line.replace("film ", "").split(".")[0] ?? "");
}

Deno.test({
  name: "top: the screen has totals, the files with their numbers and availability, and the keys",
  permissions: "none",
  fn() {
    const files = [sampleFile(1), sampleFile(2, { name: "other", seeders: 0, leechers: 0 })];
    const lines = new TopScreen().draw(sampleSeen(files, [samplePeer(1)]), SIZE);
    assertEquals(lines.length, SIZE.rows);
    assertEquals(lines[0], "sluice top  tracker 192.0.2.9:6789  connected");
    assertEquals(lines[1], "2 files  40.0 MiB  3 peers  1 seeder  2 leechers  500 KiB/s");
    assertMatch(lines[3] ?? "", /^ {2}NAME +SIZE +SEEDERS +LEECHERS +COPIES +RATE +AVAILABILITY/);
    assertMatch(
      lines[4] ?? "",
      /^> film 1\.bin +20\.0 MiB +1 +2 +1\.25 +500 KiB\/s {2}\u2588{10,}\u2584{20,}$/,
    );
    assertMatch(lines[5] ?? "", /^ {2}other +20\.0 MiB +0 +0 +1\.25 +$/);
    assertMatch(lines.at(-1) ?? "", /enter peers {2}by peers {2}\? help {2}q quit/);
  },
});

Deno.test({
  name: "top: the peers of a file have address, client, map, progress, rates and the time left",
  permissions: "none",
  fn() {
    const unknown = samplePeer(3, { held: undefined, secondsLeft: null, downRate: 0 });
    const whole = samplePeer(2, {
      held: { count: 40, map: new Uint8Array(40).fill(255) },
      secondsLeft: 0,
    });
    const seen = sampleSeen([sampleFile(1)], [samplePeer(1), whole, unknown]);
    const lines = new TopScreen(hashOf(1)).draw(seen, { columns: 110, rows: 12 });
    assertMatch(
      lines[1] ?? "",
      /^film 1\.bin {2}20\.0 MiB {2}40 chunks {2}1 seeder {2}2 leechers /,
    );
    assertMatch(lines[2] ?? "", /^\u2588{20,}\u2584{60,}$/);
    assertMatch(lines[4] ?? "", /^PEER +CLIENT +MAP +CHUNKS +DONE +DOWN +UP +LEFT$/);
    assertMatch(
      lines[5] ?? "",
      /^192\.0\.2\.2:6881 +Sluice 0\.1\.0 +\u2588+ +40\/40 +100% .* done$/,
    );
    assertMatch(
      lines[6] ?? "",
      /^192\.0\.2\.1:6881 +Sluice 0\.1\.0 +\u2588+\u2591?\u00b7+ +10\/40 +25% +500 KiB\/s +1\.00 KiB\/s +31 s$/,
    );
    assertMatch(lines[7] ?? "", /^192\.0\.2\.3:6881 +Sluice 0\.1\.0 +\? +\? +\? +0 B\/s .* --$/);
  },
});

Deno.test({
  name: "top: keys choose a file, open it, go back, sort, and quit",
  permissions: "none",
  fn() {
    const files = [sampleFile(1), sampleFile(2, { leechers: 9 }), sampleFile(3, { length: 5 })];
    const seen = sampleSeen(files, [samplePeer(1), samplePeer(2, { downRate: 999 })]);
    const screen = new TopScreen();
    assertEquals(names(screen, seen), ["> 2", "  1", "  3"]);
    press(screen, seen, "down");
    assertEquals(names(screen, seen), ["  2", "> 1", "  3"]);
    press(screen, seen, "s");
    assertEquals(names(screen, seen), ["> 1", "  2", "  3"]);
    press(screen, seen, "s");
    assertEquals(names(screen, seen), ["  3", "  2", "> 1"]);
    press(screen, seen, "home");
    assertEquals(names(screen, seen), ["> 3", "  2", "  1"]);
    press(screen, seen, "end", "down");
    assertEquals(names(screen, seen), ["  3", "  2", "> 1"]);
    assertEquals(screen.focus(seen).listed, [hashOf(3), hashOf(2), hashOf(1)]);
    press(screen, seen, "enter");
    assertEquals(screen.focus(seen), { listed: [], aRound: 0, opened: hashOf(1) });
    const peers = (): string[] =>
      screen.draw(seen, SIZE).filter((line) => line.startsWith("192.")).map((line) =>
        line[8] ?? ""
      );
    assertEquals(peers(), ["1", "2"]);
    press(screen, seen, "d", "d");
    assertEquals(peers(), ["2", "1"]);
    press(screen, seen, "escape");
    assertEquals(names(screen, seen), ["  3", "  2", "> 1"]);
    press(screen, seen, "?");
    assert(screen.draw(seen, SIZE).some((line) => line.includes("sort files by")));
    press(screen, seen, "s");
    assertEquals(names(screen, seen), ["  3", "  2", "> 1"]);
    assertEquals(screen.press("q", seen), "ends");
  },
});

Deno.test({
  name:
    "top: of more files than there are rows those around the chosen one are shown and looked at",
  permissions: "none",
  fn() {
    const files = Array.from({ length: 30 }, (_, at) => sampleFile(at + 10));
    const seen = sampleSeen(files);
    const screen = new TopScreen();
    assertEquals(names(screen, seen), ["> 10", ...[11, 12, 13, 14, 15, 16].map((n) => `  ${n}`)]);
    press(screen, seen, "page down");
    assertEquals(names(screen, seen).at(-1), "> 17");
    press(screen, seen, "up");
    assertEquals(names(screen, seen).slice(-2), ["> 16", "  17"]);
    assertEquals(screen.focus(seen).listed.length, 7);
    press(screen, seen, "end");
    assertEquals(names(screen, seen).at(-1), "> 39");
    const fewer = sampleSeen(files.slice(0, 3));
    assertEquals(names(screen, fewer), ["> 10", "  11", "  12"]);
    // A window that grows shows the chosen one and what is around it.
    assertEquals(names(screen, seen, { columns: 100, rows: 50 }).length, 30);
  },
});

Deno.test({
  name: "top: a tracker that is lost is told of, and what was seen stays",
  permissions: "none",
  fn() {
    const reason = "Cannot reach tracker 192.0.2.9:6789:\x1b[2J gone";
    const seen = sampleSeen([sampleFile(1)], [], { contact: { state: "lost", reason } });
    const lines = new TopScreen().draw(seen, SIZE);
    assertEquals(
      lines[0],
      "Lost the tracker: Cannot reach tracker 192.0.2.9:6789:?[2J gone; trying again",
    );
    assertMatch(lines[4] ?? "", /film 1\.bin/);
    assertMatch(new TopScreen().draw(sampleSeen([]), SIZE)[3] ?? "", /The tracker knows no files/);
    assertMatch(new TopScreen(hashOf(7)).draw(seen, SIZE)[1] ?? "", /does not know this file/);
  },
});

Deno.test({
  name: "top: no line is wider than the screen and no screen has more lines, whatever is on it",
  permissions: "none",
  fn() {
    const files = STRANGE_NAMES.map((name, at) =>
      sampleFile(at + 1, { name, seeders: 10 ** at, length: 2 ** (10 * at) })
    );
    const peers = STRANGE_NAMES.map((client, at) =>
      samplePeer(at + 1, {
        client,
        address: at === 0 ? "[2001:db8:1234:5678:9abc:def0:1234:5678]:65535" : `192.0.2.${at}:1`,
        downRate: 1000 ** at,
      })
    );
    const seen = sampleSeen(files, peers);
    const screens = [new TopScreen(), new TopScreen(hashOf(1)), new TopScreen(hashOf(77))];
    const help = new TopScreen();
    help.press("?", seen);
    for (let columns = 1; columns <= 300; columns++) {
      for (const rows of [1, 2, 3, 5, 7, 8, 12, 40]) {
        for (const screen of [...screens, help]) {
          const lines = screen.draw(seen, { columns, rows });
          assert(lines.length <= rows, `${columns}x${rows}`);
          for (const line of lines) {
            assert(widthOf(line) <= columns, `${columns}: ${line}`);
            assertNotMatch(line, /[\p{Cc}\p{Cf}]/u);
          }
        }
      }
    }
  },
});

Deno.test({
  name: "top: colours say nothing that the text does not say",
  permissions: "none",
  fn() {
    const seen = sampleSeen([sampleFile(1), sampleFile(2)], [samplePeer(1)]);
    for (const screen of [new TopScreen(), new TopScreen(hashOf(1))]) {
      const plain = screen.draw(seen, SIZE).join("\n");
      const coloured = screen.draw(seen, SIZE, COLOURS).join("\n");
      assert(coloured.includes("\x1b["));
      assertEquals(coloured.replaceAll(new RegExp("\x1b\\[\\d+m", "g"), ""), plain);
    }
  },
});

Deno.test({
  name:
    "top: only a key that shows the peers of another file has something looked at before its turn",
  permissions: "none",
  fn() {
    const screen = new TopScreen();
    const seen = sampleSeen([sampleFile(1), sampleFile(2)]);
    const effects = (...keys: string[]) => keys.map((key) => screen.press(key, seen));
    assertEquals(
      new Set(effects("up", "down", "s", "x", "?", "?", "escape")),
      new Set(["goes on"]),
    );
    assertEquals(effects("enter", "enter", "down", "d", "escape"), [
      "opens",
      ...["goes on", "goes on", "goes on", "goes on"],
    ]);
    assertEquals(effects("right", "left", "right", "q"), ["opens", "goes on", "opens", "ends"]);
    assertEquals(new TopScreen().press("enter", sampleSeen([])), "goes on", "there is none");
  },
});
