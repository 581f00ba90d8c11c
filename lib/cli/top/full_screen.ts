import type { LiveTerminal, TerminalSize } from "../live_lines.ts";

/** Goes to the terminal's other screen, hides the cursor, and lets long lines end at the edge. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";

/** Undoes that. */
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/** The whole of a terminal, which has what was there before when it is disposed of. */
export class FullScreen implements Disposable {
  readonly #terminal: LiveTerminal;
  readonly #occupation: Disposable;
  #state: "entered" | "left" = "left";
  readonly #draw: (size: TerminalSize) => readonly string[];

  /** Takes the terminal, and draws what `draw` makes whenever the terminal has another size. */
  constructor(terminal: LiveTerminal, draw: (size: TerminalSize) => readonly string[]) {
    this.#terminal = terminal;
    this.#draw = draw;
    this.#occupation = terminal.occupy({
      redraw: () => this.draw(),
      restore: () => this.leave(),
    });
    this.enter();
  }

  /** Goes there, again after `leave`, and draws. */
  enter(): void {
    this.#state = "entered";
    this.#terminal.write(ENTER);
    this.draw();
  }

  /** Shows what was there before, for a while. */
  leave(): void {
    this.#state = "left";
    this.#terminal.write(LEAVE);
  }

  /** Draws all of it in one go, so that nothing flickers; but not on what was there before. */
  draw(): void {
    if (this.#state === "left") return;
    const size = this.#terminal.size();
    const lines = this.#draw(size).slice(0, size.rows);
    const below = lines.length < size.rows ? "\r\n\x1b[J" : "";
    // Behind a line that ends at the edge, the last cell would be erased: so each is erased before.
    this.#terminal.write(`\x1b[H${lines.map((line) => `\x1b[K${line}`).join("\r\n")}${below}`);
  }

  /** Gives the terminal back. */
  [Symbol.dispose](): void {
    this.#occupation[Symbol.dispose]();
    this.leave();
  }
}
