import { fromFileUrl } from "@std/path";
import { soon } from "../e2e/sluice.ts";

const LIBTORRENT_PEER = fromFileUrl(import.meta.resolve("./libtorrent_peer.py"));

/** A client of others, which can take part in our swarms. */
export interface Partner {
  /** Its name, for the names of tests. */
  readonly name: string;
  /** Why it cannot be tried on this machine; empty if it can. */
  readonly missing: string;
  /** The kinds of trackers that it can ask when it has no peers otherwise. */
  readonly doors: readonly ("http" | "udp")[];
  /** Starts it with a torrent file and the folder of its data, which may be there or not. */
  start(torrent: string, folder: string): RunningPartner;
}

/** A process of a partner. It is killed and reaped when disposed of. */
export class RunningPartner implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #whole: (text: string) => boolean;
  readonly #output: Promise<string>[] = [];
  readonly #done = Promise.withResolvers<void>();

  /** Starts it; `whole` tells from what it has printed whether it has all data. */
  constructor(command: readonly string[], whole: (text: string) => boolean) {
    const [program = "", ...args] = command;
    this.#whole = whole;
    this.#child = new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#output = [this.#read(this.#child.stdout), this.#read(this.#child.stderr)];
    this.#done.promise.catch(() => {});
    void this.#end(program);
  }

  /** Waits until it has all data. */
  async whole(): Promise<void> {
    await soon("the partner to have everything", this.#done.promise);
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
    let text = "";
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      text += part;
      if (this.#whole(text)) this.#done.resolve();
    }
    return text;
  }

  async #end(program: string): Promise<void> {
    const texts = await Promise.all(this.#output);
    this.#done.reject(new Error(`${program} ended without all data:\n${texts.join("\n")}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#child.status;
    await Promise.all(this.#output);
  }
}

/** All partners, those that are not here too. */
export const PARTNERS: readonly Partner[] = [
  {
    name: "aria2",
    missing: missing("aria2c", ["--version"]),
    // It asks trackers by UDP only where it takes part in the DHT.
    doors: ["http"],
    start: (torrent, folder) =>
      new RunningPartner(
        [
          ...["aria2c", `--dir=${folder}`, `--listen-port=${freePorts(3).join(",")}`],
          ...[
            "--no-conf=true",
            "--enable-dht=false",
            "--enable-dht6=false",
            "--bt-enable-lpd=false",
          ],
          ...["--enable-peer-exchange=false", "--check-integrity=true", "--seed-ratio=0.0"],
          ...["--enable-color=false", "--summary-interval=1", "--file-allocation=none", torrent],
        ],
        (text) => /^\[#\w+ SEED\(/m.test(text),
      ),
  },
  {
    name: "libtorrent",
    missing: missing("/usr/bin/python3", ["-c", "import libtorrent"]),
    doors: ["http", "udp"],
    start: (torrent, folder) =>
      new RunningPartner(
        ["/usr/bin/python3", LIBTORRENT_PEER, torrent, folder],
        (text) => text.startsWith("whole"),
      ),
  },
];

function missing(program: string, args: string[]): string {
  try {
    const { success } = new Deno.Command(program, { args, stdin: "null" }).outputSync();
    return success ? "" : ` (skipped: ${program} ${args.join(" ")} fails)`;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return ` (skipped: there is no ${program})`;
  }
}

/** Ports that are free now, for a program that cannot pick one by itself. */
function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}
