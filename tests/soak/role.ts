import { Sluice } from "../e2e/sluice.ts";
import type { Happening, Ledger } from "./ledger.ts";

/** What a role plays: how its process is started, and how it is known that it serves. */
export interface RoleOptions {
  readonly name: string;
  readonly cwd: string;
  readonly args: () => readonly string[];
  /** Is done when the process serves. */
  readonly ready: (process: Sluice) => Promise<void>;
}

/** A process that runs as long as the soak, and is started again when it was killed. */
export class Role {
  readonly name: string;
  readonly #options: RoleOptions;
  readonly #ledger: Ledger;
  #process: Sluice;
  /** Whether it is to run now; a process that is gone is told of once. */
  #state: "playing" | "away" | "gone" = "playing";

  private constructor(options: RoleOptions, ledger: Ledger, process: Sluice) {
    this.name = options.name;
    this.#options = options;
    this.#ledger = ledger;
    this.#process = process;
  }

  /** Starts it and waits until it serves. */
  static async start(options: RoleOptions, ledger: Ledger): Promise<Role> {
    const process = new Sluice(options.args(), { cwd: options.cwd });
    try {
      await options.ready(process);
    } catch (error) {
      ledger.fail(`${options.name} does not begin to serve`, process);
      await process[Symbol.asyncDispose]();
      throw error;
    }
    return new Role(options, ledger, process);
  }

  /** The process that plays it now. */
  get process(): Sluice {
    return this.#process;
  }

  /** Kills it without a warning and starts it again after a while. */
  async restart(pauseMs: number): Promise<Happening> {
    this.inspect();
    if (this.#state === "gone") return "impossible";
    this.#state = "away";
    this.#process.kill("SIGKILL");
    await this.#process.outcome();
    this.inspect();
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    this.#process = new Sluice(this.#options.args(), { cwd: this.#options.cwd });
    await this.#options.ready(this.#process);
    this.#state = "playing";
    this.#ledger.restarts++;
    return "done";
  }

  /** Looks for what it should not have said, and whether it runs. */
  inspect(): void {
    this.#ledger.inspect(this.name, this.#process);
    if (this.#state !== "playing" || this.#process.state === "running") return;
    this.#state = "gone";
    this.#ledger.fail(`${this.name} has ended by itself`, this.#process);
  }

  /** Ends it as a user would, and makes sure that it ended well and soon. */
  async end(): Promise<void> {
    this.inspect();
    if (this.#process.state === "ended") return;
    this.#state = "away";
    const startMs = performance.now();
    this.#process.kill("SIGINT");
    const { code } = await this.#process.outcome();
    const ms = performance.now() - startMs;
    if (code !== 0) this.#ledger.fail(`${this.name} ended with ${code}`, this.#process);
    if (ms > 10_000) this.#ledger.fail(`${this.name} took ${Math.round(ms)} ms to end`);
    this.inspect();
  }
}

/** Stops a process for a while; one that has ended meanwhile is fine. */
export async function freeze(process: Sluice, ms: number): Promise<Happening> {
  if (process.state === "ended") return "impossible";
  process.kill("SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, ms));
  if (process.state === "running") process.kill("SIGCONT");
  return "done";
}
