/**
 * Announces by UDP to trackers on this machine, each in a process of its own, in turn: ours, and
 * opentracker where it is installed.
 *
 *     deno run -A bench/announce.ts [--seconds 5] [--runs 3] [--peers 100000] [--swarms 1000]
 *
 * First every peer announces itself once, then peers of chance do it again for some seconds, with a
 * bounded number of requests under way. Prints, a run a line, announces a second, the time from
 * request to answer of half and of 99 % of them, and the growth of memory for each peer while they
 * came. The load and the tracker share the machine: ratios count. It needs Linux.
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "@std/cli/parse-args";
import { dirname, fromFileUrl, join } from "@std/path";
import { TextLineStream } from "@std/streams/text-line-stream";
import { infoHashFromBytes, peerIdFromBytes } from "../lib/bytes/mod.ts";
import { decodeUdpAnswer, encodeUdpAnnounce, encodeUdpConnect } from "../lib/tracker/mod.ts";

const MAIN = join(dirname(dirname(fromFileUrl(import.meta.url))), "main.ts");

/** The load comes from as many addresses, since one has too few ports for all peers. */
const SOURCES = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"];

/** Requests of one source that are under way at most. */
const WINDOW = 16;

/** The time after which a request counts as lost, in milliseconds. */
const LOST_MS = 1_000;

interface Load {
  readonly peers: number;
  readonly swarms: number;
  readonly port: number;
}

/** A tracker that is measured. */
interface Contestant {
  readonly name: string;
  readonly port: number;
  readonly child: Deno.ChildProcess;
}

/** A number in 20 bytes. */
function numbered(number: number): Uint8Array {
  const bytes = new Uint8Array(20);
  new DataView(bytes.buffer).setUint32(16, number);
  return bytes;
}

/** One source of announces: the peers of which the number leaves a certain rest. */
class Source implements Disposable {
  readonly #load: Load;
  readonly #rest: number;
  readonly #socket: Deno.DatagramConn;
  readonly #waiting = new Map<number, PromiseWithResolvers<Uint8Array | undefined>>();
  #transactions = 0;
  #connectionId = 0n;
  /** Milliseconds from request to answer. */
  readonly latencies: number[] = [];
  lost = 0;

  constructor(load: Load, rest: number) {
    this.#load = load;
    this.#rest = rest;
    const hostname = SOURCES[rest]!;
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    void this.#receive();
  }

  async connect(): Promise<void> {
    const transaction = this.#transactions++;
    const reply = await this.#ask(encodeUdpConnect(transaction), transaction);
    const answer = reply && decodeUdpAnswer(reply, transaction, "ipv4");
    if (answer?.type !== "connection") throw new Error("The tracker gives no connection id");
    this.#connectionId = answer.connectionId;
  }

  /** Announces peers for as long as there is a next one, several at a time. */
  async announceAll(next: () => number | undefined): Promise<void> {
    await Promise.all(Array.from({ length: WINDOW }, async () => {
      for (let number = next(); number !== undefined; number = next()) await this.#announce(number);
    }));
  }

  async #announce(number: number): Promise<void> {
    const peer = number * SOURCES.length + this.#rest;
    const transaction = this.#transactions++;
    const request = encodeUdpAnnounce(
      {
        infoHash: infoHashFromBytes(numbered(peer % this.#load.swarms)),
        peerId: peerIdFromBytes(numbered(peer)),
        ...{ port: 1_024 + number, uploaded: 0, downloaded: 0, left: peer % 3 },
        ...{ event: "none", numWant: 50 },
      },
      { connectionId: this.#connectionId, transaction, key: 1, path: "" },
    );
    const startMs = performance.now();
    const reply = await this.#ask(request, transaction);
    if (reply === undefined) return void this.lost++;
    if (decodeUdpAnswer(reply, transaction, "ipv4")?.type !== "announced") {
      throw new Error("The tracker answers something else");
    }
    this.latencies.push(performance.now() - startMs);
  }

  async #ask(request: Uint8Array, transaction: number): Promise<Uint8Array | undefined> {
    const waiting = Promise.withResolvers<Uint8Array | undefined>();
    this.#waiting.set(transaction, waiting);
    const timer = setTimeout(() => waiting.resolve(undefined), LOST_MS);
    const { port } = this.#load;
    await this.#socket.send(request, { transport: "udp", hostname: "127.0.0.1", port });
    const reply = await waiting.promise;
    clearTimeout(timer);
    this.#waiting.delete(transaction);
    return reply;
  }

  async #receive(): Promise<void> {
    try {
      while (true) {
        const [bytes] = await this.#socket.receive(new Uint8Array(2_048));
        const transaction = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4);
        this.#waiting.get(transaction)?.resolve(bytes);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted)) {
        throw error;
      }
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

function residentBytes(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

async function startOurs(): Promise<Contestant> {
  const ports = ["--port", "0", "--udp-port", "0", "--no-http", "--no-discovery"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, "tracker", "--host", "127.0.0.1", ...ports, "--json"],
    ...{ stdin: "null", stdout: "piped", stderr: "inherit" },
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  for await (const line of lines) {
    const { type, door, port } = JSON.parse(line);
    if (type === "listening" && door === "udp") return { name: "Sluice", port, child };
  }
  throw new Error("The tracker ended before it listened");
}

/** Starts opentracker with a list of the swarms, which Debian's build wants. */
async function startOpentracker(swarms: number, folder: string): Promise<Contestant | undefined> {
  const list = Array.from(
    { length: swarms },
    (_, number) => infoHashFromBytes(numbered(number)).toUpperCase(),
  );
  await Deno.writeTextFile(join(folder, "list"), `${list.join("\n")}\n`);
  await Deno.chmod(folder, 0o755);
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = probe.addr;
  probe.close();
  try {
    const at = ["-i", "127.0.0.1", "-p", `${port}`, "-P", `${port}`, "-d", folder];
    const child = new Deno.Command("opentracker", {
      // It looks for the list within the folder, which is all that it sees.
      args: [...at, "-w", "list"],
      ...{ stdin: "null", stdout: "piped", stderr: "null" },
    }).spawn();
    void child.stdout.cancel();
    return { name: "opentracker", port, child };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log("opentracker is not installed: ours alone");
    return undefined;
  }
}

async function measure(
  { name, port, child }: Contestant,
  { peers, swarms, seconds }: { peers: number; swarms: number; seconds: number },
): Promise<string> {
  const load = { port, peers, swarms };
  using cleanup = new DisposableStack();
  const sources = SOURCES.map((_, rest) => cleanup.use(new Source(load, rest)));
  for (const source of sources) {
    // One that has just been started may not listen yet.
    for (let attempt = 0;; attempt++) {
      try {
        await source.connect();
        break;
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
  }
  const before = residentBytes(child.pid);
  const each = peers / SOURCES.length;
  await Promise.all(sources.map((source) => {
    let number = 0;
    return source.announceAll(() => number < each ? number++ : undefined);
  }));
  const grown = (residentBytes(child.pid) - before) / peers;
  for (const source of sources) source.latencies.length = 0;
  const startMs = performance.now();
  const endMs = startMs + seconds * 1_000;
  await Promise.all(
    sources.map((source) =>
      source.announceAll(() =>
        performance.now() < endMs ? Math.floor(Math.random() * each) : undefined
      )
    ),
  );
  const took = (performance.now() - startMs) / 1_000;
  const latencies = sources.flatMap((source) => source.latencies).sort((a, b) => a - b);
  const lost = sources.reduce((sum, source) => sum + source.lost, 0);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)]?.toFixed(2);
  return [
    name.padEnd(12),
    `${Math.round(latencies.length / took)} announces/s`,
    `median ${at(0.5)} ms`,
    `99 % ${at(0.99)} ms`,
    `${Math.round(grown)} bytes/peer`,
    `${lost} lost`,
  ].join("  ");
}

const args = parseArgs(Deno.args, { string: ["seconds", "runs", "peers", "swarms"] });
const setup = {
  seconds: Number(args.seconds ?? 5),
  peers: Number(args.peers ?? 100_000),
  swarms: Number(args.swarms ?? 1_000),
};
const folder = await Deno.makeTempDir({ prefix: "sluice-announce-" });
try {
  for (let run = 0; run < Number(args.runs ?? 3); run++) {
    for (const start of [startOurs, () => startOpentracker(setup.swarms, folder)]) {
      const contestant = await start();
      if (contestant === undefined) continue;
      try {
        console.log(await measure(contestant, setup));
      } finally {
        contestant.child.kill("SIGKILL");
        await contestant.child.status;
      }
    }
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
