/** Where a process runs. */
export interface Spot {
  /** The address at which others reach it. */
  readonly host: string;
  /** What its command begins with. */
  readonly enter: readonly string[];
}

/** Where the processes of a test run; everything of it is gone once it is disposed of. */
export interface Network extends AsyncDisposable {
  /** For trackers, our peers, and partners that can be beside them. */
  readonly here: Spot;
  /** For partners that need a machine of their own. */
  readonly there: Spot;
}

/** Loopback, where nobody is elsewhere; or this machine and a namespace that is like another machine. */
export type NetworkKind = "loopback" | "namespace";

/** Opens a network. */
export async function openNetwork(kind: NetworkKind): Promise<Network> {
  return kind === "loopback" ? new Loopback() : await Namespace.open();
}

class Loopback implements Network {
  readonly here = { host: "127.0.0.1", enter: [] };
  readonly there = this.here;

  async [Symbol.asyncDispose](): Promise<void> {
    // There is nothing to take down.
  }
}

/**
 * A network namespace joined to ours by a pair of interfaces. A process that only sleeps keeps it,
 * and the system takes it down with that process, the pair too.
 */
class Namespace implements Network {
  readonly here: Spot;
  readonly there: Spot;
  readonly #keeper: Deno.ChildProcess;

  private constructor(keeper: Deno.ChildProcess) {
    this.#keeper = keeper;
    // Addresses that are for tests of networks only (RFC 2544); the rest differs between tests.
    const net = `198.${18 + keeper.pid % 2}.${(keeper.pid >> 1) % 256}`;
    this.here = { host: `${net}.1`, enter: [] };
    this.there = { host: `${net}.2`, enter: ["nsenter", `--net=/proc/${keeper.pid}/ns/net`] };
  }

  static async open(): Promise<Namespace> {
    const keeper = new Deno.Command("unshare", {
      args: ["--net", "sleep", "300"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const namespace = new Namespace(keeper);
    try {
      await untilSeparate(keeper.pid);
      await namespace.#join();
    } catch (error) {
      await namespace[Symbol.asyncDispose]();
      throw error;
    }
    return namespace;
  }

  async #join(): Promise<void> {
    const { here, there } = this;
    const link = `sluice${this.#keeper.pid}`;
    const pair = ["type", "veth", "peer", "name", "eth0", "netns", String(this.#keeper.pid)];
    await run(["ip", "link", "add", link, ...pair]);
    await run(["ip", "address", "add", `${here.host}/30`, "dev", link]);
    await run(["ip", "link", "set", link, "up"]);
    await run([...there.enter, "ip", "address", "add", `${there.host}/30`, "dev", "eth0"]);
    await run([...there.enter, "ip", "link", "set", "eth0", "up"]);
    await run([...there.enter, "ip", "link", "set", "lo", "up"]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#keeper.kill("SIGKILL");
    } catch {
      // It was not allowed to begin.
    }
    await this.#keeper.status;
  }
}

/** Waits until a process has left our network. */
async function untilSeparate(pid: number): Promise<void> {
  const ours = await Deno.readLink("/proc/self/ns/net");
  for (let look = 0; look < 200; look++) {
    if (await Deno.readLink(`/proc/${pid}/ns/net`) !== ours) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("The process stays in our network");
}

async function run([program = "", ...args]: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args, stdin: "null" }).output();
  if (success) return;
  throw new Error(`${program} ${args.join(" ")} fails: ${new TextDecoder().decode(stderr)}`);
}

async function reasonForNone(): Promise<string> {
  try {
    await using _ = await Namespace.open();
    return "";
  } catch {
    return " (skipped: no network namespaces, which need root on Linux)";
  }
}

/** Why there are no namespaces here, as a part of names of tests; empty if there are. */
export const NO_NAMESPACES = await reasonForNone();
