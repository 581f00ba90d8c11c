import { assertEquals, assertThrows } from "@std/assert";
import { FakeClock } from "../../lib/net/mod.ts";
import { type RuntimeServer, serveHttp } from "../../lib/net/serve_http.ts";

const TOO_MANY = Object.assign(new Error("Too many open files"), { code: "EMFILE" });

/** Servers of the runtime, each of which ends when it is told to. */
class Servers {
  /** The ports at which it was listened, with a note where that failed. */
  readonly log: (number | string)[] = [];
  /** Attempts to listen that fail from now on, and with what. */
  failing = 0;
  error: Error = TOO_MANY;
  /** What was told of. */
  readonly told: string[] = [];
  #last = Promise.withResolvers<void>();

  listen = (port: number): RuntimeServer => {
    if (this.failing-- > 0) {
      this.log.push(`${port} fails`);
      throw this.error;
    }
    this.log.push(port);
    const own = this.#last = Promise.withResolvers<void>();
    return {
      addr: { transport: "tcp", hostname: "192.0.2.1", port: port === 0 ? 8080 : port },
      finished: own.promise,
      shutdown: () => Promise.resolve(own.resolve()),
    };
  };

  onFailure = (error: unknown): void => void this.told.push(String(error));

  /** Has the last one fail to accept. */
  break(error: Error = TOO_MANY): void {
    this.#last.reject(error);
  }
}

Deno.test("serveHttp: a server that ends as it cannot accept listens again at the same port", async () => {
  const clock = new FakeClock();
  const servers = new Servers();
  const server = serveHttp({ ...servers, port: 0, clock });
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
  assertEquals([clock.pending, servers.told], [0, []]);
});

Deno.test("serveHttp: what keeps it from serving is told once, and it goes on when that has passed", async () => {
  const clock = new FakeClock();
  const servers = new Servers();
  const server = serveHttp({ ...servers, port: 80, clock });
  servers.failing = Infinity;
  servers.error = new Deno.errors.AddrInUse("Address in use");
  servers.break(new Error("The socket is gone"));
  await clock.advance(10_000);
  assertEquals(servers.told, ["Error: The socket is gone", "AddrInUse: Address in use"]);
  servers.error = new Deno.errors.PermissionDenied("No more");
  await clock.advance(10_000);
  assertEquals(servers.told.slice(2), ["PermissionDenied: No more"]);
  servers.failing = 0;
  await clock.advance(1_001);
  assertEquals(servers.log.at(-1), 80);
  await clock.advance(1_001);
  servers.failing = Infinity;
  servers.break();
  await clock.advance(10_000);
  assertEquals(servers.told.slice(3), ["PermissionDenied: No more"], "after a calm time anew");
  await server.close();
  assertEquals([clock.pending, servers.told.length], [0, 4]);
});

Deno.test("serveHttp: one that is closed stays closed, also while it cannot listen", async () => {
  const clock = new FakeClock();
  const servers = new Servers();
  const server = serveHttp({ ...servers, port: 80, clock });
  servers.failing = Infinity;
  servers.break();
  await clock.advance(5_000);
  const attempts = servers.log.length;
  await server.close();
  await clock.advance(60_000);
  assertEquals([servers.log.length, clock.pending], [attempts, 0]);
  assertThrows(() => serveHttp({ ...servers, port: 80, clock }), Error, TOO_MANY.message);
});
