import { assert, assertEquals, assertThrows } from "@std/assert";
import { infoHashFromHex } from "../../../lib/bytes/mod.ts";
import {
  type Announced,
  choosePeers,
  DEFAULT_LIMITS,
  type Member,
  type RegistryLimits,
  SwarmRegistry,
  TrackerRefusedError,
} from "../../../lib/tracker/mod.ts";
import { seededRandom } from "../../bytes/seeded_random.ts";
import { samplePeerId } from "../sample_torrents.ts";
import { admit, COMPLETE, eight, have, registryWith, report } from "./sample_registry.ts";

const HASH = infoHashFromHex("aa".repeat(20));
const SHAPE = { name: "mv1.mp4", length: 8 * 16384, pieceLength: 16384 };
const EXPIRY_MS = 1_000;

/** The announce of the peer of a number. */
function announce(
  registry: SwarmRegistry,
  number: number,
  said: Partial<Announced> = {},
  expiresAtMs = EXPIRY_MS,
): Member | undefined {
  const host = `10.0.${number >> 8}.${number & 255}`;
  const peer = { host, port: 6881, id: samplePeerId(number), agent: "Test/1" };
  const announced = { infoHash: HASH, event: "none" as const, left: 1, uploaded: 0, downloaded: 0 };
  return registry.announce(peer, { ...announced, ...said }, expiresAtMs);
}

function countsOf(
  registry: SwarmRegistry,
): [seeders: number, leechers: number, completions: number] {
  const swarm = registry.swarms.get(HASH);
  return swarm === undefined ? [0, 0, 0] : [swarm.seeders, swarm.leechers, swarm.completions];
}

Deno.test({
  name: "SwarmRegistry counts partial seeds as leechers that are no downloaders (BEP 21)",
  permissions: "none",
  fn() {
    const registry = registryWith();
    const counts = () => {
      const swarm = registry.swarms.get(HASH);
      return [swarm?.seeders, swarm?.leechers, swarm?.downloaders];
    };
    announce(registry, 1, { event: "paused" });
    announce(registry, 2, { event: "paused" });
    announce(registry, 3);
    assertEquals(counts(), [0, 3, 1]);
    announce(registry, 1);
    assertEquals(counts(), [0, 3, 2], "it wants something again");
    announce(registry, 2, { left: 0, event: "completed" });
    assertEquals(counts(), [1, 2, 2], "it has everything");
    announce(registry, 2, { left: 0, event: "paused" });
    assertEquals(counts(), [1, 2, 2], "who has everything is a seeder");
    announce(registry, 3, { event: "paused" });
    announce(registry, 3, { event: "stopped" });
    assertEquals(counts(), [1, 1, 1]);
  },
});

Deno.test({
  name: "SwarmRegistry takes an announce for what is left, and forgets who stops or expires",
  permissions: "none",
  fn() {
    const registry = registryWith();
    assertEquals(announce(registry, 1, { left: 0 })?.holding, "complete");
    assertEquals(announce(registry, 2)?.holding, "unknown");
    assertEquals(countsOf(registry), [1, 1, 0]);
    announce(registry, 1, { left: 5 });
    assertEquals(countsOf(registry), [0, 2, 0], "a seeder may lose what it had");
    assertEquals(announce(registry, 2, { event: "stopped" }), undefined);
    assertEquals(countsOf(registry), [0, 1, 0]);
    announce(registry, 3, {}, 5_000);
    registry.sweep(EXPIRY_MS - 1);
    assertEquals(countsOf(registry), [0, 2, 0]);
    registry.sweep(EXPIRY_MS);
    assertEquals(countsOf(registry), [0, 1, 0]);
    registry.sweep(5_000);
    assertEquals([registry.swarms.size, registry.peers.size], [0, 0]);
  },
});

Deno.test({
  name: "SwarmRegistry counts a download once, however often its end is announced",
  permissions: "none",
  fn() {
    const registry = registryWith();
    announce(registry, 1, { left: 0, event: "started" });
    assertEquals(countsOf(registry), [1, 0, 0], "who begins as a seeder has downloaded nothing");
    announce(registry, 2);
    for (let times = 0; times < 3; times++) announce(registry, 2, { left: 0, event: "completed" });
    assertEquals(countsOf(registry), [2, 0, 1]);
    announce(registry, 3, { left: 0, event: "completed" });
    assertEquals(countsOf(registry), [3, 0, 2], "also of one that was not there before");
    announce(registry, 4, { left: 7, event: "completed" });
    assertEquals(countsOf(registry), [3, 1, 2], "but not of one that lacks something");
    const peer = admit(registry, 9);
    registry.report(peer, report(HASH, eight(0b1111_1110), SHAPE));
    registry.report(peer, report(HASH, have(7)));
    assertEquals(countsOf(registry), [4, 1, 3], "and of one that told of its last piece");
  },
});

Deno.test({
  name: "SwarmRegistry keeps what a connected peer told of its pieces, whatever it announces",
  permissions: "none",
  fn() {
    const registry = registryWith();
    const peer = admit(registry, 1);
    registry.report(peer, report(HASH, eight(0b1100_0000), SHAPE));
    const member = announce(registry, 1, { left: 99 });
    assert(member?.peer === peer && typeof member.holding !== "string");
    assertEquals(member.holding.count, 2);
    assertEquals([member.expiresAtMs, peer.expiresAtMs], [Infinity, Infinity]);
    announce(registry, 1, { event: "stopped" });
    assertEquals(countsOf(registry), [0, 1, 0], "it leaves by the connection, not by an announce");
    announce(registry, 1, { left: 0 });
    assertEquals(countsOf(registry), [1, 0, 0]);
    announce(registry, 1, { left: 99 });
    assertEquals(countsOf(registry), [1, 0, 0], "it told that it has everything");
  },
});

Deno.test({
  name:
    "SwarmRegistry finds a peer that announced itself when it connects, and the other way round",
  permissions: "none",
  fn() {
    const registry = registryWith();
    announce(registry, 1, { left: 0 });
    const peer = admit(registry, 1);
    assertEquals([peer.membershipCount, registry.peers.size], [1, 1]);
    registry.report(peer, report(HASH, COMPLETE, SHAPE));
    assertEquals(countsOf(registry), [1, 0, 0]);
    registry.release(peer, 500);
    announce(registry, 1, { left: 0 }, 9_000);
    registry.sweep(8_999);
    assertEquals(countsOf(registry), [1, 0, 0]);
    registry.sweep(9_000);
    assertEquals(registry.peers.size, 0);
  },
});

Deno.test({
  name: "SwarmRegistry lets nobody announce in the place of a peer that is connected",
  permissions: "none",
  fn() {
    const registry = registryWith();
    const peer = admit(registry, 1);
    const stranger = { host: peer.host, port: peer.port, id: samplePeerId(2), agent: "Test/1" };
    const said = { infoHash: HASH, event: "none" as const, left: 0, uploaded: 0, downloaded: 0 };
    for (const event of ["none", "stopped"] as const) {
      const attempt = () => registry.announce(stranger, { ...said, event }, EXPIRY_MS);
      assertThrows(attempt, TrackerRefusedError, "another peer is connected");
    }
    registry.release(peer, 500);
    assertEquals(registry.announce(stranger, said, EXPIRY_MS)?.peer.id, samplePeerId(2));
    assertEquals(registry.peers.size, 1);
  },
});

Deno.test({
  name: "SwarmRegistry refuses an announce beyond each limit, and then nothing has changed",
  permissions: "none",
  fn() {
    const cases: readonly (readonly [Partial<RegistryLimits>, RegExp])[] = [
      [{ torrents: 0 }, /0 torrents/],
      [{ peers: 0 }, /0 peers/],
      [{ torrentsPerPeer: 0 }, /0 torrents of a peer/],
    ];
    for (const [limits, message] of cases) {
      const registry = registryWith(limits);
      const error = assertThrows(() => announce(registry, 1), TrackerRefusedError);
      assert(message.test(error.message), error.message);
      assertEquals(registry.swarms.size, 0);
    }
    const full = registryWith({ peersPerTorrent: 2 });
    for (const number of [1, 2, 3]) announce(full, number, {}, number * 100);
    assertEquals(countsOf(full), [0, 2, 0], "who would be forgotten first gives way");
  },
});

Deno.test({
  name: "SwarmRegistry takes only torrents that are on its list, if it has one",
  permissions: "none",
  fn() {
    const registry = new SwarmRegistry(DEFAULT_LIMITS, new Set([HASH]));
    announce(registry, 1);
    const other = infoHashFromHex("bb".repeat(20));
    const refused = () => announce(registry, 2, { infoHash: other });
    assertThrows(refused, TrackerRefusedError, "not on the tracker's list");
    const peer = admit(registry, 3);
    const reported = () => registry.report(peer, report(other, COMPLETE, SHAPE));
    assertThrows(reported, TrackerRefusedError, "not on the tracker's list");
    assertEquals([...registry.swarms.keys()], [HASH]);
  },
});

Deno.test({
  name: "choosePeers chooses each other member as often as any, never the asker, and none twice",
  permissions: "none",
  fn() {
    const registry = registryWith();
    for (let number = 1; number <= 20; number++) announce(registry, number);
    const asker = announce(registry, 1);
    const swarm = registry.swarms.get(HASH)!;
    const random = seededRandom(3);
    const times = new Map<string, number>();
    for (let round = 0; round < 4_000; round++) {
      const options = { asker, wanted: "all" as const, count: 5, isReachable: () => true, random };
      const hosts = choosePeers(swarm, options).map(({ host }) => host);
      assertEquals(new Set(hosts).size, 5);
      for (const host of hosts) times.set(host, (times.get(host) ?? 0) + 1);
    }
    assertEquals(times.size, 19);
    assert(!times.has("10.0.0.1"));
    const expected = 4_000 * 5 / 19;
    for (const [host, count] of times) {
      assert(Math.abs(count - expected) < expected * 0.2, `${host} came ${count} times`);
    }
  },
});

Deno.test({
  name: "choosePeers tells of no seeders who wants none, and nobody of those he cannot reach",
  permissions: "none",
  fn() {
    const registry = registryWith();
    for (let number = 1; number <= 6; number++) announce(registry, number, { left: number % 2 });
    const swarm = registry.swarms.get(HASH)!;
    const random = seededRandom(4);
    const all = { wanted: "all" as const, count: 50, isReachable: () => true, random };
    const hostsOf = (options: Parameters<typeof choosePeers>[1]) =>
      choosePeers(swarm, options).map(({ host }) => host).sort();
    const seeder = announce(registry, 2, { left: 0 });
    assertEquals(hostsOf({ ...all, asker: seeder }).length, 5);
    assertEquals(hostsOf({ ...all, asker: seeder, wanted: "leechers" }), [
      "10.0.0.1",
      "10.0.0.3",
      "10.0.0.5",
    ]);
    const leecher = announce(registry, 1);
    assertEquals(hostsOf({ ...all, asker: leecher }).length, 5);
    const near = {
      ...all,
      asker: leecher,
      isReachable: ({ host }: { host: string }) => host > "10.0.0.4",
    };
    assertEquals(hostsOf(near), ["10.0.0.5", "10.0.0.6"]);
    assertEquals(hostsOf({ ...all, asker: undefined, count: 0 }), []);
  },
});
