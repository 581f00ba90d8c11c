import { assertEquals, assertMatch } from "@std/assert";
import type { Report } from "../../../lib/cli/output.ts";
import { executeLine } from "../../../lib/cli/shell/execute_line.ts";
import { Narrator } from "../../../lib/cli/shell/narrator.ts";
import { ServerLink } from "../../../lib/cli/shell/server_link.ts";
import { ShellClient } from "../../../lib/cli/shell/shell_client.ts";
import { FakeClock } from "../../../lib/net/mod.ts";
import { PeerNode } from "../../../lib/peer/mod.ts";
import { cutIntoChunks, type FileLayer, openLibrary } from "../../../lib/storage/mod.ts";
import { deadPort } from "../../e2e/dead_port.ts";
import {
  fileSample,
  PIECE_LENGTH,
  type Sample,
  temporaryFolder,
  writeSample,
} from "../../storage/samples.ts";

/** The signal of a command that nobody gives up. */
export const NEVER = new AbortController().signal;

/** A client at a port of its own with an empty library, whose server is not there. */
export class Desk implements AsyncDisposable {
  readonly client: ShellClient;
  readonly said: [report: Report, text: string][] = [];
  readonly failed: [report: Report, text: string][] = [];
  readonly #cleanup: AsyncDisposableStack;

  private constructor(client: ShellClient, cleanup: AsyncDisposableStack) {
    this.client = client;
    this.#cleanup = cleanup;
  }

  /** Opens one, whose library may use other file calls than those of this machine. */
  static async open(layer?: FileLayer): Promise<Desk> {
    await using cleanup = new AsyncDisposableStack();
    const { path } = cleanup.use(await temporaryFolder());
    const library = await openLibrary(path, layer);
    const node = cleanup.use(new PeerNode({ host: "127.0.0.1" }));
    const narrator = cleanup.use(new Narrator({ clock: new FakeClock(), say: () => {} }));
    const address = { host: "127.0.0.1", port: deadPort() };
    const server = new ServerLink({ node, address, token: undefined, onState: () => {} });
    return new Desk(new ShellClient({ library, node, server, narrator }), cleanup.move());
  }

  /** Cuts a file of 13 pieces into chunks, and leaves no more of it than these. */
  async cutFilm(): Promise<Sample> {
    const { library } = this.client;
    const sample = await fileSample({ name: "mv1.mp4" });
    const original = library.originalPath("mv1.mp4");
    await writeSample(sample, original);
    await cutIntoChunks({ library, path: "mv1.mp4", pieceLength: PIECE_LENGTH });
    await Deno.remove(original);
    return sample;
  }

  /** Carries out a line. */
  run(line: string, signal = NEVER): Promise<"done" | "failed" | "quit"> {
    const say = (...saying: [Report, string]): void => void this.said.push(saying);
    const fail = (...saying: [Report, string]): void => void this.failed.push(saying);
    return executeLine(line, { client: this.client, signal, say, fail });
  }

  /** Carries out a line that must succeed, and gives what is said. */
  async told(line: string): Promise<string> {
    assertEquals(await this.run(line), "done", `${line}: ${this.failed.at(-1)?.[1]}`);
    return this.said.splice(0).map(([, text]) => text).join("\n");
  }

  /** Carries out a line that must fail, and gives the one line that says why. */
  async refused(line: string, code: number): Promise<string> {
    assertEquals(await this.run(line), "failed", line);
    const [[report, text] = [undefined, ""], ...more] = this.failed.splice(0);
    assertEquals([report, more], [{ type: "error", code, message: text }, []], line);
    // deno-lint-ignore no-control-regex
    assertMatch(text, /^[^\x00-\x1f\x7f-\x9f\u202a-\u202e]+$/, line);
    return text;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanup.disposeAsync();
  }
}
