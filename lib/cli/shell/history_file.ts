import { dirname, join } from "../../paths/mod.ts";
import { readVariable } from "../environment.ts";
import { MAX_HISTORY_BYTES, MAX_HISTORY_LINES } from "../limits.ts";

/** A file with more lines than this is cut when it is read. */
const MAX_FILE_LINES = 2 * MAX_HISTORY_LINES;

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

  /** The lines, the latest first, each once. A file that cannot be read has none. */
  async read(): Promise<string[]> {
    const path = this.#path;
    if (path === undefined) return [];
    const { text, isWhole } = await readEnd(path).catch(() => ({ text: "", isWhole: true }));
    const lines = linesOf(text);
    if (lines.length > MAX_FILE_LINES || !isWhole) {
      await useLocked(path, { read: true, write: true }, cut);
    }
    return [...new Set(lines.slice(-MAX_HISTORY_LINES).reverse())];
  }

  /** Keeps one more line. Several shells may do so at once. */
  async add(line: string): Promise<void> {
    const path = this.#path;
    if (line.trim() === "" || path === undefined) return;
    await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch(() => undefined);
    const options = { read: true, append: true, create: true, mode: 0o600 };
    await useLocked(path, options, async (file) => {
      if (Deno.build.os !== "windows") await Deno.chmod(path, options.mode);
      await append(file, line);
    });
  }
}

/**
 * Opens a file, which nobody else who locks it uses meanwhile. The history is a convenience: where it
 * cannot be kept, it is not.
 */
async function useLocked(
  path: string,
  options: Deno.OpenOptions,
  use: (file: Deno.FsFile) => Promise<void>,
): Promise<void> {
  try {
    using file = await Deno.open(path, options);
    await file.lock(true);
    await use(file);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}

/** Adds a line; one that finds no room leaves nothing, and one that a kill has cut off stands alone. */
async function append(file: Deno.FsFile, line: string): Promise<void> {
  const { size } = await file.stat();
  const last = new Uint8Array(1);
  if (size > 0) {
    await file.seek(size - 1, Deno.SeekMode.Start);
    await file.read(last);
  }
  const isCutOff = size > 0 && last[0] !== "\n".charCodeAt(0);
  try {
    await writeAll(file, isCutOff ? `\n${line}\n` : `${line}\n`);
  } catch (error) {
    await file.truncate(size);
    throw error;
  }
}

/** The end of a history file, from the start of a line, and whether that is all of it. */
interface HistoryEnd {
  readonly text: string;
  readonly isWhole: boolean;
}

async function readEnd(path: string): Promise<HistoryEnd> {
  using file = await Deno.open(path);
  return await endOf(file);
}

/** Reads as much of a file as a history may have. */
async function endOf(file: Deno.FsFile): Promise<HistoryEnd> {
  const { size } = await file.stat();
  const length = Math.min(size, MAX_HISTORY_BYTES);
  await file.seek(size - length, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (let count: number | null = 0; count !== null && at < length;) {
    count = await file.read(bytes.subarray(at));
    at += count ?? 0;
  }
  const text = new TextDecoder().decode(bytes.subarray(0, at));
  const isWhole = length === size;
  return { text: isWhole ? text : text.slice(text.indexOf("\n") + 1), isWhole };
}

async function cut(file: Deno.FsFile): Promise<void> {
  const kept = linesOf((await endOf(file)).text).slice(-MAX_HISTORY_LINES);
  await file.seek(0, Deno.SeekMode.Start);
  // It is shorter than what is there: at no moment is the file without it.
  await file.truncate(await writeAll(file, `${kept.join("\n")}\n`));
}

async function writeAll(file: Deno.FsFile, text: string): Promise<number> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  return bytes.length;
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

function historyPath(): string | undefined {
  if (Deno.build.os === "windows") return inFolder(readVariable("LOCALAPPDATA"));
  const home = readVariable("HOME");
  return inFolder(readVariable("XDG_STATE_HOME") ?? (home && join(home, ".local", "state")));
}

function inFolder(folder: string | undefined): string | undefined {
  return folder === undefined ? undefined : join(folder, "sluice", "shell_history");
}
