import { TextLineStream } from "@std/streams/text-line-stream";

/** So much of what a program printed is shown when it fails, in lines. */
const SHOWN = 20;

/** A program that is running. It is killed and reaped when disposed of. */
export class Child implements AsyncDisposable {
  readonly #words: readonly string[];
  readonly #process: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  readonly #lines: string[] = [];
  #news = Promise.withResolvers<void>();
  #output: "open" | "ended" = "open";

  /** Starts a program: its name and its arguments. */
  constructor(words: readonly string[]) {
    const [program = "", ...args] = words;
    this.#words = words;
    this.#process = new Deno.Command(program, {
      ...{ args, stdin: "null", stdout: "piped", stderr: "piped" },
    }).spawn();
    this.#reading = this.#read();
  }

  /** The id of the process. */
  get pid(): number {
    return this.#process.pid;
  }

  /**
   * Waits for a line that it prints, or finds it among those that it has printed.
   *
   * @throws {Error} if it ends without it; the signal's reason if that comes first
   */
  async untilLine(pattern: RegExp, signal: AbortSignal): Promise<string> {
    for (let at = 0;; at++) {
      while (at === this.#lines.length) {
        if (this.#output === "ended") throw this.#failure(`printed nothing like ${pattern}`);
        await this.#orAborted(this.#news.promise, signal);
      }
      const line = this.#lines[at] ?? "";
      if (pattern.test(line)) return line;
    }
  }

  /**
   * Waits until it has ended well.
   *
   * @throws {Error} if it fails; the signal's reason if that comes first
   */
  async untilEnd(signal: AbortSignal): Promise<void> {
    const { success, code } = await this.#orAborted(this.#process.status, signal);
    if (success) return;
    await this.#reading;
    throw this.#failure(`ended with ${code}`);
  }

  async #orAborted<T>(task: Promise<T>, signal: AbortSignal): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const stop = (): void => {
      const isLate = signal.reason instanceof DOMException && signal.reason.name === "TimeoutError";
      reject(isLate ? this.#failure("took too long") : signal.reason);
    };
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    try {
      return await Promise.race([promise, task]);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  #failure(what: string): Error {
    const shown = this.#lines.slice(-SHOWN).join("\n");
    return new Error(`${this.#words.join(" ")} ${what}. It printed last:\n${shown}`);
  }

  async #read(): Promise<void> {
    const { stdout, stderr } = this.#process;
    await Promise.all([this.#keep(stdout), this.#keep(stderr)]);
    this.#output = "ended";
    this.#news.resolve();
  }

  async #keep(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const lines = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    for await (const line of lines) {
      this.#lines.push(line);
      this.#news.resolve();
      this.#news = Promise.withResolvers<void>();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#process.status;
    await this.#reading;
  }
}

/** Runs a program to its end, which must be a good one. */
export async function runToEnd(words: readonly string[], signal: AbortSignal): Promise<void> {
  await using child = new Child(words);
  await child.untilEnd(signal);
}

/** Why a program cannot be used on this machine; nothing if it ends well with these arguments. */
export function problemWith(program: string, args: readonly string[]): string | undefined {
  try {
    const { success } = new Deno.Command(program, { args: [...args], stdin: "null" }).outputSync();
    return success ? undefined : `${program} ${args.join(" ")} fails`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `there is no ${program}`;
    throw error;
  }
}
