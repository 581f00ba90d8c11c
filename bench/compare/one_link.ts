import { Child } from "./child.ts";
import { type Engine, freePort } from "./engine.ts";
import { MeetingPlace } from "./meeting_place.ts";
import { type Payload, withNewFolder } from "./payload.ts";
import { usageOf } from "./usage.ts";
import { within, type Work } from "./work.ts";

/** A run that has not ended after this time is stuck. */
const PATIENCE_MS = 180_000;

/** Who serves and who fetches. */
export interface Pair {
  readonly seeder: Engine;
  readonly leecher: Engine;
}

/** What one run of a pair gave. */
export interface LinkRun {
  /** Millions of bytes a second, from the start of the leecher's process until it is whole. */
  readonly megabytesPerSecond: number;
  /** Seconds of processors' time for 10^9 bytes. */
  readonly seederCpu: number;
  readonly leecherCpu: number;
  readonly seederPeakMib: number;
  readonly leecherPeakMib: number;
}

/** Moves a payload from a seeder to a leecher on loopback, each a process of its own. */
export async function runLink(
  { seeder, leecher }: Pair,
  { payload, torrent }: { readonly payload: Payload; readonly torrent: string },
  work: Work,
): Promise<LinkRun> {
  const signal = within(PATIENCE_MS, work);
  const host = "127.0.0.1";
  return await withNewFolder(work, async (folder) => {
    const port = freePort();
    await using meeting = new MeetingPlace(port);
    const serving = seeder.seed({ torrent, folder: payload.folder, host, port });
    const fetching = leecher.leech({
      ...{ torrent, folder, host, port: freePort(), whenWhole: "stay" },
      source: { peer: `${host}:${port}`, announceUrl: meeting.announceUrl },
    });
    await using seed = new Child(serving.words);
    await seed.untilLine(serving.whole, signal);
    const before = usageOf(seed.pid);
    const startMs = performance.now();
    await using leech = new Child(fetching.words);
    await leech.untilLine(fetching.whole, signal);
    const seconds = (performance.now() - startMs) / 1_000;
    const [fetched, served] = [usageOf(leech.pid), usageOf(seed.pid)];
    await payload.expectCopyIn(folder, `${seeder.name} to ${leecher.name}`, work);
    return {
      megabytesPerSecond: payload.bytes / 1e6 / seconds,
      seederCpu: (served.cpuSeconds - before.cpuSeconds) * 1e9 / payload.bytes,
      leecherCpu: fetched.cpuSeconds * 1e9 / payload.bytes,
      seederPeakMib: served.peakMib,
      leecherPeakMib: fetched.peakMib,
    };
  });
}
