import { fromFileUrl, join } from "../../paths/mod.ts";
import { formatAddress } from "../../net/mod.ts";
import { fetchTorrent, PeerNode, type Torrent } from "../../peer/mod.ts";
import { parseTorrent } from "../../metainfo/mod.ts";
import {
  cutIntoChunks,
  type Library,
  openChunkStore,
  openLibrary,
  StorageError,
} from "../../storage/mod.ts";
import { connectPeer, serveTracker } from "../../tracker/mod.ts";
import { drawChunkMap } from "../chunk_map.ts";
import { CliError } from "../cli_error.ts";
import type { Context } from "../command.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { formatBytes, formatDuration } from "../units.ts";
import { waitForCompletion } from "../wait_for_completion.ts";

/** The file that is moved. */
const DEMO_FILE = "mv1.mp4";

/** How fast each seeder sends, in bytes a second, so that one can follow it. */
const DEMO_RATE = 1024 * 1024;

/** The time in which something must happen, in milliseconds. */
const DEMO_TIMEOUT_MS = 20_000;

const HOST = "127.0.0.1";

/** Plays a swarm on this machine: a tracker, two seeders that each hold every other chunk, a leecher. */
export async function run({ args, output, interrupted }: Context): Promise<ExitCode> {
  const library = await openLibrary(args.text("library") ?? ".");
  const original = await findOriginal(library);
  const folder = await Deno.makeTempDir({ prefix: "sluice-demo-" });
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => Deno.remove(folder, { recursive: true }));
  const say = (step: string, text: string, facts: Record<string, unknown> = {}): void =>
    output.result({ type: "demo", step, ...facts }, text);

  const server = cleanup.use(serveTracker({ host: HOST, port: 0 }));
  say("tracker", `tracker   listens at ${formatAddress(server.address)}`, { ...server.address });

  const names = new Map<number, string>();
  for (const [name, parity] of [["seeder A", 0], ["seeder B", 1]] as const) {
    const own = await openLibrary(join(folder, name));
    await takeEveryOther(own, original, parity);
    const { info } = await own.readTorrent(DEMO_FILE);
    const store = await openChunkStore({ library: own, info, intent: "serve" });
    const node = cleanup.use(new PeerNode({ host: HOST, maxUpRate: DEMO_RATE }));
    cleanup.use(connectPeer(node, server.address));
    await node.add(store, { intent: "serve" }).announced;
    names.set(node.address.port, name);
    say(
      "seeder",
      `${name}  holds ${store.held.count} of ${store.held.length} chunks  ${
        drawChunkMap(store.held, 40)
      }`,
      { name, chunks: [...store.held.ones()] },
    );
  }

  const own = await openLibrary(join(folder, "leecher"));
  const node = cleanup.use(new PeerNode({ host: HOST }));
  const client = cleanup.use(connectPeer(node, server.address));
  const { info } = await parseTorrent(await client.getTorrent(DEMO_FILE), DEMO_FILE);
  say("leecher", `leecher   asks the tracker for ${DEMO_FILE}: ${info.infoHash}`, {
    infoHash: info.infoHash,
  });
  const startMs = performance.now();
  const torrent = await fetchTorrent(node, { info, library: own });
  const watching = follow(torrent, names, say);
  const path = await waitForCompletion(torrent, { timeoutMs: DEMO_TIMEOUT_MS, interrupted });
  if (path === undefined) return EXIT.interrupted;
  const seconds = (performance.now() - startMs) / 1000;
  await node.close();
  const counts = await watching;
  await compare(original, path);
  const shares = [...counts].map(([name, count]) => `${count} chunks from ${name}`).join(", ");
  say(
    "done",
    `done      ${DEMO_FILE} is byte-equal: ${formatBytes(info.layout.totalLength)} in ${
      formatDuration(seconds)
    }, ${shares}`,
    { path, seconds, from: Object.fromEntries(counts) },
  );
  if (counts.size === 2) return EXIT.done;
  throw new CliError(EXIT.error, "Cannot show the demo: the chunks came from one seeder only");
}

/** The file in the library or in the working directory, or else the one that comes with the program. */
async function findOriginal(library: Library): Promise<string> {
  const own = new URL(`../../../Original_Files/${DEMO_FILE}`, import.meta.url);
  try {
    return await library.resolveOriginal(DEMO_FILE);
  } catch (error) {
    const isMissing = error instanceof StorageError && error.code === "ENOENT";
    if (isMissing && own.protocol === "file:") return fromFileUrl(own);
    throw error;
  }
}

/** Cuts the file into a library of its own and leaves there every other chunk. */
async function takeEveryOther(library: Library, original: string, parity: number): Promise<void> {
  const { partPaths } = await cutIntoChunks({ library, path: original });
  for (const [index, path] of partPaths.entries()) {
    if (index % 2 !== parity) await Deno.remove(path);
  }
}

/** Tells of each chunk as it arrives, and counts from whom. */
async function follow(
  torrent: Torrent,
  names: ReadonlyMap<number, string>,
  say: (step: string, text: string, facts?: Record<string, unknown>) => void,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const event of torrent.watch()) {
    if (event.type !== "held") continue;
    const from = event.from.map(({ port }) => names.get(port) ?? `port ${port}`);
    for (const name of from) counts.set(name, (counts.get(name) ?? 0) + 1);
    say(
      "chunk",
      `leecher   has chunk ${String(event.index + 1).padStart(2)} from ${from.join(", ")}  ${
        drawChunkMap(torrent.store.held, 40)
      }`,
      { chunk: event.index + 1, from },
    );
  }
  return counts;
}

async function compare(original: string, copy: string): Promise<void> {
  const [a, b] = await Promise.all([Deno.readFile(original), Deno.readFile(copy)]);
  if (a.length === b.length && a.every((byte, at) => byte === b[at])) return;
  throw new CliError(
    EXIT.hashCheckFailed,
    `Cannot show the demo: ${copy} differs from ${original}`,
  );
}
