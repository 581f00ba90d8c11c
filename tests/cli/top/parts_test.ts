import { assertEquals } from "@std/assert";
import { CopyCounter, drawAvailability, sharesOfCells } from "../../../lib/cli/top/availability.ts";
import { FullScreen } from "../../../lib/cli/top/full_screen.ts";
import { type Key, KeyDecoder } from "../../../lib/cli/top/keys.ts";
import { layoutTable } from "../../../lib/cli/top/layout_table.ts";
import { scrolled } from "../../../lib/cli/top/scroll.ts";
import { TotalRate } from "../../../lib/cli/top/total_rate.ts";
import { FakeClock } from "../../../lib/net/mod.ts";

Deno.test({
  name: "total rate: it is what came between the changes of ten seconds",
  permissions: "none",
  fn() {
    const rate = new TotalRate();
    for (let second = 0; second <= 60; second++) rate.note(second * 100, second * 1_000);
    assertEquals(rate.perSecond(60_000), 100);
    for (let second = 61; second <= 70; second++) rate.note(6_000, second * 1_000);
    assertEquals([rate.perSecond(70_000), rate.perSecond(70_001)], [100, 0]);
  },
});

Deno.test({
  name: "total rate: one who tells twice a minute has a rate, too, however often it is asked for",
  permissions: "none",
  fn() {
    const rate = new TotalRate();
    const seen: number[] = [];
    for (let second = 0; second < 120; second++) {
      rate.note(Math.floor((second + 5) / 30) * 3_000, second * 1_000);
      seen.push(rate.perSecond(second * 1_000));
    }
    assertEquals(seen.slice(0, 55), Array.from({ length: 55 }, () => 0));
    assertEquals(seen.slice(55), Array.from({ length: 65 }, () => 100));
  },
});

Deno.test({
  name: "total rate: a counter that begins anew, and one that never moves, have none",
  permissions: "none",
  fn() {
    const rate = new TotalRate();
    rate.note(1_000_000, 0);
    assertEquals(rate.perSecond(0), 0);
    rate.note(2_000_000, 1_000);
    rate.note(3_000_000, 2_000);
    assertEquals(rate.perSecond(2_000), 1_000_000);
    rate.note(5, 3_000);
    assertEquals(rate.perSecond(3_000), 0);
    rate.note(10, 4_000);
    rate.note(15, 5_000);
    assertEquals(rate.perSecond(5_000), 5);
  },
});

Deno.test({
  name: "availability: a cell has the copies of its rarest piece",
  permissions: "none",
  fn() {
    const counter = new CopyCounter(12);
    counter.addWhole();
    counter.add(Uint8Array.of(0b1100_0000, 0b0001_0000));
    counter.add(Uint8Array.of(0b1000_0000)); // what is missing is not held
    assertEquals(counter.cells, [3, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]);
    const many = new CopyCounter(1_024);
    const odd = new Uint8Array(128).fill(0b0101_0101);
    odd[0] = 0xff;
    many.add(odd);
    assertEquals(many.cells, [1, 1, 1, 1, ...Array.from({ length: 508 }, () => 0)]);
    assertEquals(new CopyCounter(0).cells, []);
    // Whatever a tracker says: more pieces in a cell than a call may have arguments.
    const huge = new CopyCounter(2 ** 26);
    huge.addWhole();
    assertEquals(huge.cells, Array.from({ length: 512 }, () => 1));
  },
});

Deno.test({
  name: "availability: what nobody has is a dot, and the most that there is a full cell",
  permissions: "none",
  fn() {
    assertEquals(drawAvailability([0, 1, 4, 8], 4), "\u00b7\u2581\u2584\u2588");
    assertEquals(drawAvailability([0, 1, 1_000], 3), "\u00b7\u2581\u2588");
    assertEquals(drawAvailability([1, 0, 1, 1], 2), "\u00b7\u2588");
    assertEquals(drawAvailability([1, 2], 4), "\u2584\u2584\u2588\u2588");
    assertEquals(drawAvailability([0], 3), "\u00b7\u00b7\u00b7");
    assertEquals(drawAvailability([], 3), "");
    assertEquals(sharesOfCells(Uint8Array.of(255, 0, 51, 51), 2), [0.5, 0.2]);
    assertEquals(sharesOfCells(Uint8Array.of(255, 0), 4), [1, 1, 0, 0]);
    assertEquals(sharesOfCells(new Uint8Array(0), 2), [1, 1]);
  },
});

/** The keys that are known at once, and those when nothing more has come for a while. */
async function keysOf(...parts: string[]): Promise<[at: Key[], later: Key[]]> {
  const clock = new FakeClock();
  const keys: Key[] = [];
  using decoder = new KeyDecoder(clock, (key) => keys.push(key));
  for (const part of parts) {
    decoder.take(part);
    await clock.advance(50);
  }
  const atOnce = [...keys];
  await clock.advance(1_000);
  return [atOnce, keys.slice(atOnce.length)];
}

Deno.test({
  name: "keys: what terminals send is understood, and what they should not send is left out",
  permissions: "none",
  async fn() {
    const text = "\x1b[Aj\x1bOB\r\n\x1b[6~ \x1b[1;5Pq\x1b[5~\x7f?\x1bq";
    assertEquals(await keysOf(text), [[
      ...["up", "down", "down", "enter", "enter", "page down", "page down", "q", "page up"],
      ...["left", "?", "escape", "q"],
    ], []]);
    assertEquals(await keysOf("\u{1f3ac}\x03"), [["\u{1f3ac}", "q"], []]);
    assertEquals(await keysOf(""), [[], []]);
  },
});

Deno.test({
  name: "keys: a sequence that comes in parts is one key, and Esc is one when nothing follows",
  permissions: "none",
  async fn() {
    for (
      const [text, key] of [["\x1b[A", "up"], ["\x1bOB", "down"], ["\x1b[6~", "page down"]] as const
    ) {
      for (let at = 1; at < text.length; at++) {
        assertEquals(await keysOf(`x${text.slice(0, at)}`, text.slice(at)), [["x", key], []]);
      }
      assertEquals(await keysOf(...text), [[key], []]);
    }
    assertEquals(await keysOf("\x1b"), [[], ["escape"]]);
    assertEquals(await keysOf("\x1b", "\x1b"), [["escape"], ["escape"]]);
    assertEquals(await keysOf("x\x1b[", "", "", ""), [["x"], []], "the rest of it was lost");
    assertEquals(await keysOf(`\x1b[${"1".repeat(99)}`), [["escape", "[", ..."1".repeat(99)], []]);
  },
});

Deno.test({
  name: "keys: nothing is waited for after the end",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const keys: Key[] = [];
    using decoder = new KeyDecoder(clock, (key) => keys.push(key));
    decoder.take("\x1b");
    decoder[Symbol.dispose]();
    await clock.advance(1_000);
    assertEquals(keys, []);
  },
});

Deno.test({
  name: "table: columns that have no room are left out, the least important first",
  permissions: "none",
  fn() {
    const columns = [
      { title: "A", rank: 1, content: { text: (row: number) => `a${row}` } },
      {
        title: "MAP",
        rank: 2,
        cells: { min: 3, max: 6 },
        content: {
          draw: (_: number, cells: number) => "#".repeat(cells),
        },
      },
      { title: "NUMBER", rank: 0, side: "right", content: { text: String } } as const,
    ];
    const lines = (cells: number) => {
      const { head, lines } = layoutTable(columns, [7, 10], { cells });
      return [head, ...lines];
    };
    assertEquals(lines(40), [
      "A    MAP     NUMBER",
      "a7   ######       7",
      "a10  ######      10",
    ]);
    assertEquals(lines(16), ["A    MAP  NUMBER", "a7   ###       7", "a10  ###      10"]);
    assertEquals(lines(15), ["A    NUMBER", "a7        7", "a10      10"]);
    assertEquals(lines(10), ["NUMBER", "     7", "    10"]);
    assertEquals(lines(3), ["...", "  7", " 10"]);
    assertEquals(lines(0), ["", "", ""]);
  },
});

Deno.test({
  name: "scroll: the chosen row is seen, with as little movement as can be, and no room is wasted",
  permissions: "none",
  fn() {
    assertEquals(scrolled(0, { at: 3, room: 5, count: 20 }), 0);
    assertEquals(scrolled(0, { at: 5, room: 5, count: 20 }), 1);
    assertEquals(scrolled(9, { at: 3, room: 5, count: 20 }), 3);
    assertEquals(scrolled(9, { at: 11, room: 5, count: 20 }), 9);
    assertEquals(scrolled(18, { at: 19, room: 5, count: 20 }), 15);
    assertEquals(scrolled(3, { at: 0, room: 5, count: 2 }), 0);
  },
});

Deno.test({
  name: "full screen: it is drawn at once, anew in another size, and gives the terminal back",
  permissions: "none",
  fn() {
    let written = "";
    const users = new Set<{ redraw(): void; restore(): void }>();
    let rows = 3;
    const terminal = {
      write: (text: string) => void (written += text),
      size: () => ({ columns: 20, rows }),
      occupy(use: { redraw(): void; restore(): void }) {
        users.add(use);
        return { [Symbol.dispose]: () => void users.delete(use) };
      },
    };
    const take = (): string => {
      const text = written;
      written = "";
      return text;
    };
    {
      using screen = new FullScreen(terminal, (size) => [`${size.columns}`, `${size.rows}`, "x"]);
      assertEquals(take(), "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[K20\r\n\x1b[K3\r\n\x1b[Kx");
      rows = 2;
      for (const { redraw } of users) redraw();
      assertEquals(take(), "\x1b[H\x1b[K20\r\n\x1b[K2");
      rows = 9;
      screen.draw();
      assertEquals(take(), "\x1b[H\x1b[K20\r\n\x1b[K9\r\n\x1b[Kx\r\n\x1b[J");
      screen.leave();
      assertEquals(take(), "\x1b[?7h\x1b[?25h\x1b[?1049l");
      screen.draw();
      assertEquals(take(), ""); // what was there before stays as it is
      screen.enter();
      assertEquals(take().startsWith("\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H"), true);
      for (const { restore } of users) restore();
      assertEquals(take(), "\x1b[?7h\x1b[?25h\x1b[?1049l");
    }
    assertEquals([take(), users.size], ["\x1b[?7h\x1b[?25h\x1b[?1049l", 0]);
  },
});
