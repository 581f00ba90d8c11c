import { assert, assertEquals, assertRejects } from "@std/assert";
import { type PeerAddress, tcpTransport } from "../../lib/net/mod.ts";
import {
  serveTracker,
  type SwarmTicket,
  TrackerClient,
  type TrackerServer,
  type TrackerState,
  TrackerUnreachableError,
} from "../../lib/tracker/mod.ts";
import { greeting, RawClient } from "./raw_client.ts";
import { all, SampleMember } from "./sample_member.ts";
import { samplePeerId } from "./sample_torrents.ts";
import { PAGE, publishedAt } from "./sample_tracker.ts";

function clientOf(address: PeerAddress, number: number): TrackerClient {
  const peerId = samplePeerId(number);
  return new TrackerClient({ address, peerId, port: number, agent: `Test/${number}` });
}

/** Hears of peers until so many are known; gives their ports. */
async function hearOf(ticket: SwarmTicket, count: number): Promise<number[]> {
  const ports: number[] = [];
  const reader = ticket.peers.getReader();
  while (ports.length < count) {
    const { value = [] } = await reader.read();
    ports.push(...value.map(({ port }) => port));
  }
  reader.releaseLock();
  return ports.sort((a, b) => a - b);
}

async function waitFor(client: TrackerClient, type: TrackerState["type"]): Promise<void> {
  const reader = client.states.getReader();
  while ((await reader.read()).value?.type !== type);
  reader.releaseLock();
}

/** Waits until so many are in the only swarm of a tracker, as the tracker tells somebody who asks. */
async function waitForMembers(server: TrackerServer, count: number): Promise<void> {
  using asker = await RawClient.dial(tcpTransport, server.address);
  await asker.ask("connect", { ...greeting(0), port: 0 });
  while (true) {
    const { files: [file] } = await asker.ask("list_files", PAGE);
    if (file !== undefined && file.seeders + file.leechers === count) return;
  }
}

Deno.test("100 clients that connect at once are all served, and find each other", async () => {
  await using server = serveTracker({ host: "127.0.0.1", port: 0 });
  const numbers = all(100).map((number) => number + 1);
  await using open = new AsyncDisposableStack();
  const clients = numbers.map((number) => open.use(clientOf(server.address, number)));
  await Promise.all(clients.map((client) => client.connected()));
  assertEquals(server.statistics().connections, 100);

  const member = await SampleMember.of("mv1.mp4", 50, all(50));
  const [seeder] = clients;
  assert(seeder !== undefined);
  seeder.join(member);
  await publishedAt(server);
  const tickets = clients.slice(1).map((client) => client.join(new SampleMember(member.info)));
  await waitForMembers(server, 100);
  const files = await Promise.all(clients.map((client) => client.getTorrent("mv1.mp4")));
  assertEquals(new Set(files.map((file) => file.length)).size, 1);
  for (const ticket of tickets) {
    const [first = 0] = await hearOf(ticket, 1);
    assert(first > 0);
  }
  assertEquals((await seeder.getPeers(member.info.infoHash)).total, 99);
  await open.disposeAsync();
  assertEquals([server.registry.peers.size, server.registry.swarms.size], [0, 1]);
});

Deno.test("clients register again by themselves after their tracker was killed and started again", async () => {
  const former = serveTracker({ host: "127.0.0.1", port: 0 });
  const { address } = former;
  await using seeder = clientOf(address, 1);
  await using leecher = clientOf(address, 2);
  const member = await SampleMember.of("mv1.mp4", 8, all(8));
  const half = new SampleMember(member.info, [0, 1, 2, 3]);
  const [seeding, leeching] = [seeder.join(member), leecher.join(half)];
  assertEquals(await hearOf(seeding, 1), [2]);
  assertEquals(await hearOf(leeching, 1), [1]);
  for (const client of [seeder, leecher]) await waitFor(client, "connected");
  await former.close();
  for (const client of [seeder, leecher]) await waitFor(client, "unreachable");
  half.held.set(4);
  leeching.pieceHeld(half.info.layout.pieceIndex(4));

  await using server = serveTracker({ ...address, host: "127.0.0.1" });
  await publishedAt(server);
  await waitForMembers(server, 2);
  const { files } = await leecher.listFiles();
  assertEquals(
    files.map(({ name, seeders, leechers, availability }) => ({
      name,
      seeders,
      leechers,
      availability,
    })),
    [{ name: "mv1.mp4", seeders: 1, leechers: 1, availability: 1625 }],
  );
});

Deno.test("a tracker that is not there is reported, and found when it comes", async () => {
  // A port that was given back may be another test's at once, but hardly at this address.
  const place = serveTracker({ host: "127.31.41.59", port: 0 });
  const { address } = place;
  await place.close();
  await using client = clientOf(address, 1);
  const ticket = client.join(await SampleMember.of("mv1.mp4", 8));
  const error = await assertRejects(() => client.connected(), TrackerUnreachableError);
  assert(error.message.endsWith(`${address.port}: nobody listens there`), error.message);
  await using server = serveTracker(address);
  await waitFor(client, "connected");
  await waitForMembers(server, 1);
  ticket.leave();
});

Deno.test("connections that come and go leave nothing behind", async () => {
  await using server = serveTracker({ host: "127.0.0.1", port: 0, graceMs: 1 });
  for (let round = 0; round < 20; round++) {
    const clients = await Promise.all(
      all(10).map((number) =>
        RawClient.dial(tcpTransport, server.address).then(async (client) => {
          if (number % 3 > 0) await client.ask("connect", greeting(1000 + number));
          if (number % 3 > 1) await client.ask("exit", {});
          return client;
        })
      ),
    );
    for (const client of clients) client.close();
  }
  using last = await RawClient.dial(tcpTransport, server.address);
  await last.ask("connect", greeting(999));
  while (server.statistics().connections > 1) await last.ask("ping", {});
  assertEquals(server.registry.swarms.size, 0);
});

Deno.test("a client that reached an IPv4 tracker is known by its IPv4 address", async () => {
  await using server = serveTracker({ host: "127.0.0.1", port: 0 });
  using client = await RawClient.dial(tcpTransport, server.address);
  const { address } = await client.ask("connect", greeting(7001));
  assertEquals(address, "127.0.0.1:7001");
});
