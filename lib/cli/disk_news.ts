import type { DiskObstacle, Torrent, TorrentEvent } from "../peer/mod.ts";
import type { Output, Report } from "./output.ts";
import { printable } from "./printable.ts";
import { formatBytes, formatDuration } from "./units.ts";

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

/** Tells whenever a torrent waits for its disk or goes on, until it is closed. */
export async function tellDisk(torrent: Torrent, output: Output): Promise<void> {
  for await (const event of torrent.watch()) {
    if (isDiskEvent(event)) output.note(...describeDisk(torrent.store.info.name, event));
  }
}
