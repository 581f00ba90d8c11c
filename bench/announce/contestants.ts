/**
 * The trackers that are measured, each in a process of its own on this machine, at ports that are free.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import type { InfoHash } from "../../lib/bytes/mod.ts";
import { dirname, fromFileUrl, join } from "@std/path";
import { TextLineStream } from "@std/streams/text-line-stream";

/** This project. */
export const PROJECT = dirname(dirname(dirname(fromFileUrl(import.meta.url))));

/** Ticks of the processor's time that the kernel counts a second. */
const TICKS_PER_SECOND = 100;

/** The time that a package may take to be installed, in milliseconds. */
const INSTALL_MS = 60_000;

const BITTORRENT_TRACKER = "bittorrent-tracker@11.2.3";

/** Run where the package is installed. */
const BITTORRENT_TRACKER_SCRIPT = `
import Server from "bittorrent-tracker/server";
const server = new Server({ http: true, udp: true, ws: false, stats: false });
server.on("error", (error) => { throw error; });
server.on("listening", () => console.log(JSON.stringify({
  http: server.http.address().port,
  udp: server.udp4.address().port,
})));
server.listen(0, { http: "127.0.0.1", udp: "127.0.0.1", udp6: "::1" });
`;

/** A tracker that is measured. */
export interface Contestant {
  readonly name: string;
  readonly httpPort: number;
  readonly udpPort: number;
  readonly child: Deno.ChildProcess;
}

/** Starts a tracker, always a fresh one. */
export type Start = () => Promise<Contestant>;

/** What is needed to get the contestants ready. */
export interface Setup {
  /** The torrents that they are for. */
  readonly infoHashes: readonly InfoHash[];
  /** An empty folder. */
  readonly folder: string;
  /** Another checkout of this project, which is to be measured, too. */
  readonly beside: string | undefined;
}

/** The trackers that can be measured here. What is missing is said. */
export async function findContestants({ infoHashes, folder, beside }: Setup): Promise<Start[]> {
  const ours: Start[] = [() => startOurs("Sluice", PROJECT)];
  if (beside !== undefined) ours.push(() => startOurs("beside", beside));
  const others = [
    await findOpentracker(infoHashes, folder),
    await installBittorrentTracker(join(folder, "npm")),
  ];
  return [...ours, ...others.filter((start) => start !== undefined)];
}

/** Ends a tracker. */
export async function stop({ child }: Contestant): Promise<void> {
  child.kill("SIGKILL");
  await child.status;
}

/** The memory that a process has now. */
export function residentBytes(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

/** The time of processors that a process has used up to now. */
export function cpuSeconds(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Runs a program to its end; nothing if it is not installed. */
export async function outputOf(
  program: string,
  args: string[],
  options: Deno.CommandOptions = {},
): Promise<Deno.CommandOutput | undefined> {
  try {
    return await new Deno.Command(program, { args, stdin: "null", ...options }).output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function startOurs(name: string, project: string): Promise<Contestant> {
  const ports = ["--port", "0", "--udp-port", "0", "--http-port", "0"];
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      join(project, "main.ts"),
      "tracker",
      "--host",
      "127.0.0.1",
      ...ports,
      "--json",
    ],
    ...{ stdin: "null", stdout: "piped", stderr: "inherit" },
  }).spawn();
  let httpPort = 0;
  let udpPort = 0;
  for await (const line of linesOf(child).values({ preventCancel: true })) {
    const { type, door, port } = JSON.parse(line);
    if (type === "listening" && door === "udp") udpPort = port;
    if (type === "listening" && door === "http") httpPort = port;
    if (udpPort !== 0 && httpPort !== 0) return { name, httpPort, udpPort, child };
  }
  throw new Error("The tracker ended before it listened");
}

/** Prepares opentracker, of which Debian's build wants a list of the torrents. */
async function findOpentracker(
  infoHashes: readonly InfoHash[],
  folder: string,
): Promise<Start | undefined> {
  if (await outputOf("opentracker", ["-h"], { stdout: "null", stderr: "null" }) === undefined) {
    console.log("opentracker is not installed: it is left out");
    return undefined;
  }
  const list = infoHashes.map((infoHash) => `${infoHash.toUpperCase()}\n`);
  await Deno.writeTextFile(join(folder, "list"), list.join(""));
  // It gives up its rights, and looks for the list within the folder, which is all that it sees.
  await Deno.chmod(folder, 0o755);
  return () => {
    const port = freePort();
    const at = ["-i", "127.0.0.1", "-p", `${port}`, "-P", `${port}`];
    const child = new Deno.Command("opentracker", {
      args: [...at, "-d", folder, "-w", "list"],
      ...{ stdin: "null", stdout: "null", stderr: "null" },
    }).spawn();
    return Promise.resolve({ name: "opentracker", httpPort: port, udpPort: port, child });
  };
}

/** Installs npm's tracker into a folder, so that this project does not depend on it. */
async function installBittorrentTracker(folder: string): Promise<Start | undefined> {
  await Deno.mkdir(folder);
  const flags = ["--no-audit", "--no-fund", "--loglevel", "error"];
  // The scripts would build WebRTC, which is not used here.
  const args = ["install", "--prefix", folder, "--ignore-scripts", ...flags, BITTORRENT_TRACKER];
  const installed = await outputOf("npm", args, {
    ...{ cwd: folder, stdout: "null", stderr: "inherit" },
    signal: AbortSignal.timeout(INSTALL_MS),
  });
  if (installed?.success) return () => startBittorrentTracker(folder);
  const problem = installed === undefined ? "node and npm are not installed" : "npm failed";
  console.log(`${problem}: ${BITTORRENT_TRACKER} is left out`);
  return undefined;
}

async function startBittorrentTracker(folder: string): Promise<Contestant> {
  const child = new Deno.Command("node", {
    args: ["--input-type=module", "--eval", BITTORRENT_TRACKER_SCRIPT],
    ...{ cwd: folder, stdin: "null", stdout: "piped", stderr: "inherit" },
  }).spawn();
  for await (const line of linesOf(child).values({ preventCancel: true })) {
    const { http: httpPort, udp: udpPort } = JSON.parse(line);
    return { name: "bittorrent-tracker", httpPort, udpPort, child };
  }
  throw new Error(`${BITTORRENT_TRACKER} ended before it listened`);
}

/** What a tracker prints. It may end itself when nobody can hear it any more, so it is not cancelled. */
function linesOf(child: Deno.ChildProcess): ReadableStream<string> {
  return child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
}

function freePort(): number {
  using probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return probe.addr.port;
}
