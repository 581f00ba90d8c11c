import { assertEquals, assertThrows } from "@std/assert";
import { tcpTransport } from "../../../lib/net/mod.ts";
import type { Door } from "../../../lib/tracker/mod.ts";
import { openHttpDoor } from "../../../lib/tracker/server/open_http_door.ts";
import { sampleContext } from "./sample_context.ts";

const PLACE = { host: "127.0.0.1", port: 0 };

/** Opens a door, and tells the ports of the web servers that were opened for it. */
function openSpied(): { readonly door: Door; readonly ports: readonly number[] } {
  const { serve } = Deno;
  const ports: number[] = [];
  Reflect.set(Deno, "serve", (...args: Parameters<typeof serve>) => {
    const server = serve(...args);
    ports.push((server.addr as Deno.NetAddr).port);
    return server;
  });
  try {
    return { door: openHttpDoor(PLACE, sampleContext()), ports };
  } finally {
    Reflect.set(Deno, "serve", serve);
  }
}

Deno.test("Whoever finds the web server behind the HTTP door is told nothing there", async () => {
  const { door, ports } = openSpied();
  const atDoor = await fetch(`http://127.0.0.1:${door.address.port}/scrape`);
  assertEquals((await atDoor.text()).slice(0, 17), "d14:failure reaso");
  assertEquals(ports.includes(door.address.port), false);
  const [port] = ports;
  const behind = await fetch(`http://127.0.0.1:${port}/scrape`);
  assertEquals([behind.status, await behind.text()], [404, "There is nothing here\n"]);
  await door.close();
});

Deno.test("An HTTP door that is closed has let go of connections that were idle, silent or half-sent", async () => {
  const { door } = openSpied();
  using idle = await tcpTransport.dial(door.address);
  using silent = await tcpTransport.dial(door.address);
  using halfSent = await tcpTransport.dial(door.address);
  const asking = idle.writable.getWriter();
  await asking.write(new TextEncoder().encode("GET / HTTP/1.1\r\nhost: a\r\n\r\n"));
  await halfSent.writable.getWriter().write(new TextEncoder().encode("GET / HT"));
  const answer = idle.readable.getReader();
  assertEquals((await answer.read()).done, false);
  await door.close();
  assertEquals(await answer.read().then(({ done }) => done), true);
  for (const { readable } of [silent, halfSent]) {
    assertEquals(await Array.fromAsync(readable), []);
  }
});

Deno.test("An HTTP door at a port that is taken is refused, and holds nothing", () => {
  using taken = tcpTransport.listen(PLACE);
  assertThrows(() => openHttpDoor(taken.address, sampleContext()), Deno.errors.AddrInUse);
});
