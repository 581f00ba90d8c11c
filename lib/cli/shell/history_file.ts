import { dirname, join } from "@std/path";
import { readVariable } from "../environment.ts";

/** Lines that are kept between runs. */
const MAX_LINES = 1_000;

/** The lines that were typed in earlier runs of the shell; kept where the user may read them alone. */
export class HistoryFile {
  readonly #path: string | undefined;

  /** Makes the history that is kept in a file, or in none. */
  constructor(path: string | undefined) {
    this.#path = path;
  }

  /** The history of the user, which lies where the system keeps such things, if that can be told. */
  static ofUser(): HistoryFile {
    return new HistoryFile(historyPath());
  }

  /** The lines, the latest first. A file that cannot be read has none. */
  async read(): Promise<string[]> {
    if (this.#path === undefined) return [];
    const text = await Deno.readTextFile(this.#path).catch(() => "");
    const lines = text.split("\n").filter((line) => line !== "");
    const latest = lines.slice(-MAX_LINES);
    if (lines.length > 2 * MAX_LINES) await this.#write(`${latest.join("\n")}\n`, "replace");
    return [...new Set(latest.reverse())];
  }

  /** Keeps one more line. Several shells may do so at once. */
  async add(line: string): Promise<void> {
    if (line.trim() !== "") await this.#write(`${line}\n`, "append");
  }

  /** The history is a convenience: where it cannot be kept, it is not. */
  async #write(text: string, how: "append" | "replace"): Promise<void> {
    if (this.#path === undefined) return;
    try {
      await Deno.mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      await Deno.writeTextFile(this.#path, text, { append: how === "append", mode: 0o600 });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
  }
}

function historyPath(): string | undefined {
  if (Deno.build.os === "windows") return inFolder(readVariable("LOCALAPPDATA"));
  const home = readVariable("HOME");
  return inFolder(readVariable("XDG_STATE_HOME") ?? (home && join(home, ".local", "state")));
}

function inFolder(folder: string | undefined): string | undefined {
  return folder === undefined ? undefined : join(folder, "sluice", "shell_history");
}
