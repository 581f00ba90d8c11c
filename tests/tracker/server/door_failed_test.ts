import { assertEquals } from "@std/assert";
import { openHttpDoor } from "../../../lib/tracker/server/open_http_door.ts";
import { openUdpDoor } from "../../../lib/tracker/server/udp_door.ts";
import { eventsOf, sampleContext } from "./sample_context.ts";

Deno.test({
  name: "An HTTP door that cannot listen again says so as an event of the tracker",
  permissions: { net: true },
  async fn() {
    const context = sampleContext();
    const failed = Promise.withResolvers<void>();
    const ownServe = Deno.serve;
    const address = { host: "192.0.2.1", port: 8080 };
    const error = new Deno.errors.AddrInUse("Address in use");
    const attempts: (() => unknown)[] = [
      () => ({
        addr: { hostname: address.host, port: address.port },
        finished: failed.promise,
        shutdown: () => Promise.resolve(),
      }),
    ];
    Deno.serve = ((): unknown => {
      const attempt = attempts.shift();
      if (attempt === undefined) throw error;
      return attempt();
    }) as typeof Deno.serve;
    try {
      const door = openHttpDoor({ ...address, clientAddress: "x-forwarded-for" }, context);
      failed.reject(Object.assign(new Error("Too many open files"), { code: "EMFILE" }));
      await context.clock.advance(5_000);
      await door.close();
    } finally {
      Deno.serve = ownServe;
    }
    assertEquals(await eventsOf(context), [{ type: "door-failed", door: "http", address, error }]);
    assertEquals(context.clock.pending, 0);
  },
});

Deno.test({
  name: "A UDP door whose socket fails is a fault, and the tracker is not ready any more",
  permissions: { net: true },
  async fn() {
    const context = sampleContext();
    const failed = Promise.withResolvers<never>();
    const own = Deno.listenDatagram;
    const error = new Error("Network is down");
    Deno.listenDatagram = ((): unknown => ({
      addr: { hostname: "192.0.2.1", port: 6969 },
      close() {},
      [Symbol.asyncIterator]: () => ({ next: () => failed.promise }),
    })) as typeof Deno.listenDatagram;
    try {
      const door = openUdpDoor({ host: "192.0.2.1", port: 6969 }, context);
      assertEquals(context.readiness.obstacle, undefined);
      failed.reject(error);
      await door.close();
    } finally {
      Deno.listenDatagram = own;
    }
    assertEquals(context.readiness.obstacle, "The udp door is shut: Network is down");
    assertEquals(await eventsOf(context), [{ type: "fault", error }]);
  },
});
