import { assertEquals, assertRejects } from "@std/assert";
import { followRedirects, placeOf, RedirectError } from "../../lib/net/mod.ts";

/** Follows a server that sends whoever asks for `from` to `to`, and tells where that ends. */
async function endOf(from: string, to: string): Promise<string> {
  const response = await followRedirects(from, {}, {
    get: (url) =>
      Promise.resolve(
        url === from
          ? new Response(null, { status: 302, headers: { location: to } })
          : new Response(url),
      ),
  });
  return await response.text();
}

Deno.test({
  name: "placeOf knows this machine and private networks in every spelling of a URL",
  permissions: "none",
  fn() {
    const places = {
      "this machine": ["127.0.0.1", "127.9.9.9", "localhost", "LOCALHOST.", "a.localhost", "[::1]"]
        .concat(["0.0.0.0", "[::]", "[::ffff:127.0.0.1]"]),
      "a private network": [
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.1",
        "100.64.0.1",
        "192.168.1.1",
        "169.254.1.1",
      ]
        .concat(["[fd00::1]", "[fe80::1]", "[::ffff:10.0.0.1]"]),
      "anywhere": [
        "8.8.8.8",
        "172.32.0.1",
        "example.com",
        "localhost.example.com",
        "[2001:db8::1]",
      ],
    };
    for (const [place, hosts] of Object.entries(places)) {
      for (const host of hosts) {
        assertEquals(placeOf(new URL(`http://${host}/`).hostname), place, host);
      }
    }
  },
});

Deno.test({
  name: "followRedirects goes outwards and sideways, never further in",
  permissions: "none",
  async fn() {
    const [out, near, here] = ["http://a.example/", "http://10.0.0.1/", "http://127.0.0.1:9/"];
    for (
      const [from, to] of [[out, "https://b.example/x"], [near, out], [here, near], [
        near,
        "http://10.9.9.9/",
      ]]
    ) {
      assertEquals(await endOf(from!, to!), to);
    }
    for (const [from, to] of [[out, near], [out, here], [near, here], [out, "http://0.0.0.0/"]]) {
      await assertRejects(() => endOf(from!, to!), RedirectError, "it redirects to");
    }
    await assertRejects(() => endOf(out, "file:///etc/passwd"), RedirectError, "to file:");
    await assertRejects(() => endOf(out, "http://"), RedirectError, "what is no URL");
  },
});

Deno.test({
  name: "followRedirects follows three times, relative to where it is",
  permissions: "none",
  async fn() {
    const visited: string[] = [];
    const circle = (url: string) => {
      visited.push(url);
      return Promise.resolve(new Response(null, { status: 301, headers: { location: "next/" } }));
    };
    await assertRejects(
      () => followRedirects("http://a.example/", {}, { get: circle }),
      RedirectError,
      "3 times",
    );
    assertEquals(visited.map((url) => new URL(url).pathname), [
      "/",
      "/next/",
      "/next/next/",
      "/next/next/next/",
    ]);
  },
});
