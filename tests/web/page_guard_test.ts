import { assertEquals, assertMatch } from "@std/assert";
import { type Audience, type GuardOptions, PageGuard } from "../../lib/web/mod.ts";

const WAY_OUT = "--public opens it";

/** Whether a request passes: from where it comes, and its headers. */
function passes(
  headers: Record<string, string>,
  { host = "127.0.0.1", audience = "this machine" as Audience, names = [] as string[] } = {},
): boolean {
  const guard = new PageGuard({ audience, wayOut: WAY_OUT, names });
  return guard.reasonAgainst({ headers: new Headers(headers) }, host) === undefined;
}

Deno.test({
  name: "PageGuard: what is for this machine is answered over loopback alone",
  permissions: "none",
  fn() {
    const headers = { host: "localhost:6969" };
    const own = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1"];
    for (const host of own) assertEquals(passes(headers, { host }), true, host);
    const others = ["192.168.0.7", "10.0.0.1", "::ffff:10.0.0.1", "2001:db8::7", "fe80::1%eth0"];
    for (const host of [...others, "", "127.0.0.1.example", "junk"]) {
      assertEquals(passes(headers, { host }), false, host);
      assertEquals(passes(headers, { host, audience: "everybody" }), true, host);
    }
  },
});

Deno.test({
  name: "PageGuard: only addresses, localhost and known names are names of this machine",
  permissions: "none",
  fn() {
    const ours = ["localhost", "LOCALHOST:80", "localhost.:6969", "a.localhost", "a.localhost.:1"]
      .concat(["127.0.0.1", "127.0.0.1:6969", "192.168.0.7:6969", "[::1]", "[::1]:6969"])
      .concat(["[::ffff:127.0.0.1]:6969", "[::FFFF:7F00:1]", "[2001:db8::7]:6969"])
      .concat(["tracker.lan", "Tracker.LAN.:6969"]);
    const others = ["", "evil.example", "localhost.evil.example", "evillocalhost", "localhost:"]
      .concat([
        "localhost:x",
        "localhost:123456",
        "127.0.0.1.nip.example",
        "127.0.0.1:1:2",
        "127.1",
      ])
      .concat(["[localhost]", "[127.0.0.1]", "[::1", "::1", "[::1]x", "[evil.example]:6969"])
      .concat([
        "0x7f000001",
        "2130706433",
        "tracker.lan.evil.example",
        "lan",
        "a b",
        "localhost, x",
      ])
      .concat(["[fe80::1%eth0]", "[::1%25lo]", "a b.localhost", "a/b.localhost", "..localhost"])
      .concat(["a@b.localhost", ".localhost", "a#.localhost", "[1.2.3.4]", "[]", "1.2.3.4%1"])
      .concat([
        "127.0.0.1:99999",
        "localhost:70000",
        "xn--.localhost",
        "%.localhost",
        "<.localhost",
      ])
      .concat(["user@localhost", "localhost/", "localhost#.evil.example", ".", "localhost.."]);
    const names = ["tracker.LAN"];
    for (const audience of ["this machine", "everybody"] as const) {
      for (const host of ours) assertEquals(passes({ host }, { names, audience }), true, host);
      for (const host of others) assertEquals(passes({ host }, { names, audience }), false, host);
      assertEquals(passes({}, { names, audience }), false);
      assertEquals(passes({ host: "tracker.lan" }, { audience }), false);
    }
  },
});

Deno.test({
  name: "PageGuard: pages of other origins may not ask, whatever they say of themselves",
  permissions: "none",
  fn() {
    const host = "localhost:6969";
    for (const origin of ["http://localhost:6969", "https://localhost:6969"]) {
      assertEquals(passes({ host, origin }), true, origin);
    }
    assertEquals(passes({ host: "LOCALHOST:6969", origin: "http://localhost:6969" }), true);
    const others = ["null", "http://localhost", "http://localhost:6970", "http://evil.example", ""]
      .concat(["http://localhost:6969.evil.example", "http://127.0.0.1:6969", "file://"]);
    for (const origin of others) assertEquals(passes({ host, origin }), false, origin);
  },
});

Deno.test({
  name: "PageGuard: a browser that says another site asks is refused, but may follow a link",
  permissions: "none",
  fn() {
    const from = (site: string, mode: string) =>
      passes({ host: "localhost", "sec-fetch-site": site, "sec-fetch-mode": mode });
    for (const site of ["same-origin", "none"]) assertEquals(from(site, "cors"), true, site);
    for (const site of ["cross-site", "same-site"]) {
      for (const mode of ["cors", "no-cors", "websocket", ""]) {
        assertEquals(from(site, mode), false, `${site} ${mode}`);
      }
      assertEquals(from(site, "navigate"), true, site);
    }
    // A form that another page sends navigates, too, and says where it comes from.
    const form = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    assertEquals(passes({ host: "localhost", origin: "http://evil.example", ...form }), false);
  },
});

Deno.test("PageGuard: a refusal names the way out and does not repeat what was asked", async () => {
  const guard = new PageGuard({ audience: "this machine", wayOut: WAY_OUT });
  const headers = new Headers({ host: "evil.example" });
  const outside = guard.refusal({ headers }, "192.0.2.7");
  assertEquals(outside?.status, 403);
  assertMatch(await outside?.text() ?? "", new RegExp(`${WAY_OUT}\n$`));
  const named = await guard.refusal({ headers }, "127.0.0.1")?.text() ?? "";
  assertMatch(named, /ask for its IP address, or for localhost/);
  assertEquals(named.includes("evil"), false);
});

Deno.test("PageGuard: what is for this machine is not for a proxy on it that passes on what others ask", () => {
  const own = { audience: "this machine", wayOut: WAY_OUT } as const;
  const headers = { forwarded: "for=192.0.2.7", via: "1.1 front", "x-forwarded-for": "192.0.2.7" };
  const more = { "x-forwarded-host": "tracker.example", "x-real-ip": "192.0.2.7" };
  for (const [name, value] of Object.entries({ ...headers, ...more })) {
    const request = { headers: new Headers({ host: "127.0.0.1:6969", [name]: value }) };
    assertMatch(
      new PageGuard(own).reasonAgainst(request, "127.0.0.1") ?? "",
      /^This is for the machine itself, and a proxy asks for somebody\. --public opens it$/,
    );
    assertEquals(new PageGuard(own).isLocal(request, "127.0.0.1"), false, name);
    for (const options of [{ ...own, proxy: "believed" }, { ...own, audience: "everybody" }]) {
      const guard = new PageGuard(options as GuardOptions);
      assertEquals(guard.reasonAgainst(request, "127.0.0.1"), undefined, name);
    }
  }
});

Deno.test("PageGuard: a Host has 255 characters at most", () => {
  const host = (length: number) => `${"a.".repeat(123)}localhost`.slice(-length);
  assertEquals([host(255).length, passes({ host: host(255) })], [255, true]);
  const long = `a${host(255)}`;
  assertEquals([long.length, passes({ host: long })], [256, false]);
});

Deno.test("PageGuard: without a Host, as in HTTP/2, the URL says how this machine is named", () => {
  const guard = new PageGuard({ audience: "this machine", wayOut: WAY_OUT });
  const isAnswered = (url: string, headers: Record<string, string> = {}) =>
    guard.reasonAgainst({ url, headers: new Headers(headers) }, "127.0.0.1") === undefined;
  assertEquals(isAnswered("https://localhost:6969/api/v1/tracker"), true);
  assertEquals(isAnswered("https://127.0.0.1/"), true);
  const origin = "https://localhost:6969";
  assertEquals(isAnswered("https://localhost:6969/", { origin }), true);
  assertEquals(isAnswered("https://localhost:6970/", { origin }), false);
  for (const url of ["https://evil.example/", "https://localhost:99999/", "/localhost/", ""]) {
    assertEquals(isAnswered(url), false, url);
  }
  assertEquals(isAnswered("https://localhost/", { host: "evil.example" }), false);
});
