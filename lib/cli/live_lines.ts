import { type Clock, setRepeating } from "../net/mod.ts";

/** The time between two drawings, in milliseconds. */
const DRAW_MS = 200;

/** Hides the cursor. */
const HIDE_CURSOR = "\x1b[?25l";

/**
 * Lets what is too long for a line end at the edge, also a key that somebody presses, or go on in the
 * next line, as what is printed above must.
 */
const WRAP = { off: "\x1b[?7l", on: "\x1b[?7h" };

/** Undoes what live lines do to a terminal, for a program that ends at once. */
export const RESTORE_TERMINAL: string = `${WRAP.on}\x1b[?25h`;

/** A terminal, as far as live lines need one. */
export interface LiveTerminal {
  /** Writes text and control sequences. */
  write(text: string): void;
  /** Its size in cells. */
  size(): { readonly columns: number; readonly rows: number };
}

/** Makes the text of a line that may take so many cells. */
export type LiveLine = (columns: number) => string;

/**
 * Lines at the bottom of a terminal that are drawn again and again, with what else is printed above
 * them.
 *
 * Invariant: between two calls the cursor stands behind the last of `#drawn` lines, and below them
 * is nothing.
 */
export class LiveLines {
  readonly #terminal: LiveTerminal;
  readonly #clock: Clock;
  readonly #lines = new Set<LiveLine>();
  #timer: Disposable | undefined = undefined;
  #drawn = 0;

  /** Leaves the terminal as it is until there is a line. */
  constructor(terminal: LiveTerminal, clock: Clock) {
    this.#terminal = terminal;
    this.#clock = clock;
  }

  /** Shows a line until it is disposed of. */
  show(line: LiveLine): Disposable {
    if (this.#lines.size === 0) {
      this.#terminal.write(HIDE_CURSOR + WRAP.off);
      this.#timer = setRepeating(this.#clock, () => this.#draw(), DRAW_MS);
    }
    this.#lines.add(line);
    this.#draw();
    return { [Symbol.dispose]: () => this.#remove(line) };
  }

  /** Prints something else, which must end with the end of a line, above the lines. */
  above(print: () => void): void {
    if (this.#lines.size === 0) return print();
    this.#terminal.write(this.#erase() + WRAP.on);
    print();
    this.#terminal.write(WRAP.off);
    this.#draw();
  }

  #remove(line: LiveLine): void {
    if (!this.#lines.delete(line)) return;
    if (this.#lines.size > 0) return this.#draw();
    this.#timer?.[Symbol.dispose]();
    this.#terminal.write(this.#erase() + RESTORE_TERMINAL);
  }

  /** Draws all lines for which there is room in one go, so that nothing flickers. */
  #draw(): void {
    const { columns, rows } = this.#terminal.size();
    const home = this.#home();
    const texts = [...this.#lines].slice(0, Math.max(1, rows - 1)).map((line) => line(columns));
    this.#drawn = texts.length;
    if (texts.length === 0) return;
    const lines = texts.map((text) => `${text}\x1b[K`).join("\n");
    this.#terminal.write(`${home}${lines}\x1b[J`);
  }

  #erase(): string {
    const erasing = this.#drawn === 0 ? "" : `${this.#home()}\x1b[J`;
    this.#drawn = 0;
    return erasing;
  }

  /** Brings the cursor to the beginning of the first line that is drawn. */
  #home(): string {
    return this.#drawn > 1 ? `\r\x1b[${this.#drawn - 1}A` : "\r";
  }
}
