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

/**
 * Goes to the beginning of the first line that is drawn, and erases all of them. Where that is the
 * corner of the screen, some terminals take it for the end of a page, which they keep: hence the space.
 */
const ERASE = "\r \x1b[J\r\x1b[K";

/** Undoes what live lines do to a terminal, for a program that ends at once. */
export const RESTORE_TERMINAL: string = `${WRAP.on}\x1b[?25h`;

/** The size of a terminal, or of a part of it, in cells. */
export interface TerminalSize {
  /** Cells of a line. */
  readonly columns: number;
  /** Lines. */
  readonly rows: number;
}

/** A terminal, as far as live lines need one. */
export interface LiveTerminal {
  /** Writes text and control sequences. */
  write(text: string): void;
  /** Its size in cells. */
  size(): TerminalSize;
  /**
   * Until it is disposed of, `redraw` is called whenever the terminal has another size, and `restore`
   * if the program ends at once. With `resume`, `restore` is called before Ctrl-Z stops the program,
   * too, where that can be done, and `resume` when it goes on.
   */
  occupy(use: { redraw(): void; restore(): void; resume?(): void }): Disposable;
}

/** Makes lines, none longer than the columns and no more than the rows for which there is room. */
export type LiveBlock = (room: TerminalSize) => readonly string[];

/**
 * Lines at the bottom of a terminal that are drawn again and again, with what else is printed above
 * them.
 *
 * Invariant: between two calls the cursor stands at the beginning of the first line that is drawn,
 * and below the lines is nothing. A terminal that gets narrower breaks the lines into more, each in
 * its own way; but it takes the cursor along with the text, so that all of them are found again.
 */
export class LiveLines {
  readonly #terminal: LiveTerminal;
  readonly #clock: Clock;
  readonly #blocks = new Set<LiveBlock>();
  #occupation: Disposable | undefined = undefined;

  /** Leaves the terminal as it is until there is a block of lines. */
  constructor(terminal: LiveTerminal, clock: Clock) {
    this.#terminal = terminal;
    this.#clock = clock;
  }

  /** Shows lines, below those that are shown already, until it is disposed of. */
  show(block: LiveBlock): Disposable {
    this.#blocks.add(block);
    this.#occupation ??= this.#occupy();
    this.#draw();
    return { [Symbol.dispose]: () => this.#remove(block) };
  }

  /** Prints something else, which must end with the end of a line, above the lines. */
  above(print: () => void): void {
    if (this.#blocks.size === 0) return print();
    this.#terminal.write(ERASE + WRAP.on);
    print();
    this.#terminal.write(WRAP.off);
    this.#draw();
  }

  /** Shows no line any more, whoever has not disposed of it. */
  clear(): void {
    for (const block of this.#blocks) this.#remove(block);
  }

  #occupy(): Disposable {
    const redraw = (): void => this.#draw();
    const enter = (): void => this.#terminal.write(HIDE_CURSOR + WRAP.off);
    const leave = (): void => this.#terminal.write(ERASE + RESTORE_TERMINAL);
    const resume = (): void => {
      enter();
      redraw();
    };
    // Who stops the program before it hears of that would find the terminal as it is here.
    const occupation = this.#terminal.occupy({ redraw, restore: leave, resume });
    enter();
    const timer = setRepeating(this.#clock, redraw, DRAW_MS);
    return {
      [Symbol.dispose]() {
        timer[Symbol.dispose]();
        occupation[Symbol.dispose]();
        leave();
      },
    };
  }

  #remove(block: LiveBlock): void {
    if (!this.#blocks.delete(block)) return;
    if (this.#blocks.size > 0) return this.#draw();
    this.#occupation?.[Symbol.dispose]();
    this.#occupation = undefined;
  }

  /** Draws all lines for which there is room in one go, so that nothing flickers. */
  #draw(): void {
    const { columns, rows } = this.#terminal.size();
    const room = Math.max(1, rows - 1);
    const texts: string[] = [];
    for (const block of this.#blocks) {
      if (texts.length < room) texts.push(...block({ columns, rows: room - texts.length }));
    }
    texts.length = Math.min(texts.length, room);
    const lines = texts.map((text) => `${text}\x1b[K`).join("\n");
    const up = texts.length > 1 ? `\x1b[${texts.length - 1}A` : "";
    this.#terminal.write(`\r${lines}\x1b[J${up}\r`);
  }
}
