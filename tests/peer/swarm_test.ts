import { assert, assertEquals } from "@std/assert";
import type { PeerNode, Torrent } from "../../lib/peer/mod.ts";
import { assertWhole, createTorrent, type SimulatedTorrent, Simulation } from "./simulation.ts";

function torrentOf(node: PeerNode, { info }: SimulatedTorrent): Torrent {
  const torrent = node.torrents.get(info.infoHash);
  assert(torrent !== undefined);
  return torrent;
}

function sumOf(values: Iterable<number>): number {
  return [...values].reduce((sum, value) => sum + value, 0);
}

Deno.test("One leecher gets from one seeder the same bytes, each of them sent once", async () => {
  await using sim = new Simulation(1);
  const torrent = await createTorrent();
  const seeder = sim.seed("seeder", torrent);
  const leecher = sim.leech("leecher", torrent, { peers: [seeder.address] });
  await sim.until(() => leecher.store.held.isFull);
  assertEquals(await leecher.completed, "memory:data.bin");
  await assertWhole(leecher, torrent);
  assertEquals(leecher.status.downloaded, torrent.data.length);
  assertEquals(torrentOf(seeder, torrent).status.uploaded, torrent.data.length);
});

for (const [length, pieceLength] of [[1, 16_384], [16_384, 16_384], [65_536, 32_768]] as const) {
  Deno.test(`A torrent of ${length} bytes in pieces of ${pieceLength} arrives`, async () => {
    await using sim = new Simulation(1);
    const torrent = await createTorrent({ length, pieceLength });
    const seeder = sim.seed("seeder", torrent);
    const leecher = sim.leech("leecher", torrent, { peers: [seeder.address] });
    await sim.until(() => leecher.store.held.isFull);
    await assertWhole(leecher, torrent);
  });
}

Deno.test("A torrent of no bytes is complete at once", async () => {
  await using sim = new Simulation(1);
  const torrent = await createTorrent({ length: 0 });
  const leecher = sim.leech("leecher", torrent);
  assertEquals(await leecher.completed, "memory:data.bin");
});

Deno.test("Eight leechers get the same bytes, each also gives, and little is sent twice", async () => {
  await using sim = new Simulation(2);
  const torrent = await createTorrent({ length: 4 * 1024 * 1024 + 77 });
  const bytesPerSecond = 500_000;
  const seeder = sim.seed("seeder", torrent, { maxUpRate: bytesPerSecond });
  const addresses = [seeder.address];
  const leechers = Array.from({ length: 8 }, (_, at) => {
    const leecher = sim.leech(`leecher${at}`, torrent, {
      peers: [...addresses],
      node: { maxUpRate: bytesPerSecond },
    });
    addresses.push(sim.nodes.at(-1)!.address);
    return leecher;
  });
  const ms = await sim.until(() => leechers.every(({ store }) => store.held.isFull));
  for (const leecher of leechers) {
    await assertWhole(leecher, torrent);
    assertEquals(leecher.status.downloaded, torrent.data.length);
    assert(leecher.status.uploaded > torrent.data.length / 10, "each leecher uploads");
  }
  const size = torrent.data.length;
  const sent = sumOf(sim.nodes.map((node) => torrentOf(node, torrent).status.uploaded));
  assert(ms < 2.5 * 1_000 * size / bytesPerSecond, `took ${ms} ms`);
  assert(sent < 1.15 * 8 * size, `${sent} bytes were sent, ${8 * size} were wanted`);
  assert(torrentOf(seeder, torrent).status.uploaded < 3 * size, "the seeder does not send it all");
});

Deno.test("Four nodes exchange four torrents at once: each has one and gets three", async () => {
  await using sim = new Simulation(3);
  const torrents = await Promise.all(
    [0, 1, 2, 3].map((at) =>
      createTorrent({ name: `file${at}`, length: 300_000 + at * 70_001, pieceLength: 32_768 })
    ),
  );
  const nodes = torrents.map((_, at) => sim.node(`host${at}`));
  const peers = nodes.map(({ address }) => address);
  const wanted: [Torrent, SimulatedTorrent][] = [];
  torrents.forEach((torrent, owner) => {
    nodes.forEach((node, at) => {
      if (at === owner) node.add(sim.store(torrent.info, torrent.data), { peers });
      else wanted.push([node.add(sim.store(torrent.info), { peers }), torrent]);
    });
  });
  await sim.until(() => wanted.every(([{ store }]) => store.held.isFull));
  assertEquals(wanted.length, 12);
  for (const [torrent, data] of wanted) await assertWhole(torrent, data);
});

Deno.test("Twenty leechers get twenty torrents from one node at once", async () => {
  await using sim = new Simulation(4);
  const node = sim.node("seeder");
  const leechers = await Promise.all(Array.from({ length: 20 }, async (_, at) => {
    const torrent = await createTorrent({ name: `file${at}`, length: 200_000 + at });
    node.add(sim.store(torrent.info, torrent.data));
    return { torrent, leecher: sim.leech(`leecher${at}`, torrent, { peers: [node.address] }) };
  }));
  await sim.until(() => leechers.every(({ leecher }) => leecher.store.held.isFull));
  for (const { leecher, torrent } of leechers) await assertWhole(leecher, torrent);
});

Deno.test("Two that hold every other piece complete a third, each giving its own pieces", async () => {
  await using sim = new Simulation(5);
  const torrent = await createTorrent({ length: 1_000_000 });
  const pieces = [...torrent.info.layout.pieceIndices()];
  const halves = await Promise.all([0, 1].map(async (rest) => {
    const store = await sim.partialStore(torrent, pieces.filter((index) => index % 2 === rest));
    return sim.node(`half${rest}`).add(store, { intent: "serve" });
  }));
  const peers = sim.nodes.map(({ address }) => address);
  const leecher = sim.leech("leecher", torrent, { peers });
  await sim.until(() => leecher.store.held.isFull);
  await assertWhole(leecher, torrent);
  for (const { status } of halves) assertEquals(status.uploaded, status.heldBytes);
  assertEquals(halves.map(({ status }) => status.held.count), [8, 8]);
});

Deno.test("Two halves that fetch complete each other", async () => {
  await using sim = new Simulation(6);
  const torrent = await createTorrent({ length: 1_000_000 });
  const pieces = [...torrent.info.layout.pieceIndices()];
  const halves: Torrent[] = [];
  for (const rest of [0, 1]) {
    const store = await sim.partialStore(torrent, pieces.filter((index) => index % 2 === rest));
    const peers = sim.nodes.map(({ address }) => address);
    halves.push(sim.node(`half${rest}`).add(store, { peers }));
  }
  await sim.until(() => halves.every(({ store }) => store.held.isFull));
  for (const half of halves) await assertWhole(half, torrent);
  assertEquals(sumOf(halves.map(({ status }) => status.downloaded)), 1_000_000);
});

Deno.test("A leecher that holds most of it already asks only for the rest", async () => {
  await using sim = new Simulation(7);
  const torrent = await createTorrent();
  const seeder = sim.seed("seeder", torrent);
  const store = await sim.partialStore(torrent, [0, 1, 2, 4, 6]);
  const leecher = sim.node("leecher").add(store, { peers: [seeder.address] });
  await sim.until(() => leecher.store.held.isFull);
  await assertWhole(leecher, torrent);
  assertEquals(torrentOf(seeder, torrent).status.uploaded, 3 * 65_536 - 1_000);
});

Deno.test("When the only seeder is cut off and comes back, the leecher goes on within 5 s", async () => {
  await using sim = new Simulation(8);
  const torrent = await createTorrent({ length: 2_000_000 });
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 200_000 });
  const leecher = sim.leech("leecher", torrent, { peers: [seeder.address] });
  await sim.until(() => leecher.store.held.count >= 10);
  sim.network.unplug("seeder");
  await sim.until(() => leecher.links.length === 0, 1_000);
  const before = leecher.store.held.count;
  await sim.advance(45_000);
  assertEquals(leecher.store.held.count, before);
  sim.network.plugIn("seeder");
  await sim.until(() => leecher.store.held.count > before, 5_000);
  await sim.until(() => leecher.store.held.isFull);
  await assertWhole(leecher, torrent);
  assertEquals(leecher.status.downloaded, torrent.data.length, "what had come was kept");
});

Deno.test("A leecher whose leechers leave at any moment completes all the same", async () => {
  await using sim = new Simulation(9);
  const torrent = await createTorrent({ length: 1_500_000 });
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 150_000 });
  const leecher = sim.leech("leecher", torrent, { peers: [seeder.address] });
  const address = sim.nodes.at(-1)!.address;
  for (let round = 0; !leecher.store.held.isFull; round++) {
    assert(round < 50);
    sim.leech(`guest${round}`, torrent, { peers: [seeder.address, address] });
    await sim.advance(1_300);
    if (round % 2 === 0) await sim.nodes.at(-1)!.close();
    else sim.network.unplug(`guest${round}`);
  }
  await assertWhole(leecher, torrent);
});

for (const [bytesPerSecond, count] of [[2_000, 1], [20_000, 16]] as const) {
  Deno.test(`${count} leechers of a seeder of ${bytesPerSecond} bytes a second lose none of them`, async () => {
    await using sim = new Simulation(11);
    const torrent = await createTorrent({ length: 200_000, pieceLength: 131_072 });
    const seeder = sim.seed("seeder", torrent, { maxUpRate: bytesPerSecond });
    const peers = [seeder.address];
    const leechers = Array.from(
      { length: count },
      (_, at) => sim.leech(`leecher${at}`, torrent, { peers }),
    );
    const ms = await sim.until(() => leechers.every(({ store }) => store.held.isFull));
    const wanted = count * torrent.data.length;
    assert(ms < 1_100 * wanted / bytesPerSecond, `took ${ms} ms`);
    assert(torrentOf(seeder, torrent).status.uploaded < 1.05 * wanted);
  });
}

Deno.test("Limits of the rates are kept to, over all torrents and peers together", async () => {
  await using sim = new Simulation(10);
  const torrents = await Promise.all(
    ["a", "b"].map((name) => createTorrent({ name, length: 500_000 })),
  );
  const seeder = sim.node("seeder", { maxUpRate: 100_000 });
  for (const { info, data } of torrents) seeder.add(sim.store(info, data));
  const slow = sim.node("slow", { maxDownRate: 40_000 });
  const quick = sim.node("quick");
  const peers = [seeder.address];
  const all = torrents.flatMap(({ info }) =>
    [slow, quick].map((node) => node.add(sim.store(info), { peers }))
  );
  await sim.advance(10_000);
  const sent = sumOf([...seeder.torrents.values()].map(({ status }) => status.uploaded));
  assert(sent > 900_000 && sent < 1_500_000, `${sent} bytes in 10 s`);
  const received = sumOf([...slow.torrents.values()].map(({ status }) => status.downloaded));
  assert(received > 250_000 && received < 550_000, `${received} bytes in 10 s`);
  await sim.until(() => all.every(({ store }) => store.held.isFull));
});
