import { assertEquals } from "@std/assert";
import { MAX_PUSHED_PEERS } from "../../../lib/tracker/mod.ts";
import { sampleHash, sampleShape } from "../sample_torrents.ts";
import { admit, COMPLETE, registryWith, report } from "./sample_registry.ts";

const hash = sampleHash(1);
const shape = sampleShape("mv1.mp4", 8);

Deno.test({
  name: "changes are gathered for each swarm, and given once",
  permissions: "none",
  fn() {
    const registry = registryWith();
    const [first, second] = [admit(registry, 1), admit(registry, 2)];
    registry.report(first, report(hash, COMPLETE, shape));
    registry.report(first, report(sampleHash(2), COMPLETE, shape));
    const changes = [...registry.changes.drain()];
    assertEquals(changes.map(({ joined, gone }) => [joined, gone]), [[[first], []], [[first], []]]);
    assertEquals(registry.changes.isEmpty, true);

    registry.report(second, report(hash, COMPLETE));
    registry.leave(first, hash);
    assertEquals(registry.changes.isEmpty, false);
    const [change, ...others] = registry.changes.drain();
    assertEquals([change?.joined, change?.gone, others], [[second], [first], []]);
  },
});

Deno.test({
  name: "who comes and goes in between is no change, who goes and comes back has come",
  permissions: "none",
  fn() {
    const registry = registryWith();
    const [first, second] = [admit(registry, 1), admit(registry, 2)];
    registry.report(first, report(hash, COMPLETE, shape));
    assertEquals([...registry.changes.drain()].length, 1);
    registry.report(second, report(hash, COMPLETE));
    registry.leave(second, hash);
    assertEquals([...registry.changes.drain()], []);
    registry.report(second, report(hash, COMPLETE));
    assertEquals([...registry.changes.drain()].length, 1);
    registry.leave(second, hash);
    registry.report(second, report(hash, COMPLETE));
    const [change] = registry.changes.drain();
    assertEquals([change?.joined, change?.gone], [[second], []]);
  },
});

Deno.test({
  name: "no more changes are gathered than one push tells",
  permissions: "none",
  fn() {
    const registry = registryWith();
    const peers = Array.from({ length: 120 }, (_, number) => admit(registry, number));
    for (const peer of peers) registry.report(peer, report(hash, COMPLETE, shape));
    assertEquals([...registry.changes.drain()].map(({ joined }) => joined.length), [
      MAX_PUSHED_PEERS,
    ]);
    for (const peer of peers) registry.leave(peer, hash);
    assertEquals([...registry.changes.drain()].map(({ gone }) => gone.length), [MAX_PUSHED_PEERS]);
  },
});
