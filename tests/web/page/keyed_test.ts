import { assertEquals, assertNotEquals } from "@std/assert";
import { Keyed } from "../../../lib/web/page/shared/keyed.js";

Deno.test("keyed: changes are merged into what is known, and what is gone is forgotten", () => {
  const peers = new Keyed("id");
  peers.reset([{ id: 1, name: "a", rate: 5, map: "AAD/" }, { id: 2, name: "b" }]);
  peers.apply({
    changed: [{ id: 1, rate: 7, cells: [[0, 255]] }, { id: 3, name: "c" }],
    gone: [2, 99],
  });
  assertEquals(peers.values.map(({ id, name, rate }) => ({ id, name, rate })), [
    { id: 1, name: "a", rate: 7 },
    { id: 3, name: "c", rate: undefined },
  ]);
  assertEquals([...peers.get(1)?.cellMap ?? []], [255, 0, 255]);
  assertEquals([peers.get(2), peers.size], [undefined, 2]);
});

Deno.test("keyed: a map in full takes the place of the one before", () => {
  const peers = new Keyed("id");
  peers.reset([{ id: 1, map: "AAD/" }]);
  peers.apply({ changed: [{ id: 1, map: "/w==" }] });
  assertEquals([...peers.get(1)?.cellMap ?? []], [255]);
});

Deno.test("keyed: whatever is told anew is all there is", () => {
  const peers = new Keyed("id");
  peers.reset([{ id: 1 }, { id: 2 }]);
  peers.reset([{ id: 2 }]);
  assertEquals(peers.values.map(({ id }) => id), [2]);
});

Deno.test("keyed: what has changed is of another version, and what has not of the same", () => {
  const peers = new Keyed("id");
  peers.reset([{ id: 1 }, { id: 2 }]);
  const [whole, first, second] = [peers, peers.get(1), peers.get(2)].map((it) => it?.version);
  peers.apply({ changed: [{ id: 1, rate: 7 }] });
  assertNotEquals(peers.version, whole);
  assertNotEquals(peers.get(1)?.version, first);
  assertEquals(peers.get(2)?.version, second);
});

Deno.test("keyed: no version comes again, after a reset or among the things of another", () => {
  const peers = new Keyed("id");
  const others = new Keyed("id");
  const seen = [peers, others].flatMap((things) =>
    [1, 2].flatMap(() => {
      things.reset([{ id: 1, version: 99 }]);
      return [things.get(1)?.version];
    })
  );
  assertEquals(new Set([...seen, 99]).size, 5, `versions ${seen.join(", ")}`);
  assertNotEquals(new Keyed("id").version, new Keyed("id").version);
});
