import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { serveTracker, type TrackerServer } from "../../../../lib/tracker/mod.ts";
import { Readiness } from "../../../../lib/tracker/server/readiness.ts";
import { healthRoutes } from "../../../../lib/tracker/server/routes/health_routes.ts";

const HOST = "127.0.0.1";

async function ask(
  { doors }: TrackerServer,
  path: string,
  method = "GET",
): Promise<[status: number, text: string]> {
  const [door] = doors;
  assert(door !== undefined);
  const response = await fetch(`http://${HOST}:${door.address.port}${path}`, { method });
  return [response.status, await response.text()];
}

for (const clientAddress of ["connection", "x-forwarded-for"] as const) {
  Deno.test(`A tracker with a token tells everybody that it is well and serves, told by ${clientAddress}`, async () => {
    await using tracker = serveTracker({
      ...{ host: HOST, port: 0, token: "s3cret" },
      http: { port: 0, clientAddress },
    });
    assertEquals(await ask(tracker, "/health"), [200, "ok\n"]);
    assertEquals(await ask(tracker, "/ready"), [200, "ok\n"]);
    assertEquals(await ask(tracker, "/ready", "HEAD"), [200, ""]);
    assertEquals((await ask(tracker, "/ready", "POST"))[0], 405);
    assertEquals((await ask(tracker, "/health/"))[0], 403);
  });
}

async function readyOf(readiness: Readiness): Promise<[status: number, text: string]> {
  const request = new Request("http://h/ready");
  for (const route of healthRoutes(readiness)) {
    const response = await route.answer({ request, path: "/ready", base: "", host: HOST });
    if (response !== undefined) return [response.status, await response.text()];
  }
  throw new Error("nothing answers");
}

Deno.test("Who is not to be sent to a tracker is told why: a door is shut, or it is about to end", async () => {
  const readiness = new Readiness();
  assertEquals(await readyOf(readiness), [200, "ok\n"]);
  readiness.doorShut("udp", new Error("no such device"));
  assertEquals(await readyOf(readiness), [503, "The udp door is shut: no such device\n"]);
  readiness.leave();
  const [status, text] = await readyOf(readiness);
  assertEquals(status, 503);
  assertStringIncludes(text, "about to end");
});
