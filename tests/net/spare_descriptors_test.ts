import { assertEquals, assertRejects } from "@std/assert";
import {
  connectInMemory,
  type Connection,
  FakeClock,
  type Listener,
  ListenerClosedError,
  openDoors,
  serveConnections,
  tcpTransport,
} from "../../lib/net/mod.ts";
import { SPARE_DESCRIPTORS, SPARING_MS } from "../../lib/net/limits.ts";

/** The time in which the loop tries again whenever it has failed, in milliseconds. */
const FAILURE_MS = 1_000;

/** A door whose callers, and failures, come when the test says. */
class Door implements Listener {
  readonly address = { host: "server", port: 1 };
  readonly clock = new FakeClock();
  readonly #controller = new AbortController();
  readonly #serving: Promise<void>;
  readonly #served = new Set<number>();
  readonly #callers: Connection[] = [];
  #next = Promise.withResolvers<Connection>();

  constructor(isKnown: (port: number) => boolean = () => false) {
    this.#serving = serveConnections({
      listener: this,
      limits: { total: 100, perAddress: 100 },
      clock: this.clock,
      signal: this.#controller.signal,
      isKnown: ({ remote }) => isKnown(remote.port),
      serve: (connection) => this.#serve(connection),
    });
  }

  accept(): Promise<Connection> {
    return this.#next.promise;
  }

  close(): void {
    this.#next.promise.catch(() => undefined);
    this.#next.reject(new ListenerClosedError());
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Lets so many more connect. */
  async come(count: number): Promise<void> {
    for (let at = 0; at < count; at++) {
      const port = this.#callers.length + 1;
      const [caller, taken] = connectInMemory({ host: "a", port }, this.address);
      this.#callers.push(caller);
      await this.#answer(({ resolve }) => resolve(taken));
    }
  }

  /** Lets the next one not be accepted. */
  async fail(code: string): Promise<void> {
    await this.#answer(({ reject }) => reject(Object.assign(new Error(code), { code })));
    await this.clock.advance(FAILURE_MS);
  }

  /** Who is served, by when they came. */
  get served(): number[] {
    return [...this.#served];
  }

  async end(): Promise<void> {
    this.close();
    for (const caller of this.#callers) caller.close();
    await this.#serving;
    assertEquals(this.clock.pending, 0);
  }

  async #answer(how: (next: PromiseWithResolvers<Connection>) => void): Promise<void> {
    const next = this.#next;
    this.#next = Promise.withResolvers();
    how(next);
    await this.clock.advance(0);
  }

  async #serve(connection: Connection): Promise<void> {
    this.#served.add(connection.remote.port);
    await connection.readable.pipeTo(new WritableStream()).catch(() => undefined);
    this.#served.delete(connection.remote.port);
  }
}

/** The numbers from 1 to `count`. */
function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at + 1);
}

Deno.test({
  name: "serveConnections() closes the 8 that came last at EMFILE, each time",
  permissions: "none",
  async fn() {
    const door = new Door();
    await door.come(3 * SPARE_DESCRIPTORS);
    await door.fail("EMFILE");
    assertEquals(door.served, upTo(2 * SPARE_DESCRIPTORS));
    await door.fail("EMFILE");
    assertEquals(door.served, upTo(SPARE_DESCRIPTORS));
    await door.end();
  },
});

Deno.test({
  name: "serveConnections() closes strangers before all others, those that came last first",
  permissions: "none",
  async fn() {
    const known = new Set([2, 4, 17, 18, 19, 20]);
    const door = new Door((port) => known.has(port));
    await door.come(20);
    await door.fail("EMFILE");
    assertEquals(door.served, [1, 2, 3, 4, 5, 6, 7, 8, 17, 18, 19, 20]);
    await door.end();
  },
});

Deno.test({
  name: "Of two doors the one with more connections closes some, whichever cannot accept",
  permissions: "none",
  async fn() {
    const flooded = new Door();
    const other = new Door();
    await flooded.come(3 * SPARE_DESCRIPTORS);
    await other.come(2 * SPARE_DESCRIPTORS);
    await other.fail("EMFILE");
    assertEquals(flooded.served, upTo(2 * SPARE_DESCRIPTORS));
    assertEquals(other.served, upTo(2 * SPARE_DESCRIPTORS));
    await flooded.end();
    await other.fail("EMFILE");
    assertEquals(other.served, upTo(SPARE_DESCRIPTORS));
    await other.end();
    openDoors.relieve(Object.assign(new Error("EMFILE"), { code: "EMFILE" })); // no door is left
  },
});

Deno.test({
  name: "Of two doors the one with more strangers closes some, however many others know the other",
  permissions: "none",
  async fn() {
    const busy = new Door((port) => port > 3);
    const flooded = new Door((port) => port > 4);
    await busy.come(4 * SPARE_DESCRIPTORS);
    await flooded.come(2 * SPARE_DESCRIPTORS);
    await busy.fail("EMFILE");
    assertEquals(busy.served, upTo(4 * SPARE_DESCRIPTORS));
    assertEquals(flooded.served.length, SPARE_DESCRIPTORS);
    await busy.end();
    await flooded.end();
  },
});

Deno.test({
  name:
    "Who cannot dial for want of descriptors has a door close some connections, and is told of it",
  permissions: "none",
  async fn() {
    const door = new Door();
    await door.come(3 * SPARE_DESCRIPTORS);
    const { connect } = Deno;
    const dialled: object[] = [];
    const dialWith = async (code: string): Promise<void> => {
      Deno.connect = (options: object): Promise<never> => {
        dialled.push(options);
        return Promise.reject(Object.assign(new Error(`it is ${code}`), { code }));
      };
      const dialling = () => tcpTransport.dial({ host: "192.0.2.1", port: 6881 });
      await assertRejects(dialling, Error, `it is ${code}`);
      await door.clock.advance(0);
    };
    try {
      await dialWith("ECONNREFUSED");
      assertEquals(door.served, upTo(3 * SPARE_DESCRIPTORS));
      await dialWith("EMFILE");
      assertEquals(door.served, upTo(2 * SPARE_DESCRIPTORS));
    } finally {
      Deno.connect = connect;
    }
    const address = { hostname: "192.0.2.1", port: 6881, transport: "tcp" };
    assertEquals(dialled, [address, address]);
    await door.end();
  },
});

Deno.test({
  name: "A door that many ask for room at once closes 8 connections, and again 250 ms later",
  permissions: "none",
  async fn() {
    const door = new Door();
    await door.come(4 * SPARE_DESCRIPTORS);
    const ask = async () => {
      openDoors.relieve(Object.assign(new Error("EMFILE"), { code: "EMFILE" }));
      await door.clock.advance(0);
      return door.served.length;
    };
    assertEquals([await ask(), await ask()], [24, 24]);
    await door.clock.advance(249);
    assertEquals(await ask(), 24);
    await door.clock.advance(1);
    assertEquals([await ask(), await ask()], [16, 16]);
    await door.end();
  },
});

Deno.test({
  name: "serveConnections() keeps 8 connections whatever fails, and lets so many in",
  permissions: "none",
  async fn() {
    const door = new Door();
    await door.come(SPARE_DESCRIPTORS + 1);
    for (let time = 0; time < 3; time++) await door.fail("EMFILE");
    assertEquals(door.served, upTo(SPARE_DESCRIPTORS));
    await door.end();
    const few = new Door();
    await few.come(1);
    await few.fail("EMFILE");
    await few.come(SPARE_DESCRIPTORS);
    assertEquals(few.served, upTo(SPARE_DESCRIPTORS));
    await few.end();
  },
});

Deno.test({
  name: "serveConnections() lets no more in for a minute than were left, and then all again",
  permissions: "none",
  async fn() {
    const door = new Door();
    await door.come(SPARE_DESCRIPTORS);
    await door.fail("EMFILE");
    await door.come(1);
    await door.clock.advance(SPARING_MS - FAILURE_MS - 1);
    await door.come(1);
    assertEquals(door.served, upTo(SPARE_DESCRIPTORS));
    await door.clock.advance(1);
    await door.come(1);
    assertEquals(door.served, [...upTo(SPARE_DESCRIPTORS), SPARE_DESCRIPTORS + 3]);
    await door.end();
  },
});

Deno.test({
  name:
    "serveConnections() closes nobody when accepting fails for another reason, or the machine's",
  permissions: "none",
  async fn() {
    const door = new Door();
    await door.come(2 * SPARE_DESCRIPTORS);
    for (const code of ["ECONNABORTED", "ENFILE"]) await door.fail(code);
    await door.come(1);
    assertEquals(door.served, upTo(2 * SPARE_DESCRIPTORS + 1));
    await door.end();
  },
});
