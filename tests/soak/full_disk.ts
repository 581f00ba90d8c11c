import { join } from "@std/path";
import { equalBytes } from "../../lib/bytes/mod.ts";
import { sleep, systemClock } from "../../lib/net/mod.ts";
import { type Report, Sluice } from "../e2e/sluice.ts";
import { mountSmall } from "../e2e/staged_disk.ts";
import type { Happening } from "./ledger.ts";
import type { World } from "./world.ts";

const MEBIBYTE = 1024 * 1024;

/** What is waited for on the full disk comes within this time, faults of others included. */
const PATIENCE_MS = 60_000;

/** How a wait for a report ended. */
type Wait = "heard" | "ended" | "in vain";

/** A small disk that is filled under a download. */
export class FullDisk {
  readonly #world: World;
  readonly #path: string;

  private constructor(world: World, path: string) {
    this.#world = world;
    this.#path = path;
  }

  /** Mounts it until the end of the soak; says why not, if there can be none. */
  static async mount(world: World): Promise<FullDisk | string> {
    const path = await world.scene.folder("small disk");
    try {
      const mounted = mountSmall(path, "size=40m");
      // A process that was given up may still be there: it is taken away when that has gone.
      world.atTheEnd(() => Promise.resolve(mounted[Symbol.dispose]()));
      return new FullDisk(world, path);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /**
   * Downloads slowly to it, fills it while pieces come, and makes room when the download waits for
   * it: the same process is to go on and end well.
   */
  async fill(): Promise<Happening> {
    const { files, ledger, trackerFlags, over } = this.#world;
    const file = files.find(({ data }) => data.length > 15 * MEBIBYTE);
    if (file === undefined) throw new Error("no file is large enough");
    const folder = join(this.#path, "library");
    const filler = join(this.#path, "filler");
    await Deno.mkdir(folder);
    const args = ["get", file.torrent, "--host", "127.0.0.1", "--json", "--timeout", "150s"];
    const process = new Sluice([...args, "--down", "2M", ...trackerFlags], { cwd: folder });
    try {
      const came = await this.#waitFor(
        process,
        ({ type, chunks }) => type === "progress" && Number(chunks) > 0,
      );
      if (came !== "heard") return this.#missed(process, came, "progress");
      await fillUp(filler);
      const waits = await this.#waitFor(process, ({ type }) => type === "disk-waiting");
      if (waits !== "heard") return this.#missed(process, waits, "disk-waiting");
      await Deno.remove(filler);
      const ready = await this.#waitFor(process, ({ type }) => type === "disk-ready");
      if (ready !== "heard" && !over.aborted) {
        ledger.fail("a download does not see that there is room again", process);
        return "done";
      }
      if (await this.#waitFor(process, () => false) === "in vain") {
        if (over.aborted) return "impossible";
        ledger.fail("a download does not end when there is room again", process);
        return "done";
      }
      const { code } = await process.outcome();
      if (code !== 0) ledger.fail(`a download for which there is room ended with ${code}`, process);
      const got = await Deno.readFile(join(folder, "Original_Files", file.name))
        .catch(() => new Uint8Array());
      if (!equalBytes(got, file.data)) ledger.fail("it is not whole when there is room", process);
      return "done";
    } finally {
      await process[Symbol.asyncDispose]();
      ledger.inspect("who fills the disk", process);
      await Deno.remove(folder, { recursive: true });
      await Deno.remove(filler).catch(() => undefined);
    }
  }

  /** What a wait means that ended without what it was for. */
  async #missed(process: Sluice, wait: Wait, what: string): Promise<Happening> {
    const { ledger, over } = this.#world;
    if (over.aborted) return "impossible";
    if (wait === "in vain") {
      ledger.fail(`"${what}" does not come from who fills the disk`, process);
      return "done";
    }
    const { code } = await process.outcome();
    // It was whole before the disk was full.
    if (code === 0) return "impossible";
    ledger.fail(`who fills the disk ended with ${code} before "${what}"`, process);
    return "done";
  }

  /** Waits for a report, or for the end of the process. */
  async #waitFor(process: Sluice, isRight: (report: Report) => boolean): Promise<Wait> {
    const { over } = this.#world;
    const endMs = performance.now() + PATIENCE_MS;
    while (performance.now() < endMs && !over.aborted) {
      const { state } = process;
      if (state === "ended") await process.outcome();
      if (process.reports.some(isRight)) return "heard";
      if (state === "ended") return "ended";
      await sleep(systemClock, 100, over);
    }
    return "in vain";
  }
}

/** Writes a file until there is no room for a byte more. */
async function fillUp(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  const zeros = new Uint8Array(64 * 1024);
  try {
    while (true) await file.write(zeros);
  } catch (error) {
    // No class of its own tells of a full disk in every version of the runtime.
    if (!/os error 28\b|no space/i.test(String(error))) throw error;
  }
}
