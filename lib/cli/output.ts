import type { Arguments } from "./arguments.ts";

/** A thing that a command reports: an object with a `type`, as `--json` prints it. */
export type Report = { readonly type: string } & Record<string, unknown>;

/** How much is printed besides results and errors. */
export type Loudness = "quiet" | "normal" | "verbose";

const encoder = new TextEncoder();

/**
 * Where a command writes: results to standard output, everything else to standard error. With
 * `--json` both are JSON objects on standard output, one a line.
 */
export class Output {
  /** Whether people or programs read it. */
  readonly format: "text" | "json";
  /** How much is printed. */
  readonly loudness: Loudness;

  /** Makes the output that the command line asks for. */
  constructor(args: Arguments) {
    this.format = args.has("json") ? "json" : "text";
    this.loudness = args.has("quiet") ? "quiet" : args.has("verbose") ? "verbose" : "normal";
  }

  /** Whether a live display can be drawn on standard error. */
  get isLive(): boolean {
    return this.format === "text" && this.loudness !== "quiet" && Deno.stderr.isTerminal();
  }

  /** Prints a result: the object with `--json`, the text otherwise. */
  result(report: Report, text: string): void {
    write(Deno.stdout, this.format === "json" ? JSON.stringify(report) : text);
  }

  /** Tells of something on the way: the object with `--json`, the text otherwise. */
  note(report: Report, text: string): void {
    if (this.format === "json") write(Deno.stdout, JSON.stringify(report));
    else if (this.loudness !== "quiet") write(Deno.stderr, text);
  }

  /** Tells of something on the way that only `--verbose` asks for. */
  detail(report: Report, text: string): void {
    if (this.loudness === "verbose") this.note(report, text);
  }

  /** Tells why the command cannot go on. */
  error(report: Report, text: string): void {
    if (this.format === "json") write(Deno.stdout, JSON.stringify(report));
    else write(Deno.stderr, text);
  }
}

/** Writes a line whole; a reader that has gone away ends the program quietly, as with any tool. */
function write(to: { writeSync(bytes: Uint8Array): number }, line: string): void {
  const bytes = encoder.encode(line + "\n");
  try {
    for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
    throw error;
  }
}
