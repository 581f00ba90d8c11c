import { MAX_TOKEN_BYTES } from "../tracker/client/mod.ts";
import { CliError, UsageError } from "./cli_error.ts";
import type { Context } from "./command.ts";
import { readVariable } from "./environment.ts";
import { EXIT } from "./exit_code.ts";

/** Where a token is looked for, and who is told if its file is open to others. */
export type TokenSource = Pick<Context, "args" | "output">;

/** The bits of a file's mode by which its group and others may read it. */
const OTHERS_MAY_READ = 0o044;

/**
 * The token for trackers that want one: of `--token`, of the file that `--token-file` names, or of
 * `SLUICE_TOKEN`. No message ever has it in it.
 *
 * @throws {UsageError} if both flags are given, or no tracker could have such a token
 * @throws {CliError} if the file cannot be read
 */
export function chooseToken({ args, output }: TokenSource): string | undefined {
  const [given, path] = [args.text("token"), args.text("token-file")];
  if (given !== undefined && path !== undefined) {
    throw new UsageError("Cannot use --token with --token-file: give one of them");
  }
  if (path === undefined) {
    if (given !== undefined) return checkToken(given, "Cannot use --token");
    const variable = readVariable("SLUICE_TOKEN");
    return variable === undefined ? undefined : checkToken(variable, "Cannot use SLUICE_TOKEN");
  }
  const { bytes, mode } = readTokenFile(path);
  if (((mode ?? 0) & OTHERS_MAY_READ) !== 0) {
    output.note(
      { type: "token-file", path, problem: "others may read it" },
      `Others on this machine may read the token in ${path}; chmod 600 keeps them out`,
    );
  }
  const action = `Cannot use the token in ${path}`;
  return checkToken(textOf(bytes, action).replace(/\r?\n$/, ""), action);
}

/** The beginning of a file, long enough to tell one that is too long, and who may read it. */
function readTokenFile(path: string): { readonly bytes: Uint8Array; readonly mode: number | null } {
  try {
    using file = Deno.openSync(path);
    const { mode, isFile } = file.statSync();
    const bytes = new Uint8Array(MAX_TOKEN_BYTES + "\r\n".length + 1);
    let length = 0;
    // What is no file, as a pipe, may come in parts.
    while (length < bytes.length) {
      const count = file.readSync(bytes.subarray(length));
      if (count === null) break;
      length += count;
    }
    return { bytes: bytes.subarray(0, length), mode: isFile ? mode : null };
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    const reason = cause instanceof Deno.errors.NotFound
      ? "there is no such file"
      : cause instanceof Deno.errors.PermissionDenied
      ? "you may not read it"
      : cause instanceof Deno.errors.IsADirectory
      ? "it is a folder"
      : cause instanceof Error
      ? cause.message
      : `${cause}`;
    throw new CliError(
      EXIT.error,
      `Cannot read --token-file ${path}: ${reason}; name a file with the token in it`,
      { cause },
    );
  }
}

function textOf(bytes: Uint8Array, action: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    if (bytes.length > MAX_TOKEN_BYTES) throw tooLong(action);
    throw new UsageError(`${action}: it is no text in UTF-8`, { cause });
  }
}

function checkToken(token: string, action: string): string {
  if (token === "") throw new UsageError(`${action}: it is empty`);
  if (new TextEncoder().encode(token).length > MAX_TOKEN_BYTES) throw tooLong(action);
  if (/\p{Cc}/u.test(token)) {
    throw new UsageError(`${action}: it must be one line without control characters`);
  }
  return token;
}

function tooLong(action: string): UsageError {
  return new UsageError(`${action}: it is longer than ${MAX_TOKEN_BYTES} bytes`);
}
