import { join } from "@std/path";
import { equalBytes } from "../../lib/bytes/mod.ts";
import { Sluice } from "../e2e/sluice.ts";
import type { Chance } from "./chance.ts";
import { type Happening, say } from "./ledger.ts";
import type { SharedFile, World } from "./world.ts";

/** A download that takes longer is stuck. */
const STUCK_MS = 240_000;

/** What `get` is told, in turn by chance, to name a file. */
const NAMINGS: readonly ((file: SharedFile) => string)[] = [
  ({ name }) => name,
  ({ info }) => info.infoHash,
  ({ torrent }) => torrent,
];

/** One place at which a download runs, and another one after it, until the soak is over. */
export class Downloads {
  readonly #world: World;
  readonly #name: string;
  #process: Sluice | undefined;
  #fate: "free" | "killed" | "cut short" = "free";
  #state: "going on" | "over" = "going on";

  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
  }

  /** The process that downloads now. */
  get process(): Sluice | undefined {
    return this.#process?.state === "running" ? this.#process : undefined;
  }

  /** Kills the process that downloads; it is started again with the same words. */
  kill(): Happening {
    if (this.process === undefined) return "impossible";
    this.#fate = "killed";
    this.process.kill("SIGKILL");
    return "done";
  }

  /** Begins no other download. */
  stop(): void {
    this.#state = "over";
  }

  /** Downloads until it is stopped and the last one has ended, or the soak is over. */
  async run(): Promise<void> {
    for (let turn = 0; this.#state === "going on"; turn++) {
      const { files, scene } = this.#world;
      const chance = this.#world.chance.of(`${this.#name}/${turn}`);
      const wanted = chance.shuffled(files).slice(0, 1 + chance.below(2));
      const folder = await scene.folder(`${this.#name}.${turn}`);
      await this.#download(folder, wanted, chance);
      await Deno.remove(folder, { recursive: true });
    }
  }

  async #download(
    folder: string,
    wanted: readonly SharedFile[],
    chance: Chance,
  ): Promise<void> {
    const { ledger, trackerFlags, over } = this.#world;
    const name = chance.pick(NAMINGS);
    const kind = chance.pick(["whole", "whole", "chunks", "out"]);
    const args = [
      ...["get", ...wanted.map(name), "--host", "127.0.0.1", "--json", "--verbose"],
      ...["--timeout", "150s", "--down", "16M", ...trackerFlags],
      ...kind === "chunks" ? ["--chunks"] : kind === "out" ? ["--out", "taken"] : [],
    ];
    const startMs = performance.now();
    while (!over.aborted) {
      this.#fate = "free";
      await using process = new Sluice(args, { cwd: folder });
      this.#process = process;
      const timer = setTimeout(() => {
        ledger.fail(`${this.#name} is stuck: ${args.join(" ")}`, process);
        if (process.state === "running") process.kill("SIGKILL");
      }, STUCK_MS - (performance.now() - startMs));
      const cut = (): void => {
        if (process.state === "ended") return;
        this.#fate = "cut short";
        process.kill("SIGKILL");
      };
      over.addEventListener("abort", cut);
      await process.ended;
      over.removeEventListener("abort", cut);
      clearTimeout(timer);
      const { code } = await process.outcome();
      ledger.inspect(this.#name, process);
      if ((this.#fate as string) === "cut short") {
        const seconds = Math.round((performance.now() - startMs) / 1000);
        return say(`${this.#name} was cut short after ${seconds} s`);
      }
      if ((this.#fate as string) !== "killed") {
        if (code !== 0) {
          const last = process.stdout.findLast((line) => line.includes('"progress"'));
          const where = `${this.#world.places}; ${last}; ${args.join(" ")}`;
          return ledger.fail(`${this.#name} ended with ${code}: ${where}`, process);
        }
        break;
      }
      ledger.restarts++;
    }
    if (over.aborted) return;
    const place = join(folder, kind === "out" ? "taken" : "Original_Files");
    for (const file of wanted) await this.#check(join(place, file.name), file);
    await this.#checkFolder(folder, kind === "out" ? ["taken"] : []);
  }

  async #check(path: string, { data, name }: SharedFile): Promise<void> {
    const { ledger } = this.#world;
    try {
      if (!equalBytes(await Deno.readFile(path), data)) return ledger.fail(`${path} is wrong`);
    } catch (error) {
      return ledger.fail(`${this.#name} has not got ${name}: ${error}`);
    }
    ledger.finished++;
    ledger.bytes += data.length;
  }

  /** Makes sure that nothing lies there that does not belong in a library. */
  async #checkFolder(folder: string, also: readonly string[]): Promise<void> {
    const known = ["Original_Files", "Chunks", ...also];
    for await (const { name } of Deno.readDir(folder)) {
      if (!known.includes(name)) this.#world.ledger.fail(`${folder} has ${name} in it`);
    }
  }
}
