import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { decode, DictionaryReader } from "../../../lib/bencode/mod.ts";
import { decodeHex, infoHashFromHex } from "../../../lib/bytes/mod.ts";
import { decodeCompactPeers, type PeerAddress } from "../../../lib/net/mod.ts";
import {
  DoorError,
  serveTracker,
  type ServeTrackerOptions,
  type TrackerServer,
} from "../../../lib/tracker/mod.ts";
import { ipv6Missing } from "../../net/ipv6_missing.ts";
import { samplePeerId } from "../sample_torrents.ts";

const HOST = "127.0.0.1";
const HASH = infoHashFromHex("05ff616263000102030405060708090a0b0c0d0e");
const ESCAPED = HASH.replace(/../g, "%$&");

/** A tracker with all doors at ports that are free. */
function openTracker(options: ServeTrackerOptions = {}): TrackerServer {
  return serveTracker({ host: HOST, port: 0, http: { port: 0 }, udp: { port: 0 }, ...options });
}

function doorOf({ doors }: TrackerServer, name: "http" | "udp"): PeerAddress {
  const door = doors.find((door) => door.name === name);
  assert(door !== undefined);
  return door.address;
}

/** The answer to a request for a path of the HTTP door, as bytes of one character each. */
async function request(
  tracker: TrackerServer,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; text: string; reader: () => DictionaryReader }> {
  const { port } = doorOf(tracker, "http");
  // Not `fetch`, which would change the path: it is sent as it stands.
  using connection = await Deno.connect({ hostname: HOST, port });
  const { method = "GET", headers = {} } = options;
  const lines = Object.entries({ host: `${HOST}:${port}`, connection: "close", ...headers });
  const head = [`${method} ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`)];
  await connection.write(new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n`));
  const bytes = new Uint8Array(await new Response(connection.readable).arrayBuffer());
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const end = text.indexOf("\r\n\r\n") + 4;
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
  return {
    status,
    text: text.slice(end),
    reader: () => new DictionaryReader(decode(bytes.subarray(end)), "reply"),
  };
}

function announcePath(number: number, more = "", before = ""): string {
  const peerId = samplePeerId(number).replace(/../g, "%$&");
  return `${before}/announce?info_hash=${ESCAPED}&peer_id=${peerId}&port=${5000 + number}` +
    `&uploaded=0&downloaded=0&left=1${more}`;
}

Deno.test("The HTTP door tells those who announce themselves of each other, packed or in full", async () => {
  await using tracker = openTracker();
  const first = (await request(tracker, announcePath(1, "&event=started"))).reader();
  assertEquals([first.integer("complete"), first.integer("incomplete")], [0, 0]);
  assert(first.integer("interval") >= 270 && first.integer("interval") <= 330);
  assertEquals(first.integer("min interval"), 60);
  assertEquals(first.bytes("peers").length, 0);
  const second = (await request(tracker, announcePath(2, "&left=0").replace("left=1&", "")))
    .reader();
  assertEquals(decodeCompactPeers(second.bytes("peers"), "ipv4"), [{ host: HOST, port: 5001 }]);
  const third = (await request(tracker, announcePath(1, "&compact=0&numwant=1"))).text;
  assert(third.includes("2:ip9:127.0.0.17:peer id20:") && third.includes("4:porti5002e"), third);
  const stopped = (await request(tracker, announcePath(1, "&event=stopped"))).reader();
  assertEquals([stopped.integer("complete"), stopped.bytes("peers").length], [1, 0]);
  const scrape = await request(tracker, `/scrape?info_hash=${ESCAPED}&info_hash=${"x".repeat(20)}`);
  assertMatch(
    scrape.text,
    /^d5:filesd20:[^]{20}d8:completei1e10:downloadedi0e11:downloadersi0e10:incompletei0eeee$/,
  );
});

Deno.test("The HTTP door answers what is wrong with a failure reason (BEP 3, BEP 48), other paths with 404", async () => {
  await using tracker = openTracker();
  const paths = ["/announce", "/announce?info_hash=%zz", "/scrape", "/announce?info_hash=abc&a&=b"];
  for (const path of paths) {
    const { status, text } = await request(tracker, path);
    assertEquals(status, 200, path);
    assertMatch(text, /^d14:failure reason\d+:Cannot read request: .*e$/, path);
  }
  const others = [
    "/announcement",
    "/announce/",
    "/a/b/announce",
    "//announce",
    "/Announce",
    "/x",
  ];
  for (const path of others) {
    assertEquals((await request(tracker, path)).status, 404, path);
  }
  assertEquals((await request(tracker, announcePath(1), { method: "POST" })).status, 405);
  assertEquals(tracker.registry.peers.size, 0);
});

Deno.test("A scrape leaves no trace: nobody takes part in a swarm who asks for its counts (BEP 48)", async () => {
  await using tracker = openTracker();
  const path = `/scrape?info_hash=${ESCAPED}`;
  assertEquals((await request(tracker, path)).text, "d5:filesdee");
  using asker = new UdpAsker(tracker);
  const id = await asker.connect();
  const scrape = await asker.ask(id + "00000002" + "00000007" + HASH);
  assertEquals(hexOf(scrape), "00000002" + "00000007" + "0".repeat(24));
  assertEquals([tracker.registry.swarms.size, tracker.registry.peers.size], [0, 0]);
});

Deno.test("With a token the HTTP door lets in those alone who have it in their path", async () => {
  await using tracker = openTracker({ token: "open sesame" });
  for (const before of ["", "/open", "/open%20sesam", "/%ff%fe", "/open%20sesame%00"]) {
    const { text } = await request(tracker, announcePath(1, "", before));
    assertMatch(text, /^d14:failure reason.*the token .* is (?:missing|wrong)e$/, before);
    assertMatch((await request(tracker, `${before}/scrape?info_hash=${ESCAPED}`)).text, /token/);
  }
  assertEquals(tracker.registry.peers.size, 0);
  const { text } = await request(tracker, announcePath(1, "", "/open%20sesame"));
  assertMatch(text, /^d8:complete/);
});

Deno.test("Behind a proxy the last address that it adds counts, and there must be one", async () => {
  await using tracker = openTracker({ http: { port: 0, clientAddress: "x-forwarded-for" } });
  const from = (value: string) =>
    request(tracker, announcePath(1), { headers: { "x-forwarded-for": value } });
  await from("203.0.113.9, 192.0.2.7");
  await from("::ffff:192.0.2.8");
  await from("junk, 2001:DB8::7");
  const hosts = [...tracker.registry.peers.values()].map(({ host }) => host);
  assertEquals(hosts, ["192.0.2.7", "192.0.2.8", "2001:db8::7"]);
  for (const value of ["", "192.0.2.7, junk", "localhost"]) {
    assertMatch((await from(value)).text, /^d14:failure reason.*X-Forwarded-For/, value);
  }
  assertMatch((await request(tracker, announcePath(1))).text, /^d14:failure reason/);
});

Deno.test("Without a proxy nobody says where he is but by his connection", async () => {
  await using tracker = openTracker();
  const headers = { "x-forwarded-for": "192.0.2.7", "x-real-ip": "192.0.2.7" };
  await request(tracker, announcePath(1, "&ip=192.0.2.7&ipv4=192.0.2.7"), { headers });
  assertEquals([...tracker.registry.peers.values()].map(({ host }) => host), [HOST]);
});

Deno.test("One on the tracker's machine is where the asker from outside reaches it", async () => {
  await using tracker = openTracker({ http: { port: 0, clientAddress: "x-forwarded-for" } });
  const from = (host: string, number: number, named: string) =>
    request(tracker, announcePath(number), { headers: { "x-forwarded-for": host, host: named } });
  await from("127.0.0.1", 1, "localhost:6969");
  const outside = (await from("203.0.113.9", 2, "192.0.2.1:6969")).reader();
  assertEquals(decodeCompactPeers(outside.bytes("peers"), "ipv4"), [{
    host: "192.0.2.1",
    port: 5001,
  }]);
  const here = (await from("127.0.0.1", 3, "192.0.2.1:6969")).reader();
  const peers = decodeCompactPeers(here.bytes("peers"), "ipv4").map(({ host }) => host).sort();
  assertEquals(peers, ["127.0.0.1", "203.0.113.9"]);
});

/** One who asks the UDP door. */
class UdpAsker implements Disposable {
  readonly #socket: Deno.DatagramConn;
  readonly #door: PeerAddress;

  /** Asks from a loopback address, and where the tracker listens at it. */
  constructor(tracker: TrackerServer, host = HOST) {
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname: host, port: 0 });
    this.#door = { host, port: doorOf(tracker, "udp").port };
  }

  async send(bytes: Uint8Array): Promise<void> {
    const { host: hostname, port } = this.#door;
    await this.#socket.send(bytes, { transport: "udp", hostname, port });
  }

  async ask(hex: string): Promise<Uint8Array> {
    await this.send(decodeHex(hex));
    const [reply] = await this.#socket.receive();
    return reply;
  }

  /** Asks for a connection id, in hexadecimal digits. */
  async connect(): Promise<string> {
    const reply = await this.ask("0000041727101980" + "00000000" + "0badcafe");
    assertEquals(reply.length, 16);
    return hexOf(reply.subarray(8));
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function udpAnnounce(
  id: string,
  number: number,
  { left = 1, event = 2, options = "" } = {},
): string {
  const port = (5000 + number).toString(16).padStart(4, "0");
  return id + "00000001" + "0000002a" + HASH + samplePeerId(number) + "0".repeat(16) +
    left.toString(16).padStart(16, "0") + "0".repeat(16) + `0000000${event}` + "0".repeat(16) +
    "ffffffff" + port + options;
}

Deno.test("The UDP door answers connect, announce and scrape, and knows who came by HTTP", async () => {
  await using tracker = openTracker();
  await request(tracker, announcePath(1));
  using asker = new UdpAsker(tracker);
  const id = await asker.connect();
  const reply = await asker.ask(udpAnnounce(id, 2, { left: 0 }));
  assertMatch(hexOf(reply), /^000000010000002a000001[0-9a-f]{2}0000000100000000/);
  assertEquals(decodeCompactPeers(reply.subarray(20), "ipv4"), [{ host: HOST, port: 5001 }]);
  const scrape = await asker.ask(id + "00000002" + "00000007" + HASH + "00".repeat(20));
  assertEquals(
    hexOf(scrape),
    "00000002" + "00000007" + "00000001" + "00000000" + "00000001" + "0".repeat(24),
  );
  const seen = (await request(tracker, announcePath(1))).reader();
  assertEquals(decodeCompactPeers(seen.bytes("peers"), "ipv4"), [{ host: HOST, port: 5002 }]);
});

const missing = ipv6Missing();
const skipped = missing === undefined ? "" : ` (skipped: ${missing})`;

Deno.test({
  name:
    `The UDP door answers in the form of the datagram's family, with 6 or 18 bytes (BEP 15)${skipped}`,
  ignore: missing !== undefined,
  async fn() {
    await using tracker = openTracker({ host: "::" });
    const announced = {
      infoHash: HASH,
      event: "none",
      left: 1,
      uploaded: 0,
      downloaded: 0,
    } as const;
    const peers = [{ host: "192.0.2.7", port: 6881 }, { host: "2001:db8::7", port: 6882 }];
    for (const [number, peer] of peers.entries()) {
      const member = { ...peer, id: samplePeerId(10 + number), agent: "x" };
      tracker.registry.announce(member, announced, 1e9);
    }
    for (const [at, [host, family]] of ([[HOST, "ipv4"], ["::1", "ipv6"]] as const).entries()) {
      using asker = new UdpAsker(tracker, host);
      const reply = await asker.ask(udpAnnounce(await asker.connect(), 1));
      assertEquals(decodeCompactPeers(reply.subarray(20), family), [peers[at]!]);
    }
  },
});

Deno.test("The UDP door is silent to whoever has no good connection id (BEP 15), and to what is no request", async () => {
  await using tracker = openTracker();
  using asker = new UdpAsker(tracker);
  const id = await asker.connect();
  const flipped = (id[15] === "0" ? "1" : "0").padStart(16, id.slice(0, 15));
  await asker.send(decodeHex(udpAnnounce(flipped, 1)));
  await asker.send(decodeHex(udpAnnounce("0000041727101980", 1)));
  await asker.send(decodeHex(flipped + "00000002" + "00000007" + HASH));
  await asker.send(new Uint8Array(0));
  await asker.send(new Uint8Array(15));
  await asker.send(decodeHex(id + "00000003" + "00000007"));
  // What comes next is the answer to the next request, not one of those.
  assertEquals(hexOf(await asker.ask(udpAnnounce(id, 1))).slice(0, 16), "00000001" + "0000002a");
  assertEquals(tracker.registry.peers.size, 1);
  const error = await asker.ask(udpAnnounce(id, 1).slice(0, 190));
  assertMatch(
    new TextDecoder().decode(error.subarray(8)),
    /^Cannot read request: an announce has 95/,
  );
});

Deno.test("With a token the UDP door wants it in the path among the options (BEP 41)", async () => {
  await using tracker = openTracker({ token: "sesame" });
  using asker = new UdpAsker(tracker);
  const id = await asker.connect();
  const path = hexOf(new TextEncoder().encode("/sesame/announce"));
  const refused = await asker.ask(udpAnnounce(id, 1));
  assertEquals(hexOf(refused.subarray(0, 4)), "00000003");
  assertMatch(new TextDecoder().decode(refused.subarray(8)), /token .* is missing$/);
  const good = await asker.ask(udpAnnounce(id, 1, { options: `0210${path}` }));
  assertEquals(hexOf(good.subarray(0, 4)), "00000001");
});

Deno.test("A reply of the UDP door fits a datagram, however many peers there are", async () => {
  await using tracker = openTracker();
  for (let number = 1; number <= 400; number++) {
    const peer = { host: `10.0.${number >> 8}.${number & 255}`, port: 6881, agent: "x" };
    const announced = {
      infoHash: HASH,
      event: "none" as const,
      left: 1,
      uploaded: 0,
      downloaded: 0,
    };
    tracker.registry.announce({ ...peer, id: samplePeerId(number) }, announced, 1e9);
  }
  using asker = new UdpAsker(tracker);
  const id = await asker.connect();
  const many = udpAnnounce(id, 500).replace(/ffffffff(....)$/, "0000ffff$1");
  const reply = await asker.ask(many);
  assertEquals(reply.length, 20 + 6 * 200);
  const usual = await asker.ask(udpAnnounce(id, 500));
  assertEquals(usual.length, 20 + 6 * 50);
});

Deno.test("A door that cannot be opened closes the others, and says which it is", async () => {
  const taken = Deno.listen({ hostname: HOST, port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const error = assertThrows(() => openTracker({ http: { port } }), DoorError, "http");
  assert(error.cause instanceof Deno.errors.AddrInUse);
  assertEquals([error.door, error.address.port], ["http", port]);
  taken.close();
  const socket = Deno.listenDatagram({ transport: "udp", hostname: HOST, port });
  assertThrows(() => openTracker({ http: { port }, udp: { port } }), DoorError, "udp");
  socket.close();
  await using again = openTracker({ http: { port }, udp: { port } });
  assertEquals(doorOf(again, "http").port, port);
});
