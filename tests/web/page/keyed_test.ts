import { assertEquals } from "@std/assert";
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
  assertEquals([peers.get(1)?.version, peers.get(3)?.version, peers.get(2)], [2, 1, undefined]);
  assertEquals([peers.size, peers.version], [2, 2]);
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
