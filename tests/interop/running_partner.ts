import { soon } from "../e2e/sluice.ts";
import { systemClock, withDeadline } from "../../lib/net/mod.ts";

/** A partner that has not everything after this time is stuck. */
const PATIENCE_MS = 60_000;

/** So much of what a partner logged is shown when it fails, in characters. */
const SHOWN = 6_000;

/** How a partner is run and understood. */
export interface PartnerProcess {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Variables of its environment, added to ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** The file that it logs to, if it has one. */
  readonly log?: string;
  /** Tells from what it printed so far, or by asking it, whether it has all data. */
  readonly isWhole: (printed: string) => boolean | Promise<boolean>;
  /** What it tells when it is asked, where there is more than it logs. */
  readonly tell?: () => Promise<string>;
  /** What a line of all this has in it if it complains of us or of what we sent. */
  readonly complaint: RegExp;
}

/** A process of a partner. It is killed and reaped when disposed of. */
export class RunningPartner implements AsyncDisposable {
  readonly #process: PartnerProcess;
  readonly #child: Deno.ChildProcess;
  readonly #read: Promise<unknown>;
  #printed = "";
  #state: "running" | "ended" = "running";

  /** Starts it. */
  constructor(process: PartnerProcess) {
    const [program = "", ...args] = process.command;
    this.#process = process;
    this.#child = new Deno.Command(program, {
      args,
      ...(process.env === undefined ? {} : { env: process.env }),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#read = Promise.all([this.#keep(this.#child.stdout), this.#keep(this.#child.stderr)]);
    void this.#child.status.then(() => this.#state = "ended");
  }

  /** Waits until it has all data. */
  async whole(): Promise<void> {
    const deadline = { clock: systemClock, ms: PATIENCE_MS, message: "The partner is stuck" };
    await this.during(() => withDeadline(() => this.#untilWhole(), deadline));
  }

  /** Does something in which it takes part; where that fails, its log is part of the error. */
  async during(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (cause) {
      const shown = (await this.#said()).slice(-SHOWN);
      throw new Error(`It fails with ${this.#process.command.join(" ")}:\n${shown}`, { cause });
    }
  }

  /** What it said so far that complains of us, line by line. */
  async complaints(): Promise<string[]> {
    const { complaint, tell } = this.#process;
    const told = tell === undefined ? "" : await soon("what a partner tells", tell());
    return `${await this.#said()}\n${told}`.split("\n").filter((line) => complaint.test(line));
  }

  async #untilWhole(): Promise<void> {
    while (!await this.#process.isWhole(this.#printed)) {
      if (this.#state === "ended") throw new Error("The partner has ended");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** What it printed, and what it logged. */
  async #said(): Promise<string> {
    const { log } = this.#process;
    if (log === undefined) return this.#printed;
    try {
      return `${this.#printed}\n${await Deno.readTextFile(log)}`;
    } catch (error) {
      // It has logged nothing yet.
      if (error instanceof Deno.errors.NotFound) return this.#printed;
      throw error;
    }
  }

  async #keep(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) this.#printed += part;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#child.status;
    await this.#read;
  }
}
