import { assert, assertEquals } from "@std/assert";
import {
  type Connection,
  FakeClock,
  type Listener,
  ListenerClosedError,
  MemoryNetwork,
  type PeerAddress,
  serveConnections,
} from "../../lib/net/mod.ts";

/** A listener whose answers are written down beforehand; then it waits until it is closed. */
class ScriptedListener implements Listener {
  readonly address: PeerAddress = { host: "server", port: 1 };
  /** The moments at which `accept` was called. */
  readonly asked: number[] = [];
  readonly #clock: FakeClock;
  readonly #script: (Connection | Error)[];
  readonly #closed = Promise.withResolvers<never>();

  constructor(clock: FakeClock, script: readonly (Connection | Error)[]) {
    this.#clock = clock;
    this.#script = [...script];
    this.#closed.promise.catch(() => {});
  }

  accept(): Promise<Connection> {
    this.asked.push(this.#clock.now());
    const next = this.#script.shift();
    if (next === undefined) return this.#closed.promise;
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  }

  close(): void {
    this.#closed.reject(new ListenerClosedError());
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A service that serves each connection until the test lets it go. */
class HeldService {
  readonly served: Connection[] = [];
  readonly #held = new Map<Connection, () => void>();

  readonly serve = (connection: Connection): Promise<void> => {
    this.served.push(connection);
    return new Promise((resolve) => this.#held.set(connection, resolve));
  };

  release(index: number): void {
    const connection = this.served[index];
    if (connection !== undefined) this.#held.get(connection)?.();
  }

  releaseAll(): void {
    for (const release of this.#held.values()) release();
  }
}

function tooManyFiles(): Error {
  return Object.assign(new Error("Too many open files (os error 24)"), { code: "EMFILE" });
}

async function isClosed(connection: Connection): Promise<boolean> {
  const reader = connection.readable.getReader();
  const state = await Promise.race([
    reader.read().then(({ done }) => done),
    new FakeClock().advance(0).then(() => false),
  ]);
  if (!state) reader.releaseLock();
  return state;
}

function setUp(limits: { total: number; perAddress: number }) {
  const clock = new FakeClock();
  const network = new MemoryNetwork();
  const listener = network.host("server").listen({ host: "server", port: 6789 }) as Listener;
  const service = new HeldService();
  const controller = new AbortController();
  const loop = serveConnections({
    listener,
    limits,
    clock,
    signal: controller.signal,
    serve: service.serve,
  });
  return {
    service,
    /** Connects from a host, and waits until the loop has dealt with it. */
    async dial(host: string): Promise<Connection> {
      const connection = await network.host(host).dial(listener.address);
      await clock.advance(0);
      return connection;
    },
    async finish(): Promise<void> {
      listener.close();
      service.releaseAll();
      await loop;
      assertEquals(clock.pending, 0);
    },
    async settle(): Promise<void> {
      await clock.advance(0);
    },
    listener,
    loop,
  };
}

Deno.test({
  name: "serveConnections() serves many at once and closes each when its service is done",
  permissions: "none",
  async fn() {
    const { service, dial, finish, settle } = setUp({ total: 10, perAddress: 10 });
    const dialled = [await dial("a"), await dial("b"), await dial("c")];
    assertEquals(service.served.map(({ remote }) => remote.host), ["a", "b", "c"]);
    service.release(1);
    await settle();
    assertEquals(await Promise.all(dialled.map(isClosed)), [false, true, false]);
    await finish();
    assertEquals(await Promise.all(dialled.filter((_, at) => at !== 1).map(isClosed)), [
      true,
      true,
    ]);
  },
});

Deno.test({
  name: "serveConnections() closes connections beyond the total at once, until one is done",
  permissions: "none",
  async fn() {
    const { service, dial, finish, settle } = setUp({ total: 2, perAddress: 10 });
    const dialled = [await dial("a"), await dial("b"), await dial("c"), await dial("127.0.0.1")];
    assertEquals(service.served.length, 2);
    assertEquals(await Promise.all(dialled.map(isClosed)), [false, false, true, true]);
    service.release(0);
    await settle();
    await dial("d");
    assert(await isClosed(await dial("e")));
    assertEquals(service.served.map(({ remote }) => remote.host), ["a", "b", "d"]);
    await finish();
  },
});

Deno.test({
  name: "serveConnections() limits one address and lets the others in",
  permissions: "none",
  async fn() {
    const { service, dial, finish, settle } = setUp({ total: 100, perAddress: 2 });
    for (const host of ["a", "a", "a", "b", "a", "b", "b"]) await dial(host);
    assertEquals(service.served.map(({ remote }) => remote.host), ["a", "a", "b", "b"]);
    service.release(0);
    await settle();
    for (const host of ["a", "a", "b"]) await dial(host);
    assertEquals(service.served.map(({ remote }) => remote.host), ["a", "a", "b", "b", "a"]);
    await finish();
  },
});

Deno.test({
  name: "serveConnections() gives an IPv6 network of 64 bits the share of four addresses",
  permissions: "none",
  async fn() {
    const { service, dial, finish, settle } = setUp({ total: 100, perAddress: 2 });
    for (let at = 1; at <= 30; at++) await dial(`2001:db8::${at.toString(16)}`);
    assertEquals(service.served.length, 4 * 2);
    for (let time = 0; time < 3; time++) await dial("2001:db8:0:1::1");
    assertEquals(service.served.length, 4 * 2 + 2);
    service.release(0);
    await settle();
    for (let time = 0; time < 3; time++) await dial("2001:db8::ffff");
    assertEquals(service.served.length, 4 * 2 + 2 + 1);
    await finish();
  },
});

Deno.test({
  name: "serveConnections() does not count loopback addresses",
  permissions: "none",
  async fn() {
    const { service, dial, finish } = setUp({ total: 100, perAddress: 1 });
    for (const host of ["127.0.0.1", "127.0.0.2", "::1", "10.0.0.1"]) {
      for (let count = 0; count < 3; count++) await dial(host);
    }
    const hosts = service.served.map(({ remote }) => remote.host);
    for (const host of ["127.0.0.1", "127.0.0.2", "::1"]) {
      assertEquals(hosts.filter((served) => served === host).length, 3, host);
    }
    assertEquals(hosts.filter((served) => served === "10.0.0.1").length, 1);
    await finish();
  },
});

Deno.test({
  name: "serveConnections() ends when the listener is closed and the last service is done",
  permissions: "none",
  async fn() {
    const { service, dial, listener, loop, settle } = setUp({ total: 10, perAddress: 10 });
    let ended = false;
    loop.then(() => ended = true);
    const connection = await dial("a");
    await dial("b");
    listener.close();
    await settle();
    assertEquals([ended, await isClosed(connection)], [false, false]);
    service.release(0);
    await settle();
    assertEquals([ended, await isClosed(connection)], [false, true]);
    service.release(1);
    await settle();
    assert(ended);
  },
});

Deno.test({
  name: "serveConnections() waits out failures to accept, longer and longer, and then goes on",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const network = new MemoryNetwork();
    const real = await network.host("server").listen({ host: "server", port: 0 });
    await network.host("a").dial(real.address);
    const accepted = await real.accept();
    const failures = Array.from({ length: 10 }, tooManyFiles);
    const listener = new ScriptedListener(clock, [...failures, accepted, tooManyFiles()]);
    const served: Connection[] = [];
    const loop = serveConnections({
      listener,
      limits: { total: 10, perAddress: 10 },
      clock,
      signal: new AbortController().signal,
      serve: (connection) => {
        served.push(connection);
        return Promise.resolve();
      },
    });
    await clock.advance(60_000);
    assertEquals(served, [accepted]);
    const waits = listener.asked.slice(1).map((ms, at) => ms - (listener.asked[at] ?? 0));
    assertEquals(waits, [10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000, 0, 10]);
    listener.close();
    real.close();
    await loop;
    assertEquals(clock.pending, 0);
  },
});

Deno.test({
  name: "serveConnections() ends when it is aborted while it cannot accept",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const controller = new AbortController();
    const listener = new ScriptedListener(clock, Array.from({ length: 1000 }, tooManyFiles));
    const loop = serveConnections({
      listener,
      limits: { total: 10, perAddress: 10 },
      clock,
      signal: controller.signal,
      serve: () => Promise.resolve(),
    });
    await clock.advance(15);
    assertEquals(listener.asked, [0, 10]);
    controller.abort();
    await loop;
    assertEquals(listener.asked, [0, 10, 15]);
    assertEquals(clock.pending, 0);
  },
});
