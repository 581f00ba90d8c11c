import { problemWith, runToEnd } from "./child.ts";

/** The network of the hosts, which is seen by nobody else. */
const NETWORK = "10.78.0";
/** The bridge's own address. */
const BRIDGE_HOST = `${NETWORK}.254`;

/**
 * A network namespace. A process that reads our pipe keeps it, and the system takes it down with
 * that process, its interfaces too: also when we are killed, since the pipe is closed then.
 */
class Namespace implements AsyncDisposable {
  readonly #keeper: Deno.ChildProcess;

  private constructor(keeper: Deno.ChildProcess) {
    this.#keeper = keeper;
  }

  static async open(): Promise<Namespace> {
    const keeper = new Deno.Command("unshare", {
      ...{ args: ["--net", "cat"], stdin: "piped", stdout: "piped", stderr: "null" },
    }).spawn();
    const namespace = new Namespace(keeper);
    // What comes back shows that the namespace is there.
    const writer = keeper.stdin.getWriter();
    const reader = keeper.stdout.getReader();
    try {
      await writer.write(new TextEncoder().encode("\n"));
      if ((await reader.read()).done) throw new Error("Cannot make a network namespace");
    } catch (error) {
      await namespace[Symbol.asyncDispose]();
      throw error;
    } finally {
      writer.releaseLock();
      reader.releaseLock();
    }
    return namespace;
  }

  get pid(): number {
    return this.#keeper.pid;
  }

  /** What a command begins with that is to run in it. */
  get enter(): readonly string[] {
    return ["nsenter", `--net=/proc/${this.pid}/ns/net`];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#keeper.kill("SIGKILL");
    } catch {
      // It was not allowed to begin.
    }
    await this.#keeper.status;
    await this.#keeper.stdin.abort().catch(() => {
      // It is closed already, since the process is gone.
    });
    await this.#keeper.stdout.cancel();
  }
}

/** A machine of its own with a rate-limited link to the bridge. */
export interface Host {
  /** Its address. */
  readonly host: string;
  /** What a command begins with that is to run there. */
  readonly enter: readonly string[];
  /** The bytes that its interface has sent so far, with all headers. */
  sentBytes(): number;
}

/** Hosts on one bridge, each a network namespace; all is gone once it is disposed of. */
export class Hosts implements AsyncDisposable {
  /** The hosts. */
  readonly all: readonly Host[];
  /** The bridge itself, which is a host without a limit. */
  readonly bridge: Pick<Host, "host" | "enter">;
  readonly #namespaces: AsyncDisposable;

  private constructor(bridge: Namespace, hosts: readonly Namespace[], stack: AsyncDisposable) {
    this.bridge = { host: BRIDGE_HOST, enter: bridge.enter };
    this.all = hosts.map(({ pid, enter }, at) => ({
      ...{ host: addressOf(at), enter, sentBytes: () => sentBytesOf(pid) },
    }));
    this.#namespaces = stack;
  }

  /** Opens some hosts with links of a rate, in Mbit/s, both ways. */
  static async open(count: number, mbit: number, signal: AbortSignal): Promise<Hosts> {
    await using stack = new AsyncDisposableStack();
    const bridge = stack.use(await Namespace.open());
    const hosts: Namespace[] = [];
    for (let at = 0; at < count; at++) hosts.push(stack.use(await Namespace.open()));
    const inBridge = (commands: readonly string[]) => runAll(bridge, commands, signal);
    await inBridge([
      "ip link set lo up",
      "ip link add middle type bridge",
      `ip address add ${BRIDGE_HOST}/24 dev middle`,
      "ip link set middle up",
    ]);
    const limit = `root tbf rate ${mbit}mbit burst 64kb latency 50ms`;
    for (const [at, host] of hosts.entries()) {
      await inBridge([
        `ip link add port${at} type veth peer name eth0 netns ${host.pid}`,
        `ip link set port${at} master middle up`,
        `tc qdisc add dev port${at} ${limit}`,
      ]);
      await runAll(host, [
        "ip link set lo up",
        `ip address add ${addressOf(at)}/24 dev eth0`,
        "ip link set eth0 up",
        `tc qdisc add dev eth0 ${limit}`,
      ], signal);
    }
    return new Hosts(bridge, hosts, stack.move());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#namespaces[Symbol.asyncDispose]();
  }
}

/** Why there can be no such hosts on this machine; nothing if there can. */
export async function problemWithHosts(signal: AbortSignal): Promise<string | undefined> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "it needs root on Linux";
  const programs = [["ip", "-Version"], ["tc", "-Version"], ["unshare", "-V"], ["nsenter", "-V"]];
  for (const [program = "", ...args] of programs) {
    const problem = problemWith(program, args);
    if (problem !== undefined) return problem;
  }
  try {
    await using _ = await Hosts.open(1, 100, signal);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error.message.replaceAll("\n", " ") : String(error);
  }
}

function addressOf(at: number): string {
  return `${NETWORK}.${at + 1}`;
}

async function runAll(
  { enter }: Namespace,
  commands: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const command of commands) await runToEnd([...enter, ...command.split(" ")], signal);
}

/** The ninth number after the interface's name, by the network that the process sees. */
function sentBytesOf(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/net/dev`);
  const numbers = /^\s*eth0:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/);
  return Number(numbers?.[8]);
}
