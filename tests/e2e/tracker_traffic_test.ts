import { assert, assertEquals, assertGreater } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, reportsOf, Scene } from "./scene.ts";

const FILM = randomBytes(seededRandom(29), 4_000_000);

/** Passes connections on to a port of this machine, and counts their bytes. */
class CountingRelay implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #port: number;
  readonly #serving: Promise<void>;
  #bytes = 0;

  constructor(port: number) {
    this.#port = port;
    this.#serving = this.#serve();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Bytes passed on in both directions. */
  get bytes(): number {
    return this.#bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#serving;
  }

  async #serve(): Promise<void> {
    const running: Promise<void>[] = [];
    for await (const client of this.#listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
      running.push(this.#pump(client, server), this.#pump(server, client));
    }
    await Promise.all(running);
  }

  async #pump(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const count = (bytes: number): void => void (this.#bytes += bytes);
    const counting = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        count(chunk.length);
        controller.enqueue(chunk);
      },
    });
    // A connection that breaks has been counted up to there, which is all that matters.
    await from.readable.pipeThrough(counting).pipeTo(to.writable).catch(() => undefined);
  }
}

Deno.test("e2e: no data of a file passes the tracker", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  await using relay = new CountingRelay(tracker.port);
  const flags = ["--tracker", `127.0.0.1:${relay.port}`] as const;
  const alice = await scene.library("alice", { "film.bin": FILM });
  const share = await scene.share(alice, "film.bin", { ...tracker, flags });
  const bob = await scene.folder("bob");
  const get = await scene.run(bob, ["get", "film.bin", ...flags, "--json"]);
  assertEquals(reportsOf(get).at(-1)?.downloaded, FILM.length);
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
  share.process.kill("SIGINT");
  await share.process.outcome();
  assertGreater(relay.bytes, 500, "nothing was counted");
  assert(relay.bytes < 10_000, `${relay.bytes} bytes passed the tracker`);
});
