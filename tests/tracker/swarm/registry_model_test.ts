import { assert, assertEquals } from "@std/assert";
import type { InfoHash } from "../../../lib/bytes/mod.ts";
import { encodeTorrent, parseTorrent, type Torrent } from "../../../lib/metainfo/mod.ts";
import { decodeCompactPeers } from "../../../lib/net/mod.ts";
import { type HeldPieces, PACKED_LENGTH, type SwarmRegistry } from "../../../lib/tracker/mod.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";
import { sampleInfo, sampleShape } from "../sample_torrents.ts";
import { admit, registryWith } from "./sample_registry.ts";

const PIECES = 8;
const PEERS = 12;
const NAMES = ["a", "b", "c", "d"];

/** What one peer holds of one torrent, and until when that is believed. */
interface Entry {
  pieces: Set<number>;
  expiresAtMs: number;
}

/** The registry as simply as it can be said: entries by torrent and peer, everything else counted. */
class Model {
  readonly entries = new Map<InfoHash, Map<number, Entry>>();
  /** The peers, and until when they are kept. */
  readonly peers = new Map<number, number>();

  of(infoHash: InfoHash): Map<number, Entry> {
    const entries = this.entries.get(infoHash) ?? new Map<number, Entry>();
    this.entries.set(infoHash, entries);
    return entries;
  }

  drop(peer: number): void {
    for (const entries of this.entries.values()) entries.delete(peer);
  }

  sweep(nowMs: number): void {
    for (const entries of this.entries.values()) {
      for (const [peer, { expiresAtMs }] of entries) if (expiresAtMs <= nowMs) entries.delete(peer);
    }
    for (const [peer, untilMs] of this.peers) if (untilMs <= nowMs) this.peers.delete(peer);
  }

  look(infoHash: InfoHash): number[] {
    const held = [...this.of(infoHash).values()].map(({ pieces }) => pieces);
    const seeders = held.filter(({ size }) => size === PIECES).length;
    const holders = Array.from(
      { length: PIECES },
      (_, piece) => held.filter((pieces) => pieces.has(piece)).length,
    );
    const fewest = Math.min(...holders);
    const more = holders.filter((count) => count > fewest).length;
    const copies = fewest * 1000 + Math.floor(more * 1000 / PIECES);
    return [seeders, held.length - seeders, copies];
  }
}

function lookOf(registry: SwarmRegistry, infoHash: InfoHash): number[] {
  const swarm = registry.swarms.get(infoHash);
  return swarm === undefined ? [0, 0, 0] : [swarm.seeders, swarm.leechers, swarm.copies];
}

/**
 * Checks what the registry says of itself: chains, lists and places of members agree, seeders come
 * last, and addresses are packed in the same order.
 */
function assertConsistent(registry: SwarmRegistry): void {
  let members = 0;
  for (const swarm of registry.swarms.values()) {
    for (const [index, member] of swarm.members.entries()) {
      assertEquals(member.index, index);
      assertEquals(member.holding === "complete", index >= swarm.leechers);
      assert(member.peer.membershipIn(swarm) === member);
      members++;
    }
    assert(swarm.members.length > 0 || swarm.torrent.state === "published");
    const { length } = swarm.members;
    const inOrder = { wanted: "all", leechers: length, except: length, random: () => 0 } as const;
    const packed = decodeCompactPeers(
      swarm.packed.choose(new Uint8Array(length * PACKED_LENGTH), inOrder),
      "ipv4",
    );
    assertEquals(packed, swarm.members.map(({ peer: { host, port } }) => ({ host, port })));
  }
  const chained = [...registry.peers.values()].map((peer) => [...peer.memberships()].length);
  assertEquals(chained.reduce((sum, count) => sum + count, 0), members);
}

Deno.test({
  name: "after any sequence of events the registry says the same as a naive model",
  permissions: "none",
  async fn() {
    const infos = await Promise.all(NAMES.map((name) => sampleInfo(name, PIECES)));
    const files = infos.map((info) => encodeTorrent({ info }));
    const torrents = await Promise.all(files.map((file) => parseTorrent(file)));
    for (let seed = 0; seed < 30; seed++) runSequence(seed, torrents);
  },
});

function runSequence(
  seed: number,
  torrents: readonly Torrent[],
): void {
  const random = seededRandom(seed);
  const registry = registryWith();
  const model = new Model();
  let nowMs = 0;
  const done = new Set<string>();

  const events: Record<string, (peer: number, torrent: number) => void> = {
    report(number, at) {
      const { infoHash, name } = torrents[at]!.info;
      const bits = randomBelow(random, 256);
      const held: HeldPieces = random() < 0.3
        ? { kind: "complete" }
        : { kind: "bitfield", bytes: Uint8Array.of(bits) };
      const shape = sampleShape(name, PIECES);
      const peer = admit(registry, number);
      model.peers.set(number, Infinity);
      assertEquals(registry.report(peer, { infoHash, shape, held }), "taken");
      const pieces = new Set<number>();
      for (let piece = 0; piece < PIECES; piece++) {
        if (held.kind === "complete" || bits & (0x80 >> piece)) pieces.add(piece);
      }
      model.of(infoHash).set(number, { pieces, expiresAtMs: Infinity });
    },
    news(number, at) {
      const { infoHash } = torrents[at]!.info;
      const pieces = [randomBelow(random, PIECES), randomBelow(random, PIECES)];
      const peer = admit(registry, number);
      model.peers.set(number, Infinity);
      const entry = model.of(infoHash).get(number);
      const answer = registry.report(peer, { infoHash, held: { kind: "have", pieces } });
      assertEquals(answer, entry === undefined ? "resend" : "taken");
      if (entry === undefined) return;
      for (const piece of pieces) entry.pieces.add(piece);
      entry.expiresAtMs = Infinity;
    },
    leave(number, at) {
      const { infoHash } = torrents[at]!.info;
      const peer = admit(registry, number);
      model.peers.set(number, Infinity);
      registry.leave(peer, infoHash);
      model.of(infoHash).delete(number);
    },
    release(number) {
      const untilMs = nowMs + randomBelow(random, 50);
      registry.release(admit(registry, number), untilMs);
      model.peers.set(number, untilMs);
      for (const entries of model.entries.values()) {
        const entry = entries.get(number);
        if (entry !== undefined) entry.expiresAtMs = untilMs;
      }
    },
    remove(number) {
      registry.remove(admit(registry, number));
      model.peers.delete(number);
      model.drop(number);
    },
    publish(_number, at) {
      registry.publish(torrents[at]!);
    },
    sweep() {
      nowMs += randomBelow(random, 30);
      registry.sweep(nowMs);
      model.sweep(nowMs);
    },
  };
  const names = Object.keys(events);

  for (let step = 0; step < 300; step++) {
    const name = names[randomBelow(random, names.length)] ?? "";
    events[name]?.(randomBelow(random, PEERS), randomBelow(random, NAMES.length));
    done.add(name);
    for (const { info } of torrents) {
      assertEquals(lookOf(registry, info.infoHash), model.look(info.infoHash), `${seed}: ${name}`);
    }
    assertEquals(registry.peers.size, model.peers.size, `${seed}: ${name}`);
    assertConsistent(registry);
  }
  assertEquals(done.size, names.length);
}
