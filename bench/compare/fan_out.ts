import { fromFileUrl, join } from "@std/path";
import { parseTorrent } from "../../lib/metainfo/mod.ts";
import { Child, runToEnd } from "./child.ts";
import type { Engine, PeerCommand } from "./engine.ts";
import { type Host, Hosts } from "./hosts.ts";
import { type Payload, withNewFolder } from "./payload.ts";
import { sluice } from "./sluice.ts";
import type { Work } from "./work.ts";

const AWAIT_SEEDER = fromFileUrl(import.meta.resolve("./await_seeder.ts"));

/** Every peer listens at this port of its own host. */
const PORT = 7000;

/** Long enough for small files, and for programs to start, in milliseconds. */
const PATIENCE_MS = 60_000;
/** Who takes so many times the optimum is stuck. */
const PATIENCE_RATIO = 8;

/** How long pieces are, in KiB: short, so that leechers soon have something to give. */
const PIECE_KIB = 256;

/** What is moved, and over what. */
export interface FanOut {
  readonly payload: Payload;
  /** The number of leechers, each on a host of its own. */
  readonly leechers: number;
  /** The rate of each host's link, each way. */
  readonly mbit: number;
}

/** What one run gave. */
export interface FanOutRun {
  /** The time until the last leecher was whole, to the time that the data once takes on a link. */
  readonly lastToOptimum: number;
  /** The bytes that the seeder's interface sent, to those of the data. */
  readonly sentFiles: number;
}

/** Has all leechers start at once, with one seeder that the tracker knows. */
export async function runFanOut(engine: Engine, fanOut: FanOut, work: Work): Promise<FanOutRun> {
  const { payload, leechers, mbit } = fanOut;
  const optimumMs = payload.bytes * 8 / (mbit * 1_000);
  const patience = AbortSignal.timeout(PATIENCE_MS + PATIENCE_RATIO * optimumMs);
  const signal = AbortSignal.any([work.signal, patience]);
  return await withNewFolder(work, async (folder) => {
    await using hosts = await Hosts.open(leechers + 1, mbit, signal);
    await using tracker = new Child([...hosts.bridge.enter, ...trackerAt(hosts.bridge.host)]);
    const announceUrl = await announceUrlOf(tracker, hosts.bridge.host, signal);
    const torrent = await payload.createTorrent(PIECE_KIB, work, "--announce", announceUrl);
    const [first, ...others] = hosts.all;
    if (first === undefined) throw new Error("There is no host for the seeder");
    const serving = engine.seed({ torrent, folder: payload.folder, host: first.host, port: PORT });
    await using seeder = start(first, serving);
    await seeder.untilLine(serving.whole, signal);
    await awaitSeeder(announceUrl, torrent, hosts, signal);

    const sentBefore = first.sentBytes();
    const startMs = performance.now();
    await using running = new AsyncDisposableStack();
    const folders = others.map(({ host }) => join(folder, host));
    for (const path of folders) await Deno.mkdir(path);
    await Promise.all(others.map(async (at, position) => {
      const place = { torrent, folder: folders[position] ?? "", host: at.host, port: PORT };
      const fetching = engine.leech({ ...place, source: undefined, whenWhole: "stay" });
      const leecher = running.use(start(at, fetching));
      await leecher.untilLine(fetching.whole, signal);
    }));
    const lastMs = performance.now() - startMs;
    const sent = first.sentBytes() - sentBefore;
    for (const path of folders) {
      await payload.expectCopyIn(path, `${engine.name}, ${leechers} leechers`, work);
    }
    return { lastToOptimum: lastMs / optimumMs, sentFiles: sent / payload.bytes };
  });
}

function start({ enter }: Host, { words }: PeerCommand): Child {
  return new Child([...enter, ...words]);
}

/** A tracker with no more than its own door and that for HTTP. */
function trackerAt(host: string): string[] {
  const doors = ["--host", host, "--port", "0", "--http-port", "0", "--no-udp"];
  return sluice("tracker", ...doors, "--no-discovery");
}

async function announceUrlOf(tracker: Child, host: string, signal: AbortSignal): Promise<string> {
  const line = await tracker.untilLine(/"type":"listening","door":"http"/, signal);
  return `http://${host}:${JSON.parse(line).port}/announce`;
}

/** Waits until the tracker knows the seeder, so that leechers need not ask twice. */
async function awaitSeeder(
  announceUrl: string,
  torrent: string,
  { bridge }: Hosts,
  signal: AbortSignal,
): Promise<void> {
  const { info } = await parseTorrent(await Deno.readFile(torrent));
  const infoHash = info.infoHash.replace(/../g, "%$&");
  const url = `${announceUrl.replace("/announce", "/scrape")}?info_hash=${infoHash}`;
  await runToEnd([...bridge.enter, Deno.execPath(), "run", "-A", AWAIT_SEEDER, url], signal);
}
