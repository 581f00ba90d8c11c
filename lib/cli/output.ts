import { systemClock } from "../net/mod.ts";
import type { Arguments } from "./arguments.ts";
import { type LiveBlock, LiveLines } from "./live_lines.ts";
import {
  formatLogLine,
  isLogged,
  type LogLevel,
  type LogOptions,
  readLogOptions,
} from "./log_line.ts";
import { canDraw, stderrTerminal, writeWhole } from "./terminal.ts";

/** A thing that a command reports: an object with a `type`, as `--json` prints it. */
export type Report = { readonly type: string } & Record<string, unknown>;

const LOUDNESS_AT = { error: "quiet", warn: "quiet", info: "normal", debug: "verbose" } as const;

/** How much is printed besides results and errors. */
export type Loudness = "quiet" | "normal" | "verbose";

/**
 * Where a command writes: results to standard output, everything else to standard error. With
 * `--json` both are JSON objects on standard output, one a line. Where the log is JSON (`--log-format
 * json`) standard error has each of them as a line of the log, and nothing else.
 */
export class Output {
  /** Whether people or programs read it. */
  readonly format: "text" | "json";
  /** How much is printed. */
  readonly loudness: Loudness;
  readonly #log: LogOptions;
  readonly #live = new LiveLines(stderrTerminal, systemClock);
  #above: (print: () => void) => void = (print) => this.#live.above(print);

  /**
   * Makes the output that the command line asks for.
   *
   * @throws {UsageError} if it asks for a log that there is not
   */
  constructor(args: Arguments) {
    this.format = args.has("json") ? "json" : "text";
    this.#log = readLogOptions(args);
    this.loudness = LOUDNESS_AT[this.#log.level];
  }

  /** Whether a live display can be drawn on standard error. */
  get isLive(): boolean {
    const isText = this.format === "text" && this.#log.format === "text";
    return isText && this.loudness !== "quiet" && canDraw(Deno.stderr);
  }

  /** Prints a result: the object with `--json`, the text otherwise. */
  result(report: Report, text: string): void {
    this.#write(Deno.stdout, this.format === "json" ? JSON.stringify(report) : text);
    if (this.#log.format === "json") this.#writeLog("info", report, text);
  }

  /** Tells of something on the way: the object with `--json`, the text otherwise. */
  note(report: Report, text: string): void {
    this.#tell("info", report, text);
  }

  /** Tells of something on the way that may need somebody to look after it. */
  warn(report: Report, text: string): void {
    this.#tell("warn", report, text);
  }

  /** Tells of something on the way that only `--verbose` asks for. */
  detail(report: Report, text: string): void {
    this.#tell("debug", report, text);
  }

  /** Tells why the command cannot go on. */
  error(report: Report, text: string): void {
    this.#tell("error", report, text);
  }

  /** Shows lines that change, below all others, until that is disposed of; only if it `isLive`. */
  show(block: LiveBlock): Disposable {
    return this.#live.show(block);
  }

  /** Shows nothing any more that changes: the command is over. */
  endLive(): void {
    this.#live.clear();
  }

  /** Has everything printed by `above`, which makes room for it, until that is disposed of. */
  printBy(above: (print: () => void) => void): Disposable {
    const before = this.#above;
    this.#above = above;
    return { [Symbol.dispose]: () => void (this.#above = before) };
  }

  #tell(level: LogLevel, report: Report, text: string): void {
    if (!isLogged(level, this.#log)) return;
    if (this.format === "json") this.#write(Deno.stdout, JSON.stringify(report));
    if (this.#log.format === "json") this.#writeLog(level, report, text);
    else if (this.format === "text") this.#write(Deno.stderr, text);
  }

  #writeLog(level: LogLevel, report: Report, text: string): void {
    if (!isLogged(level, this.#log)) return;
    this.#write(Deno.stderr, formatLogLine(level, report, text, new Date()));
  }

  #write(to: Parameters<typeof writeWhole>[0], line: string): void {
    this.#above(() => writeWhole(to, `${line}\n`));
  }
}
