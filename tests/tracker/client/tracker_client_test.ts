import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Bitfield } from "../../../lib/bytes/mod.ts";
import type { Transport } from "../../../lib/net/mod.ts";
import { parseTorrent } from "../../../lib/metainfo/mod.ts";
import {
  DEFAULT_LIMITS,
  REFUSAL,
  serveTracker,
  type ServeTrackerOptions,
  type SwarmTicket,
  TrackerClient,
  type TrackerClientOptions,
  TrackerRefusedError,
  type TrackerServer,
  type TrackerState,
  TrackerUnreachableError,
} from "../../../lib/tracker/mod.ts";
import { all, SampleMember } from "../sample_member.ts";
import { samplePeerId, sampleShape } from "../sample_torrents.ts";
import { hostOf, PAGE, publishedAt, SampleTracker, telling } from "../sample_tracker.ts";

function clientOf(
  tracker: SampleTracker,
  number: number,
  options: Partial<TrackerClientOptions> = {},
): TrackerClient {
  return new TrackerClient({
    address: tracker.server.address,
    transport: tracker.network.host(hostOf(number)),
    clock: tracker.clock,
    random: () => 0.5,
    peerId: samplePeerId(number),
    port: number,
    agent: `Test/${number}`,
    ...options,
  });
}

/** Starts another tracker where the former one was. */
function restart(tracker: SampleTracker, options: ServeTrackerOptions = {}): TrackerServer {
  const { host, port } = tracker.server.address;
  const transport = tracker.network.host(host);
  return serveTracker({ host, port, transport, clock: tracker.clock, ...options });
}

/** Says that a piece came. */
function complete(member: SampleMember, ticket: SwarmTicket, piece: number): void {
  member.held.set(piece);
  ticket.pieceHeld(member.info.layout.pieceIndex(piece));
}

/** What the tracker knows of the swarm of a member: what each peer holds, by its number. */
function known(server: TrackerServer, member: SampleMember): Record<number, string | number[]> {
  const swarm = server.registry.swarms.get(member.info.infoHash);
  return Object.fromEntries((swarm?.members ?? []).map(({ peer, holding }) => [
    peer.port,
    holding instanceof Bitfield ? [...holding.ones()] : holding,
  ]));
}

/** Lets the tracker have the metainfo of a torrent, so that it does not ask for it. */
function publish(tracker: SampleTracker, { info }: SampleMember): void {
  tracker.server.registry.publish({ info });
}

async function takeStates(client: TrackerClient): Promise<TrackerState[]> {
  return await Array.fromAsync(client.states);
}

Deno.test("two clients that join a swarm find each other, and the torrent is published", async () => {
  await using tracker = new SampleTracker();
  const member = await SampleMember.of("mv1.mp4", 8, all(8));
  await using seeder = clientOf(tracker, 1);
  await using leecher = clientOf(tracker, 2);
  const seeding = seeder.join(member);
  await tracker.clock.advance(0);
  await tracker.published();
  const file = await leecher.getTorrent("mv1.mp4");
  assertEquals((await parseTorrent(file)).info.infoHash, member.info.infoHash);
  assertEquals(await leecher.getTorrent(member.info.infoHash.toUpperCase()), file);
  const leeching = leecher.join(new SampleMember(member.info));
  const [found, heard] = [leeching.peers.getReader(), seeding.peers.getReader()];
  await tracker.clock.advance(1_000);
  assertEquals((await found.read()).value, [{ host: hostOf(1), port: 1 }]);
  assertEquals((await heard.read()).value, [{ host: hostOf(2), port: 2 }]);
  assertEquals(known(tracker.server, member), { 1: "complete", 2: [] });
  const { files } = await leecher.listFiles({ ...PAGE, name: "mv1.mp4" });
  assertEquals(files.map(({ seeders, leechers, state }) => [seeders, leechers, state]), [
    [1, 1, "published"],
  ]);
  assertEquals((await leecher.getPeers(member.info.infoHash)).total, 1);
  assertEquals((await leecher.getAllPeers()).total, 2);
});

Deno.test("pieces that come together are told together", async () => {
  await using tracker = new SampleTracker();
  const member = await SampleMember.of("mv1.mp4", 100);
  publish(tracker, member);
  await using client = clientOf(tracker, 1);
  const ticket = client.join(member);
  await tracker.clock.advance(1_000);
  const updates = (): number => tracker.server.statistics().queries["update_status"] ?? 0;
  const before = updates();
  for (const piece of [5, 6, 7]) {
    complete(member, ticket, piece);
    await tracker.clock.advance(50);
  }
  assertEquals([updates(), known(tracker.server, member)], [before, { 1: [] }]);
  await tracker.clock.advance(150);
  assertEquals([updates(), known(tracker.server, member)], [before + 1, { 1: [5, 6, 7] }]);
  for (const piece of all(100)) complete(member, ticket, piece);
  await tracker.clock.advance(300);
  assertEquals(known(tracker.server, member), { 1: "complete" });
  ticket.leave();
  await tracker.clock.advance(300);
  assertEquals(known(tracker.server, member), {});
  client.join(member);
  await tracker.clock.advance(0);
  assertEquals(known(tracker.server, member), { 1: "complete" });
});

Deno.test("a silent client keeps its connection, and its counters are told now and then", async () => {
  await using tracker = new SampleTracker();
  const member = await SampleMember.of("mv1.mp4", 8);
  publish(tracker, member);
  await using client = clientOf(tracker, 1);
  client.join(member);
  await tracker.clock.advance(1_000);
  member.counters.uploaded = 77;
  await tracker.clock.advance(30_000);
  const [told] = tracker.server.registry.swarms.get(member.info.infoHash)?.members ?? [];
  assertEquals(told?.uploaded, 77);
  await tracker.clock.advance(300_000);
  assertEquals(tracker.server.statistics().connected, 1);
});

Deno.test("after a tracker was restarted it is told everything again", async () => {
  await using tracker = new SampleTracker();
  const [first, second] = [
    await SampleMember.of("a", 8, [1, 2]),
    await SampleMember.of("b", 8, all(8)),
  ];
  await using client = clientOf(tracker, 1);
  const states = takeStates(client);
  const [ticket] = [client.join(first), client.join(second)];
  await tracker.clock.advance(0);
  for (const _member of [first, second]) await tracker.published();
  await tracker.server.close();
  await tracker.clock.advance(10_000);
  complete(first, ticket, 7);
  await using server = restart(tracker);
  await tracker.clock.advance(14_000);
  for (const _member of [first, second]) await publishedAt(server);
  assertEquals(known(server, first), { 1: [1, 2, 7] });
  assertEquals(known(server, second), { 1: "complete" });
  assertEquals(server.registry.resolveName("b").infoHash, second.info.infoHash);
  await client.close();
  const types = (await states).map(({ type }) => type);
  assertEquals([types[0], types[1], types.at(-1)], ["connected", "unreachable", "connected"]);
});

Deno.test("while the tracker is not there the client says so, and goes on trying", async () => {
  await using tracker = new SampleTracker();
  await tracker.server.close();
  await using client = clientOf(tracker, 1);
  const states = client.states.getReader();
  const member = await SampleMember.of("a", 8);
  client.join(member);
  const error = await assertRejects(() => client.connected(), TrackerUnreachableError);
  assertEquals(error.address, tracker.server.address);
  await assertRejects(() => client.listFiles(), TrackerUnreachableError);
  const waits: number[] = [];
  for (let attempt = 0; attempt < 9; attempt++) {
    const { value } = await states.read();
    assert(value?.type === "unreachable" && value.error instanceof TrackerUnreachableError);
    waits.push(value.retryMs);
    await tracker.clock.advance(value.retryMs);
  }
  assertEquals(waits, [375, 750, 1500, 3000, 6000, 12_000, 22_500, 22_500, 22_500]);
  await using server = restart(tracker);
  await tracker.clock.advance(30_000);
  assertEquals((await client.connected()).torrentsKnown, 0);
  assertEquals(known(server, member), { 1: [] });
});

Deno.test("a client that is refused says why, and goes on trying", async () => {
  await using tracker = new SampleTracker({ token: "secret" });
  await using client = clientOf(tracker, 1, { token: "guess" });
  const states = client.states.getReader();
  const error = await assertRejects(() => client.connected(), TrackerRefusedError);
  assertEquals(error.code, REFUSAL.token);
  const { value } = await states.read();
  assert(value?.type === "unreachable");
  await tracker.server.close();
  await using _server = restart(tracker, { token: "guess" });
  await tracker.clock.advance(value.retryMs);
  assertEquals((await states.read()).value?.type, "connected");
});

Deno.test("a query right after the connection was lost waits for the next attempt", async () => {
  await using tracker = new SampleTracker();
  await using client = clientOf(tracker, 1);
  await client.connected();
  await tracker.server.close();
  await using _server = restart(tracker);
  await tracker.clock.advance(0);
  const listing = client.listFiles();
  await tracker.clock.advance(1_000);
  assertEquals((await listing).total, 0);
});

Deno.test("exit is the way out unless disconnect is asked for", async () => {
  await using tracker = new SampleTracker();
  const clients = [1, 2].map((number) => clientOf(tracker, number));
  const member = await SampleMember.of("a", 8);
  const tickets = clients.map((client) => client.join(member));
  await tracker.clock.advance(1_000);
  await clients[0]?.close();
  assertEquals(known(tracker.server, member), { 2: [] });
  await clients[1]?.close("disconnect");
  assertEquals(known(tracker.server, member), { 2: [] });
  await tracker.clock.advance(76_000);
  assertEquals(known(tracker.server, member), {});
  for (const { peers } of tickets) await Array.fromAsync(peers);
  assertEquals(await Array.fromAsync(clients[0]?.states ?? []).then((states) => states.length), 1);
});

Deno.test("closing does not depend on a tracker, and leaves nothing behind", async () => {
  await using tracker = new SampleTracker();
  const connected = clientOf(tracker, 1);
  await connected.connected();
  tracker.network.unplug(tracker.server.address.host);
  await connected.close();
  await connected.close();
  const trying = clientOf(tracker, 2);
  trying.join(await SampleMember.of("a", 8));
  await assertRejects(() => trying.connected(), TrackerUnreachableError);
  await trying.close();
  await clientOf(tracker, 3).close();
  await tracker.server.close();
  assertEquals(tracker.clock.pending, 0);
});

/** A transport that says which chunk it is whenever one arrives, before anybody sees it. */
function watched(transport: Transport, onChunk: (number: number) => void): Transport {
  return {
    listen: (address) => transport.listen(address),
    async dial(address, options) {
      const connection = await transport.dial(address, options);
      let chunks = 0;
      const readable = connection.readable.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            onChunk(++chunks);
            controller.enqueue(chunk);
          },
        }),
      );
      const { local, remote, writable } = connection;
      const close = (): void => connection.close();
      return { local, remote, readable, writable, close, [Symbol.dispose]: close };
    },
  };
}

Deno.test("a membership counts as announced when the tracker knows it, whenever it began", async () => {
  const [first, second] = [await SampleMember.of("a", 8), await SampleMember.of("b", 8)];
  // The answers to connect, to the update that tells of the first member, and to its get_peers.
  for (const answer of [1, 2, 3]) {
    await using tracker = new SampleTracker();
    for (const member of [first, second]) publish(tracker, member);
    let announced: Promise<Record<number, string | number[]>> | undefined;
    const transport = watched(tracker.network.host(hostOf(1)), (number) => {
      if (number !== answer) return;
      announced = client.join(second).announced.then(() => known(tracker.server, second));
    });
    await using client = clientOf(tracker, 1, { transport });
    client.join(first);
    await tracker.clock.advance(1_000);
    assertEquals(await announced, { 1: [] });
  }
});

Deno.test("a swarm is joined once at a time", async () => {
  await using tracker = new SampleTracker();
  await using client = clientOf(tracker, 1);
  const member = await SampleMember.of("a", 8);
  const ticket = client.join(member);
  assertThrows(() => client.join(member), Error, "Cannot join swarm of a");
  ticket.leave();
  client.join(member);
});

Deno.test("where another peer claims something else of a torrent, its torrent file decides", async () => {
  await using tracker = new SampleTracker();
  const member = await SampleMember.of("a", 8, [1]);
  const { infoHash } = member.info;
  using liar = await tracker.enter(9);
  const shape = sampleShape("a", 1000);
  const lie = { infoHash, shape, held: { kind: "bitfield", bytes: new Uint8Array(125) } } as const;
  await liar.ask("update_status", telling(lie));
  await using client = clientOf(tracker, 1);
  client.join(member);
  await tracker.clock.advance(0);
  await tracker.published();
  await tracker.clock.advance(1_000);
  assertEquals(known(tracker.server, member), { 1: [1], 9: "unknown" });
  assertEquals(tracker.server.registry.resolveName("a").shape.length, 8 * 16_384);
  assertEquals((await liar.ask("update_status", telling())).resend, [infoHash]);
});

Deno.test("what the tracker refuses is told again later, without haste", async () => {
  await using tracker = new SampleTracker({ limits: { torrentsPerPeer: 1 } });
  const [first, second] = [await SampleMember.of("a", 8), await SampleMember.of("b", 8)];
  await using client = clientOf(tracker, 1);
  const states = client.states.getReader();
  const ticket = client.join(first);
  await tracker.clock.advance(100);
  client.join(second);
  await tracker.clock.advance(100);
  await states.read();
  const { value } = await states.read();
  assert(value?.type === "refused" && value.error instanceof TrackerRefusedError);
  const { queries: before } = tracker.server.statistics();
  await tracker.clock.advance(20_000);
  const { queries } = tracker.server.statistics();
  assertEquals(queries["update_status"], before["update_status"]);
  ticket.leave();
  await tracker.clock.advance(30_000);
  assertEquals(known(tracker.server, second), { 1: [] });
});

Deno.test("many swarms are entered no faster than the tracker takes it, and none is refused", async () => {
  await using tracker = new SampleTracker();
  await using client = clientOf(tracker, 1);
  for (let number = 0; number < 300; number++) {
    const member = await SampleMember.of(`file ${number}`, 1);
    publish(tracker, member);
    client.join(member);
  }
  await tracker.clock.advance(0);
  const asked = (): number => tracker.server.statistics().queries["get_peers"] ?? 0;
  assert(asked() <= DEFAULT_LIMITS.queryBurst);
  await tracker.clock.advance(10_000);
  assertEquals(asked(), 300);
  assertEquals(tracker.server.statistics().refusals, {});
});

Deno.test("an unfinished member asks again for peers, of whom pushes may not have told", async () => {
  await using tracker = new SampleTracker();
  await using client = clientOf(tracker, 1);
  const member = await SampleMember.of("a", 8);
  publish(tracker, member);
  const found = client.join(member).peers.getReader();
  await tracker.clock.advance(1_000);
  const { registry } = tracker.server;
  const id = samplePeerId(5);
  const silent = registry.admit({ host: "10.9.9.9", port: 5, id, agent: "Other" });
  registry.report(silent, { infoHash: member.info.infoHash, held: { kind: "complete" } });
  assertEquals([...registry.changes.drain()].length, 1);
  await tracker.clock.advance(30_000);
  assertEquals((await found.read()).value, [{ host: "10.9.9.9", port: 5 }]);
});
