import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  formatAddress,
  ListFilter,
  LocalAddresses,
  MemoryMulticast,
  type PeerAddress,
} from "../../lib/net/mod.ts";
import { parseAddressList } from "../../lib/net/mod.ts";
import {
  DialRules,
  type Discovery,
  formatLocalAnnounce,
  LOCAL_GROUPS,
  LocalDiscovery,
  type PeerNode,
} from "../../lib/peer/mod.ts";
import { encodePeerExchange, EXTENSION_ID } from "../../lib/peer/wire/mod.ts";
import { dial, FAST_AND_EXTENDED } from "./fast_rogue.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, createTorrent, type SimulatedTorrent, Simulation } from "./simulation.ts";

const BLOCKED = "10.9.9.0/24";
const GOOD: PeerAddress = { host: "10.0.0.77", port: 1 };

/** What nobody dials: where nobody can be, or everybody, and who is shut out. */
const BAD: readonly PeerAddress[] = [
  "0.0.0.0",
  "255.255.255.255",
  "224.0.0.1",
  "240.0.0.1",
  "::",
  "ff02::1",
  "10.9.9.1",
  "10.9.9.255",
].map((host) => ({ host, port: 6_881 })).concat({ host: "10.0.0.66", port: 0 });

function listed(...lines: readonly string[]) {
  const bytes = new TextEncoder().encode(lines.join("\n"));
  return parseAddressList(bytes, { name: "list", kind: "blocklist" }).ranges;
}

function dialled(sim: Simulation): string[] {
  return [...sim.dials.keys()].sort();
}

/** A node that hears of addresses, and the torrent that they are of. */
interface Hearer {
  readonly sim: Simulation;
  readonly node: PeerNode;
  readonly torrent: SimulatedTorrent;
}

/** How a node hears of addresses; what is opened for it is closed with the stack. */
type Source = (
  hearer: Hearer,
  addresses: readonly PeerAddress[],
  stack: AsyncDisposableStack,
) => Promise<void> | void;

/** A discovery that finds these, as a tracker tells of them. */
function finds(addresses: readonly PeerAddress[]): Discovery {
  const join = () => ({
    peers: new ReadableStream<PeerAddress[]>({
      start(controller) {
        controller.enqueue([...addresses]);
        controller.close();
      },
    }),
    announced: Promise.resolve(),
    pieceHeld: () => {},
    [Symbol.dispose]: () => {},
  });
  return { join, seek: join };
}

const SOURCES: Record<string, Source> = {
  "a tracker"({ sim, node, torrent }, addresses) {
    node.discoverBy(finds(addresses));
    node.add(sim.store(torrent.info));
  },
  "a tracker, to one who looks for the metadata"({ node, torrent }, addresses, stack) {
    node.discoverBy(finds(addresses));
    stack.use(node.seek(torrent.info.infoHash));
  },
  "the user, or a torrent that goes on"({ sim, node, torrent }, addresses) {
    node.add(sim.store(torrent.info), { peers: addresses });
  },
  "a magnet link (x.pe)"({ node, torrent }, addresses, stack) {
    stack.use(node.seek(torrent.info.infoHash, addresses));
  },
  async "peer exchange"({ sim, node, torrent }, addresses, stack) {
    node.add(sim.store(torrent.info));
    const rogue = stack.use(
      await dial(sim, torrent, { host: "10.0.0.2", extensions: FAST_AND_EXTENDED }),
    );
    const added = addresses.map((address) => ({ ...address, traits: new Set<never>() }));
    const payload = encodePeerExchange({ added, dropped: [] });
    rogue.send({ type: "extended", id: EXTENSION_ID.ut_pex, payload });
  },
  async "neighbours"({ sim, node, torrent }, addresses, stack) {
    const multicast = new MemoryMulticast();
    const transport = multicast.machine(node.address.host);
    const { clock, random } = sim;
    const local = new LocalDiscovery({ address: node.address, clock, random, transport });
    stack.use(local);
    node.discoverBy(local);
    node.add(sim.store(torrent.info));
    await sim.advance(1_000);
    const group = LOCAL_GROUPS[0]!;
    for (const { host, port } of addresses) {
      if (port === 0) continue;
      const infoHashes = [torrent.info.infoHash];
      const bytes = formatLocalAnnounce({ host: formatAddress(group), port, infoHashes });
      multicast.send(formatAddress(group), { bytes, sender: { host, port: 50_000 } });
    }
  },
};

for (const [name, tell] of Object.entries(SOURCES)) {
  Deno.test(`Addresses at which nobody can be, our own and blocked ones are not dialled: told by ${name}`, async () => {
    await using sim = new Simulation(1);
    await using stack = new AsyncDisposableStack();
    const torrent = await createTorrent();
    const node = sim.node("10.0.0.1", { addresses: new ListFilter({ block: listed(BLOCKED) }) });
    await tell({ sim, node, torrent }, [...BAD, node.address, GOOD], stack);
    await sim.advance(5_000);
    assertEquals(dialled(sim), [formatAddress(GOOD)]);
    const known = [...node.torrents.values()].map(({ status }) => status.knownPeers);
    assertEquals(known.filter((count) => count !== 1), [], "nor are they remembered");
  });
}

Deno.test("Connecting by hand to an address that is refused says why, and sends nothing", async () => {
  await using sim = new Simulation(2);
  const torrent = await createTorrent();
  const node = sim.node("10.0.0.1", { addresses: new ListFilter({ block: listed(BLOCKED) }) });
  const here = node.add(sim.store(torrent.info), { intent: "order" });
  const reasons: [PeerAddress, string][] = [
    [{ host: "10.9.9.1", port: 6_881 }, "Cannot connect to 10.9.9.1:6881: the lists of addresses"],
    [{ host: "::ffff:10.9.9.1", port: 6_881 }, "the lists of addresses do not let it in"],
    [{ host: "0.0.0.0", port: 6_881 }, "it is not the address of one machine"],
    [{ host: "ff02::1%eth0", port: 6_881 }, "it is not the address of one machine"],
    [{ host: "10.0.0.5", port: 0 }, "nobody listens at port 0"],
    [node.address, "ourselves"],
  ];
  for (const [address, reason] of reasons) {
    await assertRejects(() => here.connect(address), Error, reason);
  }
  assertEquals(dialled(sim), []);
});

Deno.test("Who is blocked and connects is closed before a byte is exchanged; others are served", async () => {
  await using sim = new Simulation(3);
  const torrent = await createTorrent();
  const node = sim.seed("10.0.0.1", torrent, {
    addresses: new ListFilter({ block: listed(BLOCKED) }),
  });
  await assertRejects(() => dial(sim, torrent, { host: "10.9.9.1" }));
  using connection = await sim.network.host("10.9.9.2").dial(node.address);
  assertEquals((await connection.readable.getReader().read()).done, true);
  const leecher = sim.leech("10.0.0.2", torrent, { peers: [node.address] });
  await sim.until(() => leecher.store.held.isFull, 30_000);
  await assertWhole(leecher, torrent);
});

Deno.test("A name that stands for somebody who is not let in is found out once, and sent nothing", async () => {
  await using sim = new Simulation(7);
  const torrent = await createTorrent();
  // On this network a host's name is its address.
  const addresses = { admits: (host: string) => host !== "peer.example", generation: 0 };
  using listener = sim.listen("peer.example");
  const here = sim.leech("10.0.0.1", torrent, {
    node: { addresses },
    peers: [listener.address],
  });
  using connection = await listener.accept();
  assertEquals((await connection.readable.getReader().read()).done, true);
  await sim.advance(300_000);
  assertEquals(sim.dials.get(formatAddress(listener.address)), 1);
  await assertRejects(() => here.connect(listener.address), Error, "do not let it in");
});

Deno.test("An allow-list lets in nobody else, in either direction", async () => {
  await using sim = new Simulation(4);
  const torrent = await createTorrent();
  const seeder = sim.seed("10.0.0.1", torrent, {
    addresses: new ListFilter({ allow: listed("10.0.0.2") }),
  });
  const [welcome, other] = ["10.0.0.2", "10.0.0.3"].map((host) => sim.leech(host, torrent));
  for (const leecher of [welcome!, other!]) leecher.addPeers([seeder.address]);
  seeder.torrents.get(torrent.info.infoHash)!.addPeers([{ host: "127.0.0.1", port: 6_881 }]);
  await sim.until(() => welcome!.store.held.isFull, 30_000);
  await sim.advance(10_000);
  assertEquals(other!.store.held.count, 0);
  assert(!dialled(sim).includes("127.0.0.1:6881"));
});

Deno.test("When lists are read again, those whom they shut out are cut off in a second, others stay", async () => {
  await using sim = new Simulation(5);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  const addresses = new ListFilter({});
  const node = sim.node("10.0.0.1", { addresses });
  const here = node.add(sim.store(torrent.info));
  using listener = sim.listen("10.9.9.1");
  here.addPeers([listener.address]);
  const rogue = await RoguePeer.accept(listener, { infoHash });
  using friend = await dial(sim, torrent, { host: "10.0.0.2" });
  await sim.advance(2_000);
  assertEquals([rogue.state, friend.state, here.links.length], ["open", "open", 2]);
  addresses.replace({ block: listed(BLOCKED) });
  await sim.advance(1_100);
  assertEquals([rogue.state, friend.state, here.links.length], ["closed", "open", 1]);
  await sim.advance(120_000);
  assertEquals(sim.dials.get(formatAddress(listener.address)), 1, "it is not dialled again");
  addresses.replace({});
  here.addPeers([listener.address]);
  using _again = await RoguePeer.accept(listener, { infoHash });
});

Deno.test("When lists are read again, a search for metadata cuts off whom they shut out, too", async () => {
  await using sim = new Simulation(6);
  const torrent = await createTorrent();
  const addresses = new ListFilter({});
  const search = sim.node("10.0.0.1", { addresses }).seek(torrent.info.infoHash);
  using rogue = await dial(sim, torrent, { host: "10.9.9.1", extensions: FAST_AND_EXTENDED });
  await sim.advance(1_100);
  assertEquals(search.contacts, 1);
  addresses.replace({ block: listed(BLOCKED) });
  await sim.advance(1_100);
  assertEquals([search.contacts, rogue.state], [0, "closed"]);
});

Deno.test("One who listens at all addresses knows each of his own, and only at his port", () => {
  const filter = new ListFilter({});
  const clock = { now: () => 0 } as Simulation["clock"];
  const locals = new LocalAddresses(() => [
    { address: "127.0.0.1", netmask: "255.0.0.0" },
    { address: "203.0.113.4", netmask: "255.255.255.0" },
    { address: "2001:db8::4", netmask: "ffff:ffff:ffff:ffff::" },
  ]);
  const rules = (host: string) => {
    return new DialRules({ own: { host, port: 6_881 }, filter, clock, locals });
  };
  for (const own of ["0.0.0.0", "::"]) {
    const all = ["127.0.0.1", "127.8.8.8", "::1", "localhost", "203.0.113.4", "2001:db8:0::4"];
    for (const host of all) {
      assertEquals(rules(own).refusalOf({ host, port: 6_881 }), "ourselves", `${host} at ${own}`);
      assertEquals(rules(own).refusalOf({ host, port: 6_882 }), undefined, `${host} at ${own}`);
    }
    assertEquals(rules(own).refusalOf({ host: "203.0.113.5", port: 6_881 }), undefined);
  }
  // At one address only that one is ours: others of the machine may be those of another node.
  assertEquals(rules("127.0.0.1").refusalOf({ host: "127.0.0.2", port: 6_881 }), undefined);
  assertMatch(rules("127.0.0.1").refusalOf({ host: "127.0.0.1", port: 6_881 }) ?? "", /ourselves/);
});
