import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { type DictionaryReader, type Encodable, encode } from "../../lib/bencode/mod.ts";
import { concatBytes } from "../../lib/bytes/mod.ts";
import { FakeClock, LocalAddresses, MemoryNetwork } from "../../lib/net/mod.ts";
import {
  type Body,
  decodeHttpAnnounceReply,
  decodeMessage,
  decodeUdpRequest,
  DEFAULT_NUM_WANT,
  DIAL_TIMEOUT_MS,
  encodeUdpAnnounce,
  encodeUdpConnect,
  LINGER_MS,
  MalformedMessageError,
  MAX_AGENT_BYTES,
  MAX_BELIEVED_INTERVAL_S,
  MAX_FRAME_LENGTH,
  MAX_HOST_BYTES,
  MAX_HTTP_REPLY,
  MAX_HTTP_REPLY_DEPTH,
  MAX_HTTP_REPLY_VALUES,
  MAX_KEY_BYTES,
  MAX_LISTED_HASHES,
  MAX_MESSAGE_DEPTH,
  MAX_MESSAGE_VALUES,
  MAX_NUM_WANT,
  MAX_PAGE_ENTRIES,
  MAX_TOKEN_BYTES,
  MAX_TRACKER_ID_BYTES,
  MAX_TRACKER_TEXT_BYTES,
  MAX_UDP_ANSWER,
  MAX_UDP_PATH,
  MAX_UDP_REPLY,
  MAX_WAITING_EVENTS,
  QUERY_CODECS,
  REFUSAL,
  TrackerConnection,
  TrackerRefusedError,
  TrackerUnreachableError,
} from "../../lib/tracker/mod.ts";
import { UdpTracker } from "../../lib/tracker/client/udp_tracker.ts";
import { answerAnnounce } from "../../lib/tracker/server/answer_announce.ts";
import { createKeyedHash } from "../../lib/tracker/server/keyed_hash.ts";
import { UdpRequests } from "../../lib/tracker/server/udp_door.ts";
import { parseHttpAnnounce } from "../../lib/tracker/protocol/http_announce.ts";
import { readContact } from "../../lib/tracker/protocol/peer_contact.ts";
import { QueryString } from "../../lib/tracker/protocol/query_string.ts";
import { openContext } from "../fuzz/tracker_context.ts";
import { Announcer, StubTracker } from "../tracker/client/sample_announcer.ts";
import { SampleMember } from "../tracker/sample_member.ts";
import { SampleTracker } from "../tracker/sample_tracker.ts";
import { sampleHash, samplePeerId } from "../tracker/sample_torrents.ts";

const ascii = new TextEncoder();

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

function reading<T>(read: (reader: DictionaryReader) => T, body: Body): T {
  const members = new Map(Object.entries(body).map(([key, value]) => [key, value as Encodable]));
  const value = decodeMessage(encode({ t: 0, r: members }));
  assert(value.type === "reply");
  return read(value.content);
}

/** A value that is so many lists, one in the other. */
function nested(levels: number): Encodable {
  return levels === 0 ? 1 : [nested(levels - 1)];
}

pure("A message of the TCP door nests 6 deep and has 65,536 values at most", () => {
  const message = (value: Encodable) => encode({ a: { x: value }, q: "ping", t: 0 });
  assertEquals(decodeMessage(message(nested(MAX_MESSAGE_DEPTH - 2))).type, "query");
  assertThrows(() => decodeMessage(message(nested(MAX_MESSAGE_DEPTH - 1))), MalformedMessageError);
  // The message itself, a, q, t and the list are five.
  const most = new Array<number>(MAX_MESSAGE_VALUES - 5).fill(1);
  assertEquals(decodeMessage(message(most)).type, "query");
  assertThrows(() => decodeMessage(message([...most, 1])), MalformedMessageError, "values");
});

pure("A client's agent has 64 bytes at most, and its token 512", () => {
  const connect = (agent: number, token: number) =>
    reading(QUERY_CODECS.connect.decodeArguments, {
      ...{ peer_id: new Uint8Array(20), port: 1, version: 1 },
      ...{ agent: "a".repeat(agent), token: "t".repeat(token) },
    });
  const { agent, token } = connect(MAX_AGENT_BYTES, MAX_TOKEN_BYTES);
  assertEquals([agent.length, token?.length], [MAX_AGENT_BYTES, MAX_TOKEN_BYTES]);
  assertThrows(() => connect(MAX_AGENT_BYTES + 1, 1), TypeError, "at most 64");
  assertThrows(() => connect(1, MAX_TOKEN_BYTES + 1), TypeError, "at most 512");
});

pure("A reply lists 256 info-hashes at most, and a page has 1,000 entries", () => {
  const status = (key: string, count: number) =>
    reading(QUERY_CODECS.update_status.decodeReply, {
      [key]: new Array(count).fill(new Uint8Array(20)),
    });
  assertEquals(status("want", MAX_LISTED_HASHES).want.length, MAX_LISTED_HASHES);
  for (const key of ["want", "resend"]) {
    assertThrows(() => status(key, MAX_LISTED_HASHES + 1), RangeError, "at most 256");
  }
  const limitOf = (limit: number) =>
    reading(QUERY_CODECS.list_files.decodeArguments, { limit }).limit;
  assertEquals(
    [MAX_PAGE_ENTRIES, MAX_PAGE_ENTRIES + 1].map(limitOf),
    [MAX_PAGE_ENTRIES, MAX_PAGE_ENTRIES],
  );
});

pure("An address of a peer has 64 bytes at most, of IPv6 with the longest zone as well", () => {
  const hostOf = (ip: string) => reading(readContact, { id: new Uint8Array(20), ip, port: 1 }).host;
  const longest = "fe80:0000:0000:0000:0000:0000:0000:0001%abcdefghijklmno";
  assert(longest.length <= MAX_HOST_BYTES);
  assertEquals(hostOf(longest), "fe80::1%abcdefghijklmno");
  assertThrows(() => hostOf("1".repeat(MAX_HOST_BYTES)), TypeError, "must be an IP address");
  assertThrows(() => hostOf("1".repeat(MAX_HOST_BYTES + 1)), TypeError, "at most 64");
});

pure("The key of an announce by HTTP has 100 bytes at most", () => {
  const announce = (key: string) =>
    parseHttpAnnounce(
      new QueryString(
        `info_hash=${"a".repeat(20)}&peer_id=${"b".repeat(20)}&port=1&key=${key}`,
      ),
    );
  assertEquals(announce("%00".repeat(MAX_KEY_BYTES)).request.port, 1);
  assertThrows(() => announce("k".repeat(MAX_KEY_BYTES + 1)), TrackerRefusedError, "100 bytes");
});

pure("The path of an announce by UDP is read up to 1,600 bytes (BEP 41)", () => {
  const request = {
    ...{ infoHash: sampleHash(1), peerId: samplePeerId(2), port: 1, numWant: undefined },
    ...{ uploaded: 0, downloaded: 0, left: 0, event: "none" as const },
  };
  const pathOf = (path: string) => {
    const extras = { connectionId: 1n, transaction: 1, key: 1, path };
    const read = decodeUdpRequest(encodeUdpAnnounce(request, extras));
    assert(read?.type === "announce");
    return read.path;
  };
  // The longest token, each byte of it escaped, has room.
  assertEquals(MAX_UDP_PATH, 3 * MAX_TOKEN_BYTES + 64);
  const longest = `/${"p".repeat(MAX_UDP_PATH - 1)}`;
  assertEquals(pathOf(longest), longest);
  assert(pathOf(`${longest}p`).length < MAX_UDP_PATH);
});

pure("The answer of an HTTP tracker nests 3 deep and has 65,536 values at most", () => {
  const read = (value: Encodable) => decodeHttpAnnounceReply(encode({ interval: 60, x: value }));
  assertEquals(read(nested(MAX_HTTP_REPLY_DEPTH - 1)).intervalS, 60);
  assertThrows(() => read(nested(MAX_HTTP_REPLY_DEPTH)), MalformedMessageError, "deeper than 3");
  const most = new Array<number>(MAX_HTTP_REPLY_VALUES - 3).fill(1);
  assertEquals(read(most).intervalS, 60);
  assertThrows(() => read([...most, 1]), MalformedMessageError, "65536 values");
});

pure("Of a tracker's words 4,096 bytes are read, of its id 256, and of its interval a day", () => {
  const read = (body: Body) => decodeHttpAnnounceReply(encode({ interval: 60, ...body }));
  const warningOf = (length: number) =>
    read({ "warning message": "w".repeat(length) }).warning?.length;
  const most = MAX_TRACKER_TEXT_BYTES;
  assertEquals([most, most + 1].map(warningOf), [most, most]);
  const idOf = (length: number) => read({ "tracker id": "i".repeat(length) }).trackerId?.length;
  const longest = MAX_TRACKER_ID_BYTES;
  assertEquals([longest, longest + 1].map(idOf), [longest, undefined]);
  const intervalOf = (interval: number) => read({ interval }).intervalS;
  const day = MAX_BELIEVED_INTERVAL_S;
  assertEquals([day - 1, day, day + 1].map(intervalOf), [day - 1, day, day]);
});

pure("An announce is answered with 200 peers at most, and with 50 if it leaves that open", () => {
  const context = openContext();
  const announce = (number: number, numWant?: number) =>
    answerAnnounce({
      ...{ infoHash: sampleHash(1), peerId: samplePeerId(number), port: 6_000 },
      ...{ uploaded: 0, downloaded: 0, left: 1, event: "started" as const, numWant },
    }, {
      ...{ host: `10.0.${number >> 8}.${number & 255}`, local: () => undefined },
      ...{ room: 10_000, takes: "list" as const },
    }, context).peers;
  for (let number = 1; number <= MAX_NUM_WANT + 2; number++) announce(number, 0);
  const countOf = (numWant?: number) => {
    const peers = announce(1, numWant);
    return peers.form === "list" ? peers.peers.length : peers.ipv4.length / 6;
  };
  const most = MAX_NUM_WANT;
  assertEquals(
    [most - 1, most, most + 1, undefined].map(countOf),
    [most - 1, most, most, DEFAULT_NUM_WANT],
  );
});

Deno.test("A frame of the TCP door has a MiB at most; a longer one is refused by its prefix alone", async () => {
  await using tracker = new SampleTracker();
  using longest = await tracker.enter(1);
  await longest.sendPayload(new Uint8Array(MAX_FRAME_LENGTH));
  assertEquals((await longest.nextError()).code, REFUSAL.malformed);
  using longer = await tracker.enter(2);
  await longer.sendBytes(Uint8Array.of(0, 0x10, 0, 1));
  assertEquals((await longer.nextError()).code, REFUSAL.tooLarge);
  using longestOfAll = await tracker.enter(3);
  await longestOfAll.sendBytes(Uint8Array.of(255, 255, 255, 255));
  assertEquals((await longestOfAll.nextError()).code, REFUSAL.tooLarge);
});

Deno.test("Of a tracker 1,024 events wait for who reads them, and those that follow are lost", async () => {
  for (const clients of [MAX_WAITING_EVENTS / 2 - 1, MAX_WAITING_EVENTS / 2 + 1]) {
    await using tracker = new SampleTracker({ limits: { connectBurst: 2 * clients } });
    for (let count = 0; count < clients; count++) (await tracker.enter(1)).close();
    await tracker.server.close();
    const events = await Array.fromAsync(tracker.server.events);
    // Of each client that it came and that it went.
    assertEquals(events.length, Math.min(2 * clients, MAX_WAITING_EVENTS));
  }
});

Deno.test("An answer of an HTTP tracker of exactly a MiB is read, one of a byte more is not", async () => {
  const head = ascii.encode("d8:intervali60e5:peers0:1:x");
  const answerOf = (length: number) => {
    const room = length - head.length - "1048549:e".length;
    return concatBytes([head, ascii.encode(`${room}:`), new Uint8Array(room), ascii.encode("e")]);
  };
  assertEquals(answerOf(MAX_HTTP_REPLY).length, MAX_HTTP_REPLY);
  await using stub = new StubTracker(() => new Response(answerOf(MAX_HTTP_REPLY)));
  await using announcer = new Announcer([[stub.url]]);
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  await announcer.announced();
  await using longer = new StubTracker(() => new Response(answerOf(MAX_HTTP_REPLY + 1)));
  await using other = new Announcer([[longer.url]]);
  other.client.join(await SampleMember.of("film", 1, [0]));
  assertMatch((await other.unreachable()).error.message, /longer than 1048576 bytes/);
});

Deno.test("An answer of the UDP door has 1,232 bytes at most: 67 peers of IPv6", async () => {
  const most = Math.floor((MAX_UDP_REPLY - 20) / 18);
  const context = openContext();
  const requests = new UdpRequests(context, createKeyedHash(), new LocalAddresses(() => []));
  const announce = async (number: number) => {
    const host = `2001:db8::${number.toString(16)}`;
    const welcome = await requests.answer(encodeUdpConnect(1), host);
    const connectionId = new DataView(welcome!.buffer).getBigUint64(8);
    const request = {
      ...{ infoHash: sampleHash(1), peerId: samplePeerId(number), port: 1, numWant: 200 },
      ...{ uploaded: 0, downloaded: 0, left: 1, event: "none" as const },
    };
    const extras = { connectionId, transaction: 1, key: 1, path: "" };
    return (await requests.answer(encodeUdpAnnounce(request, extras), host))!.length;
  };
  // The first one hears of nobody.
  for (let number = 0; number <= most; number++) {
    assertEquals(await announce(number + 1), 20 + 18 * number);
  }
  assertEquals(await announce(most + 2), 20 + 18 * most);
});

Deno.test("Of the answer of a UDP tracker 8,192 bytes are read: 1,362 peers of IPv4", async () => {
  const most = Math.floor((MAX_UDP_ANSWER - 20) / 6);
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  let peers = 0;
  const serving = (async () => {
    for await (const [bytes, sender] of socket) {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const action = view.getUint32(8);
      const reply = new Uint8Array(action === 0 ? 16 : 20 + 6 * peers).fill(1);
      new DataView(reply.buffer).setUint32(0, action);
      new DataView(reply.buffer).setUint32(4, view.getUint32(12));
      await socket.send(reply, sender);
    }
  })();
  const countOf = async (count: number) => {
    peers = count;
    const clock = new FakeClock();
    const tracker = new UdpTracker(`udp://127.0.0.1:${port}`, { clock, randomNumber: () => 7 });
    const request = {
      ...{ infoHash: sampleHash(1), peerId: samplePeerId(2), port: 1, numWant: undefined },
      ...{ uploaded: 0, downloaded: 0, left: 1, event: "none" as const },
    };
    const { signal } = new AbortController();
    return (await tracker.announce(request, { key: 1, signal })).peers.length;
  };
  assertEquals(await countOf(most), most);
  assertEquals(await countOf(most + 1), most);
  socket.close();
  await serving;
});

Deno.test("A tracker that cannot be connected to is given up after 5 s, and not before", async () => {
  const clock = new FakeClock();
  let outcome = "waiting";
  const opening = TrackerConnection.open({
    ...{ address: { host: "192.0.2.1", port: 1 }, clock, peerId: samplePeerId(1) },
    ...{ port: 1, agent: "Test/1" },
    transport: { ...new MemoryNetwork().host("us"), dial: () => new Promise(() => undefined) },
  }).finally(() => outcome = "over");
  const failed = assertRejects(() => opening, TrackerUnreachableError);
  await clock.advance(DIAL_TIMEOUT_MS - 1);
  assertEquals(outcome, "waiting");
  await clock.advance(1);
  await failed;
});

Deno.test("Who was told why he is refused has a second to close, and not longer", async () => {
  await using tracker = new SampleTracker();
  const connection = await tracker.network.host("10.0.0.9").dial(tracker.server.address);
  const writer = connection.writable.getWriter();
  await writer.write(Uint8Array.of(255, 255, 255, 255));
  await tracker.clock.advance(LINGER_MS - 1);
  assertEquals(tracker.server.statistics().connections, 1);
  await tracker.clock.advance(1);
  await tracker.clock.advance(0);
  assertEquals(tracker.server.statistics().connections, 0);
  connection.close();
});
