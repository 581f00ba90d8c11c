import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  followRedirects,
  ListFilter,
  parseAddressList,
  resolveHost,
  UrlGuard,
  UrlRefusedError,
} from "../../lib/net/mod.ts";

const NAMES: Readonly<Record<string, readonly string[]>> = {
  "public.example": ["203.0.113.80", "2001:db8::80"],
  "mixed.example": ["203.0.113.80", "10.0.0.5"],
  "lan.example": ["10.0.0.5"],
  "nowhere.example": [],
  "10.0.0.5": ["10.0.0.5"],
};

/** A guard that knows some names, and what it was asked for. */
function guard(options: ConstructorParameters<typeof UrlGuard>[0] = {}) {
  const asked: string[] = [];
  const resolve = (host: string) => {
    asked.push(host);
    const addresses = NAMES[host];
    return addresses === undefined
      ? Promise.reject(new Error("ENOTFOUND"))
      : Promise.resolve(addresses);
  };
  return { asked, urls: new UrlGuard({ resolve, ...options }) };
}

Deno.test("All that a name stands for is looked at before it is asked, and given to who asks", async () => {
  const { urls } = guard();
  assertEquals(await urls.check("http://public.example/x?y", "web seed"), NAMES["public.example"]);
  assertEquals(await urls.check("http://lan.example/announce", "announce"), ["10.0.0.5"]);
  await assertRejects(() => urls.check("http://mixed.example/x", "web seed"), UrlRefusedError);
  await assertRejects(() => urls.check("http://lan.example/x", "announce"), UrlRefusedError);
});

Deno.test("What is wrong as it stands there is not looked up, so that nobody learns who has it", async () => {
  const { urls, asked } = guard();
  for (
    const url of ["http://evil.example:25/", "http://u:p@evil.example/", "file://evil.example/"]
  ) {
    await assertRejects(() => urls.check(url, "announce"), UrlRefusedError);
  }
  assertEquals(asked, []);
});

Deno.test("A name that nobody knows is an error that may pass, not a refusal", async () => {
  const { urls } = guard();
  for (const [host, reason] of [["unknown", "cannot be looked up"], ["nowhere", "no address"]]) {
    const check = () => urls.check(`http://${host}.example/announce`, "announce");
    const error = await assertRejects(check, Error, reason);
    assert(!(error instanceof UrlRefusedError));
  }
  // Where nothing is to be checked, a proxy may know it.
  const free = guard({ privateUrls: "allowed" }).urls;
  assertEquals(await free.check("http://unknown.example/x", "web seed"), ["unknown.example"]);
});

Deno.test("A server that is open to all sends us nowhere else, and one within sends us out only", async () => {
  const { urls } = guard();
  const follow = async (from: string, to: string): Promise<string> => {
    const get = (url: string) =>
      Promise.resolve(
        url === from
          ? new Response(null, { status: 302, headers: { location: to } })
          : new Response(url),
      );
    const check = (url: string) => urls.checkRedirect(url, "announce");
    const response = await followRedirects(from, {}, { get, check });
    return await response.text();
  };
  const [out, within] = ["http://public.example/a", "http://10.0.0.5/announce"];
  const elsewhere = "https://public.example/b";
  assertEquals(await follow(out, elsewhere), elsewhere);
  assertEquals(await follow(within, elsewhere), elsewhere);
  const refused = [
    "http://lan.example/announce",
    "http://mixed.example/announce",
    "http://10.0.0.5/announce?info_hash=x",
    "http://127.0.0.1/announce",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]/announce",
    "http://public.example:22/",
    "http://user:secret@public.example/",
    "file:///etc/passwd",
  ];
  for (const to of refused) {
    for (const from of [out, within]) await assertRejects(() => follow(from, to), Error, "", to);
  }
});

Deno.test("Lists of addresses are for the servers that torrents name, too", async () => {
  const bytes = new TextEncoder().encode("203.0.113.0/24\n");
  const block = parseAddressList(bytes, { name: "list", kind: "blocklist" }).ranges;
  const { urls } = guard({ addresses: new ListFilter({ block }), privateUrls: "allowed" });
  await assertRejects(
    () => urls.check("http://public.example/announce", "announce"),
    UrlRefusedError,
    "the lists of addresses do not let it in",
  );
  assertEquals(await urls.check("http://lan.example/any?thing", "web seed"), ["10.0.0.5"]);
});

Deno.test("A host is looked up as the system does it, an address stands for itself", async () => {
  assertEquals(await resolveHost("192.0.2.7"), ["192.0.2.7"]);
  assertEquals(await resolveHost("2001:db8::7"), ["2001:db8::7"]);
  const here = await resolveHost("localhost");
  assert(here.length > 0 && here.every((host) => ["127.0.0.1", "::1"].includes(host)), `${here}`);
});

Deno.test({
  name: "Where the permission is missing to look a host up, the error says so, with the flag",
  permissions: { net: ["127.0.0.1"] },
  async fn() {
    await assertRejects(
      () => new UrlGuard().check("http://tracker.example/announce", "announce"),
      Deno.errors.NotCapable,
      "--allow-net",
    );
  },
});
