import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../../lib/cli/cli_error.ts";
import { capitalize, clientName, parseClient } from "../../../lib/cli/shell/client_name.ts";

Deno.test({
  name: "client name: a client is named as in the original, with a capital where the server speaks",
  permissions: "none",
  fn() {
    const name = clientName({ host: "192.0.2.7", port: 9021 });
    assertEquals([name, capitalize(name)], ["client[192.0.2.7,9021]", "Client[192.0.2.7,9021]"]);
    assertEquals(clientName({ host: "2001:db8::7", port: 1 }), "client[2001:db8::7,1]");
    assertEquals(capitalize(""), "");
  },
});

Deno.test({
  name: "client name: an address is an IP address or a name, and a port, in two words",
  permissions: "none",
  fn() {
    const addresses: readonly [string, string, string, number][] = [
      ["192.0.2.7", "9021", "192.0.2.7", 9021],
      ["192.0.2.7", "1", "192.0.2.7", 1],
      ["192.0.2.7", "65535", "192.0.2.7", 65_535],
      ["localhost", "80", "127.0.0.1", 80],
      ["2001:DB8:0::7", "80", "2001:db8::7", 80],
      ["[2001:db8::7]", "80", "2001:db8::7", 80],
      ["2001:db8::7", "80", "2001:db8::7", 80],
      ["[::1]", "65535", "::1", 65_535],
      ["::ffff:192.0.2.7", "80", "192.0.2.7", 80],
    ];
    for (const [ip, digits, host, port] of addresses) {
      assertEquals(parseClient(ip, digits), { host, port }, `${ip} ${digits}`);
    }
  },
});

Deno.test({
  name: "client name: what is no address is refused with both words and a right example",
  permissions: "none",
  fn() {
    const ports = ["", "0", "-1", "65536", "9".repeat(30), "1.5", "1e3", "0x50", "80 ", "x"];
    const hosts = ["", "300.1.1.1", "1.2.3", "1.2.3.4.5", "a b", "[::1", "::g", "a/b", "-"];
    const pairs = [
      ...ports.map((port) => ["192.0.2.7", port] as const),
      ...hosts.map((host) => [host, "80"] as const),
    ];
    for (const [ip, port] of pairs) {
      const error = assertThrows(
        () => parseClient(ip, port),
        UsageError,
        undefined,
        `${ip} ${port}`,
      );
      assertEquals(
        [error.message, error.exitCode],
        [`Cannot read address ${ip} ${port}: it must be IP PORT, as in 192.0.2.7 9021`, 28],
      );
      assert(error.cause instanceof Error);
    }
    for (const pair of [[undefined, undefined], ["192.0.2.7", undefined], [undefined, "80"]]) {
      assertThrows(() => parseClient(pair[0], pair[1]), UsageError);
    }
  },
});

Deno.test({
  name: "client name: a port that stands with the address already is refused beside a second one",
  permissions: "none",
  fn() {
    for (const host of ["127.0.0.1:9021", "localhost:9021", "[2001:db8::7]:9021", "127.0.0.1:"]) {
      for (const port of ["9021", "9022"]) {
        const error = assertThrows(() => parseClient(host, port), UsageError, undefined, host);
        assertStringIncludes(error.message, `Cannot read address ${host} ${port}: `);
      }
    }
  },
});

Deno.test({
  name: "client name: a refusal has nothing in it that a terminal obeys, and an end",
  permissions: "none",
  fn() {
    const error = assertThrows(() => parseClient("\x1b[2J", "\u202e1\n"), UsageError);
    assertStringIncludes(error.message, "Cannot read address ?[2J ?1?: ");
    const long = assertThrows(() => parseClient("a ".repeat(5_000), "80"), UsageError);
    assert(long.message.length < 400, `${long.message.length} characters`);
  },
});
