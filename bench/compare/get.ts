import { Child, runToEnd } from "./child.ts";
import { type Engine, freePort } from "./engine.ts";
import { MeetingPlace } from "./meeting_place.ts";
import { Payload, withNewFolder } from "./payload.ts";
import { SLUICE } from "./sluice.ts";
import { compared, type Row } from "./table.ts";
import { orLeftOut, within, type Work } from "./work.ts";

/** A run that has not ended after this time is stuck. */
const PATIENCE_MS = 60_000;

/** The size of what is fetched. */
const SIZE_MIB = 1;

/** Lets each engine fetch a small file from the same running seeder, which is ours, in turn. */
export async function compareGet(runs: number, work: Work): Promise<Row[]> {
  const payload = await Payload.write(SIZE_MIB, work);
  const torrent = await payload.createTorrent(512, work);
  const [host, port] = ["127.0.0.1", freePort()];
  await using meeting = new MeetingPlace(port);
  const source = { peer: `${host}:${port}`, announceUrl: meeting.announceUrl };
  const serving = SLUICE.seed({ torrent, folder: payload.folder, host, port });
  await using seeder = new Child(serving.words);
  await seeder.untilLine(serving.whole, within(PATIENCE_MS, work));

  const get = async (engine: Engine): Promise<number> =>
    await withNewFolder(work, async (folder) => {
      const place = { torrent, folder, host, port: freePort(), source };
      const { words } = engine.leech({ ...place, whenWhole: "leave" });
      const startMs = performance.now();
      await runToEnd(words, within(PATIENCE_MS, work));
      const seconds = (performance.now() - startMs) / 1_000;
      await payload.expectCopyIn(folder, `get by ${engine.name}`, work);
      work.say(`get  ${engine.name.padEnd(24)}  ${seconds.toFixed(3)} s`);
      return seconds;
    });

  const results = new Map<string, number[]>([...work.engines.keys()].map((name) => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const [name, engine] of work.engines) {
      const seconds = await orLeftOut(`get by ${name}`, work, () => get(engine));
      if (seconds !== undefined) results.get(name)?.push(seconds);
    }
  }
  const what = `get of ${SIZE_MIB} MiB, whole process: s`;
  const ours = results.get(SLUICE.name) ?? [];
  return ["libtorrent", "aria2"].map((name) => {
    const rival = { name, values: results.get(name) };
    return compared({ what, ours, rival, planned: runs, digits: 3 });
  });
}
