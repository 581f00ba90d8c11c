import { PATIENCE_MS } from "./sluice.ts";

/** What a {@linkcode Terminal} is like, and what runs in it. */
export interface TerminalOptions {
  readonly columns: number;
  readonly rows?: number;
  /** The working directory. */
  readonly folder: string;
  /** Variables of the environment, added to ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** A command line for the shell of the system. */
  readonly command: string;
}

/** A tmux server of its own with one window, in which one can see what a person sees. */
export class Terminal implements Disposable {
  readonly #socket: string;

  constructor(socket: string, options: TerminalOptions) {
    const { columns, rows = 12, folder, env = {}, command } = options;
    this.#socket = socket;
    const variables = { SLUICE_TRACKER: "", LC_ALL: "C.UTF-8", ...env };
    this.#run([
      ...["-f", "/dev/null", "new-session", "-d", "-x", String(columns), "-y", String(rows)],
      ...["-c", folder],
      ...Object.entries(variables).flatMap(([name, value]) => ["-e", `${name}=${value}`]),
      command,
    ]);
  }

  /** Waits until the screen shows something, and gives its lines. */
  async until(isRight: (text: string) => boolean): Promise<string[]> {
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end) {
      const text = this.#run(["capture-pane", "-p"]).trimEnd();
      if (isRight(text)) return text.split("\n");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`It never came:\n${this.#run(["capture-pane", "-p"])}`);
  }

  /** What the screen shows, with the control sequences that make its colours. */
  get styled(): string {
    return this.#run(["capture-pane", "-p", "-e"]).trimEnd();
  }

  /** Presses keys. */
  press(...keys: string[]): void {
    this.#run(["send-keys", ...keys]);
  }

  /** Types text, whatever it is, letter by letter, and presses Enter unless told otherwise. */
  type(text: string, then = "Enter"): void {
    this.#run(["send-keys", "-l", text]);
    if (then !== "") this.press(then);
  }

  /** Makes the window another size. */
  resize(columns: number, rows: number): void {
    this.#run(["resize-window", "-x", String(columns), "-y", String(rows)]);
  }

  /** Whether cursor and line wrap are on. */
  get modes(): string {
    return this.#run(["display-message", "-p", "#{cursor_flag} #{wrap_flag}"]).trim();
  }

  [Symbol.dispose](): void {
    this.#run(["kill-server"]);
  }

  #run(args: readonly string[]): string {
    const { success, stdout, stderr } = new Deno.Command("tmux", {
      args: ["-u", "-S", this.#socket, ...args],
      stdin: "null",
    }).outputSync();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  }
}

function reasonToIgnore(): string {
  try {
    new Deno.Command("tmux", { args: ["-V"], stdin: "null" }).outputSync();
    return "";
  } catch {
    return " (ignored: there is no tmux)";
  }
}

/** Why tests with terminals are ignored, as a part of their names; empty if they are not. */
export const NO_TMUX = reasonToIgnore();
