import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { type Outcome, Sluice, type StartOptions } from "./sluice.ts";

/** A tracker in a process of its own. */
export interface RunningTracker {
  readonly process: Sluice;
  /** The flag and its value that name it. */
  readonly flags: readonly [string, string];
  readonly port: number;
  /** The announce URLs of its other doors. */
  readonly urls: Readonly<Record<"http" | "udp", string>>;
}

/** Bytes of files by their paths. */
export type Files = Readonly<Record<string, Uint8Array>>;

/**
 * A folder of its own and the processes that work in it; all of it goes when it is disposed of, which
 * fails if one of the processes printed what only a defect prints.
 */
export class Scene implements AsyncDisposable {
  /** The folder. */
  readonly path: string;
  readonly #processes: Sluice[] = [];

  private constructor(path: string) {
    this.path = path;
  }

  /** Opens a scene in a temporary folder. */
  static async open(): Promise<Scene> {
    return new Scene(await Deno.realPath(await Deno.makeTempDir({ prefix: "sluice-e2e-" })));
  }

  /** Makes a folder with these files, and gives its path. */
  async folder(name: string, files: Files = {}): Promise<string> {
    const folder = join(this.path, name);
    await Deno.mkdir(folder, { recursive: true });
    for (const [path, content] of Object.entries(files)) {
      const target = join(folder, path);
      await Deno.mkdir(join(target, ".."), { recursive: true });
      await Deno.writeFile(target, content);
    }
    return folder;
  }

  /** Makes a library folder with these originals, and gives its path. */
  library(name: string, originals: Files = {}): Promise<string> {
    const files = Object.entries(originals).map(([path, content]) =>
      [`Original_Files/${path}`, content] as const
    );
    return this.folder(name, Object.fromEntries(files));
  }

  /** Starts the program. */
  start(cwd: string, args: readonly string[], options: Omit<StartOptions, "cwd"> = {}): Sluice {
    const process = new Sluice(args, { ...options, cwd });
    this.#processes.push(process);
    return process;
  }

  /** Runs the program to its end. */
  async run(
    cwd: string,
    args: readonly string[],
    options: Omit<StartOptions, "cwd"> = {},
  ): Promise<Outcome> {
    return await this.start(cwd, args, options).outcome();
  }

  /** Starts a tracker and waits until it listens; port 0 is any that is free. */
  async tracker(
    port = 0,
    args: readonly string[] = [],
    options: Omit<StartOptions, "cwd"> = {},
  ): Promise<RunningTracker> {
    const process = this.start(this.path, [
      ...["tracker", "--host", "127.0.0.1", "--port", String(port), "--json"],
      ...["--http-port", "0", "--udp-port", "0"],
      ...args,
    ], options);
    const portOf = async (name: string): Promise<number> => {
      const { port } = await process.report("listening", ({ door }) => door === name);
      return Number(port);
    };
    const [own, http, udp] = [await portOf("tcp"), await portOf("http"), await portOf("udp")];
    return {
      ...{ process, port: own, flags: ["--tracker", `127.0.0.1:${own}`] },
      urls: {
        http: `http://127.0.0.1:${http}/announce`,
        udp: `udp://127.0.0.1:${udp}/announce`,
      },
    };
  }

  /** Shares something that lies in a library and waits until the tracker can give it to others. */
  async share(
    library: string,
    name: string,
    tracker: RunningTracker,
    args: readonly string[] = [],
  ): Promise<Share> {
    const process = this.start(library, ["share", name, ...tracker.flags, "--json", ...args]);
    const seeding = await process.report("seeding");
    const infoHash = String(seeding.infoHash);
    await tracker.process.report("published", (report) => report.infoHash === infoHash);
    return { process, infoHash, magnet: String(seeding.magnet), port: Number(seeding.port) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((process) => process[Symbol.asyncDispose]()));
    await Deno.remove(this.path, { recursive: true });
    assertEquals(this.#processes.flatMap(({ defects }) => defects), [], "processes have defects");
  }
}

/** A `share` that serves. */
export interface Share {
  readonly process: Sluice;
  readonly infoHash: string;
  readonly magnet: string;
  readonly port: number;
}

/** Makes sure that a file has these bytes. */
export async function assertContent(path: string, expected: Uint8Array): Promise<void> {
  const content = await Deno.readFile(path);
  assertEquals(content.length, expected.length, `${path} has a wrong length`);
  const at = content.findIndex((byte, index) => byte !== expected[index]);
  assertEquals(at, -1, `${path} is wrong at byte ${at}`);
}

/** Makes sure that a process ended well, and gives its reports. */
export function reportsOf({ code, stdout, stderr }: Outcome): Record<string, unknown>[] {
  assertEquals({ code, stderr }, { code: 0, stderr: [] }, stdout.join("\n"));
  return stdout.map((line) => JSON.parse(line));
}

/** Makes sure that a process ended with this status and one line on standard error; gives the line. */
export function refusalOf({ code, stderr }: Outcome, expected: number): string {
  assertEquals(stderr.length, 1, `not one line:\n${stderr.join("\n")}`);
  const [line = ""] = stderr;
  assertEquals(code, expected, line);
  assertEquals(line.slice(0, 8), "sluice: ");
  return line;
}
