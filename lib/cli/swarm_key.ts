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
import { readFlagFile, warnOfAccess } from "./flag_file.ts";
import { MAX_KEY_FILE_BYTES } from "./limits.ts";
import type { Output } from "./output.ts";
import { RefusedPeers } from "./refused_peers.ts";

/** Where a key comes from. */
const MAKER = '"sluice key FILE" makes one';

/** The command line, and who is told what is wrong with a key or a peer. */
interface KeyContext extends Pick<Context, "args" | "addresses"> {
  readonly output: Pick<Output, "note" | "warn" | "detail">;
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
  const content = "the swarm key";
  const file = readFlagFile(path, {
    ...{ flag: "swarm-key", content },
    ...{ source: MAKER, maxBytes: MAX_KEY_FILE_BYTES },
  });
  warnOfAccess(path, file, content, output);
  try {
    return parseSwarmKey(new TextDecoder().decode(file.bytes));
  } catch (cause) {
    throw new UsageError(
      `Cannot use ${content} in ${path}: ${messageOf(cause)}; ${MAKER}`,
      { cause },
    );
  }
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
