import {
  describeFault,
  filterTransport,
  formatAddress,
  formatSwarmKey,
  generateSwarmKey,
  keyedTransport,
  parseSwarmKey,
  type SwarmKey,
  type SwarmKeyError,
  tcpTransport,
  type Transport,
} from "../net/mod.ts";
import { CliError, UsageError } from "./cli_error.ts";
import type { Context } from "./command.ts";
import { EXIT } from "./exit_code.ts";
import type { Output } from "./output.ts";

/** A file of more bytes is no key file; no more is read of it. */
const MAX_FILE_LENGTH = 1_024;

/** Lines on strangers that are told at most, so that nobody can fill a log. */
const MAX_TOLD = 1_000;

/** What others may do with a file on Unix: group and all. */
const OTHERS_MODE = 0o077;

/** The command line, and who is told what is wrong with a key or a peer. */
interface KeyContext extends Pick<Context, "args" | "addresses"> {
  readonly output: Pick<Output, "note" | "detail">;
}

/** Whether the command line asks for a private swarm. */
export function isPrivateSwarm({ args }: Pick<Context, "args">): boolean {
  return args.text("swarm-key") !== undefined;
}

/**
 * How peers are reached in the private swarm that the command line names with `--swarm-key`;
 * `undefined` if it names none.
 *
 * @throws {CliError} if the file is not there or holds no key
 */
export function chooseTransport(context: KeyContext): Transport | undefined {
  const { args, output, addresses } = context;
  const path = args.text("swarm-key");
  if (path === undefined) return undefined;
  const told = new Set<string>();
  // Below the key: it is spoken of as soon as a connection is there, and that to nobody who is shut out.
  const inner = addresses === undefined ? tcpTransport : filterTransport(tcpTransport, addresses);
  return keyedTransport(inner, {
    key: readKey(path, output),
    onRefused: (error, direction) => tellRefusal(error, { direction, told, output }),
  });
}

function readKey(path: string, output: KeyContext["output"]): SwarmKey {
  const { text, access } = readFile(path);
  let key: SwarmKey;
  try {
    key = parseSwarmKey(text);
  } catch (cause) {
    throw new UsageError(
      `Cannot use --swarm-key ${path}: ${messageOf(cause)}; "sluice key FILE" makes one`,
      { cause },
    );
  }
  if (access === "others") {
    output.note(
      { type: "key-exposed", path },
      `Others on this machine may use the key in ${path}; chmod 600 keeps it to you`,
    );
  }
  return key;
}

function readFile(path: string): { readonly text: string; readonly access: "owner" | "others" } {
  try {
    using file = Deno.openSync(path);
    const { mode, isFile } = file.statSync();
    const isOpen = isFile && mode !== null && (mode & OTHERS_MODE) !== 0;
    const others = isOpen && Deno.build.os !== "windows";
    return { text: readText(file), access: others ? "others" : "owner" };
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? 'there is no such file; "sluice key FILE" makes a swarm key'
      : messageOf(cause);
    throw new CliError(EXIT.error, `Cannot read ${path}: ${reason}`, { cause });
  }
}

/** The text of a file, but no more of it than shows that it is too long. */
function readText(file: Deno.FsFile): string {
  const bytes = new Uint8Array(MAX_FILE_LENGTH);
  let length = 0;
  while (length < bytes.length) {
    const count = file.readSync(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

interface Audience {
  readonly direction: "incoming" | "outgoing";
  /** What was told already. */
  readonly told: Set<string>;
  readonly output: KeyContext["output"];
}

/**
 * Tells once of each who does not know the key: by its host, if it dialled us from any port. The first
 * that we dial is no detail: the key may be the wrong one.
 */
function tellRefusal({ remote, fault }: SwarmKeyError, audience: Audience): void {
  const { direction, told, output } = audience;
  const peer = direction === "outgoing" ? formatAddress(remote) : remote.host;
  const reason = describeFault(fault);
  const text = `${peer} ${reason}`;
  if (told.has(text) || told.size >= MAX_TOLD) return;
  const isFirst = direction === "outgoing" && !told.has(direction);
  told.add(text).add(direction);
  const report = { type: "peer-refused", peer, direction, reason };
  if (isFirst) output.note(report, text);
  else output.detail(report, text);
}

/**
 * Writes a new key into a new file that only its owner may read. What cannot be written whole is not left
 * there.
 *
 * @throws {CliError} if there is a file already, or there cannot be one
 */
export async function writeNewKey(path: string): Promise<void> {
  const content = new TextEncoder().encode(formatSwarmKey(generateSwarmKey()));
  using file = await createFile(path);
  try {
    for (let at = 0; at < content.length;) at += await file.write(content.subarray(at));
    await file.sync();
  } catch (error) {
    await Deno.remove(path).catch(() => undefined);
    throw error;
  }
}

async function createFile(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  } catch (cause) {
    if (cause instanceof Deno.errors.AlreadyExists) {
      throw new CliError(
        EXIT.fileExists,
        `Cannot write ${path}: it exists, and a key is never overwritten; name another file`,
        { cause },
      );
    }
    const reason = cause instanceof Deno.errors.NotFound
      ? "there is no such folder"
      : messageOf(cause);
    throw new CliError(EXIT.error, `Cannot write ${path}: ${reason}`, { cause });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
