import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { assertContent, reportsOf, Scene } from "../e2e/scene.ts";
import { freePort } from "./partner.ts";
import { SAMPLES, totalOf } from "./swarm.ts";

const SAMPLE = SAMPLES[1];
const FILM = SAMPLE.files["film.bin"]!;
const HERE = ["--host", "127.0.0.1", "--json"];

function reasonForNone(): string {
  try {
    // It has no flag with which it says something and ends well.
    new Deno.Command("opentracker", { args: ["-h"], stdin: "null" }).outputSync();
    return "";
  } catch {
    return " (skipped: there is no opentracker)";
  }
}

/** An opentracker that serves one swarm, as Debian's build wants it; it is killed when disposed of. */
class Opentracker implements AsyncDisposable {
  readonly #port: number;
  readonly #child: Deno.ChildProcess;

  private constructor(port: number, child: Deno.ChildProcess) {
    this.#port = port;
    this.#child = child;
  }

  static async start(scene: Scene, infoHash: string): Promise<Opentracker> {
    const folder = await scene.folder("opentracker");
    await Deno.writeTextFile(join(folder, "list"), `${infoHash.toUpperCase()}\n`);
    // As root it becomes another user, to whom all of it must be open.
    await Deno.chmod(scene.path, 0o755);
    const port = freePort();
    const at = ["-i", "127.0.0.1", "-p", String(port), "-P", String(port)];
    const child = new Deno.Command("opentracker", {
      // It looks for the list within the folder, which is all that it sees.
      args: [...at, "-d", folder, "-w", "list"],
      ...{ stdin: "null", stdout: "null", stderr: "null" },
    }).spawn();
    const tracker = new Opentracker(port, child);
    await tracker.#listening();
    return tracker;
  }

  urlOf(door: "http" | "udp"): string {
    return `${door}://127.0.0.1:${this.#port}/announce`;
  }

  /** How many it says have everything, and how many it says want more. */
  async counts(infoHash: string): Promise<unknown[]> {
    const url = this.urlOf("http").replace("announce", "scrape");
    const hash = infoHash.replace(/../g, "%$&");
    const bytes = await (await fetch(`${url}?info_hash=${hash}`)).arrayBuffer();
    const text = new TextDecoder("latin1").decode(bytes);
    return ["complete", "incomplete"].map((key) => {
      return Number(new RegExp(`${key.length}:${key}i(\\d+)e`).exec(text)?.[1]);
    });
  }

  async #listening(): Promise<void> {
    for (let look = 0; look < 200; look++) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port: this.#port })).close();
        return;
      } catch (error) {
        if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
    throw new Error("opentracker does not listen");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#child.status;
  }
}

const missing = reasonForNone();

for (const door of ["http", "udp"] as const) {
  Deno.test({
    name: `interop: share and get find each other through opentracker, by ${door}${missing}`,
    ignore: missing !== "",
    async fn() {
      await using scene = await Scene.open();
      const alice = await scene.library("alice", { "film.bin": FILM });
      const torrent = join(scene.path, "film.torrent");
      const film = join(alice, "Original_Files", "film.bin");
      const create = ["create", film, "--out", torrent, "--json"];
      const [created] = reportsOf(await scene.run(alice, create));
      const infoHash = String(created?.infoHash);
      await using opentracker = await Opentracker.start(scene, infoHash);
      const tracker = ["--tracker", opentracker.urlOf(door)];
      const share = scene.start(alice, ["share", "film.bin", ...tracker, ...HERE]);
      const seeding = await share.report("seeding");
      assertEquals([seeding.infoHash, seeding.announced], [infoHash, true]);
      assertEquals(await opentracker.counts(infoHash), [1, 0]);
      const bob = await scene.folder("bob");
      const get = scene.start(bob, ["get", torrent, ...tracker, "--stay", ...HERE]);
      assertEquals((await get.report("done")).downloaded, totalOf(SAMPLE));
      await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
      for (const process of [share, get]) {
        process.kill("SIGINT");
        const { code, stderr } = await process.outcome();
        assertEquals({ code, stderr }, { code: 0, stderr: [] });
      }
      assertEquals(await opentracker.counts(infoHash), [0, 0]);
    },
  });
}
