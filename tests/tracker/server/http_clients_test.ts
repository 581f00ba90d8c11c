import { assertEquals, assertThrows } from "@std/assert";
import { EVERYBODY } from "../../../lib/net/mod.ts";
import { HttpClients } from "../../../lib/tracker/server/http_clients.ts";
import { TrackerRefusedError } from "../../../lib/tracker/mod.ts";

function requestOf(forwarded?: string): { headers: Headers } {
  return { headers: new Headers(forwarded === undefined ? {} : { "x-forwarded-for": forwarded }) };
}

Deno.test("HttpClients: without a proxy a client is where his connection comes from", () => {
  const clients = new HttpClients(EVERYBODY, "connection");
  assertEquals(clients.hostOf(requestOf("127.0.0.1"), "192.0.2.7"), "192.0.2.7");
  assertEquals(clients.hostOf(requestOf("192.0.2.7"), "127.0.0.1"), "127.0.0.1");
});

Deno.test("HttpClients: behind a proxy the last address that it appends counts", () => {
  const clients = new HttpClients(EVERYBODY, "x-forwarded-for");
  const cases: Record<string, string> = {
    "192.0.2.7": "192.0.2.7",
    "127.0.0.1, 192.0.2.7": "192.0.2.7",
    "junk,  2001:DB8::7 ": "2001:db8::7",
    "::ffff:192.0.2.7": "192.0.2.7",
  };
  for (const [forwarded, host] of Object.entries(cases)) {
    for (const proxy of ["127.0.0.1", "10.0.0.1"]) {
      assertEquals(clients.hostOf(requestOf(forwarded), proxy), host, forwarded);
    }
  }
});

Deno.test("HttpClients: who comes over the loopback of a proxy is where the proxy is, and nobody without its word is anywhere", () => {
  const clients = new HttpClients(EVERYBODY, "x-forwarded-for");
  for (const loopback of ["127.0.0.1", "::1", "::ffff:127.0.0.1", "192.0.2.7, 127.0.0.1"]) {
    assertEquals(clients.hostOf(requestOf(loopback), "10.0.0.1"), "10.0.0.1", loopback);
    assertEquals(clients.hostOf(requestOf(loopback), "127.0.0.1"), "127.0.0.1", loopback);
  }
  for (const forwarded of [undefined, "", "junk", "localhost", "127.0.0.1,", "192.0.2.7:80"]) {
    assertThrows(
      () => clients.hostOf(requestOf(forwarded), "127.0.0.1"),
      TrackerRefusedError,
      "X-Forwarded-For",
    );
  }
  assertThrows(
    () => clients.hostOf(requestOf("127.0.0.1"), "192.0.2.7"),
    TrackerRefusedError,
    "this is none",
  );
});
