import { systemClock } from "../../net/mod.ts";
import { PieceUnavailableError, type Torrent } from "../../peer/mod.ts";
import type { StorageProgress } from "../../storage/mod.ts";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import { printable } from "../printable.ts";
import { progressLine } from "../progress_text.ts";
import { formatBytes, formatDuration } from "../units.ts";
import { waitForCompletion } from "../wait_for_completion.ts";
import { formatChunkName, parseChunkName, pieceOf } from "./chunk_name.ts";
import { linksTo } from "./client_commands.ts";
import { clientName, parseClient } from "./client_name.ts";
import type { ShellCommand, Task } from "./shell_command.ts";

/** How long a download may stand still, in milliseconds. */
const STALL_TIMEOUT_MS = 15_000;

/** The same while those who are connected have nothing that is missing. */
const HOPELESS_TIMEOUT_MS = 4_000;

/** The same while the disk is full. */
const FULL_DISK_TIMEOUT_MS = 120_000;

/** The time between two lines of a download of many chunks, in milliseconds. */
const PROGRESS_MS = 2_000;

/** Chunks of which each is told when it comes; of more, a line is said now and then. */
const MAX_TOLD_CHUNKS = 64;

/** Missing chunks that a message names at most. */
const MAX_NAMED_CHUNKS = 5;

/** The commands that fetch chunks and put them together. */
export const CHUNK_COMMANDS: readonly ShellCommand[] = [
  {
    name: "request_download",
    forms: [["IP", "PORT", "CHUNK"], ["NAME"]],
    summary: "fetch one chunk from one client, or all of a file from whoever has it",
    details: "One chunk goes to Chunks/NAME.partN, from a client that is connected. With a name " +
      "alone, the clients are found and connected, every missing chunk is fetched, and the " +
      "file is put together in Original_Files. Each chunk is checked against the torrent's " +
      "hash.",
    run: (task) => task.operands.length === 1 ? requestAll(task) : requestChunk(task),
  },
  {
    name: "merge_chunks",
    forms: [["NAME"]],
    summary: "put the chunks of a file together in Original_Files",
    details: "Nothing is overwritten. The chunks stay where they are.",
    run: mergeChunks,
  },
];

async function requestChunk({ client, operands, signal, say }: Task): Promise<void> {
  const [ip, port, chunk = ""] = operands;
  const target = parseClient(ip, port);
  const wanted = parseChunkName(chunk);
  const torrent = await client.torrentOf(wanted.name, signal);
  const { info, held } = torrent.store;
  const index = pieceOf(info, wanted);
  const name = formatChunkName(info, index);
  linksTo(client, target);
  const report = { chunk: name, ...target };
  if (held.has(index)) return say({ type: "here", ...report }, `${name} is here already`);
  // The two may have been connected for other torrents only.
  if (client.linksTo(target).every((link) => link.torrent !== torrent)) {
    await torrent.connect(target).catch((cause) => {
      throw new CliError(EXIT.error, `File ${name} not found at ${clientName(target)}`, { cause });
    });
  }
  if (client.linksTo(target).some(({ link }) => link.bits.has(index))) {
    say(
      { type: "starting", ...report },
      `${clientName(target)} starts uploading chunk ${name} to ${clientName(client.self)}`,
    );
  }
  try {
    await torrent.fetchPiece(index, target, signal);
  } catch (cause) {
    signal.throwIfAborted();
    if (!(cause instanceof PieceUnavailableError)) throw cause;
    throw new CliError(
      EXIT.error,
      `Cannot fetch ${name} from ${clientName(target)}: ${cause.reason}`,
      { cause },
    );
  }
  const size = formatBytes(info.layout.pieceSize(index));
  say(
    { type: "received", ...report, path: client.library.partPath(info.name, index) },
    `File ${name} received successfully! (${size}, its hash is right)`,
  );
}

async function requestAll(task: Task): Promise<void> {
  const { client, operands: [name = ""], signal, say } = task;
  const torrent = await client.torrentOf(name, signal);
  const { held, info } = torrent.store;
  const isAlone = client.server.state === "not connected" && torrent.links.length === 0;
  if (isAlone && !held.isFull) {
    throw new CliError(
      EXIT.error,
      `Cannot fetch ${
        printable(name)
      }: nobody is known who has it; connect_server finds clients, ` +
        "connect_client connects to one",
    );
  }
  const startMs = systemClock.now();
  const missing = held.length - held.count;
  if (missing === 0) say({ type: "here", name }, `All chunks of ${printable(name)} are here`);
  const telling = tellChunks(task, torrent);
  torrent.resume();
  try {
    const path = await waitForCompletion(torrent, {
      timeoutMs: () => patienceOf(torrent),
      interrupted: signal,
    });
    signal.throwIfAborted();
    const seconds = (systemClock.now() - startMs) / 1000;
    const size = formatBytes(info.layout.totalLength);
    say(
      { type: "done", name, path, chunks: missing, seconds: Number(seconds.toFixed(3)) },
      `Merge complete! ${path} (${size}, ${
        missing === 1 ? "1 chunk" : `${missing} chunks`
      } fetched in ${formatDuration(seconds)})`,
    );
  } catch (error) {
    throw error instanceof CliError ? nameMissing(error, torrent) : error;
  } finally {
    // It is led by hand again: nobody is dialled, and what is missing waits for the next command.
    torrent.pause();
    await telling.end();
  }
}

/** Says now and then how far a merging has come. */
function tellProgress(
  name: string,
  say: Task["say"],
): { readonly note: (progress: StorageProgress) => void } & Disposable {
  let percent = 0;
  const timer = setInterval(() => {
    say({ type: "merging", name, percent }, `Merging ${printable(name)}: ${percent}%`);
  }, PROGRESS_MS);
  return {
    note({ doneBytes, totalBytes }) {
      percent = totalBytes === 0 ? 100 : Math.floor(doneBytes * 100 / totalBytes);
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** How long a download may stand still as it is now, in milliseconds. */
function patienceOf(torrent: Torrent): number {
  if (torrent.status.obstacle !== undefined) return FULL_DISK_TIMEOUT_MS;
  return isHopeless(torrent) ? HOPELESS_TIMEOUT_MS : STALL_TIMEOUT_MS;
}

/** Whether somebody is connected, and nobody who is has anything that is missing. */
function isHopeless({ links, store: { held } }: Torrent): boolean {
  return links.length > 0 && links.every(({ bits }) => !bits.hasAnyMissingFrom(held));
}

/** Says which chunks have come, until it is ended. */
function tellChunks({ say }: Task, torrent: Torrent): { end(): Promise<void> } {
  const { info, held } = torrent.store;
  if (held.length - held.count > MAX_TOLD_CHUNKS) {
    const timer = setInterval(() => {
      const text = progressLine(torrent.status);
      say({ type: "progress", name: info.name, chunks: held.count, chunkCount: held.length }, text);
    }, PROGRESS_MS);
    return { end: () => Promise.resolve(clearInterval(timer)) };
  }
  const ended = new AbortController();
  const sink = new WritableStream({
    write(event: ReturnType<Torrent["watch"]> extends ReadableStream<infer E> ? E : never) {
      if (event.type !== "held" && event.type !== "corrupt") return;
      const chunk = formatChunkName(info, event.index);
      const from = event.from.map(clientName).join(", ");
      const outcome = event.type === "held" ? "received" : "came corrupt";
      say({ type: outcome, chunk, from: event.from }, `${chunk} ${outcome} from ${from}`);
    },
  });
  const telling = torrent.watch().pipeTo(sink, { signal: ended.signal }).catch(() => undefined);
  return {
    async end() {
      ended.abort();
      await telling;
    },
  };
}

/** Adds to a message which chunks are missing. */
function nameMissing(error: CliError, { store: { info, held } }: Torrent): CliError {
  const missing = [...info.layout.pieceIndices()].filter((index) => !held.has(index));
  if (missing.length === 0) return error;
  const names = missing.slice(0, MAX_NAMED_CHUNKS).map((index) => formatChunkName(info, index));
  const rest = missing.length - names.length;
  const list = names.join(", ") + (rest > 0 ? ` and ${rest} more` : "");
  return new CliError(error.exitCode, `${error.message}; missing: ${list}`, { cause: error });
}

async function mergeChunks({ client, operands: [name = ""], signal, say }: Task): Promise<void> {
  const torrent = await client.kept(name, signal);
  if (torrent === undefined) {
    throw new CliError(
      EXIT.error,
      `Cannot merge ${printable(name)}: there is no ${client.library.torrentPath(name)}`,
    );
  }
  const { info, held } = torrent.store;
  if (!held.isFull) {
    const error = new CliError(EXIT.error, `Not enough chunks to merge ${printable(name)}`);
    throw nameMissing(error, torrent);
  }
  using progress = tellProgress(name, say);
  const path = await torrent.store.finish({ signal, onProgress: progress.note });
  say(
    { type: "merged", name, path },
    `Merge complete! ${path} (${formatBytes(info.layout.totalLength)})`,
  );
}
