import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { MemoryNetwork } from "../../lib/net/mod.ts";
import { fetchTorrent, PeerNode, shareData } from "../../lib/peer/mod.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { createTorrent, pieceOf, Simulation } from "./simulation.ts";

/** Runs a test in a folder of its own and removes it. */
async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sluice-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function openNode(): PeerNode {
  return new PeerNode({ host: "node", transport: new MemoryNetwork().host("node") });
}

async function closedNode(): Promise<PeerNode> {
  const node = openNode();
  await node.close();
  return node;
}

Deno.test("A node that is closed opens no torrent, and says so", async () => {
  await using sim = new Simulation(1);
  const torrent = await createTorrent();
  const node = sim.node("node");
  const closing = node.close();
  assertThrows(
    () => node.add(sim.store(torrent.info)),
    Error,
    "Cannot open data.bin: the node is closed",
  );
  await closing;
  assertThrows(() => node.add(sim.store(torrent.info)), Error, "the node is closed");
  assertEquals(node.torrents.size, 0);
});

Deno.test({
  name: "What is fetched with a closed node is left unlocked: another node can fetch it",
  sanitizeResources: true,
  fn: async () =>
    await inFolder(async (folder) => {
      const { info } = await createTorrent();
      const node = await closedNode();
      for (let time = 0; time < 2; time++) {
        await assertRejects(() => fetchTorrent(node, { info, folder }), Error, "node is closed");
      }
      await using other = openNode();
      const torrent = await fetchTorrent(other, { info, folder });
      assertEquals(torrent.store.held.count, 0);
    }),
});

Deno.test({
  name: "What is fetched twice in one node fails the second time and does not disturb the first",
  sanitizeResources: true,
  fn: async () =>
    await inFolder(async (folder) => {
      const torrent = await createTorrent();
      const { info } = torrent;
      const [first, second] = [join(folder, "first"), join(folder, "second")];
      for (const path of [first, second]) await Deno.mkdir(path);
      await using node = openNode();
      const { store } = await fetchTorrent(node, { info, folder: first });
      await assertRejects(
        () => fetchTorrent(node, { info, folder: second }),
        Error,
        "it is open already",
      );
      assertEquals(await store.put(info.layout.pieceIndex(3), pieceOf(torrent, 3)), "held");
      await using other = openNode();
      await fetchTorrent(other, { info, folder: second });
    }),
});

Deno.test({
  name: "What is shared with a closed node is let go: no file of it stays open",
  sanitizeResources: true,
  fn: async () =>
    await inFolder(async (folder) => {
      const path = join(folder, "data.bin");
      await Deno.writeFile(path, (await createTorrent()).data);
      const node = await closedNode();
      await assertRejects(() => shareData(node, { path }), Error, "the node is closed");
      await using other = openNode();
      assertEquals((await shareData(other, { path })).store.held.isFull, true);
    }),
});

Deno.test("Who closes a torrent a second time waits until the first is done, too", async () => {
  await using sim = new Simulation(2);
  const torrent = await createTorrent({ length: 65_536 });
  const { infoHash } = torrent.info;
  const gate = Promise.withResolvers<void>();
  const writing = Promise.withResolvers<void>();
  const store = sim.store(torrent.info);
  const put = store.put.bind(store);
  store.put = async (index, data) => {
    writing.resolve();
    await gate.promise;
    return await put(index, data);
  };
  const node = sim.node("leecher");
  const leecher = node.add(store);
  using rogue = await RoguePeer.dial(sim.network.host("rogue"), node.address, { infoHash });
  rogue.offer(torrent);
  void rogue.serve(torrent);
  await writing.promise;
  const ended: string[] = [];
  const closings = [
    leecher.close().then(() => ended.push("first")),
    leecher.close().then(() => ended.push("second")),
    node.remove(infoHash).then(() => ended.push("removal")),
    node.close().then(() => ended.push("node")),
  ];
  await sim.clock.advance(10_000);
  // The node knows nothing any more of what was removed.
  assertEquals(ended.filter((name) => name !== "node"), []);
  gate.resolve();
  await Promise.all(closings);
  assertEquals(ended.toSorted(), ["first", "node", "removal", "second"]);
  assertEquals(store.held.count, 1);
});
