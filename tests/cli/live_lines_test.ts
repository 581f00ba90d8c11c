import { assertEquals } from "@std/assert";
import { LiveLines, RESTORE_TERMINAL } from "../../lib/cli/live_lines.ts";
import { FakeClock } from "../../lib/net/mod.ts";

/** Understands what live lines write, as a terminal would. */
class Screen {
  columns = 40;
  rows = 10;
  readonly lines: string[] = [""];
  cursor: "shown" | "hidden" = "shown";
  wrap: "on" | "off" = "on";
  #row = 0;
  #column = 0;

  write(text: string): void {
    // deno-lint-ignore no-control-regex
    for (const [token] of text.matchAll(/\x1b\[[?]?\d*[A-Za-z]|[^]/g)) this.#take(token);
  }

  size(): { columns: number; rows: number } {
    return { columns: this.columns, rows: this.rows };
  }

  /** What is seen, without what is empty at the end. */
  get text(): string {
    return this.lines.join("\n").trimEnd();
  }

  #take(token: string): void {
    const line = this.lines[this.#row] ?? "";
    const up = token.endsWith("A") && token.length > 1 ? parseInt(token.slice(2)) : undefined;
    if (token === "\r") this.#column = 0;
    else if (token === "\n") {
      this.#row++;
      this.#column = 0;
      this.lines[this.#row] ??= "";
    } else if (up !== undefined) this.#row -= up;
    else if (token === "\x1b[K") this.lines[this.#row] = line.slice(0, this.#column);
    else if (token === "\x1b[J") {
      this.lines[this.#row] = line.slice(0, this.#column);
      this.lines.length = this.#row + 1;
    } else if (token === "\x1b[?25l") this.cursor = "hidden";
    else if (token === "\x1b[?25h") this.cursor = "shown";
    else if (token === "\x1b[?7l") this.wrap = "off";
    else if (token === "\x1b[?7h") this.wrap = "on";
    else if (token.startsWith("\x1b")) throw new Error(`what is ${JSON.stringify(token)}?`);
    else {
      this.lines[this.#row] = line.slice(0, this.#column).padEnd(this.#column) + token +
        line.slice(this.#column + 1);
      this.#column++;
    }
  }
}

Deno.test({
  name: "live lines: a line is drawn at once and again as it changes, and nothing of it is left",
  permissions: "none",
  async fn() {
    const screen = new Screen();
    const clock = new FakeClock();
    const live = new LiveLines(screen, clock);
    let text = "a long line";
    const line = live.show(() => text);
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
    const lines = ["one", "two", "three"].map((name) => live.show(() => `${name} ${count}`));
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
    const first = live.show(() => "one");
    const second = live.show(() => "two");
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
      (_, at) => live.show((columns) => `${at} of ${columns}`),
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
  name: "live lines: what restores a terminal shows the cursor and wraps lines",
  permissions: "none",
  fn() {
    const screen = new Screen();
    new LiveLines(screen, new FakeClock()).show(() => "line");
    screen.write(RESTORE_TERMINAL);
    assertEquals([screen.cursor, screen.wrap], ["shown", "on"]);
  },
});
