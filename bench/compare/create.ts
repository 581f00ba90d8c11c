import { join } from "@std/path";
import { parseTorrent } from "../../lib/metainfo/mod.ts";
import { problemWith, runToEnd } from "./child.ts";
import { MIB, type Payload, withNewFolder } from "./payload.ts";
import { createTorrent } from "./sluice.ts";
import { compared, type Row } from "./table.ts";
import { orLeftOut, within, type Work } from "./work.ts";

/** A run that has not ended after this time is stuck. */
const PATIENCE_MS = 120_000;

/** Length of pieces, and its power of two. */
const PIECE = { kib: 512, power: 19 };

interface Maker {
  readonly name: string;
  readonly seconds: number[];
  words(path: string, out: string): string[];
}

/** Has torrents of a payload made by Sluice and by mktorrent, in turn, and compares the medians. */
export async function compareCreate(payload: Payload, runs: number, work: Work): Promise<Row[]> {
  const what = `create, ${payload.bytes / MIB} MiB, pieces ${PIECE.kib} KiB: s`;
  const ours: Maker = {
    ...{ name: "Sluice", seconds: [] },
    words: (path, out) => createTorrent({ path, out, pieceKib: PIECE.kib }),
  };
  const threads = `${navigator.hardwareConcurrency}`;
  const theirs: Maker = {
    ...{ name: `mktorrent -t ${threads}`, seconds: [] },
    words: (path, out) => ["mktorrent", "-t", threads, "-l", `${PIECE.power}`, "-o", out, path],
  };
  const problem = problemWith("mktorrent", ["-h"]);
  if (problem !== undefined) work.say(`mktorrent is left out: ${problem}`);
  const makers = problem === undefined ? [ours, theirs] : [ours];
  for (let run = 0; run < runs; run++) {
    const hashes = new Set<string>();
    for (const maker of makers) {
      const hash = await orLeftOut(
        `create by ${maker.name}`,
        work,
        () => make(maker, payload, work),
      );
      if (hash !== undefined) hashes.add(hash);
    }
    if (hashes.size > 1) throw new Error(`THE TORRENTS DIFFER: ${[...hashes].join(", ")}`);
  }
  const rival = { name: theirs.name, values: problem === undefined ? theirs.seconds : undefined };
  return [compared({ what, ours: ours.seconds, rival, planned: runs, digits: 2 })];
}

/** Has a torrent made, keeps the time, and gives the torrent's info-hash. */
async function make(maker: Maker, payload: Payload, work: Work): Promise<string> {
  return await withNewFolder(work, async (folder) => {
    const out = join(folder, "made.torrent");
    const startMs = performance.now();
    await runToEnd(maker.words(payload.path, out), within(PATIENCE_MS, work));
    const seconds = (performance.now() - startMs) / 1_000;
    const { info } = await parseTorrent(await Deno.readFile(out));
    maker.seconds.push(seconds);
    work.say(`create  ${maker.name.padEnd(24)}  ${seconds.toFixed(3)} s`);
    return info.infoHash;
  });
}
