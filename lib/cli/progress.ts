import type { TorrentStatus } from "../peer/mod.ts";
import { drawChunkMap } from "./chunk_map.ts";
import type { Output } from "./output.ts";
import { printable } from "./printable.ts";
import { formatBytes, formatDuration, formatRate } from "./units.ts";

/** The time between two updates of a live display, in milliseconds. */
const LIVE_MS = 200;

/** The time between two lines where there is no terminal, in milliseconds. */
const LINE_MS = 2_000;

/** The time between two JSON objects, in milliseconds. */
const JSON_MS = 500;

/** Shows how a download goes until it is disposed of. */
export async function showProgress(
  output: Output,
  status: () => TorrentStatus,
): Promise<Disposable> {
  if (output.isLive) return await showBar(status);
  if (output.loudness === "quiet") return { [Symbol.dispose]() {} };
  const report = (): void => {
    const now = status();
    output.note(progressReport(now), progressLine(now));
  };
  const timer = setInterval(report, output.format === "json" ? JSON_MS : LINE_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

async function showBar(status: () => TorrentStatus): Promise<Disposable> {
  const { SingleBar } = await import("cli-progress");
  const bar = new SingleBar({
    format: () => barLine(status()),
    clearOnComplete: true,
    hideCursor: true,
    linewrap: false,
    fps: 1_000 / LIVE_MS,
    stream: (await import("node:process")).stderr,
  });
  bar.start(status().length, status().heldBytes);
  const timer = setInterval(() => bar.update(status().heldBytes), LIVE_MS);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      bar.stop();
    },
  };
}

function progressReport(status: TorrentStatus): { type: "progress" } & Record<string, unknown> {
  return {
    type: "progress",
    name: status.name,
    infoHash: status.infoHash,
    bytes: status.heldBytes,
    length: status.length,
    chunks: status.held.count,
    chunkCount: status.held.length,
    downRate: Math.round(status.downRate),
    upRate: Math.round(status.upRate),
    peers: status.peers.length,
  };
}

function progressLine(status: TorrentStatus): string {
  const percent = status.length === 0 ? 100 : Math.floor(status.heldBytes * 100 / status.length);
  return `${
    printable(status.name)
  }: ${percent}%, ${status.held.count} of ${status.held.length} chunks, ` +
    `${formatRate(status.downRate)}, ${countPeers(status)}, ${remaining(status)} left`;
}

function barLine(status: TorrentStatus): string {
  const { columns } = consoleSize();
  const percent = status.length === 0 ? 100 : Math.floor(status.heldBytes * 100 / status.length);
  const facts = ` ${String(percent).padStart(3)}%  ${formatBytes(status.heldBytes)} of ` +
    `${formatBytes(status.length)}  ${formatRate(status.downRate)}  ${countPeers(status)}  ` +
    `${remaining(status)} left`;
  const room = columns - facts.length - 1;
  const name = printable(status.name, Math.max(8, Math.min(30, room - 12)));
  const map = drawChunkMap(status.held, Math.max(0, Math.min(50, room - name.length - 1)));
  return `${name} ${map}${facts}`.slice(0, columns - 1);
}

function countPeers({ peers }: TorrentStatus): string {
  return peers.length === 1 ? "1 peer" : `${peers.length} peers`;
}

function remaining({ length, heldBytes, downRate }: TorrentStatus): string {
  return formatDuration((length - heldBytes) / downRate);
}

function consoleSize(): { readonly columns: number } {
  try {
    return Deno.consoleSize();
  } catch {
    // A pseudo-terminal without a size: the classic width will do.
    return { columns: 80 };
  }
}
