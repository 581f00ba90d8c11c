import { writeWhole } from "../terminal.ts";
import { nodeBuiltin, type NodeLineEditor } from "./node_builtin.ts";

const { clearScreenDown, createInterface, moveCursor } = nodeBuiltin("node:readline");
const { Readable, Writable } = nodeBuiltin("node:stream");

/** What a {@linkcode TerminalEditor} needs. */
export interface TerminalEditorOptions {
  /** Lines that were typed before, the latest first. */
  readonly history: readonly string[];
  /** The words that may stand in place of the last one of a line, and that last one. */
  readonly complete: (line: string) => [words: string[], last: string];
  /** Is called when Ctrl-C is pressed and nothing is typed that it could clear. */
  readonly onInterrupt: () => void;
}

/** Lines that are remembered while the editor runs. */
const HISTORY_SIZE = 1_000;

/**
 * The keys as readline wants them. The runtime's own `process.stdin` loses the key that follows a
 * completion in Deno 2.4.
 */
class TerminalKeys extends Readable {
  readonly isTTY = true;
  readonly #reader = Deno.stdin.readable.getReader();

  setRawMode(mode: unknown): this {
    Deno.stdin.setRaw(mode === true);
    return this;
  }

  _read(): void {
    const end = (): void => void this.push(null);
    this.#reader.read().then(({ value }) => void this.push(value ?? null), end);
  }

  _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#reader.cancel().catch(() => undefined);
    done(error);
  }
}

/** The terminal as readline wants it. Writes happen at once, in the order of all other output. */
class TerminalOutput extends Writable {
  readonly isTTY = true;

  constructor() {
    super({
      decodeStrings: false,
      write(chunk, _encoding, done) {
        const text = typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
        writeWhole(Deno.stdout, text);
        done();
      },
    });
  }

  get columns(): number {
    try {
      return Deno.consoleSize().columns || 80;
    } catch {
      // A pseudo-terminal without a size: the classic one will do.
      return 80;
    }
  }
}

/** Edits lines on a terminal, with history and completion; what else is printed stays above them. */
export class TerminalEditor implements Disposable {
  /** The lines that were typed, until the end of the input (Ctrl-D) or of the editor. */
  readonly lines: ReadableStream<string>;
  readonly #keys = new TerminalKeys();
  readonly #output = new TerminalOutput();
  readonly #readline: NodeLineEditor;
  #state: "open" | "closed" = "open";

  /** Takes the terminal over, and shows no prompt yet. */
  constructor(options: TerminalEditorOptions) {
    this.#readline = createInterface({
      input: this.#keys,
      output: this.#output,
      terminal: true,
      prompt: "",
      history: [...options.history],
      historySize: HISTORY_SIZE,
      removeHistoryDuplicates: true,
      completer: options.complete,
    });
    this.#readline.on("SIGINT", () => {
      if (this.#readline.line === "") return options.onInterrupt();
      this.#readline.write(null, { ctrl: true, name: "e" });
      this.#readline.write(null, { ctrl: true, name: "u" });
    });
    // To stop a process one must be allowed to signal processes, which this program is not.
    this.#readline.on("SIGTSTP", () => {});
    this.lines = new ReadableStream<string>({
      start: (controller) => {
        this.#readline.on("line", (line) => controller.enqueue(line));
        this.#readline.on("close", () => {
          this.#state = "closed";
          controller.close();
          // What comes next does not belong behind the prompt.
          if (this.#readline.getPrompt() !== "") this.#output.write("\n");
        });
      },
      cancel: () => this.#readline.close(),
    }, { highWaterMark: Infinity });
    if (Deno.build.os !== "windows") Deno.addSignalListener("SIGWINCH", this.#resize);
  }

  /** Shows another prompt in front of what is being typed. */
  prompt(text: string): void {
    if (this.#state === "closed") return;
    this.above(() => this.#readline.setPrompt(text));
  }

  /** Prints whole lines above what is being typed, which stays as it is. */
  above(print: () => void): void {
    if (this.#state === "closed") return print();
    const { rows, cols } = this.#readline.getCursorPos();
    moveCursor(this.#output, -cols, -rows);
    clearScreenDown(this.#output);
    print();
    // Readline goes up by the rows that it has drawn, which are gone.
    this.#readline.prevRows = 0;
    this.#readline.prompt(true);
  }

  /** Gives the terminal back. */
  [Symbol.dispose](): void {
    if (Deno.build.os !== "windows") Deno.removeSignalListener("SIGWINCH", this.#resize);
    if (this.#state === "open") this.#readline.close();
    this.#keys.destroy();
  }

  readonly #resize = (): void => void this.#output.emit("resize");
}
