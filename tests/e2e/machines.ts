/** The addresses of a machine: those of IPv4 only, of IPv6 only, or of both. */
export type Families = "ipv4" | "ipv6" | "both";

/** How a process is started on a machine. */
export interface Place {
  /** What its command begins with. */
  readonly within: readonly string[];
  /** There it may look around: nobody else is on that network. */
  readonly discovery: "on";
}

let made = 0;

/** Machines of their own on one network: what is found there nobody else has put there. */
export class Machines implements Disposable {
  /** The system goes on taking a network down after it was deleted, so that each has another name. */
  readonly #name = `l${Deno.pid}n${++made}`;
  readonly #machines: readonly string[];
  readonly #cleanup = new DisposableStack();

  /** Makes the machines and plugs them all into one switch; of IPv4 unless it is said otherwise. */
  constructor(machines: readonly string[], families: Readonly<Record<string, Families>> = {}) {
    this.#machines = machines;
    try {
      this.#bridge();
      for (const [at, machine] of machines.entries()) {
        this.#plugIn(machine, at, families[machine] ?? "ipv4");
      }
    } catch (error) {
      this.#cleanup.dispose();
      throw error;
    }
  }

  /** The IPv4 address of the machine of a number. */
  address(at: number): string {
    return `198.18.77.${at + 1}`;
  }

  /** The IPv6 address of the machine of a number. */
  address6(at: number): string {
    return `fd00:77::${at + 1}`;
  }

  /** How a process is started there, with discovery. */
  on(machine: string): Place {
    return { within: ["ip", "netns", "exec", `${this.#name}-${machine}`], discovery: "on" };
  }

  /** Pulls the plug of a machine until this is disposed of; its own interface stays as it is. */
  unplug(machine: string): Disposable {
    const wire = `${this.#name}w${this.#machines.indexOf(machine)}`;
    ip("link", "set", wire, "down");
    return { [Symbol.dispose]: () => ip("link", "set", wire, "up") };
  }

  [Symbol.dispose](): void {
    this.#cleanup.dispose();
  }

  #bridge(): void {
    ip("link", "add", this.#name, "type", "bridge");
    this.#cleanup.defer(() => ip("link", "delete", this.#name));
    ip("link", "set", this.#name, "up");
  }

  #plugIn(machine: string, at: number, families: Families): void {
    const space = `${this.#name}-${machine}`;
    const wire = `${this.#name}w${at}`;
    ip("netns", "add", space);
    this.#cleanup.defer(() => ip("netns", "delete", space));
    ip("link", "add", wire, "type", "veth", "peer", "name", "eth0", "netns", space);
    ip("link", "set", wire, "master", this.#name, "up");
    const own = [
      ...families === "ipv6" ? [] : [[`${this.address(at)}/24`]],
      // Without the search for another one of that address, which takes a second.
      ...families === "ipv4" ? [] : [[`${this.address6(at)}/64`, "nodad"]],
    ];
    for (const words of own) ip("-n", space, "addr", "add", ...words, "dev", "eth0");
    for (const link of ["lo", "eth0"]) ip("-n", space, "link", "set", link, "up");
  }
}

function ip(...args: readonly string[]): void {
  const { success, stderr } = new Deno.Command("ip", { args: [...args], stdin: "null" })
    .outputSync();
  if (!success) throw new Error(`ip ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

function obstacle(): string {
  try {
    using _machines = new Machines(["probe"], { probe: "both" });
    return "";
  } catch (error) {
    return ` (ignored: ${error instanceof Error ? error.message.trim() : error})`;
  }
}

/** Why machines cannot be made here, as a part of names of tests; empty if they can. */
export const NO_MACHINES = obstacle();
