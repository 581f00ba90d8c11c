import { assert, assertEquals } from "@std/assert";
import { LiveLines } from "../../lib/cli/live_lines.ts";
import { FakeClock } from "../../lib/net/mod.ts";
import { Screen } from "./screen.ts";

Deno.test({
  name: "live lines: a line is drawn at once and again as it changes, and nothing of it is left",
  permissions: "none",
  async fn() {
    const screen = new Screen();
    const clock = new FakeClock();
    const live = new LiveLines(screen, clock);
    let text = "a long line";
    const line = live.show(() => [text]);
    assertEquals([screen.text, screen.cursor], ["a long line", "hidden"]);
    text = "short";
    await clock.advance(200);
    assertEquals([screen.text, screen.wrap], ["short", "off"]);
    line[Symbol.dispose]();
    assertEquals([screen.text, screen.cursor, screen.wrap], ["", "shown", "on"]);
    text = "gone";
    await clock.advance(1_000);
    line[Symbol.dispose]();
    assertEquals(screen.text, "");
  },
});

Deno.test({
  name: "live lines: several lines are below each other, and each can go",
  permissions: "none",
  async fn() {
    const screen = new Screen();
    const clock = new FakeClock();
    const live = new LiveLines(screen, clock);
    let count = 0;
    const lines = ["one", "two", "three"].map((name) => live.show(() => [`${name} ${count}`]));
    assertEquals(screen.text, "one 0\ntwo 0\nthree 0");
    count = 1;
    await clock.advance(200);
    assertEquals(screen.text, "one 1\ntwo 1\nthree 1");
    lines[1]?.[Symbol.dispose]();
    assertEquals(screen.text, "one 1\nthree 1");
    lines[0]?.[Symbol.dispose]();
    lines[2]?.[Symbol.dispose]();
    assertEquals([screen.text, screen.cursor], ["", "shown"]);
  },
});

Deno.test({
  name: "live lines: what else is printed stands above them, whole",
  permissions: "none",
  async fn() {
    const screen = new Screen();
    const clock = new FakeClock();
    const live = new LiveLines(screen, clock);
    live.above(() => screen.write("before\n"));
    const first = live.show(() => ["one"]);
    const second = live.show(() => ["two"]);
    let wrap = "";
    live.above(() => {
      wrap = screen.wrap;
      screen.write("a note\nof two lines\n");
    });
    assertEquals(screen.text, "before\na note\nof two lines\none\ntwo");
    assertEquals(wrap, "on");
    await clock.advance(400);
    first[Symbol.dispose]();
    live.above(() => screen.write("a result\n"));
    second[Symbol.dispose]();
    live.above(() => screen.write("the end\n"));
    assertEquals(screen.text, "before\na note\nof two lines\na result\nthe end");
  },
});

Deno.test({
  name: "live lines: there are never more than the terminal has rows, and each knows the columns",
  permissions: "none",
  async fn() {
    const screen = new Screen();
    const clock = new FakeClock();
    const live = new LiveLines(screen, clock);
    const lines = Array.from(
      { length: 30 },
      (_, at) => live.show(({ columns }) => [`${at} of ${columns}`]),
    );
    assertEquals(screen.lines.length, 9);
    screen.columns = 20;
    screen.rows = 4;
    lines.splice(0, 20).forEach((line) => line[Symbol.dispose]());
    await clock.advance(200);
    assertEquals(screen.text, "20 of 20\n21 of 20\n22 of 20");
    lines.forEach((line) => line[Symbol.dispose]());
    assertEquals(screen.text, "");
  },
});

Deno.test({
  name: "live lines: a block knows the rows that the others leave, and may have as many lines",
  permissions: "none",
  fn() {
    const screen = new Screen();
    const live = new LiveLines(screen, new FakeClock());
    using _first = live.show(({ rows }) => [`first of ${rows}`, "second"]);
    using _others = live.show(({ rows }) => Array.from({ length: 20 }, (_, at) => `${at}/${rows}`));
    assertEquals(screen.lines, [
      "first of 9",
      "second",
      ...[0, 1, 2, 3, 4, 5, 6].map((at) => `${at}/7`),
    ]);
  },
});

Deno.test({
  name: "live lines: another size is drawn at once, and nothing is left of lines that were broken",
  permissions: "none",
  fn() {
    const screen = new Screen();
    const live = new LiveLines(screen, new FakeClock());
    live.above(() => screen.write("before\n"));
    const block = live.show(({ columns }) => ["a", "b"].map((name) => name.repeat(columns - 1)));
    for (const columns of [39, 20, 7, 3, 12, 100, 2, 40]) {
      screen.resize(columns, 10);
      const [a, b] = ["a", "b"].map((name) => name.repeat(columns - 1));
      assertEquals(screen.lines.slice(-2), [a, b], `${columns} columns`);
      assertEquals(screen.text.replaceAll("\n", ""), `before${a}${b}`);
    }
    block[Symbol.dispose]();
    assertEquals(screen.text.replaceAll("\n", ""), "before");
    assertEquals(screen.users.size, 0);
  },
});

Deno.test({
  name: "live lines: a program that ends at once shows the cursor, wraps lines, and leaves no line",
  permissions: "none",
  fn() {
    const screen = new Screen();
    const live = new LiveLines(screen, new FakeClock());
    using _line = live.show(() => ["line", "another"]);
    assertEquals([screen.cursor, screen.wrap], ["hidden", "off"]);
    for (const { restore } of screen.users) restore();
    assertEquals([screen.cursor, screen.wrap, screen.text], ["shown", "on", ""]);
  },
});

Deno.test({
  name: "live lines: at the end of a command all lines go, also those that nobody has disposed of",
  permissions: "none",
  fn() {
    const screen = new Screen();
    const live = new LiveLines(screen, new FakeClock());
    const one = live.show(() => ["one"]);
    live.show(() => ["two"]);
    live.clear();
    assertEquals([screen.text, screen.cursor, screen.users.size], ["", "shown", 0]);
    one[Symbol.dispose]();
    live.clear();
    assertEquals(screen.text, "");
  },
});

Deno.test({
  name: "live lines: a program that is stopped leaves the terminal as it was, and then draws again",
  permissions: "none",
  fn() {
    const screen = new Screen();
    const live = new LiveLines(screen, new FakeClock());
    using _line = live.show(() => ["line", "another"]);
    for (const { restore } of screen.users) restore();
    assertEquals([screen.cursor, screen.wrap, screen.text], ["shown", "on", ""]);
    screen.write("sh: stopped\n");
    for (const { resume } of screen.users) resume?.();
    assertEquals([screen.cursor, screen.wrap], ["hidden", "off"]);
    assertEquals(screen.text, "sh: stopped\nline\nanother");
  },
});

Deno.test({
  name:
    "live lines: who ends or stops the program while it begins to draw finds the terminal restored",
  permissions: "none",
  fn() {
    const changes: string[] = [];
    const live = new LiveLines({
      size: () => ({ columns: 40, rows: 10 }),
      write(text) {
        changes.push(text);
      },
      occupy({ restore }) {
        assertEquals(changes, [], "nothing would restore what has changed until now");
        return { [Symbol.dispose]: restore };
      },
    }, new FakeClock());
    live.show(() => ["a line"])[Symbol.dispose]();
    assert(changes.length > 0);
  },
});
