import { assertEquals } from "@std/assert";
import { MAX_BELIEVED_BYTES, Moved, SwarmRegistry } from "../../../lib/tracker/mod.ts";
import { DEFAULT_LIMITS } from "../../../lib/tracker/tracker_limits.ts";
import { sampleHash, samplePeerId, sampleShape } from "../sample_torrents.ts";

Deno.test({
  name: "Moved: a report adds 1 TiB at most, more or less than nothing is not believed",
  permissions: "none",
  fn() {
    const moved = new Moved();
    moved.add({ uploaded: 1, downloaded: 5 }, { uploaded: 1 + MAX_BELIEVED_BYTES, downloaded: 5 });
    assertEquals([moved.uploaded, moved.downloaded], [MAX_BELIEVED_BYTES, 0]);
    moved.add({}, { uploaded: MAX_BELIEVED_BYTES + 1, downloaded: Number.MAX_SAFE_INTEGER });
    moved.add({ uploaded: 9, downloaded: 9 }, { uploaded: 1 });
    assertEquals([moved.uploaded, moved.downloaded], [MAX_BELIEVED_BYTES, 0]);
  },
});

Deno.test({
  name: "SwarmRegistry: bytes count that were moved since a member came, in its swarm and in all",
  permissions: "none",
  fn() {
    const registry = new SwarmRegistry(DEFAULT_LIMITS);
    const peer = registry.admit({ host: "10.0.0.1", port: 1, id: samplePeerId(1), agent: "x" });
    const report = (uploaded?: number, downloaded?: number) =>
      registry.report(peer, {
        infoHash: sampleHash(1),
        shape: sampleShape("one", 4),
        held: { kind: "complete" },
        ...{ uploaded, downloaded },
      });
    report(1_000, 2_000);
    report(1_500, 2_001);
    report();
    report(1_600, 2_001);
    const { moved } = registry.swarms.get(sampleHash(1))!;
    for (const { uploaded, downloaded } of [moved, registry.moved]) {
      assertEquals([uploaded, downloaded], [600, 1]);
    }
  },
});

const infoHash = sampleHash(1);
const PEER = { host: "192.0.2.1", port: 7001, id: samplePeerId(1), agent: "Test/1" };

function tallied({ moved: { uploaded, downloaded } }: SwarmRegistry): [number, number] {
  return [uploaded, downloaded];
}

Deno.test("of the bytes that members announce only what comes on top of the first number counts, the last words too", () => {
  const registry = new SwarmRegistry(DEFAULT_LIMITS);
  const announce = (uploaded: number, downloaded: number, event: "none" | "stopped" = "none") =>
    registry.announce(PEER, { infoHash, left: 1, uploaded, downloaded, event }, 1_000);
  announce(5_000, 7_000);
  assertEquals(tallied(registry), [0, 0]);
  announce(5_010, 7_000);
  announce(5_010, 7_005);
  assertEquals(tallied(registry), [10, 5]);
  announce(2, 1);
  assertEquals(tallied(registry), [10, 5]);
  announce(5, 1, "stopped");
  assertEquals(tallied(registry), [13, 5]);
  announce(100, 100);
  assertEquals(tallied(registry), [13, 5]);
});

Deno.test("of a connected peer what its reports say counts in the same way, and what they leave out does not", () => {
  const registry = new SwarmRegistry(DEFAULT_LIMITS);
  const peer = registry.admit(PEER);
  const shape = sampleShape("film", 8);
  const complete = { kind: "complete" } as const;
  registry.report(peer, { infoHash, shape, held: complete, uploaded: 50, downloaded: 60 });
  registry.report(peer, { infoHash, held: { kind: "have", pieces: [] }, uploaded: 80 });
  registry.report(peer, { infoHash, held: { kind: "have", pieces: [] } });
  assertEquals(tallied(registry), [30, 0]);
});
