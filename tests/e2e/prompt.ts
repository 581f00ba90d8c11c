import { assert } from "@std/assert";
import type { Scene } from "./scene.ts";
import type { Report, Sluice } from "./sluice.ts";

/** How a shell in a test is started. */
export interface PromptOptions {
  /** Its library folder. */
  readonly library: string;
  /** The flags that name the tracker, and others. */
  readonly flags: readonly string[];
}

/** A shell that is driven through its standard input, and answers in JSON. */
export class Prompt {
  readonly process: Sluice;
  /** Where it listens. */
  readonly port: number;

  private constructor(process: Sluice, port: number) {
    this.process = process;
    this.port = port;
  }

  /** Starts a shell and waits until it listens. */
  static async open(scene: Scene, { library, flags }: PromptOptions): Promise<Prompt> {
    const process = scene.start(library, ["shell", "--host", "127.0.0.1", ...flags, "--json"], {
      stdin: "piped",
    });
    const { port } = await process.report("shell");
    return new Prompt(process, Number(port));
  }

  /** The address of this shell, as the commands of others want it. */
  get address(): string {
    return `127.0.0.1 ${this.port}`;
  }

  /** Types a command and gives the first report, from then on, of one of these types. */
  async run(command: string, ...types: readonly string[]): Promise<Report> {
    const from = this.process.reports.length;
    await this.process.type(command);
    return await this.process.reportAfter(from, [...types, "error"]);
  }

  /** Types a command that must fail, and gives the one line that says why. */
  async refused(command: string): Promise<string> {
    const { type, message } = await this.run(command, "error");
    assert(type === "error" && typeof message === "string", `${command} was not refused`);
    assert(!message.includes("\n"), message);
    return message;
  }
}
