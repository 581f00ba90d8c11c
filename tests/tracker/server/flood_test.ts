import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { decodeHex, encodeHex, idBytes, infoHashFromHex } from "../../../lib/bytes/mod.ts";
import { HttpRequests, toResponse } from "../../../lib/tracker/server/http_door.ts";
import { HttpClients } from "../../../lib/tracker/server/http_clients.ts";
import { createKeyedHash } from "../../../lib/tracker/server/keyed_hash.ts";
import { UdpRequests } from "../../../lib/tracker/server/udp_door.ts";
import type { TrackerEvent } from "../../../lib/tracker/mod.ts";
import { greeting, RawClient } from "../raw_client.ts";
import { samplePeerId } from "../sample_torrents.ts";
import { hostOf, SampleTracker } from "../sample_tracker.ts";
import { eventsOf, sampleContext } from "./sample_context.ts";

const HASH = infoHashFromHex("05ff616263000102030405060708090a0b0c0d0e");
const QUERY = `info_hash=${HASH.replace(/../g, "%$&")}&peer_id=${"x".repeat(20)}&port=1&left=1`;
const FEW = { announcesPerSecond: 1, announceBurst: 5 };
const HOST = "192.0.2.7";
const PROXY = "10.0.0.1";

/** How the HTTP door answers somebody at an address, with bytes of one character each. */
async function httpAnswer(
  door: HttpRequests,
  host: string,
  { path = "/announce", forwarded = "" } = {},
): Promise<string> {
  const headers = forwarded === "" ? {} : { "x-forwarded-for": forwarded };
  const request = new Request(`http://t.example${path}?${QUERY}`, { headers });
  const response = toResponse(door.answer(request, host));
  assertEquals(response.status, 200);
  return String.fromCharCode(...new Uint8Array(await response.arrayBuffer()));
}

/** Those who ask a UDP door. */
class UdpCaller {
  readonly #door: UdpRequests;

  constructor(door: UdpRequests) {
    this.#door = door;
  }

  send(hex: string, host = HOST): string | undefined {
    const reply = this.#door.answer(decodeHex(hex), host);
    if (reply === undefined) return undefined;
    assert(
      hex.startsWith("00000417") || reply.length * 2 <= hex.length || reply[3] === 1,
      "longer",
    );
    return encodeHex(reply);
  }

  connect(host = HOST): string {
    return this.send("0000041727101980" + "00000000" + "0badcafe", host)?.slice(16) ?? "";
  }

  announce(id: string, host = HOST): string | undefined {
    const [hash, peer] = [HASH, samplePeerId(1)].map((value) => encodeHex(idBytes(value)));
    const numbers = "0".repeat(31) + "1" + "0".repeat(16) + "0".repeat(24);
    return this.send(id + "00000001" + "0000002a" + hash + peer + numbers + "ffffffff1a0b", host);
  }

  scrape(id: string): string | undefined {
    return this.send(id + "00000002" + "0000002a" + HASH);
  }
}

const TOO_MANY = "000000030000002a" +
  encodeHex(new TextEncoder().encode("Too many requests; wait"));

function refusals(events: readonly TrackerEvent[]): string[] {
  return events.flatMap((event) => event.type === "refused" ? [event.text] : []);
}

Deno.test("who announces too often by HTTP is told when to come again (BEP 31), and then may", async () => {
  const context = sampleContext(FEW);
  const door = new HttpRequests(context, new HttpClients(context.addresses, "connection"));
  for (let count = 0; count < 5; count++) {
    assertStringIncludes(await httpAnswer(door, HOST), "8:interval");
  }
  for (let count = 0; count < 100; count++) {
    const answer = await httpAnswer(door, HOST, { path: count % 2 ? "/announce" : "/scrape" });
    assertEquals(
      answer,
      "d14:failure reason61:Cannot answer: too many requests come from this address; wait" +
        "8:retry ini1ee",
    );
  }
  assertStringIncludes(await httpAnswer(door, "192.0.2.8"), "8:interval");
  await context.clock.advance(1_000);
  assertStringIncludes(await httpAnswer(door, HOST), "8:interval");
  assertEquals(context.counters.snapshot().refusals, { 429: 100 });
  // A log of each of them would be a flood, too.
  assertEquals(refusals(await eventsOf(context)).length, 1);
});

Deno.test("behind a proxy those are counted whom it names, not the proxy", async () => {
  const context = sampleContext(FEW);
  const door = new HttpRequests(context, new HttpClients(context.addresses, "x-forwarded-for"));
  for (let count = 0; count < 100; count++) {
    const forwarded = `192.0.2.${count}`;
    assertStringIncludes(await httpAnswer(door, PROXY, { forwarded }), "8:interval");
  }
  const one = { forwarded: "198.51.100.1, 192.0.2.200" };
  for (let count = 0; count < 5; count++) await httpAnswer(door, PROXY, one);
  assertStringIncludes(await httpAnswer(door, PROXY, one), "8:retry in");
});

Deno.test("behind a proxy he is shut out who guesses tokens, not the proxy", async () => {
  const context = sampleContext({ token: "s3cret", tokenFailureBurst: 3 });
  const door = new HttpRequests(context, new HttpClients(context.addresses, "x-forwarded-for"));
  for (let guess = 0; guess < 5; guess++) {
    const path = `/guess${guess}/announce`;
    const answer = await httpAnswer(door, PROXY, { path, forwarded: "192.0.2.200" });
    assertStringIncludes(answer, guess < 3 ? "is wrong" : "too many wrong tokens");
    assertEquals(answer.includes("8:retry ini1e"), guess >= 3);
  }
  const right = { path: "/s3cret/announce" };
  assertStringIncludes(
    await httpAnswer(door, PROXY, { ...right, forwarded: "192.0.2.200" }),
    "too many wrong tokens",
  );
  assertStringIncludes(
    await httpAnswer(door, PROXY, { ...right, forwarded: "192.0.2.201" }),
    "8:interval",
  );
});

Deno.test("behind a proxy what it heard over loopback is counted, too, and no guesser hides there", async () => {
  const context = sampleContext({ ...FEW, token: "s3cret", tokenFailureBurst: 3 });
  const door = new HttpRequests(context, new HttpClients(context.addresses, "x-forwarded-for"));
  for (const proxy of [PROXY, "127.0.0.1"]) {
    for (const forwarded of ["127.0.0.1", "::1", "::ffff:127.0.0.2"]) {
      await httpAnswer(door, proxy, { path: "/guess/announce", forwarded });
    }
    for (let guess = 0; guess < 2; guess++) {
      await httpAnswer(door, proxy, { path: `/guess${guess}/announce`, forwarded: "127.0.0.1" });
    }
    const right = { path: "/s3cret/announce", forwarded: "127.0.0.1" };
    assertStringIncludes(await httpAnswer(door, proxy, right), "too many");
  }
  // Who is heard over loopback by a proxy elsewhere is not on this machine.
  await context.clock.advance(60_000);
  await httpAnswer(door, PROXY, { path: "/s3cret/announce", forwarded: "127.0.0.1" });
  assertEquals([...context.registry.peers.values()].map(({ host }) => host), [PROXY]);
});

Deno.test("behind a proxy nobody on the internet is believed to be it, and his own address counts", async () => {
  const context = sampleContext(FEW);
  const door = new HttpRequests(context, new HttpClients(context.addresses, "x-forwarded-for"));
  for (const stranger of [HOST, "2001:db8::7"]) {
    const answer = await httpAnswer(door, stranger, { forwarded: "198.51.100.1" });
    assertStringIncludes(answer, "Cannot answer: the tracker is behind a proxy");
  }
  assertEquals(context.registry.peers.size, 0);
  for (const proxy of ["127.0.0.1", "::1", PROXY, "192.168.1.1", "fd00::1", "100.64.0.1"]) {
    const answer = await httpAnswer(door, proxy, { forwarded: `2001:db8:0:${proxy.length}::1` });
    assertEquals(answer.includes("failure"), false, proxy);
  }
  const events = await eventsOf(context);
  assertEquals(
    events.flatMap((event) => event.type === "refused" ? [event.remote.host] : []),
    [HOST, "2001:db8::7"],
  );
});

Deno.test("of what an address is refused one event in ten seconds tells, by each reason, and all is counted", async () => {
  const context = sampleContext({ token: "s3cret" });
  const door = new HttpRequests(context, new HttpClients(context.addresses, "connection"));
  const proxied = new HttpRequests(context, new HttpClients(context.addresses, "x-forwarded-for"));
  const flood = async (): Promise<void> => {
    for (let count = 0; count < 50; count++) {
      await httpAnswer(door, HOST);
      await httpAnswer(door, HOST, { path: "/old/announce" });
      await httpAnswer(proxied, PROXY);
      await httpAnswer(proxied, HOST);
    }
  };
  await flood();
  await httpAnswer(door, "192.0.2.8");
  await context.clock.advance(10_000);
  await flood();
  assertEquals(context.counters.snapshot().refusals, { 400: 100, 401: 201, 403: 100 });
  const told = (await eventsOf(context)).flatMap((event) =>
    event.type === "refused" ? [`${event.remote.host} ${event.code}`] : []
  );
  const each = [`${HOST} 401`, `${PROXY} 400`, `${HOST} 403`];
  assertEquals(told, [...each, "192.0.2.8 401", ...each]);
});

Deno.test("who announces too often by UDP is told so once, in fewer bytes than he sent, then nothing", async () => {
  const context = sampleContext(FEW);
  const caller = new UdpCaller(new UdpRequests(context, createKeyedHash()));
  const id = caller.connect();
  for (let count = 0; count < 5; count++) {
    assertEquals(caller.announce(id)?.slice(0, 16), "000000010000002a");
  }
  assertEquals(caller.scrape(id), TOO_MANY);
  assertLess(TOO_MANY.length, (16 + 20) * 2);
  for (let count = 0; count < 100; count++) assertEquals(caller.announce(id), undefined);
  assertEquals(caller.announce(caller.connect("192.0.2.8"), "192.0.2.8")?.slice(0, 8), "00000001");
  await context.clock.advance(1_000);
  assertEquals(caller.announce(id)?.slice(0, 8), "00000001");
  assertEquals(refusals(await eventsOf(context)), ["Too many requests; wait"]);
});

Deno.test("a forger of UDP addresses has nobody else refused: without a good connection id nothing counts", () => {
  const context = sampleContext(FEW);
  const caller = new UdpCaller(new UdpRequests(context, createKeyedHash()));
  const id = caller.connect();
  const wrong = id.replace(/.$/, (digit) => digit === "0" ? "1" : "0");
  for (let count = 0; count < 500; count++) {
    assertEquals(caller.announce(wrong), undefined);
    assertEquals(caller.scrape(wrong), undefined);
    assertEquals(caller.connect(), id);
  }
  for (let count = 0; count < 5; count++) {
    assertEquals(caller.announce(id)?.slice(0, 8), "00000001");
  }
  assertEquals(caller.announce(id), TOO_MANY);
});

Deno.test("by loopback nobody announces too often", async () => {
  const context = sampleContext(FEW);
  const door = new HttpRequests(context, new HttpClients(context.addresses, "connection"));
  const caller = new UdpCaller(new UdpRequests(context, createKeyedHash()));
  for (const host of ["127.0.0.1", "::1"]) {
    const id = caller.connect(host);
    for (let count = 0; count < 50; count++) {
      assertStringIncludes(await httpAnswer(door, host), "8:interval");
      assertEquals(caller.announce(id, host)?.slice(0, 8), "00000001");
    }
  }
});

Deno.test("who connects to the TCP door too often is hung up on, others are not, and later he may", async () => {
  await using tracker = new SampleTracker({ limits: { connectsPerSecond: 1, connectBurst: 3 } });
  const events = Array.fromAsync(tracker.server.events);
  for (let count = 0; count < 10; count++) {
    using client = await tracker.dial(1);
    // What is refused may be closed before anything is written.
    await client.query("connect", greeting(7001)).catch(() => undefined);
    assertEquals(
      (await client.next().catch(() => undefined))?.type,
      count < 3 ? "reply" : undefined,
    );
  }
  using other = await tracker.enter(2);
  other.close();
  await tracker.clock.advance(1_000);
  using again = await RawClient.enter(
    tracker.network.host(hostOf(1)),
    tracker.server.address,
    7001,
  );
  again.close();
  assertEquals(tracker.server.statistics().refusals, { 429: 7 });
  await tracker.server.close();
  assertEquals(refusals(await events), [
    "Cannot connect: too many connections come from this address",
  ]);
});

Deno.test("who guesses tokens at the TCP door is shut out for a while, also with the right one", async () => {
  await using tracker = new SampleTracker({ token: "s3cret", limits: { tokenFailureBurst: 3 } });
  for (let guess = 0; guess < 5; guess++) {
    using client = await tracker.dial(1);
    const { code, text } = await client.askInVain("connect", { ...greeting(1), token: `${guess}` });
    assertEquals(code, guess < 3 ? 401 : 429);
    assertEquals(
      text,
      guess < 3
        ? "Cannot connect: the token is wrong"
        : "Cannot answer: too many wrong tokens came from this address; wait",
    );
  }
  using shutOut = await tracker.dial(1);
  const right = { ...greeting(1), token: "s3cret" };
  assertEquals((await shutOut.askInVain("connect", right)).code, 429);
  using other = await tracker.dial(2);
  await other.ask("connect", { ...greeting(2), token: "s3cret" });
  await tracker.clock.advance(10_000);
  using again = await tracker.dial(1);
  await again.ask("connect", right);
});

Deno.test("at each door who is known stays in while a stranger at his address guesses", async () => {
  const context = sampleContext({ token: "s3cret", tokenFailureBurst: 3 });
  const door = new HttpRequests(context, new HttpClients(context.addresses, "connection"));
  const ask = (peer: "x" | "y", token: string): Promise<string> => {
    const url = `http://t.example/${token}/announce?${
      QUERY.replace("x".repeat(20), peer.repeat(20))
    }`;
    return toResponse(door.answer(new Request(url), HOST)).text();
  };
  await ask("x", "s3cret");
  for (let guess = 0; guess < 5; guess++) await ask("y", `${guess}`);
  assertStringIncludes(await ask("y", "s3cret"), "too many wrong tokens");
  assertStringIncludes(await ask("x", "s3cret"), "8:interval");

  await using tracker = new SampleTracker({ token: "s3cret", limits: { tokenFailureBurst: 3 } });
  const friend = { ...greeting(1), token: "s3cret" };
  using first = await tracker.dial(1);
  await first.ask("connect", friend);
  for (let guess = 0; guess < 5; guess++) {
    using client = await tracker.dial(1);
    await client.askInVain("connect", { ...greeting(2), token: `${guess}` });
  }
  using again = await tracker.dial(1);
  await again.ask("connect", friend);
  using other = await tracker.dial(1);
  assertEquals((await other.askInVain("connect", { ...friend, ...greeting(2) })).code, 429);
});
