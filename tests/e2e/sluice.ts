import { fromFileUrl } from "@std/path";
import { COMMANDS } from "../../lib/cli/command_table.ts";
import { systemClock, withDeadline } from "../../lib/net/mod.ts";
import { tellsOfDefect } from "./defects.ts";
import { Lines } from "./lines.ts";

const MAIN = fromFileUrl(import.meta.resolve("../../main.ts"));

/** Everything that is waited for comes sooner than this, or the test fails. */
export const PATIENCE_MS = 40_000;

/** Between two looks at something that does not tell when it changes. */
const PAUSE_MS = 50;

/** One line of `--json`. */
export type Report = { readonly type: string } & Readonly<Record<string, unknown>>;

/** How a process ended. */
export interface Outcome {
  /** The exit status; that of a process that a signal ended is 128 and the signal's number. */
  readonly code: number;
  /** The lines of standard output. */
  readonly stdout: readonly string[];
  /** The lines of standard error. */
  readonly stderr: readonly string[];
}

/** What a process is started with. */
export interface StartOptions {
  /** Its working directory. */
  readonly cwd: string;
  /** The flags of the runtime; every permission by default. */
  readonly permissions?: readonly string[];
  /** Variables of its environment, added to ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** The compiled program, which is given no other variables and finds no runtime; else the sources. */
  readonly binary?: string;
  /** What it reads on standard input: nothing by default, or what it is told. */
  readonly stdin?: "null" | "piped";
  /** The program, with its first words, that starts it; none by default. */
  readonly within?: readonly string[];
  /** Whether it looks around on the network, where other tests run at the same time; not by default. */
  readonly discovery?: "on" | "off";
}

/** Fails with what is waited for when it does not come. */
export async function soon<T>(what: string, promise: Promise<T>): Promise<T> {
  const message = `Waited in vain for ${what}`;
  return await withDeadline(() => promise, { clock: systemClock, ms: PATIENCE_MS, message });
}

/**
 * Looks until what it sees is right, or until that took too long; gives what it saw last, which is then for
 * the test to judge.
 */
export async function look<T>(see: () => Promise<T>, isRight: (seen: T) => boolean): Promise<T> {
  const endMs = performance.now() + PATIENCE_MS;
  let seen = await see();
  while (!isRight(seen) && performance.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    seen = await see();
  }
  return seen;
}

/** The words of a command line with the flag, where there is one, that keeps it from looking around. */
export function withoutDiscovery(args: readonly string[]): string[] {
  const [name = "", ...rest] = args;
  const command = COMMANDS.find((command) => command.name === name);
  const canLook = command?.flags.some((flag) => flag.name === "no-discovery");
  return canLook ? [name, "--no-discovery", ...rest] : [...args];
}

/** The program in a process of its own. It is killed, if need be, and reaped when disposed of. */
export class Sluice implements AsyncDisposable {
  /** Its working directory. */
  readonly cwd: string;
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Lines;
  readonly #stderr: Lines;
  readonly #input: ReturnType<Deno.ChildProcess["stdin"]["getWriter"]> | undefined;
  #state: "running" | "ended" = "running";

  /** Starts it. */
  constructor(args: readonly string[], options: StartOptions) {
    const { cwd, permissions = ["-A"], env = {}, stdin = "null", binary } = options;
    const words = options.discovery === "on" ? args : withoutDiscovery(args);
    const own = { NO_COLOR: "1", SLUICE_TRACKER: "", SLUICE_TOKEN: "", ...env };
    const sources = ["run", "--no-lock", "--no-prompt", ...permissions, MAIN];
    this.cwd = cwd;
    this.#name = `sluice ${args.join(" ")}`;
    const [program = Deno.execPath(), ...before] = [
      ...options.within ?? [],
      binary ?? Deno.execPath(),
    ];
    this.#child = new Deno.Command(program, {
      args: [...before, ...binary === undefined ? [...sources, ...words] : words],
      cwd,
      env: binary === undefined ? own : { PATH: cwd, DENO_DIR: `${cwd}/no-cache`, ...own },
      clearEnv: binary !== undefined,
      stdin,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stdout = new Lines(this.#child.stdout);
    this.#stderr = new Lines(this.#child.stderr);
    if (stdin === "piped") this.#input = this.#child.stdin.getWriter();
    void this.#child.status.then(() => this.#state = "ended");
  }

  /** The number of the process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Whether it runs. */
  get state(): "running" | "ended" {
    return this.#state;
  }

  /** Resolves when it has ended, however long that takes. */
  get ended(): Promise<unknown> {
    return this.#child.status;
  }

  /** The reports of `--json` so far. */
  get reports(): Report[] {
    return this.#stdout.all.map((line) => JSON.parse(line));
  }

  /** The lines on standard output so far. */
  get stdout(): readonly string[] {
    return this.#stdout.all;
  }

  /** The lines on standard error so far. */
  get stderr(): readonly string[] {
    return this.#stderr.all;
  }

  /** The lines so far that only a defect prints. */
  get defects(): string[] {
    return [...this.#stdout.all, ...this.#stderr.all].filter(tellsOfDefect);
  }

  /** The first report of a type, past or to come, that is as it should be. */
  async report(type: string, isRight: (report: Report) => boolean = () => true): Promise<Report> {
    const found = await soon(
      `"${type}" of ${this.#name}`,
      this.#stdout.first((line) => {
        const report = JSON.parse(line);
        return report.type === type && isRight(report) ? report : undefined;
      }),
    );
    return found ?? await this.#endedEarly(type);
  }

  /** The first report of one of these types among those that come after the first `from`. */
  async reportAfter(from: number, types: readonly string[]): Promise<Report> {
    const found = await soon(
      `${types.join(" or ")} of ${this.#name}`,
      this.#stdout.first((line) => {
        const report: Report = JSON.parse(line);
        return types.includes(report.type) ? report : undefined;
      }, from),
    );
    return found ?? await this.#endedEarly(types.join(" or "));
  }

  /** The first line on standard error, past or to come, that has this text in it. */
  async note(text: string): Promise<string> {
    const found = await soon(
      `"${text}" of ${this.#name}`,
      this.#stderr.first((line) => line.includes(text) ? line : undefined),
    );
    return found ?? await this.#endedEarly(text);
  }

  /** The first line on standard output, past or to come, that has this text in it. */
  async line(text: string): Promise<string> {
    const found = await soon(
      `"${text}" of ${this.#name}`,
      this.#stdout.first((line) => line.includes(text) ? line : undefined),
    );
    return found ?? await this.#endedEarly(text);
  }

  /** Writes lines to its standard input. */
  async type(...lines: readonly string[]): Promise<void> {
    const text = lines.map((line) => `${line}\n`).join("");
    await this.#input?.write(new TextEncoder().encode(text));
  }

  /** Ends its standard input. */
  async endInput(): Promise<void> {
    await this.#input?.close();
  }

  /** Sends a signal. One to a process that ends at this very moment reaches nobody. */
  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      // The runtime knows of an end some milliseconds before we can.
      if (!(error instanceof TypeError) || this.#state === "ended") throw error;
    }
  }

  /** Waits until it has ended. */
  async outcome(): Promise<Outcome> {
    const { code } = await soon(`the end of ${this.#name}`, this.#child.status);
    await Promise.all([this.#stdout.ended, this.#stderr.ended]);
    return { code, stdout: this.#stdout.all, stderr: this.#stderr.all };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "running") this.kill("SIGKILL");
    await this.outcome();
    await this.#input?.abort().catch(() => undefined);
  }

  async #endedEarly(what: string): Promise<never> {
    const { code, stdout, stderr } = await this.outcome();
    const said = [...stdout, ...stderr].join("\n");
    throw new Error(`${this.#name} ended with ${code} and without "${what}":\n${said}`);
  }
}
