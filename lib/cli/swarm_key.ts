import {
  filterTransport,
  formatSwarmKey,
  generateSwarmKey,
  keyedTransport,
  parseSwarmKey,
  type SwarmKey,
  tcpTransport,
  type Transport,
} from "../net/mod.ts";
import { CliError, UsageError } from "./cli_error.ts";
import type { Context } from "./command.ts";
import { EXIT } from "./exit_code.ts";
import { MAX_KEY_FILE_BYTES } from "./limits.ts";
import type { Output } from "./output.ts";
import { RefusedPeers } from "./refused_peers.ts";

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
  const refused = new RefusedPeers(output);
  // Below the key: it is spoken of as soon as a connection is there, and that to nobody who is shut out.
  const inner = addresses === undefined ? tcpTransport : filterTransport(tcpTransport, addresses);
  return keyedTransport(inner, {
    key: readKey(path, output),
    onRefused: (error, direction) => refused.tell(error, direction),
  });
}

function readKey(path: string, output: KeyContext["output"]): SwarmKey {
  const { text, access } = readFile(path);
  let key: SwarmKey;
  try {
    if (text === undefined) throw new RangeError(`it has more than ${MAX_KEY_FILE_BYTES} bytes`);
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

/** What a key file says, unless it is too long, and who may do something with it. */
interface KeyFile {
  readonly text: string | undefined;
  readonly access: "owner" | "others";
}

function readFile(path: string): KeyFile {
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

/** The text of a file, and of one that is too long nothing; no more is read than shows that. */
function readText(file: Deno.FsFile): string | undefined {
  const bytes = new Uint8Array(MAX_KEY_FILE_BYTES + 1);
  let length = 0;
  while (length < bytes.length) {
    const count = file.readSync(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  if (length > MAX_KEY_FILE_BYTES) return undefined;
  return new TextDecoder().decode(bytes.subarray(0, length));
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
