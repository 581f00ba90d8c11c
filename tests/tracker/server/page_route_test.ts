import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { HttpClients } from "../../../lib/tracker/server/http_clients.ts";
import { openRoutes } from "../../../lib/tracker/server/routes/open_routes.ts";
import type { HttpDoorOptions } from "../../../lib/tracker/server/http_door.ts";
import { sampleContext } from "./sample_context.ts";

/** Asks a tracker's door for a path, from this machine unless another host is named. */
async function ask(
  path: string,
  { method = "GET", host = "127.0.0.1", token = "", headers = {} as Record<string, string> } = {},
  options: Pick<HttpDoorOptions, "dashboard"> = {},
): Promise<Response> {
  const context = sampleContext(token === "" ? {} : { token });
  const routes = openRoutes(options, {
    context,
    clients: new HttpClients(context.addresses, "connection"),
  });
  const own = new Headers({ host: "127.0.0.1:6969", ...headers });
  // Not a `Request`, which would tidy the URL and may drop headers.
  const request = { url: `http://127.0.0.1:6969${path}`, method, headers: own };
  return await routes.answer(request as Request, host);
}

async function statusOf(...asked: Parameters<typeof ask>): Promise<number> {
  const response = await ask(...asked);
  await response.body?.cancel();
  return response.status;
}

Deno.test("page route: the page and what it loads are there, with their policy and types", async () => {
  const page = await ask("/");
  assertEquals(page.status, 200);
  assertEquals(page.headers.get("content-type"), "text/html; charset=utf-8");
  assertMatch(page.headers.get("content-security-policy") ?? "", /^default-src 'none'; /);
  const text = await page.text();
  for (const [, path = ""] of text.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)) {
    assertEquals(await statusOf(`/${path}`), 200, path);
  }
  assertEquals(await statusOf("/?a=1"), 200);
  assertEquals(await statusOf("/", { method: "HEAD" }), 200);
  const tag = page.headers.get("etag") ?? "";
  assertEquals(await statusOf("/", { headers: { "if-none-match": tag } }), 304);
});

Deno.test("page route: what is not there, and other methods, are refused", async () => {
  for (
    const path of ["/index.html", "/assets", "/assets/", "/assets/../deno.json", "/assets/x.js"]
  ) {
    assertEquals(await statusOf(path), 404, path);
  }
  for (const method of ["POST", "PUT", "DELETE"]) {
    const response = await ask("/", { method });
    assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
    await response.body?.cancel();
  }
});

Deno.test("page route: it is for this machine unless it is opened, and for no page of others", async () => {
  const elsewhere = { host: "192.0.2.7" };
  const refused = await ask("/", elsewhere);
  assertEquals(refused.status, 403);
  assertStringIncludes(await refused.text(), "--public-dashboard");
  assertEquals(await statusOf("/assets/shared/style.css", elsewhere), 403);
  const open = { dashboard: { audience: "everybody" } } as const;
  assertEquals(await statusOf("/", elsewhere, open), 200);
  assertEquals(await statusOf("/", { headers: { host: "rebound.example" } }, open), 403);
  assertEquals(await statusOf("/", { headers: { origin: "http://evil.example" } }, open), 403);
  assertEquals(await statusOf("/", {}, { dashboard: "none" }), 404);
});

Deno.test("page route: with a token it lies below the token alone", async () => {
  const token = "open sesame";
  assertEquals(await statusOf("/open%20sesame/", { token }), 200);
  assertEquals(await statusOf("/open%20sesame/assets/shared/style.css", { token }), 200);
  for (const path of ["/", "/assets/shared/style.css", "/wrong/"]) {
    assertEquals(await statusOf(path, { token }), 403, path);
  }
});
