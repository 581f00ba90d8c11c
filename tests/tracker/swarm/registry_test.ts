import { assert, assertEquals, assertThrows } from "@std/assert";
import { encodeTorrent, parseTorrent } from "../../../lib/metainfo/mod.ts";
import {
  EMPTY_TORRENT_MS,
  PUBLISH_PATIENCE_MS,
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
  registry.publish(await parseTorrent(file), file);
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

    registry.publish(await parseTorrent(file), file);
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
      () => registry.publish({ info: someInfo, trackers: [] }, someFile),
    );
    registry.remove(admit(registry, 1));
    registry.sweep(EMPTY_TORRENT_MS);
    registry.sweep(2 * EMPTY_TORRENT_MS);
    assertEquals(registry.swarms.size, 0);
    registry.publish({ info: someInfo, trackers: [] }, someFile);
  },
});

const someInfo = await sampleInfo("d", 8);
const someFile = encodeTorrent({ info: someInfo });

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
