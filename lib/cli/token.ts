import { MAX_TOKEN_BYTES } from "../tracker/client/mod.ts";
import { UsageError } from "./cli_error.ts";
import type { Context } from "./command.ts";
import { readVariable } from "./environment.ts";
import { readFlagFile, warnOfAccess } from "./flag_file.ts";

/** Where a token is looked for, and who is told if its file is open to others. */
export type TokenSource = Pick<Context, "args" | "output">;

/** Those who were told what is open to others: each once, however many trackers want the token. */
const told = new WeakSet<TokenSource["output"]>();

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
    if (given !== undefined) {
      tellOnce(output, () => warnOfFlag(output));
      return checkToken(given, "Cannot use --token");
    }
    const variable = readVariable("SLUICE_TOKEN");
    return variable === undefined ? undefined : checkToken(variable, "Cannot use SLUICE_TOKEN");
  }
  const content = "the token";
  const file = readFlagFile(path, {
    ...{ flag: "token-file", content },
    maxBytes: MAX_TOKEN_BYTES,
  });
  tellOnce(output, () => warnOfAccess(path, file, content, output));
  const action = `Cannot use ${content} in ${path}`;
  return checkToken(textOf(file.bytes, action), action);
}

function tellOnce(output: TokenSource["output"], tell: () => void): void {
  if (told.has(output)) return;
  told.add(output);
  tell();
}

function warnOfFlag(output: TokenSource["output"]): void {
  output.warn(
    { type: "token-exposed", flag: "token" },
    "Others on this machine may read --token in the list of processes; --token-file FILE keeps it out",
  );
}

function textOf(bytes: Uint8Array, action: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new UsageError(`${action}: it is no text in UTF-8`, { cause });
  }
}

function checkToken(token: string, action: string): string {
  if (token === "") throw new UsageError(`${action}: it is empty`);
  if (new TextEncoder().encode(token).length > MAX_TOKEN_BYTES) {
    throw new UsageError(`${action}: it is longer than ${MAX_TOKEN_BYTES} bytes`);
  }
  if (/\p{Cc}/u.test(token)) {
    throw new UsageError(`${action}: it must be one line without control characters`);
  }
  return token;
}
