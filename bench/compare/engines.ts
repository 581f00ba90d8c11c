import { ARIA2 } from "./aria2.ts";
import { problemWith } from "./child.ts";
import type { Engine } from "./engine.ts";
import { LIBTORRENT, PYTHON } from "./libtorrent.ts";
import { SLUICE } from "./sluice.ts";

/** The engines that can be measured on this machine, by name; of the others it is said why not. */
export function findEngines(say: (line: string) => void): ReadonlyMap<string, Engine> {
  const rivals = [
    { engine: LIBTORRENT, problem: problemWith(PYTHON, ["-c", "import libtorrent"]) },
    { engine: ARIA2, problem: problemWith("aria2c", ["--version"]) },
  ];
  const engines = new Map([[SLUICE.name, SLUICE]]);
  for (const { engine, problem } of rivals) {
    if (problem === undefined) engines.set(engine.name, engine);
    else say(`${engine.name} is left out: ${problem}`);
  }
  return engines;
}
