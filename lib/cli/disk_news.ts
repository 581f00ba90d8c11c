import { systemClock } from "../net/mod.ts";
import type { DiskObstacle, Torrent, TorrentEvent } from "../peer/mod.ts";
import type { Output, Report } from "./output.ts";
import { printable } from "./printable.ts";
import { formatBytes, formatDuration } from "./units.ts";

/** Chunks that a line names at most. */
const MAX_NAMED = 5;

/** How long chunks are gathered that are lost, to be told of in one line, in milliseconds. */
const LOSS_MS = 1_000;

/** An event of a torrent whose files cannot be written, or can be again. */
export type DiskEvent = Extract<TorrentEvent, { type: "disk-waiting" | "disk-ready" }>;

/** Whether an event is one of these. */
export function isDiskEvent(event: TorrentEvent): event is DiskEvent {
  return event.type === "disk-waiting" || event.type === "disk-ready";
}

/** Tells people, and programs, that a download waits for its disk, or goes on. */
export function describeDisk(torrentName: string, event: DiskEvent): [Report, string] {
  const { type, problem, path, missingBytes, waitedMs } = event;
  const reason = problem === "disk full" ? "disk-full" : "too-many-open-files";
  const seconds = Number((waitedMs / 1000).toFixed(3));
  const report = { type, name: torrentName, reason, path, missing: missingBytes, seconds };
  const name = printable(torrentName);
  if (type === "disk-ready") {
    return [report, `${name} goes on, after a wait of ${formatDuration(seconds)}`];
  }
  if (problem !== "disk full") {
    const way = "it goes on by itself when others are closed, or a higher limit helps (ulimit -n)";
    return [report, `${name} waits: too many files are open; ${way}`];
  }
  const missing = missingBytes === 0 ? "" : `, and ${formatBytes(missingBytes)} are missing`;
  const text = `${name} waits: the disk of ${printable(path, 500)} is full${missing}; ` +
    "free some space and it goes on by itself";
  return [report, text];
}

/** What a download waits for, in a few words. */
export function describeWait({ problem }: DiskObstacle): string {
  return problem === "disk full" ? "waits: disk full" : "waits: too many open files";
}

/** Tells people, and programs, that chunks were held and are not any more, by the chunks' numbers from 1. */
export function describeLoss(
  { store: { info: { name }, held } }: Pick<Torrent, "store">,
  chunks: readonly number[],
): [Report, string] {
  const named = chunks.slice(0, MAX_NAMED).join(", ");
  const rest = chunks.length - MAX_NAMED;
  const which = rest > 0 ? `${named} and ${rest} more` : named;
  const [noun, verb] = chunks.length === 1 ? ["chunk", "has"] : ["chunks", "have"];
  return [
    { type: "chunks-lost", name, chunks, held: held.count, chunkCount: held.length },
    `${printable(name)}: ${noun} ${which} ${verb} changed or cannot be read on the disk; ` +
    `${held.count} of ${held.length} chunks are left`,
  ];
}

/** Tells whenever a torrent waits for its disk, goes on, or has lost chunks, until it is closed. */
export async function tellDisk(torrent: Torrent, output: Output): Promise<void> {
  let lost: number[] = [];
  let timer: Disposable | undefined;
  function tellLoss(): void {
    timer = undefined;
    output.note(...describeLoss(torrent, lost));
    lost = [];
  }
  for await (const event of torrent.watch()) {
    if (isDiskEvent(event)) output.note(...describeDisk(torrent.store.info.name, event));
    if (event.type !== "lost") continue;
    lost.push(event.index + 1);
    timer ??= systemClock.setTimer(tellLoss, LOSS_MS);
  }
  timer?.[Symbol.dispose]();
  if (lost.length > 0) tellLoss();
}
