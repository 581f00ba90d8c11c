import type { LiveTerminal, TerminalSize } from "../live_lines.ts";

/** Goes to the terminal's other screen, hides the cursor, and lets long lines end at the edge. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";

/** Undoes that. */
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/** The whole of a terminal, which has what was there before when it is disposed of. */
export class FullScreen implements Disposable {
  readonly #terminal: LiveTerminal;
  readonly #occupation: Disposable;
  readonly #draw: (size: TerminalSize) => readonly string[];

  /** Takes the terminal, and draws what `draw` makes whenever the terminal has another size. */
  constructor(terminal: LiveTerminal, draw: (size: TerminalSize) => readonly string[]) {
    this.#terminal = terminal;
    this.#draw = draw;
    this.#occupation = terminal.occupy({
      redraw: () => this.draw(),
      restore: () => terminal.write(LEAVE),
    });
    terminal.write(ENTER);
    this.draw();
  }

  /** Draws all of it in one go, so that nothing flickers. */
  draw(): void {
    const size = this.#terminal.size();
    const lines = this.#draw(size).slice(0, size.rows);
    const below = lines.length < size.rows ? "\r\n\x1b[J" : "";
    // Behind a line that ends at the edge, the last cell would be erased: so each is erased before.
    this.#terminal.write(`\x1b[H${lines.map((line) => `\x1b[K${line}`).join("\r\n")}${below}`);
  }

  /** Gives the terminal back. */
  [Symbol.dispose](): void {
    this.#occupation[Symbol.dispose]();
    this.#terminal.write(LEAVE);
  }
}
