import { assertEquals, assertMatch } from "@std/assert";
import { HttpClients } from "../../../lib/tracker/server/http_clients.ts";
import type { Route, Visit } from "../../../lib/tracker/server/routes/route.ts";
import { Routes } from "../../../lib/tracker/server/routes/routes.ts";
import { eventsOf, type SampleContext, sampleContext } from "./sample_context.ts";

const HOST = "192.0.2.7";

/** A route that tells how it was visited, at every path that begins so. */
function echo(start: string, admission: Route["admission"]): Route {
  return {
    admission,
    answer: ({ path, base, host }: Visit) =>
      path.startsWith(start) ? new Response(`${admission} ${base} ${path} ${host}`) : undefined,
  };
}

function routesOf(context: SampleContext, toldBy: "connection" | "x-forwarded-for" = "connection") {
  return new Routes({
    context,
    clients: new HttpClients(context.addresses, toldBy),
    routes: [echo("/health", "anybody"), echo("/page", "token"), echo("/", "token")],
  });
}

async function ask(
  routes: Routes,
  path: string,
  { host = HOST, headers = {} as Record<string, string> } = {},
): Promise<string> {
  const response = await routes.answer(new Request(`http://t.example${path}`, { headers }), host);
  return `${response.status} ${(await response.text()).trim()}`;
}

Deno.test("routes: without a token each path is as it was sent, and the first route that knows it answers", async () => {
  const routes = routesOf(sampleContext());
  assertEquals(await ask(routes, "/health"), `200 anybody  /health ${HOST}`);
  assertEquals(await ask(routes, "/page%20?a=1"), `200 token  /page%20 ${HOST}`);
  assertEquals(await ask(routes, ""), `200 token  / ${HOST}`);
  assertEquals(await ask(routes, "/", { host: "::ffff:192.0.2.7" }), `200 token  / ${HOST}`);
});

Deno.test("routes: with a token it is the first segment of the path, and what is open needs none", async () => {
  const context = sampleContext({ token: "open sesame" });
  const routes = routesOf(context);
  assertEquals(await ask(routes, "/open%20sesame/page"), `200 token /open%20sesame /page ${HOST}`);
  assertEquals(await ask(routes, "/open%20sesame/"), `200 token /open%20sesame / ${HOST}`);
  assertEquals(await ask(routes, "/health"), `200 anybody  /health ${HOST}`);
  for (const path of ["/", "/page", "/open%20sesame", "//page"]) {
    assertMatch(
      await ask(routes, path),
      /^403 Cannot answer: the token .* is (missing|wrong)$/,
      path,
    );
  }
  const wrong = ["/open%20sesam/page", "/%ff/page", "/open%20sesame%00/page", "/a/health"];
  for (const path of [...wrong, `/${"x".repeat(2_000)}/page`]) {
    assertMatch(
      await ask(routes, path),
      /^403 Cannot answer: the token .* is (missing|wrong)$/,
      path,
    );
  }
  const told = (await eventsOf(context)).map((event) => JSON.stringify(event)).join();
  assertEquals(told.includes("sesame"), false);
});

Deno.test("routes: the API refuses in JSON, everything else in plain text", async () => {
  const routes = routesOf(sampleContext({ token: "sesame" }));
  for (const path of ["/api/v1/files", "/wrong/api/v1/files", "/api"]) {
    const answer = await routes.answer(new Request(`http://t.example${path}`), HOST);
    assertEquals(answer.headers.get("content-type"), "application/json");
    assertMatch((await answer.json()).error, /^Cannot answer: the token/);
  }
  const answer = await routes.answer(new Request("http://t.example/apiary"), HOST);
  assertMatch(answer.headers.get("content-type") ?? "", /^text\/plain/);
  await answer.body?.cancel();
});

Deno.test("routes: who asks too often is told to wait (429), others and later requests are answered", async () => {
  const context = sampleContext({ announcesPerSecond: 1, announceBurst: 3 });
  const routes = routesOf(context);
  for (let count = 0; count < 3; count++) assertMatch(await ask(routes, "/"), /^200/);
  for (let count = 0; count < 20; count++) assertMatch(await ask(routes, "/"), /^429 .*wait$/);
  assertMatch(await ask(routes, "/health"), /^200/);
  assertMatch(await ask(routes, "/", { host: "192.0.2.8" }), /^200/);
  await context.clock.advance(1_000);
  assertMatch(await ask(routes, "/"), /^200/);
  assertEquals(context.counters.snapshot().refusals, { 429: 20 });
});

Deno.test("routes: who shows too many wrong tokens is shut out for a while, also with the right one", async () => {
  const context = sampleContext({ token: "sesame", tokenFailureBurst: 3 });
  const routes = routesOf(context);
  for (let guess = 0; guess < 3; guess++) assertMatch(await ask(routes, `/${guess}/`), /^403/);
  assertMatch(await ask(routes, "/3/"), /^429/);
  assertMatch(await ask(routes, "/sesame/"), /^429/);
  assertMatch(await ask(routes, "/sesame/", { host: "192.0.2.8" }), /^200/);
});

Deno.test("routes: an address that is shut out is answered nothing, not even what is open", async () => {
  const context = sampleContext();
  const addresses = { admits: (host: string) => host !== HOST, generation: 0 };
  const routes = routesOf({ ...context, addresses });
  for (const path of ["/", "/health", "/api/v1/files"]) {
    assertMatch(await ask(routes, path), /^403 .*This address is not let in/);
    assertMatch(await ask(routes, path, { host: "::ffff:192.0.2.7" }), /^403/);
    assertMatch(await ask(routes, path, { host: "192.0.2.8" }), /^200/);
  }
  const proxied = routesOf({ ...context, addresses }, "x-forwarded-for");
  const headers = { "x-forwarded-for": HOST };
  assertMatch(await ask(proxied, "/health", { host: "127.0.0.1", headers }), /^403/);
});

Deno.test("routes: behind a proxy he counts whom it names, and who names nobody is refused", async () => {
  const routes = routesOf(sampleContext(), "x-forwarded-for");
  const from = (forwarded: string, host = "127.0.0.1") =>
    ask(routes, "/", { host, headers: { "x-forwarded-for": forwarded } });
  assertEquals(await from("127.0.0.1, 192.0.2.9"), "200 token  / 192.0.2.9");
  assertEquals(await from("127.0.0.1", "10.0.0.1"), "200 token  / 10.0.0.1");
  assertMatch(await ask(routes, "/", { host: "127.0.0.1" }), /^403 .*X-Forwarded-For/);
  assertMatch(await from("192.0.2.9", "203.0.113.1"), /^403 .*behind a proxy/);
});

Deno.test("routes: a route that fails is answered with 500 and told as a fault, without its reason", async () => {
  const context = sampleContext();
  const routes = new Routes({
    context,
    clients: new HttpClients(context.addresses, "connection"),
    routes: [{ admission: "token", answer: () => Promise.reject(new Error("secret")) }],
  });
  assertEquals(await ask(routes, "/"), "500 Cannot answer: the tracker is at fault");
  assertEquals((await eventsOf(context)).map(({ type }) => type), ["fault"]);
});

Deno.test("routes: what goes on by itself begins with the door and ends with it", () => {
  const said: string[] = [];
  const context = sampleContext();
  const routes = new Routes({
    context,
    clients: new HttpClients(context.addresses, "connection"),
    routes: [{
      admission: "token",
      answer: () => undefined,
      begin: () => (said.push("begun"), { [Symbol.dispose]: () => void said.push("ended") }),
    }, echo("/", "token")],
  });
  assertEquals(said, []);
  routes.begin()[Symbol.dispose]();
  assertEquals(said, ["begun", "ended"]);
});
