import { systemClock } from "../net/mod.ts";
import type { Arguments } from "./arguments.ts";
import { type LiveBlock, LiveLines } from "./live_lines.ts";
import { canDraw, stderrTerminal, writeWhole } from "./terminal.ts";

/** A thing that a command reports: an object with a `type`, as `--json` prints it. */
export type Report = { readonly type: string } & Record<string, unknown>;

/** How much is printed besides results and errors. */
export type Loudness = "quiet" | "normal" | "verbose";

/**
 * Where a command writes: results to standard output, everything else to standard error. With
 * `--json` both are JSON objects on standard output, one a line.
 */
export class Output {
  /** Whether people or programs read it. */
  readonly format: "text" | "json";
  /** How much is printed. */
  readonly loudness: Loudness;
  readonly #live = new LiveLines(stderrTerminal, systemClock);
  #above: (print: () => void) => void = (print) => this.#live.above(print);

  /** Makes the output that the command line asks for. */
  constructor(args: Arguments) {
    this.format = args.has("json") ? "json" : "text";
    this.loudness = args.has("quiet") ? "quiet" : args.has("verbose") ? "verbose" : "normal";
  }

  /** Whether a live display can be drawn on standard error. */
  get isLive(): boolean {
    return this.format === "text" && this.loudness !== "quiet" && canDraw(Deno.stderr);
  }

  /** Prints a result: the object with `--json`, the text otherwise. */
  result(report: Report, text: string): void {
    this.#write(Deno.stdout, this.format === "json" ? JSON.stringify(report) : text);
  }

  /** Tells of something on the way: the object with `--json`, the text otherwise. */
  note(report: Report, text: string): void {
    if (this.loudness === "quiet") return;
    if (this.format === "json") this.#write(Deno.stdout, JSON.stringify(report));
    else this.#write(Deno.stderr, text);
  }

  /** Tells of something on the way that only `--verbose` asks for. */
  detail(report: Report, text: string): void {
    if (this.loudness === "verbose") this.note(report, text);
  }

  /** Tells why the command cannot go on. */
  error(report: Report, text: string): void {
    if (this.format === "json") this.#write(Deno.stdout, JSON.stringify(report));
    else this.#write(Deno.stderr, text);
  }

  /** Shows lines that change, below all others, until that is disposed of; only if it `isLive`. */
  show(block: LiveBlock): Disposable {
    return this.#live.show(block);
  }

  /** Has everything printed by `above`, which makes room for it, until that is disposed of. */
  printBy(above: (print: () => void) => void): Disposable {
    const before = this.#above;
    this.#above = above;
    return { [Symbol.dispose]: () => void (this.#above = before) };
  }

  #write(to: Parameters<typeof writeWhole>[0], line: string): void {
    this.#above(() => writeWhole(to, `${line}\n`));
  }
}
