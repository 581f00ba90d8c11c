import type { LiveTerminal, TerminalSize } from "../../lib/cli/live_lines.ts";

/** Understands what live lines write, as a terminal does that breaks lines anew when it gets narrower. */
export class Screen implements LiveTerminal {
  columns = 40;
  rows = 10;
  lines: string[] = [""];
  cursor: "shown" | "hidden" = "shown";
  wrap: "on" | "off" = "on";
  /** Those who draw on it. */
  readonly users = new Set<Parameters<LiveTerminal["occupy"]>[0]>();
  #row = 0;
  #column = 0;

  write(text: string): void {
    // deno-lint-ignore no-control-regex
    for (const [token] of text.matchAll(/\x1b\[[?]?\d*[A-Za-z]|[^]/g)) this.#take(token);
  }

  size(): TerminalSize {
    return { columns: this.columns, rows: this.rows };
  }

  occupy(use: Parameters<LiveTerminal["occupy"]>[0]): Disposable {
    this.users.add(use);
    return { [Symbol.dispose]: () => void this.users.delete(use) };
  }

  /** Makes it another size, breaks what is too long, and tells whoever draws on it. */
  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    const broken = this.lines.map((line) => line.match(new RegExp(`.{1,${columns}}`, "g")) ?? [""]);
    const above = broken.slice(0, this.#row).flat().length;
    this.#row = above + Math.floor(this.#column / columns);
    this.#column %= columns;
    this.lines = broken.flat();
    for (const { redraw } of this.users) redraw();
  }

  /** What is seen, without what is empty at the end. */
  get text(): string {
    return this.lines.map((line) => line.trimEnd()).join("\n").trimEnd();
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
    else if (token.endsWith("m") && token.startsWith("\x1b")) return; // a colour
    else if (token.startsWith("\x1b")) throw new Error(`what is ${JSON.stringify(token)}?`);
    else {
      this.lines[this.#row] = line.slice(0, this.#column).padEnd(this.#column) + token +
        line.slice(this.#column + 1);
      this.#column++;
    }
  }
}
