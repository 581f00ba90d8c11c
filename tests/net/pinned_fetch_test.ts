import { assertEquals, assertRejects } from "@std/assert";
import {
  ADDRESS_PATIENCE_MS,
  describeFetchFailure,
  FakeClock,
  followRedirects,
  pinnedFetch,
} from "../../lib/net/mod.ts";

const HOST = "127.0.0.1";

/** Whether this runtime can connect to an address of choice; Deno before 2.5 cannot. */
const canPin = (() => {
  const options: object = { proxy: { transport: "tcp", hostname: HOST, port: 9 } };
  try {
    Deno.createHttpClient(options).close();
    return true;
  } catch {
    return false;
  }
})();

/** A web server, at a port of its own, that answers with what it was asked. */
function openServer(answer = (request: Request) => new Response(request.url)) {
  const server = Deno.serve({ hostname: HOST, port: 0, onListen: () => {} }, answer);
  const { port } = server.addr;
  return { port, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test({
  name: "pinnedFetch asks the address that was looked up, and the name is not looked up again",
  ignore: !canPin,
  async fn() {
    await using server = openServer();
    // Nobody but the test knows what this name stands for.
    const url = `http://pinned.invalid:${server.port}/a%20b?c=d&e`;
    assertEquals(await (await pinnedFetch(url, {}, [HOST])).text(), url);
    await assertRejects(() => pinnedFetch(url, {}), TypeError);
  },
});

Deno.test({
  name: "pinnedFetch asks one address after the other until one answers, and no more if none does",
  ignore: !canPin,
  async fn() {
    await using server = openServer();
    const url = `http://pinned.invalid:${server.port}/`;
    // The server listens at one of them only.
    const others = ["127.0.0.77", "127.0.0.78"];
    assertEquals(await (await pinnedFetch(url, {}, [...others, HOST])).text(), url);
    const error = await assertRejects(() => pinnedFetch(url, {}, others), TypeError);
    assertEquals(describeFetchFailure(error), "nobody listens there");
  },
});

Deno.test({
  name: "pinnedFetch gives one of several addresses 4 s to begin its answer",
  ignore: !canPin,
  async fn() {
    await using server = openServer();
    using silent = Deno.listen({ hostname: "127.0.0.77", port: server.port });
    const url = `http://pinned.invalid:${server.port}/`;
    const clock = new FakeClock();
    const fetching = pinnedFetch(url, {}, ["127.0.0.77", HOST], clock);
    using _far = await silent.accept();
    await clock.advance(ADDRESS_PATIENCE_MS);
    assertEquals(await (await fetching).text(), url);
    assertEquals(ADDRESS_PATIENCE_MS, 4_000);
  },
});

Deno.test({
  name: "followRedirects asks each place at the addresses that were looked at",
  ignore: !canPin,
  async fn() {
    await using server = openServer((request) =>
      new URL(request.url).pathname === "/from"
        ? new Response(null, { status: 302, headers: { location: "http://b.invalid/to" } })
        : new Response("wrong")
    );
    await using other = openServer();
    const to = `http://b.invalid:${other.port}/to`;
    const get: typeof pinnedFetch = (url, init, addresses) =>
      pinnedFetch(url.replace("http://b.invalid/to", to), init, addresses);
    const response = await followRedirects(`http://a.invalid:${server.port}/from`, {}, {
      ...{ get, addresses: [HOST] },
      check: () => Promise.resolve([HOST]),
    });
    assertEquals(await response.text(), to);
  },
});

Deno.test("pinnedFetch reads a long answer to its end, and gives up when it is told to", async () => {
  const bytes = new Uint8Array(3_000_000).fill(7);
  await using server = openServer(() => new Response(bytes));
  const url = `http://localhost:${server.port}/`;
  const response = await pinnedFetch(url, {}, [HOST]);
  assertEquals(new Uint8Array(await response.arrayBuffer()), bytes);
  const reason = new Error("not wanted any more");
  const signal = AbortSignal.abort(reason);
  assertEquals(await assertRejects(() => pinnedFetch(url, { signal }, ["::1", HOST])), reason);
});
