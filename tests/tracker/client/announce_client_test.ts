import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import type { PeerAddress } from "../../../lib/net/mod.ts";
import {
  isAnnounceUrl,
  serveTracker,
  type Swarm,
  type TrackerServer,
} from "../../../lib/tracker/mod.ts";
import { all, SampleMember } from "../sample_member.ts";
import { Announcer, HOST, NAMED, openTracker, StubTracker, urlOf } from "./sample_announcer.ts";
import { deadPort } from "../../e2e/dead_port.ts";

/** Counts of the swarm of a member, as the tracker has them; zeros where it has none. */
function countsOf(tracker: TrackerServer, { info }: SampleMember): Partial<Swarm> {
  const swarm = tracker.registry.swarms.get(info.infoHash);
  return {
    ...{ seeders: swarm?.seeders ?? 0, leechers: swarm?.leechers ?? 0 },
    completions: swarm?.completions ?? 0,
  };
}

for (const door of ["http", "udp"] as const) {
  Deno.test(`By ${door} a tracker hears who begins, completes and leaves, and tells of others`, async () => {
    await using tracker = openTracker();
    await using seeder = new Announcer([[urlOf(tracker, door)]], 1);
    await using leecher = new Announcer([[urlOf(tracker, door)]], 2);
    const [whole, partial] = [
      await SampleMember.of("film", 3, all(3)),
      await SampleMember.of("film", 3),
    ];
    using seeding = seeder.client.join(whole);
    const first = await seeder.announced();
    await seeding.announced;
    assertEquals([first.url, first.infoHash], [urlOf(tracker, door), whole.info.infoHash]);
    assertEquals(first.result.peers, []);
    assert(first.result.intervalS >= 270);
    assertEquals(countsOf(tracker, whole), { seeders: 1, leechers: 0, completions: 0 });

    const ticket = leecher.client.join(partial);
    assertEquals((await leecher.announced()).result.seeders, 1);
    const found: PeerAddress[] = [];
    for await (const peers of ticket.peers) {
      found.push(...peers);
      break;
    }
    assertEquals(found, [{ host: HOST, port: 5_001 }]);
    assertEquals(countsOf(tracker, whole), { seeders: 1, leechers: 1, completions: 0 });

    for (const index of all(3)) {
      partial.held.set(index);
      ticket.pieceHeld(index as Parameters<typeof ticket.pieceHeld>[0]);
    }
    await leecher.announced();
    assertEquals(countsOf(tracker, whole), { seeders: 2, leechers: 0, completions: 1 });
    await leecher.client.close();
    assertEquals(countsOf(tracker, whole), { seeders: 1, leechers: 0, completions: 1 });
    await seeder.client.close();
    assertEquals(countsOf(tracker, whole).seeders, 0);
  });
}

Deno.test("A torrent is announced again when the tracker's interval is over, and not before (BEP 3)", async () => {
  await using stub = new StubTracker(() => new Response("d8:intervali1800e5:peers0:e"));
  await using announcer = new Announcer([[stub.url]]);
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  await announcer.announced();
  await announcer.clock.advance(1_799_000);
  assertEquals(stub.requests.length, 1);
  await announcer.clock.advance(1_000);
  await announcer.announced();
  const events = stub.requests.map(({ searchParams }) => searchParams.get("event"));
  assertEquals(events, ["started", null]);
});

Deno.test("One who lacks pieces and hears of nobody asks again after the minimum, 30 s at the least", async () => {
  const answers = ["12:min intervali60e", "12:min intervali1e", ""];
  let asked = 0;
  await using stub = new StubTracker(() =>
    new Response(`d8:intervali1800e${answers[asked++] ?? ""}5:peers0:e`)
  );
  await using announcer = new Announcer([[stub.url]]);
  announcer.client.join(await SampleMember.of("film", 1));
  await announcer.announced();
  await announcer.clock.advance(59_999);
  assertEquals(asked, 1);
  await announcer.clock.advance(1);
  await announcer.announced();
  await announcer.clock.advance(29_999);
  assertEquals(asked, 2);
  await announcer.clock.advance(1);
  await announcer.announced();
  await announcer.clock.advance(1_799_999);
  assertEquals(asked, 3);
});

Deno.test("What a tracker gives as its id it is told again, and the key stays the same (BEP 7)", async () => {
  await using stub = new StubTracker(() =>
    new Response("d8:intervali60e5:peers0:10:tracker id3:a&be")
  );
  await using announcer = new Announcer([[stub.url]]);
  const ticket = announcer.client.join(await SampleMember.of("film", 1, [0]));
  await announcer.announced();
  await announcer.clock.advance(60_000);
  await announcer.announced();
  ticket.leave();
  await announcer.client.close();
  const ids = stub.requests.map(({ searchParams }) => searchParams.get("trackerid"));
  assertEquals(ids, [null, "a&b", "a&b"]);
  const keys = stub.requests.map(({ searchParams }) => searchParams.get("key"));
  assertEquals(new Set(keys).size, 1);
  assertMatch(`${keys[0]}`, /^[0-9a-f]{8}$/);
  const last = stub.requests.at(-1)?.searchParams;
  assertEquals([last?.get("event"), last?.get("numwant")], ["stopped", "0"]);
});

Deno.test("The next tier is asked when none of a tier answers, and hears too that we leave (BEP 12)", async () => {
  await using tracker = openTracker();
  const dead = `http://${HOST}:${deadPort()}/announce`;
  await using wrong = new StubTracker(() => new Response("no", { status: 404 }));
  await using announcer = new Announcer([[dead, wrong.url], [], [urlOf(tracker, "udp")]]);
  const member = await SampleMember.of("film", 1, [0]);
  announcer.client.join(member);
  assertEquals((await announcer.announced()).url, urlOf(tracker, "udp"));
  assertEquals(countsOf(tracker, member).seeders, 1);
  await announcer.client.close();
  assertEquals(countsOf(tracker, member).seeders, 0);
  assertEquals(wrong.requests.length, 1);
});

Deno.test("Trackers that are not there are tried again and again, each time later, until one is", async () => {
  const port = deadPort();
  const url = `http://${HOST}:${port}/announce?passkey=secret`;
  await using announcer = new Announcer([[url]], 1, () => 0.99, NAMED);
  const ticket = announcer.client.join(await SampleMember.of("film", 1, [0]));
  let lastMs = 0;
  for (let time = 0; time < 3; time++) {
    const { error, urls, retryMs } = await announcer.unreachable();
    assertEquals(error.message, `Cannot announce to http://${HOST}:${port}: nobody listens there`);
    assertEquals(urls, [url]);
    assert(retryMs > lastMs);
    lastMs = retryMs;
    await announcer.clock.advance(retryMs - 1);
    if (time < 2) await announcer.clock.advance(1);
  }
  await using _tracker = serveTracker({ host: HOST, port: 0, http: { port } });
  await announcer.clock.advance(1);
  await announcer.announced();
  await ticket.announced;
});

Deno.test("A tracker that says when to try again is left alone until then (BEP 31)", async () => {
  await using stub = new StubTracker(() =>
    new Response("d14:failure reason8:too many8:retry ini5ee")
  );
  await using announcer = new Announcer([[stub.url]]);
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  assertMatch((await announcer.unreachable()).error.message, /: too many$/);
  await announcer.clock.advance(299_000);
  assertEquals(stub.requests.length, 1);
  await announcer.clock.advance(1_000);
  await announcer.unreachable();
  assertEquals(stub.requests.length, 2);
});

Deno.test("Each wrong answer of an HTTP tracker is named, and what it says to people is passed on", async () => {
  const cases: readonly (readonly [() => Response, RegExp])[] = [
    [() => new Response("d14:failure reason9:not todaye"), /: not today$/],
    [() => new Response("<html>"), /: Cannot read the tracker's answer: /],
    [() => new Response("gone", { status: 410 }), /: it answers with status 410$/],
    [
      () => new Response(new Uint8Array(1024 * 1024 + 1)),
      /: its answer is longer than 1048576 bytes/,
    ],
    [() => Response.redirect("ftp://127.0.0.1/x"), /: it redirects to ftp:$/],
    [movedTo("http://"), /: it redirects to what is no URL$/],
    [
      () => new Response(null, { status: 302, headers: { location: "" } }),
      /: it redirects more than 3 times/,
    ],
    [() => new Response(null, { status: 304 }), /: it answers with status 304$/],
  ];
  for (const [answer, expected] of cases) {
    await using stub = new StubTracker(answer);
    await using announcer = new Announcer([[stub.url]], 1, () => 0.99, NAMED);
    announcer.client.join(await SampleMember.of("film", 1, [0]));
    assertMatch((await announcer.unreachable()).error.message, expected);
  }
});

Deno.test("An HTTP tracker is followed to where it has moved, three times at most", async () => {
  await using stub = new StubTracker(({ pathname, search }) => {
    const step = Number(pathname.slice("/announce".length));
    return step < 3
      ? new Response(null, { status: 301, headers: { location: `/announce${step + 1}${search}` } })
      : new Response("d8:intervali60e5:peers0:e");
  });
  await using announcer = new Announcer([[stub.url]], 1, () => 0.99, NAMED);
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  await announcer.announced();
  assertEquals(stub.requests.length, 4);
  assertEquals(stub.requests.at(-1)?.searchParams.get("port"), "5001");
});

Deno.test("An HTTP tracker that never answers is given up after 15 s", async () => {
  const over = new AbortController();
  await using stub = new StubTracker(() =>
    new Response(new ReadableStream({ start: (c) => over.signal.onabort = () => c.close() }))
  );
  await using announcer = new Announcer([[stub.url]]);
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  await stub.asked;
  const told = announcer.unreachable();
  let state = "waiting";
  void told.finally(() => state = "told");
  await announcer.clock.advance(14_999);
  assertEquals(state, "waiting");
  await announcer.clock.advance(1);
  const { error } = await told;
  assertMatch(error.message, /: it does not answer in 15 s$/);
  over.abort();
});

/** A number that resolves when it is let go, and an answer that waits for it. */
function held(answer: string): { release: () => void; response: () => Response } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const bytes = new TextEncoder().encode(answer);
  const response = () =>
    new Response(
      new ReadableStream({
        async start(controller) {
          await promise;
          controller.enqueue(bytes);
          controller.close();
        },
      }),
    );
  return { release: resolve, response };
}

function movedTo(location: string): () => Response {
  return () => new Response(null, { status: 302, headers: { location } });
}

function eventsOf({ requests }: StubTracker): (string | null)[] {
  return requests.map(({ searchParams }) => searchParams.get("event"));
}

Deno.test("What becomes whole while its beginning is announced is announced as completed (BEP 3)", async () => {
  const { release, response } = held("d8:intervali1800e5:peers0:e");
  await using stub = new StubTracker(response);
  await using announcer = new Announcer([[stub.url]]);
  const member = await SampleMember.of("film", 1);
  const ticket = announcer.client.join(member);
  await stub.asked;
  member.held.set(0);
  ticket.pieceHeld(0 as Parameters<typeof ticket.pieceHeld>[0]);
  release();
  await announcer.announced();
  await announcer.announced();
  assertEquals(eventsOf(stub), ["started", "completed"]);
  const left = stub.requests.map(({ searchParams }) => searchParams.get("left"));
  assertEquals(left, ["16384", "0"]);
});

Deno.test("One who leaves as soon as he is whole says both", async () => {
  await using stub = new StubTracker(() => new Response("d8:intervali1800e5:peers0:e"));
  await using announcer = new Announcer([[stub.url]]);
  const member = await SampleMember.of("film", 1);
  const ticket = announcer.client.join(member);
  await announcer.announced();
  member.held.set(0);
  ticket.leave();
  await announcer.client.close();
  assertEquals(eventsOf(stub), ["started", "completed", "stopped"]);
});

Deno.test("A tracker that refuses to hear of the last piece hears of the farewell", async () => {
  await using stub = new StubTracker(({ searchParams }) =>
    searchParams.get("event") === "completed"
      ? new Response("d14:failure reason2:noe")
      : new Response("d8:intervali1800e5:peers0:e")
  );
  await using announcer = new Announcer([[stub.url]]);
  const member = await SampleMember.of("film", 1);
  const ticket = announcer.client.join(member);
  await announcer.announced();
  member.held.set(0);
  ticket.leave();
  await announcer.client.close();
  assertEquals(eventsOf(stub), ["started", "completed", "stopped"]);
});

Deno.test("Each tracker hears that we start and that we stop, and completed of nothing that was whole (BEP 3)", async () => {
  let state: "up" | "down" = "up";
  const answer = "d8:intervali60e5:peers0:e";
  await using first = new StubTracker(() =>
    state === "up" ? new Response(answer) : new Response("", { status: 503 })
  );
  await using second = new StubTracker(() => new Response(answer));
  await using announcer = new Announcer([[first.url], [second.url]]);
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  assertEquals((await announcer.announced()).url, first.url);
  state = "down";
  await announcer.clock.advance(60_000);
  assertEquals((await announcer.announced()).url, second.url);
  state = "up";
  await announcer.client.close();
  assertEquals(eventsOf(first), ["started", null, "stopped"]);
  assertEquals(eventsOf(second), ["started", "stopped"]);
});

Deno.test("Who comes back at once is announced after the farewell, and nobody comes after the end", async () => {
  await using stub = new StubTracker(() => new Response("d8:intervali60e5:peers0:e"));
  await using announcer = new Announcer([[stub.url]]);
  const member = await SampleMember.of("film", 1, [0]);
  const ticket = announcer.client.join(member);
  await announcer.announced();
  ticket.leave();
  announcer.client.join(member);
  await announcer.announced();
  assertEquals(eventsOf(stub), ["started", "stopped", "started"]);
  await announcer.client.close();
  assertThrows(() => announcer.client.join(member), Error, "the client is closed");
});

Deno.test("A tracker's own mention of the asker is no company, and its minimum is one", async () => {
  const us = "d2:ip9:127.0.0.14:porti5001ee";
  await using stub = new StubTracker(() =>
    new Response(`d8:intervali60e12:min intervali90e5:peersl${us}ee`)
  );
  await using announcer = new Announcer([[stub.url]]);
  announcer.client.join(await SampleMember.of("film", 1));
  await announcer.announced();
  await announcer.clock.advance(89_999);
  assertEquals(stub.requests.length, 1);
  await announcer.clock.advance(1);
  await announcer.announced();
});

Deno.test("The token of a tracker stands in the path of its URL, at both doors (BEP 41)", async () => {
  await using tracker = openTracker({ token: "open s\u00e9same" });
  for (const door of ["http", "udp"] as const) {
    await using wrong = new Announcer([[urlOf(tracker, door)]]);
    wrong.client.join(await SampleMember.of("film", 1, [0]));
    assertMatch((await wrong.unreachable()).error.message, /token/);
    await using right = new Announcer(
      [[urlOf(tracker, door, "/open%20s%C3%A9same/announce")]],
      1,
      () => 0.99,
      NAMED,
    );
    right.client.join(await SampleMember.of("film", 1, [0]));
    await right.announced();
  }
});

Deno.test("A swarm is joined once at a time; left before anything was said, it is left in silence", async () => {
  await using stub = new StubTracker(() => new Response("d8:intervali60e5:peers0:e"));
  await using announcer = new Announcer([[stub.url]]);
  const member = await SampleMember.of("film", 1, [0]);
  const ticket = announcer.client.join(member);
  assertThrows(() => announcer.client.join(member), Error, "Cannot join swarm of film");
  ticket.leave();
  ticket.leave();
  for await (const peers of ticket.peers) assertEquals(peers, [], "nobody was found");
  announcer.client.join(member);
  await announcer.announced();
});

Deno.test("A client without a tracker that it can announce to is refused", () => {
  assertEquals(
    ["http://a/b", "HTTPS://a", "UDP://[::1]:1"].map(isAnnounceUrl),
    [true, true, true],
  );
  assertEquals(
    ["udp://a", "udp://a:0", "ws://a", "a:1", ""].map(isAnnounceUrl),
    [false, false, false, false, false],
  );
  for (const tiers of [[], [[]], [["ws://a.example"], [""]]]) {
    assertThrows(() => new Announcer(tiers), TypeError, "Cannot announce to");
  }
});

Deno.test("Who asks one tracker at a time is told when it is another one than before (BEP 27)", async () => {
  let state: "there" | "gone" = "there";
  await using first = new StubTracker(() =>
    state === "there"
      ? new Response("d8:intervali60e5:peers0:e")
      : new Response("no", { status: 404 })
  );
  await using second = new StubTracker(() => new Response("d8:intervali60e5:peers0:e"));
  const switched: string[] = [];
  await using announcer = new Announcer([[first.url], [second.url]], 1, () => 0.99, {
    usage: "one at a time",
    onSwitch: (infoHash) => switched.push(infoHash),
  });
  const member = await SampleMember.of("film", 1);
  announcer.client.join(member);
  assertEquals((await announcer.announced()).url, first.url);
  await announcer.clock.advance(60_000);
  assertEquals([(await announcer.announced()).url, switched], [first.url, []]);
  state = "gone";
  await announcer.clock.advance(60_000);
  assertEquals((await announcer.announced()).url, second.url);
  assertEquals(switched, [member.info.infoHash]);
});

Deno.test("A partial seed says so in every announce after its first (BEP 21)", async () => {
  await using stub = new StubTracker(() => new Response("d8:intervali60e5:peers0:e"));
  await using announcer = new Announcer([[stub.url]]);
  const member = await SampleMember.of("film", 2, [0]);
  announcer.client.join(member);
  await announcer.announced();
  member.wants = "nothing";
  for (let round = 0; round < 2; round++) {
    await announcer.clock.advance(60_000);
    await announcer.announced();
  }
  const events = stub.requests.map(({ searchParams }) => searchParams.get("event"));
  assertEquals(events, ["started", "paused", "paused"]);
});

Deno.test("Who looks for a torrent by its hash alone is announced as one who lacks something", async () => {
  await using stub = new StubTracker(() =>
    new Response("d8:intervali60e5:peersld2:ip7:1.2.3.44:porti6881eeee")
  );
  await using announcer = new Announcer([[stub.url]]);
  const { info } = await SampleMember.of("film", 2);
  const ticket = announcer.client.seek(info.infoHash);
  await announcer.announced();
  ticket.leave();
  await announcer.client.close();
  const told = stub.requests.map(({ searchParams }) => [
    searchParams.get("event"),
    searchParams.get("left"),
  ]);
  assertEquals(told, [["started", "16384"], ["stopped", "16384"]]);
});
