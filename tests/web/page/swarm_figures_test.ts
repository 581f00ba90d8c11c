import { assertEquals } from "@std/assert";
import { History } from "../../../lib/web/page/tracker/history.js";
import {
  flowsOf,
  lastLeft,
  PEER_ORDERS,
  shownFlows,
  swarmProgress,
} from "../../../lib/web/page/tracker/swarm_figures.js";

function peer(id: number, fields: Record<string, unknown> = {}) {
  return { id, address: `192.0.2.${id}:6881`, holding: "some", heldCount: 0, ...fields };
}

Deno.test("swarm figures: progress counts those of whom something is known", () => {
  const peers = [
    peer(1, { holding: "complete", heldCount: 0 }),
    peer(2, { heldCount: 30 }),
    peer(3, { holding: "unknown" }),
  ];
  assertEquals(swarmProgress(peers, 100), { held: 130, wanted: 200 });
  assertEquals(swarmProgress([], 100), { held: 0, wanted: 1 });
});

Deno.test("swarm figures: the last one is done when the slowest is, if all tell when", () => {
  const done = peer(1, { holding: "complete", leftSeconds: null });
  const [slow, quick] = [peer(2, { leftSeconds: 90 }), peer(3, { leftSeconds: 5 })];
  assertEquals(lastLeft([done, slow, quick]), 90);
  assertEquals(lastLeft([done, slow, peer(4, { holding: "unknown" })]), 90);
  assertEquals(lastLeft([slow, peer(4, { leftSeconds: null })]), null);
  assertEquals(lastLeft([done]), null);
});

Deno.test("swarm figures: flows are in order of what flows, and drawn between so many", () => {
  const peers = [
    peer(2, { sources: [{ peer: 1, rate: 5, bytes: 10 }, { peer: 3, rate: 9, bytes: 90 }] }),
    peer(3, { sources: [{ peer: 1, rate: 5, bytes: 20 }] }),
    peer(4),
  ];
  const flows = flowsOf(peers);
  assertEquals(flows.map(({ from, to }) => [from, to]), [[3, 2], [1, 3], [1, 2]]);
  assertEquals(shownFlows(flows, 1), { flows: [flows[0]], givers: [3], takers: [2] });
  assertEquals(shownFlows(flows, 2), { flows, givers: [3, 1], takers: [2, 3] });
});

Deno.test("swarm figures: each order of peers is one", () => {
  const peers = [
    peer(10, { heldCount: 5, downRate: 1, upRate: 9 }),
    peer(9, { heldCount: 5, downRate: 2, upRate: 3 }),
    peer(2, { heldCount: 1, downRate: 3, upRate: 4 }),
  ];
  const orders = Object.fromEntries(
    Object.entries(PEER_ORDERS).map((
      [name, order],
    ) => [name, peers.toSorted(order).map(({ id }) => id)]),
  );
  assertEquals(orders, {
    "Joined": [2, 9, 10],
    "Least progress": [2, 9, 10],
    "Most progress": [9, 10, 2],
    "Fetches fastest": [2, 9, 10],
    "Serves fastest": [10, 2, 9],
    "Address": [2, 9, 10],
  });
});

Deno.test("history: it goes on a point a step, and keeps an hour", () => {
  const history = new History();
  history.reset({ stepSeconds: 10, series: { atMs: [0, 10_000], peers: [1, 2] } });
  history.add({ atMs: 15_000, peers: 3, announces: 100 });
  assertEquals(history.atMs, [0, 10_000]);
  history.add({ atMs: 20_000, peers: 4, announces: 150 });
  assertEquals([history.atMs.at(-1), history.series.peers?.at(-1)], [20_000, 4]);
  assertEquals(history.series.announcesPerSecond?.at(-1), 10);
  history.add({ atMs: 3_615_000, peers: 5, announces: 150 });
  assertEquals([history.atMs, history.series.peers], [[20_000, 3_615_000], [4, 5]]);
});
