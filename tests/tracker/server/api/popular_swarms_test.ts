import { assertEquals } from "@std/assert";
import { SwarmRegistry } from "../../../../lib/tracker/mod.ts";
import { popularSwarms } from "../../../../lib/tracker/server/api/popular_swarms.ts";
import { DEFAULT_LIMITS } from "../../../../lib/tracker/tracker_limits.ts";
import { sampleHash, samplePeerId, sampleShape } from "../../sample_torrents.ts";
import { hostOf } from "../../sample_tracker.ts";

/** A registry of swarms with these numbers of members, named by their place. */
function registryOf(...sizes: number[]): SwarmRegistry {
  const registry = new SwarmRegistry(DEFAULT_LIMITS);
  for (const [at, size] of sizes.entries()) {
    for (let number = 0; number < size; number++) {
      const place = { host: hostOf(number), port: 1_000 };
      const peer = registry.admit({ ...place, id: samplePeerId(number), agent: "x" });
      const shape = sampleShape(`${at}`, 1);
      registry.report(peer, { infoHash: sampleHash(at), shape, held: { kind: "complete" } });
    }
  }
  return registry;
}

function names(registry: SwarmRegistry, count: number): [number, string[]] {
  const { total, most } = popularSwarms(registry.swarms, count);
  return [total, [...most].map(({ torrent }) => torrent.shape.name)];
}

Deno.test({
  name: "popularSwarms: those with the most members, of equals the first, as many as are asked for",
  permissions: "none",
  fn() {
    const registry = registryOf(2, 5, 1, 2, 9, 2);
    assertEquals(names(registry, 0), [6, []]);
    assertEquals(names(registry, 1), [6, ["4"]]);
    assertEquals(names(registry, 2), [6, ["1", "4"]]);
    assertEquals(names(registry, 3), [6, ["0", "1", "4"]]);
    assertEquals(names(registry, 4), [6, ["0", "1", "3", "4"]]);
    assertEquals(names(registry, 6), [6, ["0", "1", "2", "3", "4", "5"]]);
    assertEquals(names(registry, 7), [6, ["0", "1", "2", "3", "4", "5"]]);
    assertEquals(names(registryOf(), 5), [0, []]);
  },
});

Deno.test({
  name:
    "popularSwarms: a torrent without a name is none, and one that nobody holds any more is one",
  permissions: "none",
  fn() {
    const registry = registryOf(1);
    registry.announce(
      { host: "10.0.0.9", port: 1, id: samplePeerId(9), agent: "x" },
      { infoHash: sampleHash(9), event: "none", left: 1, uploaded: 0, downloaded: 0 },
      1e9,
    );
    assertEquals(names(registry, 5), [1, ["0"]]);
  },
});
