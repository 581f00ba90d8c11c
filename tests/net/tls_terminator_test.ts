import { assertEquals, assertStrictEquals } from "@std/assert";
import { TlsTerminator } from "../../lib/net/tls_terminator.ts";

const HOST = "127.0.0.1";

/** An end that came from a port. */
class StubEnd {
  readonly remoteAddr: Deno.NetAddr;
  isClosed = false;

  constructor(port: number) {
    this.remoteAddr = { transport: "tcp", hostname: HOST, port };
  }

  close(): void {
    this.isClosed = true;
  }
}

/** A listener to which one can connect, and which gives the ends that a test says. */
class StubListener {
  readonly #plain = Deno.listen({ hostname: HOST, port: 0 });
  readonly #ends: StubEnd[] = [];
  #waiting: PromiseWithResolvers<StubEnd> | undefined;

  readonly addr = this.#plain.addr;

  /** Waits for who connects, and gives his port. */
  async connected(): Promise<number> {
    using conn = await this.#plain.accept();
    return conn.remoteAddr.port;
  }

  /** Lets an end come. */
  async give(end: StubEnd): Promise<StubEnd> {
    if (this.#waiting === undefined) this.#ends.push(end);
    else this.#waiting.resolve(end);
    this.#waiting = undefined;
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    return end;
  }

  accept(): Promise<StubEnd> {
    const end = this.#ends.shift();
    if (end !== undefined) return Promise.resolve(end);
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  close(): void {
    this.#plain.close();
    this.#waiting?.reject(new Deno.errors.BadResource("closed"));
  }
}

Deno.test("Who connects to where TLS is spoken and goes again is never taken for one of us, and not kept", async () => {
  const listener = new StubListener();
  const terminator = new TlsTerminator(listener as unknown as Deno.TlsListener);
  // Somebody waits, so that those who come may be his until he knows his port.
  const first = terminator.open();
  const port = await listener.connected();
  const strangers: StubEnd[] = [];
  for (let other = 1_024; other < 65_536; other++) {
    if (other !== port) strangers.push(await listener.give(new StubEnd(other)));
  }
  assertEquals(strangers.filter(({ isClosed }) => !isClosed).length, 1_024);
  // Two more have come since; the one who comes again with a port takes the place of the other.
  const [again, twice] = [new StubEnd(65_535), new StubEnd(65_535)];
  await listener.give(again);
  await listener.give(twice);
  assertEquals([strangers.at(-1)?.isClosed, again.isClosed, twice.isClosed], [true, true, false]);

  for (let round = 0, last = port; round < 20; round++) {
    // The system often gives a port near to the one before.
    for (let near = last + 1; near < Math.min(last + 100, 65_535); near++) {
      if (near !== port) strangers.push(await listener.give(new StubEnd(near)));
    }
    const opening = terminator.open();
    last = await listener.connected();
    // By now it waits for its end, or would have taken another's.
    await new Promise((resolve) => setTimeout(resolve, 0));
    const ours = await listener.give(new StubEnd(last));
    const terminal = await opening;
    assertStrictEquals<unknown>(terminal.tls, ours);
    terminal.coded.close();
  }
  const ours = await listener.give(new StubEnd(port));
  const { tls, coded } = await first;
  assertStrictEquals<unknown>(tls, ours);
  coded.close();
  // Nobody waits any more.
  await Promise.resolve();
  assertEquals([twice.isClosed, strangers.every(({ isClosed }) => isClosed)], [true, true]);
  terminator.close();
  await terminator.ended;
});
