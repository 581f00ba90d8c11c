import { assert, assertEquals, assertThrows } from "@std/assert";
import type { InfoHash } from "../../lib/bytes/mod.ts";
import {
  FakeClock,
  formatAddress,
  MemoryMulticast,
  type MulticastTransport,
  type PeerAddress,
} from "../../lib/net/mod.ts";
import {
  formatLocalAnnounce,
  LOCAL_GROUPS,
  type LocalAnnounce,
  LocalDiscovery,
  type LocalDiscoveryOptions,
  type LocalGroupState,
  parseLocalAnnounce,
  type PeerNode,
} from "../../lib/peer/mod.ts";
import { SampleMember } from "../tracker/sample_member.ts";
import { sampleHash } from "../tracker/sample_torrents.ts";
import { assertWhole, createTorrent, Simulation } from "./simulation.ts";

const [IPV4 = "", IPV6 = ""] = LOCAL_GROUPS.map(formatAddress);
const HERE = { host: "10.0.0.1", port: 6881 };
const THERE = { host: "10.0.0.2", port: 51_413 };
const MINUTE = 60_000;

/** A network in memory, its time, and what discoveries on it have said of their groups. */
class Lan {
  readonly clock = new FakeClock();
  readonly multicast = new MemoryMulticast();
  readonly states: LocalGroupState[] = [];

  open(address: PeerAddress, options: Partial<LocalDiscoveryOptions> = {}): LocalDiscovery {
    return new LocalDiscovery({
      address,
      clock: this.clock,
      transport: this.multicast.machine(address.host),
      random: () => 0,
      onState: (state) => this.states.push(state),
      ...options,
    });
  }

  /** The announces that one machine has sent to a group. */
  announces(host: string, group = IPV4): LocalAnnounce[] {
    return this.multicast.sent.filter((sent) => sent.sender.host === host && sent.group === group)
      .map(({ bytes }) => parseLocalAnnounce(bytes));
  }

  /** Announces torrents as somebody at an address. */
  announceAs({ host, port }: PeerAddress, infoHashes: InfoHash[], group = IPV4): void {
    const bytes = formatLocalAnnounce({ host: group, port, infoHashes });
    this.multicast.send(group, { bytes, sender: { host, port: 50_000 } });
  }
}

/** The addresses of a ticket as they come. */
function collect(
  peers: ReadableStream<PeerAddress[]>,
): { found: PeerAddress[]; ended: Promise<void> } {
  const found: PeerAddress[] = [];
  const sink = new WritableStream<PeerAddress[]>({ write: (some) => void found.push(...some) });
  return { found, ended: peers.pipeTo(sink) };
}

Deno.test({
  name: "BEP 14: a torrent is announced with the port at which we listen, the group and a cookie",
  permissions: "none",
  async fn() {
    const lan = new Lan();
    await using discovery = lan.open(HERE);
    using ticket = discovery.seek(sampleHash(1));
    assertEquals(lan.multicast.open, 0, "nothing is joined before it is needed");
    await lan.clock.advance(1_000);
    await ticket.announced;
    const [announce, ...others] = lan.announces(HERE.host);
    assertEquals(others, []);
    assertEquals(announce?.host, IPV4);
    assertEquals(announce?.port, HERE.port);
    assertEquals(announce?.infoHashes, [sampleHash(1)]);
    assert((announce?.cookie ?? "").length >= 8);
  },
});

Deno.test({
  name: "BEP 14: the groups are those of the text, and Host names the one that is announced to",
  permissions: "none",
  async fn() {
    assertEquals([IPV4, IPV6], ["239.192.152.143:6771", "[ff15::efc0:988f]:6771"]);
    const lan = new Lan();
    const here = { host: "::", port: 6881 };
    await using discovery = lan.open(here);
    using _ticket = discovery.seek(sampleHash(1));
    await lan.clock.advance(1_000);
    for (const group of [IPV4, IPV6]) {
      assertEquals(lan.announces(here.host, group).map(({ host }) => host), [group]);
    }
  },
});

Deno.test({
  name: "BEP 14: a peer is found at the address that its datagram came from and the port in it",
  permissions: "none",
  async fn() {
    const lan = new Lan();
    await using discovery = lan.open(HERE);
    using ticket = discovery.seek(sampleHash(1));
    const { found } = collect(ticket.peers);
    await lan.clock.advance(1_000);
    lan.announceAs(THERE, [sampleHash(2), sampleHash(1)]);
    await lan.clock.advance(0);
    assertEquals(found, [THERE]);
    lan.announceAs(THERE, [sampleHash(1)]);
    await lan.clock.advance(0);
    assertEquals(found, [THERE, THERE], "who is still there may be dialled again");
  },
});

Deno.test({
  name: "BEP 14: our own announces are known by their cookie and ignored, also by another address",
  permissions: "none",
  async fn() {
    const lan = new Lan();
    await using discovery = lan.open(HERE, { cookie: "ours" });
    using ticket = discovery.seek(sampleHash(1));
    const { found } = collect(ticket.peers);
    await lan.clock.advance(1_000);
    const bytes = formatLocalAnnounce({
      ...{ host: IPV4, port: HERE.port, cookie: "ours" },
      infoHashes: [sampleHash(1)],
    });
    lan.multicast.send(IPV4, { bytes, sender: { host: "192.168.7.1", port: 50_000 } });
    await lan.clock.advance(1_000);
    assertEquals(found, []);
  },
});

Deno.test({
  name: "BEP 14: torrents are announced every 5 minutes, and no more than once a minute",
  permissions: "none",
  async fn() {
    const lan = new Lan();
    await using discovery = lan.open(HERE);
    using _first = discovery.seek(sampleHash(1));
    await lan.clock.advance(30_000);
    using _second = discovery.seek(sampleHash(2));
    await lan.clock.advance(29_000);
    assertEquals(lan.announces(HERE.host).length, 1);
    await lan.clock.advance(2_000);
    const both = [sampleHash(2), sampleHash(1)];
    assertEquals(lan.announces(HERE.host).map(({ infoHashes }) => infoHashes), [
      [sampleHash(1)],
      both,
    ]);
    await lan.clock.advance(10 * MINUTE);
    assertEquals(lan.announces(HERE.host).length, 4);
  },
});

Deno.test({
  name: "BEP 14: a newcomer hears of us within a minute, one that is known no sooner than others",
  permissions: "none",
  async fn() {
    const lan = new Lan();
    await using discovery = lan.open(HERE);
    using _ticket = discovery.seek(sampleHash(1));
    await lan.clock.advance(2 * MINUTE);
    lan.announceAs(THERE, [sampleHash(1)]);
    await lan.clock.advance(1_000);
    assertEquals(lan.announces(HERE.host).length, 2);
    for (let minute = 0; minute < 4; minute++) {
      lan.announceAs(THERE, [sampleHash(1)]);
      await lan.clock.advance(MINUTE);
    }
    assertEquals(lan.announces(HERE.host).length, 2);
  },
});

Deno.test({
  name: "BEP 27: a private torrent is neither announced nor looked for",
  permissions: "none",
  async fn() {
    const lan = new Lan();
    await using discovery = lan.open(HERE);
    const member = await SampleMember.of("a", 4);
    const secret = Object.assign(Object.create(member), {
      info: { ...member.info, privacy: "private" },
    });
    const ticket = discovery.join(secret);
    const { found, ended } = collect(ticket.peers);
    await lan.clock.advance(10 * MINUTE);
    lan.announceAs(THERE, [member.info.infoHash]);
    await lan.clock.advance(MINUTE);
    assertEquals([lan.multicast.sent.length, found.length], [1, 0]);
    ticket[Symbol.dispose]();
    await Promise.all([ended, ticket.announced]);
  },
});

Deno.test({
  name:
    "BEP 14: one who listens at IPv4 addresses alone hears the IPv6 group, and says nothing there",
  permissions: "none",
  async fn() {
    const lan = new Lan();
    const cases = [
      { host: "0.0.0.0", announced: [1, 0], joined: 2 },
      { host: "10.0.0.1", announced: [1, 0], joined: 1 },
      { host: "::", announced: [1, 1], joined: 2 },
      { host: "fd00::1", announced: [0, 1], joined: 1 },
    ];
    for (const { host, announced, joined } of cases) {
      await using discovery = lan.open({ host, port: 6881 });
      using ticket = discovery.seek(sampleHash(1));
      await lan.clock.advance(1_000);
      const counts = [IPV4, IPV6].map((group) => lan.announces(host, group).length);
      assertEquals([counts, lan.multicast.open], [announced, joined], host);
      if (joined < 2) continue;
      const reader = ticket.peers.getReader();
      lan.announceAs({ host: "fd00::2", port: 6881 }, [sampleHash(1)], IPV6);
      assertEquals((await reader.read()).value, [{ host: "fd00::2", port: 6881 }]);
    }
  },
});

Deno.test({
  name:
    "LocalDiscovery is silent where the permission or the network is missing, and says why once",
  permissions: "none",
  async fn() {
    const lan = new Lan();
    const error = new Error("network is unreachable");
    lan.multicast.cutOff(HERE.host, error);
    await using discovery = lan.open(HERE);
    using ticket = discovery.seek(sampleHash(1));
    let isAnnounced = false;
    void ticket.announced.then(() => isAnnounced = true);
    await lan.clock.advance(16 * MINUTE);
    const group = LOCAL_GROUPS[0]!;
    assertEquals(lan.states, [{ type: "silent", group, error }]);
    assertEquals(isAnnounced, false);
    lan.multicast.restore(HERE.host);
    await lan.clock.advance(5 * MINUTE);
    assertEquals(lan.states.slice(1), [{ type: "joined", group }]);
    await ticket.announced;
    assertEquals(lan.announces(HERE.host).length, 1);
  },
});

Deno.test({
  name: "LocalDiscovery takes noise, hostile announces and a broken socket for nothing",
  permissions: "none",
  async fn() {
    const lan = new Lan();
    await using discovery = lan.open(HERE);
    using ticket = discovery.seek(sampleHash(1));
    const { found } = collect(ticket.peers);
    await lan.clock.advance(1_000);
    const sender = { host: THERE.host, port: 6771 };
    for (const length of [0, 1, 1_400, 9_000]) {
      lan.multicast.send(IPV4, { bytes: new Uint8Array(length), sender });
    }
    for (let port = 1; port <= 1_000; port++) {
      lan.announceAs({ host: THERE.host, port }, [sampleHash(1)]);
      lan.announceAs({ host: "224.0.0.1", port }, [sampleHash(1)]);
    }
    await lan.clock.advance(MINUTE);
    assertEquals(found.length, 8, "one machine is believed of few ports");
    assertEquals(lan.announces(HERE.host).length, 2, "a thousand announces are answered once");
    lan.multicast.break(new Error("the socket broke"));
    await lan.clock.advance(6 * MINUTE);
    lan.announceAs({ host: "10.0.0.3", port: 1 }, [sampleHash(1)]);
    await lan.clock.advance(0);
    assertEquals(found.at(-1), { host: "10.0.0.3", port: 1 }, "it joins again");
  },
});

Deno.test({
  name: "LocalDiscovery leaves nothing behind: no socket, no timer, no torrent that was left",
  permissions: "none",
  async fn() {
    const lan = new Lan();
    const discovery = lan.open(HERE);
    const ticket = discovery.seek(sampleHash(1));
    assertThrows(() => discovery.seek(sampleHash(1)), Error, "joined before");
    const { ended } = collect(ticket.peers);
    await lan.clock.advance(1_000);
    ticket[Symbol.dispose]();
    await ended;
    await lan.clock.advance(20 * MINUTE);
    assertEquals(lan.announces(HERE.host).length, 1);
    const left = discovery.seek(sampleHash(1));
    const { ended: endedToo } = collect(left.peers);
    await discovery.close();
    await Promise.all([endedToo, left.announced]);
    assertEquals([lan.multicast.open, lan.clock.pending], [0, 0]);
    assertThrows(() => discovery.seek(sampleHash(2)), Error, "closed");
  },
});

Deno.test({
  name: "LocalDiscovery that is closed while it joins leaves no socket",
  permissions: "none",
  async fn() {
    const lan = new Lan();
    const joining = Promise.withResolvers<void>();
    const machine = lan.multicast.machine(HERE.host);
    const transport: MulticastTransport = {
      async join(options) {
        await joining.promise;
        return await machine.join(options);
      },
    };
    const discovery = lan.open(HERE, { transport });
    discovery.seek(sampleHash(1));
    await lan.clock.advance(1_000);
    const closing = discovery.close();
    joining.resolve();
    await closing;
    assertEquals(lan.multicast.open, 0);
  },
});

/** What makes nodes of a simulation find each other, until the end of the test. */
function lookAround(
  { clock, random }: Simulation,
  multicast: MemoryMulticast,
  cleanup: AsyncDisposableStack,
): (node: PeerNode) => void {
  return (node) => {
    const { address } = node;
    const transport = multicast.machine(address.host);
    const discovery = new LocalDiscovery({ address, clock, random, transport });
    cleanup.use(discovery);
    node.discoverBy(discovery);
  };
}

Deno.test({
  name: "nodes on one network find each other without a tracker, whoever came first",
  permissions: "none",
  async fn() {
    await using simulation = new Simulation();
    const multicast = new MemoryMulticast();
    const torrent = await createTorrent();
    await using cleanup = new AsyncDisposableStack();
    const look = lookAround(simulation, multicast, cleanup);
    look(simulation.seed("10.0.0.1", torrent));
    await simulation.advance(10_000);
    const leeches = ["10.0.0.2", "10.0.0.3"].map((host) => {
      const leech = simulation.leech(host, torrent);
      look(simulation.nodes.at(-1)!);
      return leech;
    });
    const ms = await simulation.until(
      () => leeches.every((leech) => leech.store.held.isFull),
      50_000,
    );
    assert(ms < 5_000, `it took ${ms} ms`);
    for (const leech of leeches) await assertWhole(leech, torrent);
  },
});

Deno.test({
  name:
    "on one network an info-hash is enough: who dialled the search is a source of the torrent, too",
  permissions: "none",
  async fn() {
    await using simulation = new Simulation();
    const multicast = new MemoryMulticast();
    const torrent = await createTorrent();
    const { infoHash } = torrent.info;
    await using cleanup = new AsyncDisposableStack();
    const look = lookAround(simulation, multicast, cleanup);
    const seeder = simulation.seed("10.0.0.1", torrent);
    look(seeder);
    await simulation.advance(10_000);
    const node = simulation.node("10.0.0.2");
    look(node);
    const search = node.seek(infoHash);
    let isFound = false;
    void search.info.then(() => isFound = true);
    await simulation.until(() => isFound, 5_000);
    assertEquals(search.peers, [seeder.address]);
    const { peers } = search;
    await search.close();
    const leech = node.add(simulation.store(torrent.info), { peers });
    await simulation.until(() => leech.store.held.isFull, 5_000);
  },
});

Deno.test({
  name: "a torrent counts as announced by a discovery that was added after it was opened",
  permissions: "none",
  async fn() {
    await using simulation = new Simulation();
    const multicast = new MemoryMulticast();
    multicast.cutOff("10.0.0.1", new Error("network is unreachable"));
    await using cleanup = new AsyncDisposableStack();
    const look = lookAround(simulation, multicast, cleanup);
    const torrent = await createTorrent();
    const node = simulation.node("10.0.0.1");
    look(node);
    const announced = node.add(simulation.store(torrent.info, torrent.data)).announced;
    let isAnnounced = false;
    void announced.then(() => isAnnounced = true);
    await simulation.advance(1_000);
    assertEquals(isAnnounced, false);
    multicast.restore("10.0.0.1");
    look(node);
    await simulation.until(() => isAnnounced, 5_000);
  },
});
