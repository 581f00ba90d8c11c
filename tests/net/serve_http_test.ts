import { assertEquals, assertThrows } from "@std/assert";
import { FakeClock } from "../../lib/net/mod.ts";
import { type RuntimeServer, serveHttp } from "../../lib/net/serve_http.ts";

/** Servers of the runtime, each of which ends when it is told to. */
class Servers {
  /** The ports at which it was listened, with a note where that failed. */
  readonly log: (number | string)[] = [];
  /** Attempts to listen that fail from now on. */
  failing = 0;
  #last = Promise.withResolvers<void>();

  listen = (port: number): RuntimeServer => {
    if (this.failing-- > 0) {
      this.log.push(`${port} fails`);
      throw new Deno.errors.Busy("Too many open files");
    }
    this.log.push(port);
    const own = this.#last = Promise.withResolvers<void>();
    return {
      addr: { transport: "tcp", hostname: "192.0.2.1", port: port === 0 ? 8080 : port },
      finished: own.promise,
      shutdown: () => Promise.resolve(own.resolve()),
    };
  };

  /** Has the last one fail to accept. */
  break(): void {
    this.#last.reject(new Error("Too many open files"));
  }
}

Deno.test("serveHttp: a server that ends as it cannot accept listens again at the same port", async () => {
  const clock = new FakeClock();
  const servers = new Servers();
  const server = serveHttp({ listen: servers.listen, port: 0, clock });
  assertEquals(server.address, { host: "192.0.2.1", port: 8080 });
  servers.failing = 2;
  servers.break();
  await clock.advance(10);
  assertEquals(servers.log, [0, "8080 fails"]);
  await clock.advance(20);
  await clock.advance(40);
  assertEquals(servers.log, [0, "8080 fails", "8080 fails", 8080]);
  servers.break();
  await clock.advance(1_000);
  assertEquals(servers.log.slice(4), [8080]);
  await server.close();
  assertEquals(clock.pending, 0);
});

Deno.test("serveHttp: one that is closed stays closed, also while it cannot listen", async () => {
  const clock = new FakeClock();
  const servers = new Servers();
  const server = serveHttp({ listen: servers.listen, port: 80, clock });
  servers.failing = Infinity;
  servers.break();
  await clock.advance(5_000);
  const attempts = servers.log.length;
  await server.close();
  await clock.advance(60_000);
  assertEquals([servers.log.length, clock.pending], [attempts, 0]);
  assertThrows(() => serveHttp({ listen: servers.listen, port: 80, clock }), Deno.errors.Busy);
});
