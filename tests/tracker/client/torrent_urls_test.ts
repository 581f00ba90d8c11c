import { assertEquals, assertMatch } from "@std/assert";
import { type Fetch, UrlGuard } from "../../../lib/net/mod.ts";
import { SampleMember } from "../sample_member.ts";
import {
  Announcer,
  answerTo,
  HOST,
  NAMED,
  StubTracker,
  StubUdpTracker,
} from "./sample_announcer.ts";

const ANSWER = "d8:intervali300e5:peers0:e";

Deno.test("What a torrent names on this machine is asked by a path of trackers, and never by another", async () => {
  await using stub = new StubTracker(() => new Response(ANSWER));
  const base = stub.url.replace(/\/announce$/, "");
  await using announcer = new Announcer([
    [`${base}/admin`],
    [`${base}/announce?do=reboot`],
    [`${base.replace("127.0.0.1", "2130706433")}/reset`],
    [`${base}/token/announce`],
  ]);
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  await announcer.announced();
  assertEquals(stub.requests.map(({ pathname }) => pathname), ["/token/announce"]);
});

Deno.test("What is refused of a torrent says why, without the rest of its URL, which may be a key", async () => {
  await using stub = new StubTracker(() => new Response("secret"));
  const url = stub.url.replace(/announce$/, "secret");
  await using announcer = new Announcer([[url]]);
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  const { error } = await announcer.unreachable();
  assertMatch(
    error.message,
    /^Cannot announce to http:\/\/127\.0\.0\.1:\d+: it leads to this machine, where all paths but those of trackers need --allow-private-urls$/,
  );
  assertEquals(stub.requests.length, 0);
});

Deno.test("What a user names, or has allowed, is asked by any path", async () => {
  await using stub = new StubTracker(() => new Response(ANSWER));
  const url = stub.url.replace(/announce$/, "open%20sesame.cgi/announce?passkey=abc");
  const free = { urls: new UrlGuard({ privateUrls: "allowed" }) };
  for (const options of [NAMED, free]) {
    await using announcer = new Announcer([[url]], 1, () => 0.99, options);
    announcer.client.join(await SampleMember.of("film", 1, [0]));
    await announcer.announced();
  }
  assertEquals(
    new Set(stub.requests.map(({ pathname }) => pathname)),
    new Set(["/open%20sesame.cgi/announce"]),
  );
});

Deno.test("A tracker of a torrent that sends us to this machine is not followed there", async () => {
  await using inner = new StubTracker(() => new Response(ANSWER));
  await using outer = new StubTracker(({ search }) =>
    new Response(null, { status: 302, headers: { location: inner.url + search } })
  );
  // To the rules the outer one is somewhere else, as one that is reached by a name may be.
  let looked = 0;
  const resolve = (host: string) => Promise.resolve([looked++ === 0 ? "203.0.113.80" : host]);
  const port = new URL(outer.url).port;
  const urls = new UrlGuard({ resolve });
  await using announcer = new Announcer([[`http://localhost:${port}/announce`]], 1, () => 0.99, {
    ...{ urls, get: (url, init) => fetch(url, init) },
  });
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  const { error } = await announcer.unreachable();
  assertMatch(error.message, /it leads to this machine/);
  assertEquals([outer.requests.length, inner.requests.length], [1, 0]);
});

Deno.test("A tracker that a user names sends us to nothing within, unless it is within itself", async () => {
  await using inner = new StubTracker(() => new Response(ANSWER));
  await using outer = new StubTracker(() =>
    new Response(null, {
      ...{ status: 302, headers: { location: `http://lan.example:${inner.port}/admin?do=reboot` } },
    })
  );
  const url = `http://named.example:${outer.port}/announce`;
  // To the test all names are its own; to the rules they are what is written here.
  const get = (url: string, init: RequestInit) => fetch(url.replace(/\w+\.example/, HOST), init);
  for (const [place, asked] of [["203.0.113.80", 0], ["10.0.0.5", 1]] as const) {
    const urls = new UrlGuard({
      resolve: (host) => Promise.resolve([host === "named.example" ? place : "10.0.0.7"]),
    });
    await using announcer = new Announcer([[url]], 1, () => 0.99, { ...NAMED, get, urls });
    announcer.client.join(await SampleMember.of("film", 1, [0]));
    const state = await announcer.next();
    assertEquals(state.type, asked === 0 ? "unreachable" : "announced");
    assertEquals(inner.requests.length, asked);
  }
});

Deno.test("A tracker within that a user names is asked where its name was looked up, and nowhere else", async () => {
  const looked: string[] = [];
  const given: (readonly string[] | undefined)[] = [];
  const urls = new UrlGuard({
    resolve: (host) => Promise.resolve([looked.push(host) === 1 ? "10.0.0.5" : "203.0.113.80"]),
  });
  const get: Fetch = (_url, _init, addresses) => {
    given.push(addresses);
    return Promise.resolve(new Response(ANSWER));
  };
  const url = "http://named.example/announce";
  await using announcer = new Announcer([[url]], 1, () => 0.99, { ...NAMED, get, urls });
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  await announcer.announced();
  assertEquals([looked, given], [["named.example"], [["10.0.0.5"]]]);
});

Deno.test("Of an HTTP tracker of a torrent the addresses that were looked at are asked, and no others", async () => {
  await using stub = new StubTracker(() => new Response(ANSWER));
  const given: (readonly string[] | undefined)[] = [];
  const get: Fetch = (_url, init, addresses) => {
    given.push(addresses);
    return fetch(stub.url, init);
  };
  const urls = new UrlGuard({ resolve: () => Promise.resolve(["203.0.113.80", "203.0.113.81"]) });
  const url = "http://tracker.example/announce";
  await using announcer = new Announcer([[url]], 1, () => 0.99, { urls, get });
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  await announcer.announced();
  assertEquals(given, [["203.0.113.80", "203.0.113.81"]]);
});

Deno.test("Of a UDP tracker the address that was looked at is asked, and no other", async () => {
  using stub = new StubUdpTracker((request) => [
    request[11] === 0 ? answerTo(request, 0, 0, 7) : answerTo(request, 1, 300, 0, 0),
  ]);
  const looked: string[] = [];
  const resolve = (host: string) => {
    looked.push(host);
    return Promise.resolve(["::1", "127.0.0.1"]);
  };
  const { port } = new URL(stub.url);
  const urls = new UrlGuard({ resolve });
  const url = `udp://no-such-tracker.invalid:${port}/announce`;
  await using announcer = new Announcer([[url]], 1, () => 0.99, { urls });
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  await announcer.announced();
  assertEquals([looked, stub.heard.length], [["no-such-tracker.invalid"], 2]);
});

Deno.test("A UDP tracker whose name stands for a service that tells secrets is sent nothing", async () => {
  using stub = new StubUdpTracker(() => []);
  const { port } = new URL(stub.url);
  const resolve = () => Promise.resolve(["127.0.0.1", "169.254.169.254"]);
  await using announcer = new Announcer([[`udp://localhost:${port}`]], 1, () => 0.99, {
    urls: new UrlGuard({ resolve }),
  });
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  assertMatch((await announcer.unreachable()).error.message, /tells secrets of machines/);
  assertEquals(stub.heard.length, 0);
});
