import { join } from "@std/path";

/** Where distributions put the library that gives processes another wall clock. */
const FOLDERS = ["/usr/lib", "/usr/lib64", "/usr/local/lib"];

/** A wall clock that jumps when it is told to; the monotonic clock and the times of files stay as they are. */
export class WallClock {
  /** What a process is started with that is to go by it. */
  readonly env: Readonly<Record<string, string>>;
  readonly #path: string;

  private constructor(path: string, library: string) {
    this.#path = path;
    this.env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: path,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      DONT_FAKE_MONOTONIC: "1",
      NO_FAKE_STAT: "1",
    };
  }

  /** Makes one, which is right at first, with a file in a folder that says what it shows. */
  static async in(folder: string): Promise<WallClock> {
    const library = libraryOf();
    if (library === undefined) throw new Error("libfaketime is not installed");
    const clock = new WallClock(join(folder, "wall-clock"), library);
    await clock.jump(0);
    return clock;
  }

  /** Has it be so many days ahead of the right time, or behind it. */
  async jump(days: number): Promise<void> {
    await Deno.writeTextFile(`${this.#path}.new`, `${days < 0 ? "-" : "+"}${Math.abs(days)}d\n`);
    // In one step, as it is read all the time.
    await Deno.rename(`${this.#path}.new`, this.#path);
  }
}

function libraryOf(): string | undefined {
  for (const folder of FOLDERS) {
    for (const path of [folder, ...foldersIn(folder)]) {
      const library = join(path, "faketime", "libfaketime.so.1");
      if (isFile(library)) return library;
    }
  }
  return undefined;
}

function foldersIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory)
      .map(({ name }) => join(folder, name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Tries whether the runtime goes by another wall clock and by no other monotonic one. */
async function reasonForNone(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "sluice-clock-" });
  try {
    const clock = await WallClock.in(folder);
    await clock.jump(2);
    const script = join(folder, "clocks.ts");
    await Deno.writeTextFile(script, "console.log(Date.now(), performance.now());\n");
    const args = ["run", "--no-lock", "--no-config", script];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args, env: clock.env }).output();
    const [wall = 0, monotonic = 0] = new TextDecoder().decode(stdout).split(" ").map(Number);
    const aheadMs = wall - Date.now();
    return aheadMs > 86_400_000 && monotonic < 3_600_000
      ? ""
      : " (ignored: libfaketime does not move the wall clock alone)";
  } catch (error) {
    return ` (ignored: ${error instanceof Error ? error.message : error})`;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Why the wall clock cannot jump here, as a part of names of tests; empty if it can. */
export const NO_WALL_CLOCK: string = await reasonForNone();
