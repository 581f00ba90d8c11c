import { assert, assertEquals, assertThrows } from "@std/assert";
import type { InfoHash } from "../../../lib/bytes/mod.ts";
import { encodeTorrent, parseTorrent } from "../../../lib/metainfo/mod.ts";
import {
  EMPTY_TORRENT_MS,
  type Peer,
  PUBLISH_PATIENCE_MS,
  type PublishedTorrent,
  REFUSAL,
  type SwarmRegistry,
  TrackerRefusedError,
} from "../../../lib/tracker/mod.ts";
import { sampleHash, sampleInfo, samplePeerId, sampleShape } from "../sample_torrents.ts";
import { admit, COMPLETE, eight, have, registryWith, report } from "./sample_registry.ts";

const hash = sampleHash(1);
const shape = sampleShape("mv1.mp4", 8);

function assertRefused(code: number, run: () => unknown, text = "Cannot"): void {
  assertEquals(assertThrows(run, TrackerRefusedError, text).code, code);
}

/** What the swarm of a hash looks like: seeders, leechers, copies. */
function look(registry: SwarmRegistry, infoHash = hash): number[] | undefined {
  const swarm = registry.swarms.get(infoHash);
  return swarm && [swarm.seeders, swarm.leechers, swarm.copies];
}

async function publish(registry: SwarmRegistry, name: string, pieces = 8): Promise<string> {
  const info = await sampleInfo(name, pieces);
  const file = encodeTorrent({ info });
  registry.publish(await parseTorrent(file));
  return info.infoHash;
}

Deno.test({
  name: "reports in full, news and departures are what the swarm shows",
  permissions: "none",
  fn() {
    const registry = registryWith();
    const [seeder, leecher] = [admit(registry, 1), admit(registry, 2)];
    assertEquals(registry.report(seeder, report(hash, COMPLETE, shape)), "taken");
    assertEquals(registry.report(leecher, report(hash, eight(0b1100_0000))), "taken");
    assertEquals(look(registry), [1, 1, 1250]);
    assertEquals(registry.report(leecher, report(hash, have(1, 2))), "taken");
    assertEquals(look(registry), [1, 1, 1375]);
    registry.report(leecher, report(hash, have(3, 4, 5, 6, 7)));
    assertEquals(look(registry), [2, 0, 2000]);
    registry.report(seeder, report(hash, eight(0)));
    assertEquals(look(registry), [1, 1, 1000]);
    registry.leave(leecher, hash);
    assertEquals(look(registry), [0, 1, 0]);
    registry.remove(seeder);
    assertEquals([registry.swarms.size, registry.peers.size], [0, 1]);
  },
});

Deno.test({
  name: "counters that a report leaves out stay as they were",
  permissions: "none",
  fn() {
    const registry = registryWith();
    const peer = admit(registry, 1);
    registry.report(peer, { ...report(hash, eight(0), shape), uploaded: 5, downloaded: 6 });
    registry.report(peer, { ...report(hash, have(1)), downloaded: 7 });
    const [member] = peer.memberships();
    assertEquals([member?.uploaded, member?.downloaded], [5, 7]);
  },
});

Deno.test({
  name: "what cannot be understood without a report in full is asked for again",
  permissions: "none",
  fn() {
    const registry = registryWith();
    const [peer, other] = [admit(registry, 1), admit(registry, 2)];
    assertEquals(registry.report(peer, report(hash, have(1))), "resend");
    assertEquals(registry.report(peer, report(hash, COMPLETE)), "resend");
    registry.report(other, report(hash, COMPLETE, shape));
    assertEquals(registry.report(peer, report(hash, have(1))), "resend");
    assertEquals(registry.report(peer, report(hash, eight(0))), "taken");
  },
});

Deno.test({
  name: "reports that make no sense are refused and change nothing",
  permissions: "none",
  fn() {
    const registry = registryWith();
    const [peer, other] = [admit(registry, 1), admit(registry, 2)];
    registry.report(peer, report(hash, eight(0b1000_0000), shape));
    const before = look(registry);
    const bytes = new Uint8Array(2);
    assertRefused(400, () => registry.report(other, report(hash, { kind: "bitfield", bytes })));
    assertRefused(400, () => registry.report(peer, report(hash, have(8))));
    assertRefused(400, () => registry.report(peer, report(hash, have(2, 2 ** 32 - 1))));
    const odd = sampleShape("mv1.mp4", 7);
    assertRefused(REFUSAL.ambiguous, () => registry.report(other, report(hash, COMPLETE, odd)));
    assertRefused(400, () => registry.report(other, report(sampleHash(2), eight(1), odd)));
    assertEquals(look(registry), before);
    assertEquals([...other.memberships()], []);
    assertEquals(registry.swarms.size, 1);
  },
});

Deno.test({
  name: "metainfo replaces what was claimed, and bitfields that do not fit it are asked for again",
  permissions: "none",
  async fn() {
    const registry = registryWith();
    const info = await sampleInfo("mv1.mp4", 8);
    const file = encodeTorrent({ info });
    const { infoHash } = info;
    const [liar, honest, seeder] = [1, 2, 3].map((number) => admit(registry, number));
    assert(liar && honest && seeder);
    registry.report(seeder, report(infoHash, COMPLETE, sampleShape("other", 17)));
    registry.report(liar, report(infoHash, { kind: "bitfield", bytes: new Uint8Array(3) }));
    assertRefused(409, () => registry.report(honest, report(infoHash, eight(2), shape)));
    assertRefused(404, () => registry.resolveName("other"), "has not arrived yet");

    registry.publish(await parseTorrent(file));
    assertEquals(registry.unclear(liar), [infoHash]);
    assertEquals(registry.unclear(seeder), []);
    assertEquals(registry.report(liar, report(infoHash, have(1))), "resend");
    assertEquals(registry.report(honest, report(infoHash, eight(2), shape)), "taken");
    assertEquals(look(registry, infoHash), [1, 2, 1125]);
    assertRefused(
      400,
      () => registry.report(liar, report(infoHash, COMPLETE, sampleShape("x", 9))),
    );
    assertEquals(registry.resolveName("mv1.mp4").torrentFile, file);
    assertRefused(404, () => registry.resolveName("other"), "no torrent of this name");
  },
});

Deno.test({
  name: "a name that several torrents bear is the one that somebody holds, or is refused",
  permissions: "none",
  async fn() {
    const registry = registryWith();
    const [first, second] = [await sampleInfo("a", 3), await sampleInfo("a", 4)];
    await publish(registry, "a", 3);
    assertEquals(registry.resolveName("a").infoHash, first.infoHash);
    await publish(registry, "a", 4);
    for (const { infoHash } of [first, second]) {
      assertRefused(REFUSAL.ambiguous, () => registry.resolveName("a"), infoHash);
    }
    registry.report(admit(registry, 1), report(second.infoHash, COMPLETE));
    assertEquals(registry.resolveName("a").infoHash, second.infoHash);
    registry.report(admit(registry, 2), report(first.infoHash, COMPLETE));
    assertRefused(REFUSAL.ambiguous, () => registry.resolveName("a"));
    assertEquals(registry.resolveInfoHash(first.infoHash).shape.name, "a");
    assertRefused(404, () => registry.resolveInfoHash(hash), "it is not known");
    registry.report(admit(registry, 3), report(hash, COMPLETE, shape));
    assertRefused(404, () => registry.resolveInfoHash(hash), "has not arrived yet");
  },
});

Deno.test({
  name: "a peer keeps its entries until they expire, and those it reports again for good",
  permissions: "none",
  fn() {
    const registry = registryWith();
    const peer = admit(registry, 1);
    for (const number of [1, 2]) registry.report(peer, report(sampleHash(number), COMPLETE, shape));
    registry.release(peer, 30);
    registry.sweep(29);
    assertEquals(registry.swarms.size, 2);
    assertEquals(admit(registry, 1), peer);
    registry.report(peer, report(sampleHash(2), COMPLETE));
    registry.sweep(30);
    assertEquals([...registry.swarms.keys()], [sampleHash(2)]);
    registry.release(peer, 60);
    registry.sweep(60);
    assertEquals([registry.swarms.size, registry.peers.size], [0, 0]);
  },
});

Deno.test({
  name: "another peer at an address takes the place of the former one, and none of its entries",
  permissions: "none",
  fn() {
    const registry = registryWith();
    const former = admit(registry, 1);
    registry.report(former, report(hash, COMPLETE, shape));
    const { host, port } = former;
    const peer = registry.admit({ host, port, id: samplePeerId(9), agent: "Test/1" });
    assertEquals(registry.peerAt(host, port), peer);
    assertEquals([registry.swarms.size, registry.peers.size], [0, 1]);
    registry.admit({ host, port: port + 1, id: samplePeerId(9), agent: "Test/1" });
    assertEquals(registry.peers.size, 2);
  },
});

Deno.test({
  name: "metainfo is wanted from one member at a time, until it is there",
  permissions: "none",
  async fn() {
    const registry = registryWith();
    const { infoHash } = await sampleInfo("mv1.mp4", 8);
    const [first, second] = [admit(registry, 1), admit(registry, 2)];
    for (const peer of [first, second]) registry.report(peer, report(infoHash, COMPLETE, shape));
    assertEquals(registry.takeWanted(first, 0), [infoHash]);
    assertEquals(registry.takeWanted(second, PUBLISH_PATIENCE_MS - 1), []);
    assertEquals(registry.takeWanted(second, PUBLISH_PATIENCE_MS), [infoHash]);
    assertEquals(registry.takeWanted(first, PUBLISH_PATIENCE_MS + 1), []);
    await publish(registry, "mv1.mp4");
    assertEquals(registry.takeWanted(first, 10 * PUBLISH_PATIENCE_MS), []);
  },
});

Deno.test({
  name: "a torrent that nobody holds is kept for a while, and gives way when there is no room",
  permissions: "none",
  async fn() {
    const size = encodeTorrent({ info: await sampleInfo("a", 8) }).length;
    const registry = registryWith({ torrentFileBytes: size * 2 });
    await publish(registry, "a");
    registry.sweep(0);
    await publish(registry, "b");
    registry.sweep(EMPTY_TORRENT_MS - 1);
    assertEquals(registry.swarms.size, 2);
    await publish(registry, "c");
    assertEquals(
      [...registry.swarms.values()].map(({ torrent }) =>
        torrent.state === "unnamed" ? "" : torrent.shape.name
      ),
      ["b", "c"],
    );
    for (const infoHash of [...registry.swarms.keys()]) {
      registry.report(admit(registry, 1), report(infoHash, COMPLETE));
    }
    assertRefused(
      REFUSAL.tooLarge,
      () => registry.publish({ info: someInfo }),
    );
    registry.remove(admit(registry, 1));
    registry.sweep(EMPTY_TORRENT_MS);
    registry.sweep(2 * EMPTY_TORRENT_MS);
    assertEquals(registry.swarms.size, 0);
    registry.publish({ info: someInfo });
  },
});

const someInfo = await sampleInfo("d", 8);

Deno.test({
  name: "a completion is counted when one that lacked something holds all, however he says it",
  permissions: "none",
  fn() {
    const registry = registryWith();
    const shape = sampleShape("film", 8);
    const changed: InfoHash[] = [];
    registry.catalogue.watch((infoHash) => void changed.push(infoHash));
    const full = eight(0b1111_1111);
    for (const [at, last] of [COMPLETE, full, have(1, 2, 3, 4, 5, 6, 7)].entries()) {
      const infoHash = sampleHash(at);
      const peer = admit(registry, at);
      registry.report(peer, report(infoHash, eight(0b1000_0000), shape));
      registry.report(peer, report(infoHash, last));
      registry.report(peer, report(infoHash, COMPLETE));
      // One who comes with everything has not completed it here.
      registry.report(admit(registry, 10 + at), report(infoHash, COMPLETE));
      assertEquals(registry.swarms.get(infoHash)?.completions, 1);
    }
    assertEquals(changed, [sampleHash(0), sampleHash(1), sampleHash(2)]);
  },
});

Deno.test({
  name: "what was known before comes back without members, and nothing gives way to it",
  permissions: "none",
  fn() {
    const torrents = ["a", "b"].map((name, at): PublishedTorrent => ({
      ...{ state: "published", infoHash: sampleHash(at), torrentFile: new Uint8Array(100) },
      shape: sampleShape(name, 8),
    }));
    const [first, second] = torrents;
    if (first === undefined || second === undefined) throw new Error("there are two");
    for (const limits of [{ torrents: 1 }, { torrentFileBytes: 199 }]) {
      const registry = registryWith(limits);
      registry.catalogue.restore(first, 3);
      registry.catalogue.restore(first, 9);
      assertRefused(
        "torrents" in limits ? REFUSAL.tooMany : REFUSAL.tooLarge,
        () => registry.catalogue.restore(second, 0),
      );
      assertEquals([...registry.swarms.values()].map((swarm) => swarm.completions), [3]);
      assertEquals(registry.resolveName("a"), first);
    }
    const registry = registryWith({ torrents: 2, torrentFileBytes: 200 });
    for (const torrent of torrents) registry.catalogue.restore(torrent, 0);
    // As any that nobody holds, the first one gives way to one that somebody does.
    registry.report(admit(registry, 1), report(sampleHash(9), COMPLETE, sampleShape("c", 8)));
    assertEquals([...registry.swarms.keys()], [sampleHash(1), sampleHash(9)]);
  },
});

Deno.test({
  name: "each limit refuses what goes beyond it, and nothing before",
  permissions: "none",
  fn() {
    const entered = (limits: Parameters<typeof registryWith>[0], count: number): () => void => {
      const registry = registryWith(limits);
      for (let number = 0; number < count; number++) {
        registry.report(admit(registry, number), report(hash, eight(0), shape));
      }
      return () => registry.report(admit(registry, count), report(hash, eight(0), shape));
    };
    entered({ peers: 3 }, 2)();
    assertRefused(429, entered({ peers: 3 }, 3), "3 peers");
    entered({ peersPerTorrent: 3 }, 2)();
    assertRefused(429, entered({ peersPerTorrent: 3 }, 3), "3 peers of a torrent");
    entered({ pieceMapBytes: 16 + 3 }, 2)();
    assertRefused(429, entered({ pieceMapBytes: 16 + 3 }, 3), "room for bitfields");

    const told = (limits: Parameters<typeof registryWith>[0], count: number): () => void => {
      const registry = registryWith(limits);
      const peer = admit(registry, 1);
      const tell = (number: number): unknown =>
        registry.report(peer, report(sampleHash(number), eight(0), shape));
      for (let number = 0; number < count; number++) tell(number);
      return () => tell(count);
    };
    told({ torrents: 3 }, 2)();
    assertRefused(429, told({ torrents: 3 }, 3), "3 torrents");
    told({ torrentsPerPeer: 3 }, 2)();
    assertRefused(429, told({ torrentsPerPeer: 3 }, 3), "3 torrents of a peer");
    told({ piecesPerPeer: 24 }, 2)();
    assertRefused(429, told({ piecesPerPeer: 24 }, 3), "24 pieces");
  },
});

Deno.test({
  name: "where a swarm is full, those that are not connected give way, the first to expire first",
  permissions: "none",
  fn() {
    const registry = registryWith({ peersPerTorrent: 3 });
    const members = (): number[] =>
      (registry.swarms.get(hash)?.members ?? []).map(({ peer }) => peer.serial).sort();
    const peers = [0, 1, 2, 3, 4, 5].map((number) => admit(registry, number));
    const enter = (number: number): unknown => {
      const peer = peers[number];
      assert(peer !== undefined);
      return registry.report(peer, report(hash, COMPLETE, shape));
    };
    for (const number of [0, 1, 2]) enter(number);
    assertRefused(429, () => enter(3), "3 peers of a torrent");
    assert(peers[0] && peers[1]);
    registry.release(peers[0], 75);
    registry.release(peers[1], 30);
    enter(3);
    assertEquals(members(), [0, 2, 3]);
    enter(4);
    assertEquals(members(), [2, 3, 4]);
    assertRefused(429, () => enter(5), "3 peers of a torrent");
    assertEquals(registry.peers.size, 6);
  },
});

Deno.test({
  name: "the only member of a full swarm gives way without the swarm",
  permissions: "none",
  fn() {
    const registry = registryWith({ peersPerTorrent: 1 });
    const [first, second] = [admit(registry, 1), admit(registry, 2)];
    registry.report(first, report(hash, COMPLETE, shape));
    registry.release(first, 30);
    registry.report(second, report(hash, eight(1), shape));
    assertEquals(look(registry), [0, 1, 125]);
  },
});

Deno.test({
  name: "one address has its share of a swarm and of all peers, which is used up by its own",
  permissions: "none",
  fn() {
    const registry = registryWith({ peersPerAddress: 3, peersPerTorrentAndAddress: 2 });
    const at = (port: number, host = "10.0.0.1"): Peer =>
      registry.admit({ host, port, id: samplePeerId(port), agent: "Test/1" });
    const enter = (peer: Peer): unknown => registry.report(peer, report(hash, COMPLETE, shape));
    const [first, second, third] = [at(1), at(2), at(3)];
    enter(first);
    enter(second);
    assertRefused(429, () => enter(third), "2 peers of a torrent at an address");
    enter(at(1, "10.0.0.2"));
    assertRefused(429, () => at(4), "3 peers of an address");
    registry.release(first, 30);
    enter(third);
    assertEquals(look(registry), [3, 0, 3000]);
    assertEquals([...first.memberships()], []);
    assertEquals(at(4).port, 4);
    assertEquals(registry.peerAt("10.0.0.1", 1), undefined);
    assertRefused(429, () => at(5), "3 peers of an address");
    registry.remove(second);
    at(5);
    for (const port of [1, 2, 3, 4]) enter(at(port, "127.0.0.1"));
  },
});

Deno.test({
  name: "an IPv6 network of 64 bits has the share of four addresses, of a swarm and of all peers",
  permissions: "none",
  fn() {
    const registry = registryWith({ peersPerAddress: 3, peersPerTorrentAndAddress: 2 });
    const at = (number: number, network = "2001:db8:0:1"): Peer =>
      registry.admit({
        ...{ host: `${network}::${number}`, port: 1 },
        ...{ id: samplePeerId(number), agent: "Test/1" },
      });
    const enter = (peer: Peer): unknown => registry.report(peer, report(hash, COMPLETE, shape));
    const peers = Array.from({ length: 4 * 3 }, (_, number) => at(number + 1));
    for (const peer of peers.slice(0, 4 * 2)) enter(peer);
    const late = peers.at(-1);
    assert(late);
    assertRefused(429, () => enter(late), "8 peers of a torrent at a network of IPv6 addresses");
    assertRefused(429, () => at(99), "12 peers of a network of IPv6 addresses");
    enter(at(1, "2001:db8:0:2"));
    assert(peers[0] && peers[1]);
    registry.release(peers[0], 30);
    enter(late);
    assertEquals([...peers[0].memberships()], []);
    registry.remove(peers[1]);
    enter(at(99));
    assertEquals(registry.peers.size, 4 * 3 + 1);
  },
});

Deno.test({
  name: "published torrents that nobody holds give way to torrents beyond the number that is kept",
  permissions: "none",
  async fn() {
    const registry = registryWith({ torrents: 2 });
    const a = await publish(registry, "a");
    const b = await publish(registry, "b");
    const c = await publish(registry, "c");
    assertEquals<string[]>([...registry.swarms.keys()], [b, c]);
    const peer = admit(registry, 1);
    registry.report(peer, report((await sampleInfo("b", 8)).infoHash, COMPLETE));
    registry.report(peer, report(hash, COMPLETE, shape));
    assertEquals<string[]>([...registry.swarms.keys()], [b, hash]);
    assertRefused(429, () => registry.publish({ info: someInfo }), "2 torrents");
    registry.leave(peer, hash);
    registry.publish({ info: someInfo });
    assertRefused(404, () => registry.resolveName("a"));
    assertEquals(registry.swarms.size, 2);
    assert(a !== b);
  },
});

Deno.test({
  name: "pieces in the bitfields of a peer are counted as they come and go",
  permissions: "none",
  fn() {
    const registry = registryWith({ piecesPerPeer: 16 });
    const peer = admit(registry, 1);
    const tell = (number: number): unknown =>
      registry.report(peer, report(sampleHash(number), eight(1), shape));
    for (let round = 0; round < 3; round++) {
      tell(1);
      tell(2);
      tell(2);
      assertRefused(429, () => tell(3), "16 pieces");
      assertEquals(peer.mappedPieces, 16);
      registry.report(peer, report(sampleHash(1), COMPLETE));
      tell(3);
      assertEquals([peer.mappedPieces, peer.membershipCount], [16, 3]);
      for (const number of [1, 2, 3]) registry.leave(peer, sampleHash(number));
      assertEquals([peer.mappedPieces, peer.membershipCount], [0, 0]);
    }
  },
});

Deno.test({
  name: "a member that was asked for metainfo in vain does not keep others from being asked",
  permissions: "none",
  fn() {
    const registry = registryWith();
    const [hostile, honest] = [admit(registry, 1), admit(registry, 2)];
    for (const peer of [hostile, honest]) registry.report(peer, report(hash, COMPLETE, shape));
    const asked: [string, number][] = [];
    for (let nowMs = 0; nowMs <= 120_000; nowMs += 1_000) {
      if (registry.takeWanted(hostile, nowMs).length > 0) asked.push(["hostile", nowMs]);
      const isHeard = nowMs % 24_000 === 23_000;
      if (isHeard && registry.takeWanted(honest, nowMs).length > 0) asked.push(["honest", nowMs]);
    }
    assertEquals(asked, [["hostile", 0], ["honest", 23_000], ["hostile", 63_000], [
      "hostile",
      103_000,
    ]]);
  },
});

Deno.test({
  name: "the only member is asked for metainfo again and again",
  permissions: "none",
  fn() {
    const registry = registryWith();
    const peer = admit(registry, 1);
    registry.report(peer, report(hash, COMPLETE, shape));
    for (const nowMs of [0, PUBLISH_PATIENCE_MS, 2 * PUBLISH_PATIENCE_MS]) {
      assertEquals(registry.takeWanted(peer, nowMs), [hash]);
      assertEquals(registry.takeWanted(peer, nowMs + 1), []);
    }
  },
});

Deno.test({
  name: "room for bitfields comes back when members finish, leave or go",
  permissions: "none",
  fn() {
    const registry = registryWith({ pieceMapBytes: 16 + 2 });
    const [first, second, third] = [1, 2, 3].map((number) => admit(registry, number));
    assert(first && second && third);
    for (let round = 0; round < 5; round++) {
      registry.report(first, report(hash, eight(0), shape));
      registry.report(second, report(hash, eight(1)));
      assertRefused(429, () => registry.report(third, report(hash, eight(2))));
      registry.report(first, report(hash, COMPLETE));
      registry.report(third, report(hash, eight(2)));
      registry.leave(second, hash);
      registry.leave(third, hash);
    }
  },
});
