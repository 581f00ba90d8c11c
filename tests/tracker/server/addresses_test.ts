import { assert, assertEquals, assertRejects } from "@std/assert";
import { decodeHex } from "../../../lib/bytes/mod.ts";
import {
  ListFilter,
  parseAddressList,
  type PeerAddress,
  tcpTransport,
} from "../../../lib/net/mod.ts";
import { serveTracker, type TrackerServer } from "../../../lib/tracker/mod.ts";
import { hostOf, PAGE, SampleTracker, telling } from "../sample_tracker.ts";
import { sampleHash, samplePeerId, sampleShape } from "../sample_torrents.ts";

const HOST = "127.0.0.1";
const HASH = "05ff616263000102030405060708090a0b0c0d0e";
const ESCAPED = HASH.replace(/../g, "%$&");

function listed(...lines: readonly string[]) {
  const bytes = new TextEncoder().encode(lines.join("\n"));
  return parseAddressList(bytes, { name: "list", kind: "blocklist" }).ranges;
}

function doorOf({ doors }: TrackerServer, name: "http" | "udp"): PeerAddress {
  const door = doors.find((door) => door.name === name);
  assert(door !== undefined);
  return door.address;
}

function announcePath(number: number): string {
  const peerId = samplePeerId(number).replace(/../g, "%$&");
  return `/announce?info_hash=${ESCAPED}&peer_id=${peerId}&port=${5000 + number}` +
    "&uploaded=0&downloaded=0&left=1&event=started&compact=1";
}

/** Asks the HTTP door, as a proxy that has heard somebody if there is one. */
async function ask(
  tracker: TrackerServer,
  path: string,
  heard?: string,
): Promise<{ status: number; text: string }> {
  const headers = heard === undefined ? {} : { "x-forwarded-for": `8.8.8.8, ${heard}` };
  const url = `http://${HOST}:${doorOf(tracker, "http").port}${path}`;
  const response = await fetch(url, { headers });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, text: String.fromCharCode(...bytes) };
}

Deno.test("The TCP door closes who is blocked before a byte, and serves others", async () => {
  const addresses = new ListFilter({ block: listed(hostOf(2)) });
  await using tracker = new SampleTracker({ addresses });
  using blocked = await tracker.dial(2);
  assertEquals(await blocked.next(), undefined);
  await assertRejects(() => tracker.enter(2));
  using _other = await tracker.enter(3);
  assertEquals(tracker.peers, [3]);
});

Deno.test("The HTTP door closes who is blocked before a byte, and keeps nothing of him", async () => {
  const addresses = new ListFilter({ block: listed("127.0.0.0/8") });
  await using tracker = serveTracker({ host: HOST, port: 0, http: { port: 0 }, addresses });
  await assertRejects(() => ask(tracker, announcePath(1)), TypeError);
  using blocked = await tcpTransport.dial(doorOf(tracker, "http"));
  assertEquals(await Array.fromAsync(blocked.readable), []);
  assertEquals(tracker.registry.peers.size, 0);
  addresses.replace({ allow: listed("127.0.0.1", "10.0.0.0/8") });
  assertEquals((await ask(tracker, announcePath(1))).status, 200);
  assertEquals(tracker.registry.peers.size, 1);
});

Deno.test("Behind a proxy the HTTP door goes by whom the proxy names, or by who asks if it names nobody", async () => {
  const addresses = new ListFilter({ allow: listed("10.0.0.0/8", "2001:db8::/32") });
  await using tracker = serveTracker({
    ...{ host: HOST, port: 0, addresses },
    http: { port: 0, clientAddress: "x-forwarded-for" },
  });
  for (const heard of ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::7"]) {
    assertEquals((await ask(tracker, announcePath(1), heard)).status, 200, heard);
  }
  for (const heard of ["192.0.2.7", "2001:db9::7", "::ffff:192.0.2.7", "somebody", ""]) {
    assertEquals((await ask(tracker, announcePath(1), heard)).status, 403, heard);
  }
  assertEquals((await ask(tracker, announcePath(1))).status, 403);
});

Deno.test("The UDP door is silent to who is blocked", async () => {
  const asked: string[] = [];
  // Lets in who asks for the second time: one socket then shows what was not answered before.
  const addresses = { admits: (host: string) => asked.push(host) > 1, generation: 0 };
  await using tracker = serveTracker({ host: HOST, port: 0, udp: { port: 0 }, addresses });
  using stack = new DisposableStack();
  const socket = stack.adopt(
    Deno.listenDatagram({ transport: "udp", hostname: HOST, port: 0 }),
    (socket) => socket.close(),
  );
  const { port } = doorOf(tracker, "udp");
  for (const transaction of ["00000001", "00000002"]) {
    const connect = decodeHex("0000041727101980" + "00000000" + transaction);
    await socket.send(connect, { transport: "udp", hostname: HOST, port });
  }
  const [reply] = await socket.receive();
  assertEquals([reply.length, reply[7]], [16, 2]);
  assertEquals(asked, [HOST, HOST]);
});

Deno.test("When lists are read again, those whom they shut out are cut off, forgotten and handed out no more", async () => {
  const addresses = new ListFilter({});
  await using tracker = new SampleTracker({ addresses });
  const { registry } = tracker.server;
  using staying = await tracker.enter(1);
  using leaving = await tracker.enter(2);
  using silent = await tracker.dial(2);
  const infoHash = sampleHash(1);
  await leaving.ask(
    "update_status",
    telling({ infoHash, shape: sampleShape("a.bin", 3), held: { kind: "complete" } }),
  );
  const announced = { infoHash, event: "started", left: 1, uploaded: 0, downloaded: 0 } as const;
  for (const number of [300, 9]) {
    // They announced themselves by another door, and are connected nowhere.
    const peer = { host: hostOf(number), port: number, id: samplePeerId(number), agent: "x" };
    registry.announce(peer, announced, Infinity);
  }
  assertEquals(tracker.peers, [1, 2, 300, 9]);
  assertEquals(registry.swarms.get(infoHash)?.members.length, 3);
  addresses.replace({ block: listed(hostOf(2), hostOf(300)) });
  await tracker.clock.advance(1_000);
  assertEquals(tracker.peers, [1, 9]);
  assertEquals(registry.swarms.get(infoHash)?.members.map(({ peer }) => peer.port), [9]);
  const known = await staying.ask("get_peers", { ...PAGE, infoHash: undefined });
  assertEquals(known.peers.map(({ port }) => port), [1, 9]);
  await assertRejects(() => leaving.ask("ping", {}));
  await assertRejects(() => silent.ask("ping", {}));
  await assertRejects(() => tracker.enter(2));
});
