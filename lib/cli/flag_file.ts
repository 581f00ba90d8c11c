import { CliError, UsageError } from "./cli_error.ts";
import { EXIT } from "./exit_code.ts";
import type { Output } from "./output.ts";

/** What others may do with a file on Unix, group and all: who may write it can exchange the secret. */
const OTHERS_MODE = 0o077;

/** The end of a line, of which the first byte may be missing. */
const LINE_END = [0x0d, 0x0a] as const;

/** A small file that a flag names. */
export interface FlagFile {
  /** The flag, without its dashes. */
  readonly flag: string;
  /** What is in the file, for messages: `the token`. */
  readonly content: string;
  /** Where one comes from who has none, for messages. */
  readonly source?: string;
  /** Bytes that it may have at most, the end of its last line apart. */
  readonly maxBytes: number;
}

/** What is in a file that a flag names. */
export interface FlagFileContent {
  /** Its bytes, without the end of its last line. */
  readonly bytes: Uint8Array;
  /** Who may read or write it besides its owner, as far as that can be told. */
  readonly access: "owner" | "others";
}

/**
 * Reads a small file that a flag names, and no more of it than it may have.
 *
 * @throws {CliError} if it cannot be read
 * @throws {UsageError} if it is too long
 */
export function readFlagFile(path: string, file: FlagFile): FlagFileContent {
  const { flag, content, maxBytes, source } = file;
  const bytes = new Uint8Array(maxBytes + LINE_END.length + 1);
  let length = 0;
  let access: FlagFileContent["access"] = "owner";
  try {
    using opened = Deno.openSync(path);
    const { mode, isFile } = opened.statSync();
    const isOpen = isFile && ((mode ?? 0) & OTHERS_MODE) !== 0;
    if (isOpen && Deno.build.os !== "windows") access = "others";
    // What is no file, as a pipe, may come in parts.
    while (length < bytes.length) {
      const count = opened.readSync(bytes.subarray(length));
      if (count === null) break;
      length += count;
    }
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    throw new CliError(
      EXIT.error,
      `Cannot read --${flag} ${path}: ${reasonOf(cause)}; name a file with ${content} in it` +
        (source === undefined ? "" : `, ${source}`),
      { cause },
    );
  }
  if (bytes[length - 1] === LINE_END[1]) length--;
  if (bytes[length - 1] === LINE_END[0]) length--;
  if (length > maxBytes) {
    throw new UsageError(`Cannot use ${content} in ${path}: it is longer than ${maxBytes} bytes`);
  }
  return { bytes: bytes.subarray(0, length), access };
}

/** Tells, where that is so, that others may read or exchange what is a secret. */
export function warnOfAccess(
  path: string,
  { access }: FlagFileContent,
  content: string,
  output: Pick<Output, "warn">,
): void {
  if (access === "owner") return;
  output.warn(
    { type: "open-file", path, problem: "others may use it" },
    `Others on this machine may use ${content} in ${path}; chmod 600 keeps them out`,
  );
}

function reasonOf(cause: unknown): string {
  if (cause instanceof Deno.errors.NotFound) return "there is no such file";
  if (cause instanceof Deno.errors.PermissionDenied) return "you may not read it";
  if (cause instanceof Deno.errors.IsADirectory) return "it is a folder";
  return cause instanceof Error ? cause.message : `${cause}`;
}
