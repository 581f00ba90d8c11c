import type { Sluice } from "../e2e/sluice.ts";
import { tellsOfDefect } from "../e2e/defects.ts";

/** Whether what was tried has happened, or could not happen just then. */
export type Happening = "done" | "impossible";

/** Lines of a process that are shown with a failure. */
const SHOWN_LINES = 30;

/** What has happened in a soak so far. */
export class Ledger {
  /** Faults that have happened, by kind. */
  readonly faults = new Map<string, number>();
  /** What went wrong. */
  readonly failures: string[] = [];
  /** Files that were fetched and found right. */
  finished = 0;
  /** Bytes of them. */
  bytes = 0;
  /** Processes that were started again. */
  restarts = 0;
  /** Pieces that the observer fetched and found right. */
  observed = 0;
  /** Why the observer saw nothing, by what was said. */
  readonly unseen = new Map<string, number>();
  /** Processes whose memory and descriptors were judged. */
  judged = 0;
  #state: "open" | "closed" = "open";
  readonly #startMs = performance.now();
  /** How many lines of each process were read. */
  readonly #read = new WeakMap<Sluice, { stdout: number; stderr: number }>();

  /** Seconds since it began. */
  get seconds(): number {
    return Math.round((performance.now() - this.#startMs) / 1000);
  }

  /** Takes a fault down that has happened. */
  happened(kind: string): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
  }

  /** Takes down why the observer saw nothing. */
  missed(why: string): void {
    this.unseen.set(why, (this.unseen.get(why) ?? 0) + 1);
  }

  /** Takes no failure down any more: whatever ends now was interrupted. */
  close(): void {
    this.#state = "closed";
  }

  /** Takes a failure down and says it. */
  fail(what: string, process?: Sluice): void {
    if (this.#state === "closed") return;
    const lines = process === undefined ? [] : [...process.stdout, ...process.stderr];
    const shown = lines.filter((line) => !line.includes('"progress"')).slice(-SHOWN_LINES);
    this.failures.push([`after ${this.seconds} s: ${what}`, ...shown].join("\n    "));
    say(`FAILURE ${this.failures.at(-1)}`);
  }

  /** Looks for stack traces, unhandled rejections and faults in what a process has said since. */
  inspect(name: string, process: Sluice): void {
    const { stdout, stderr } = this.#read.get(process) ?? { stdout: 0, stderr: 0 };
    const lines = [...process.stdout.slice(stdout), ...process.stderr.slice(stderr)];
    this.#read.set(process, { stdout: process.stdout.length, stderr: process.stderr.length });
    for (const line of lines.filter(tellsOfDefect)) this.fail(`${name} says: ${line}`, process);
  }

  /** How it stands, in one line. */
  summary(): string {
    const faults = [...this.faults].toSorted().map(([kind, count]) => `${kind} ${count}`);
    return `${this.seconds} s: ${this.finished} downloads, ${
      (this.bytes / 1024 / 1024).toFixed(0)
    } MiB, ${this.observed} pieces observed, ${this.restarts} restarts, ` +
      `${this.failures.length} failures; faults: ${faults.join(", ") || "none"}`;
  }
}

/** Prints a line. */
export function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
