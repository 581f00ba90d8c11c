import { concatBytes } from "../bytes/mod.ts";
import {
  type AddressFilter,
  AddressListError,
  type AddressListKind,
  type AddressRanges,
  isIpv4,
  isIpv6,
  isUnicast,
  ListFilter,
  MAX_ADDRESS_LIST_BYTES,
  parseAddressList,
  type PeerAddress,
} from "../net/mod.ts";
import type { Arguments } from "./arguments.ts";
import { CliError, UsageError } from "./cli_error.ts";
import { EXIT } from "./exit_code.ts";
import type { Output } from "./output.ts";
import { watchHangUps } from "./terminal.ts";

const KINDS: readonly AddressListKind[] = ["blocklist", "allowlist"];

/** The first bytes of a gzip file (RFC 1952). */
const GZIP = [0x1f, 0x8b] as const;

/** Where it is told what was read. */
type Reporter = Pick<Output, "detail" | "note" | "error">;

/** The lists of addresses of a command line, until it is disposed of. */
export interface AddressLists extends Disposable {
  /** Who is let in; absent if there are no lists. */
  readonly addresses?: AddressFilter;
}

/**
 * Reads the lists of addresses that a command line names, and, where there is such a signal, reads them
 * again at each SIGHUP. If that fails it is told, and those that were read before stay.
 *
 * @throws {UsageError} if a list has lines that it must not have
 * @throws {CliError} if a file cannot be read
 */
export async function openAddressLists(args: Arguments, output: Reporter): Promise<AddressLists> {
  const filter = new ListFilter(await readLists(args, output));
  let reading: Promise<void> = Promise.resolve();
  const hangUps = watchHangUps(() => {
    reading = reading.then(() => readAgain(filter, args, output));
  });
  return {
    addresses: filter,
    [Symbol.dispose]() {
      hangUps[Symbol.dispose]();
    },
  };
}

/**
 * The peers that a command line names.
 *
 * @throws {UsageError} if one is not to be connected to
 */
export function namedPeers(
  { args, addresses }: { readonly args: Arguments; readonly addresses?: AddressFilter },
): PeerAddress[] {
  const peers = args.addresses("peer");
  for (const [at, { host }] of peers.entries()) {
    if (!isIpv4(host) && !isIpv6(host)) continue;
    const what = `Cannot use --peer ${args.all("peer")[at]}`;
    if (!isUnicast(host.replace(/%.*/, ""))) {
      throw new UsageError(`${what}: it is not the address of one machine`);
    }
    if (addresses?.admits(host) === false) {
      throw new UsageError(`${what}: --blocklist or --allowlist keeps it out`);
    }
  }
  return peers;
}

async function readAgain(filter: ListFilter, args: Arguments, output: Reporter): Promise<void> {
  try {
    filter.replace(await readLists(args, output));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const text = `${reason}; the lists of addresses stay as they were`;
    output.error({ type: "addresses", state: "kept", reason }, text);
    return;
  }
  output.note({ type: "addresses", state: "read" }, "The lists of addresses were read again");
}

async function readLists(
  args: Arguments,
  output: Reporter,
): Promise<{ block?: AddressRanges; allow?: AddressRanges }> {
  const [block, allow] = await Promise.all(
    KINDS.map((kind) => readList(args.text(kind), kind, output)),
  );
  return { ...(block && { block }), ...(allow && { allow }) };
}

async function readList(
  path: string | undefined,
  kind: AddressListKind,
  output: Reporter,
): Promise<AddressRanges | undefined> {
  if (path === undefined) return undefined;
  const bytes = await readBytes(`--${kind} ${path}`, path);
  try {
    const { ranges, unreadable } = parseAddressList(bytes, { name: path, kind });
    if (kind === "allowlist" && ranges.size === 0) {
      throw new UsageError(
        `Cannot use --${kind} ${path}: it names no address, so nobody would be let in`,
      );
    }
    output.detail(
      { type: "addresses", state: kind, path, ranges: ranges.size },
      `${path}: ${ranges.size} ranges of addresses`,
    );
    const { count, first } = unreadable;
    if (count > 0) {
      const lines = first.map(({ line }) => line);
      output.error(
        { type: "addresses", state: "incomplete", path, unreadable: count, lines },
        `${path}: ${count} lines cannot be read and shut nobody out, such as line ${
          lines.join(", ")
        }`,
      );
    }
    return ranges;
  } catch (cause) {
    if (!(cause instanceof AddressListError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}

/** The bytes of a file, which is called so in messages, unpacked if it is packed, and no more of them than a list may have. */
async function readBytes(what: string, path: string): Promise<Uint8Array> {
  try {
    const file = await Deno.open(path);
    const bytes = await collectList(file.readable, what);
    if (GZIP.some((byte, at) => bytes[at] !== byte)) return bytes;
    const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return await collectList(unpacked, what).catch((cause) => {
      if (cause instanceof CliError) throw cause;
      throw new CliError(EXIT.error, `Cannot read ${what}: its gzip data is damaged`, { cause });
    });
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? "there is no such file"
      : cause instanceof Deno.errors.PermissionDenied
      ? "permission denied"
      : cause instanceof Deno.errors.IsADirectory
      ? "it is a folder"
      : undefined;
    if (reason === undefined) throw cause;
    throw new CliError(EXIT.error, `Cannot read ${what}: ${reason}`, { cause });
  }
}

/**
 * Collects the bytes of a list of addresses, which is called so in messages.
 *
 * @throws {CliError} as soon as there are more than a list may have
 */
export async function collectList(
  stream: ReadableStream<Uint8Array>,
  what: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of stream) {
    length += part.length;
    if (length > MAX_ADDRESS_LIST_BYTES) {
      const most = MAX_ADDRESS_LIST_BYTES / 2 ** 20;
      throw new CliError(EXIT.error, `Cannot read ${what}: it has more than ${most} MiB`);
    }
    parts.push(part);
  }
  return concatBytes(parts);
}
