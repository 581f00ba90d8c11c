import { assert, assertEquals } from "@std/assert";
import { formatAddress, type PeerAddress } from "../../lib/net/mod.ts";
import type { Torrent, TorrentEvent } from "../../lib/peer/mod.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, createTorrent, Simulation } from "./simulation.ts";

const U = 16 * 1024;

/** Keeps all events of a torrent. */
function recordEvents(torrent: Torrent): TorrentEvent[] {
  const events: TorrentEvent[] = [];
  torrent.watch().pipeTo(new WritableStream({ write: (event) => void events.push(event) }));
  return events;
}

function bannedOf(events: readonly TorrentEvent[]): PeerAddress[] {
  return events.filter((event) => event.type === "banned").map(({ peer }) => peer);
}

Deno.test("A peer that sends a bad piece alone is banned at once, and others complete it", async () => {
  await using sim = new Simulation(1);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  using listener = sim.listen("liar");
  const leecher = sim.leech("leecher", torrent, { peers: [listener.address] });
  const events = recordEvents(leecher);
  const liar = await RoguePeer.accept(listener, { infoHash });
  liar.offer(torrent);
  const serving = liar.serve(torrent, () => "wrong");
  await sim.until(() => liar.state === "closed", 1_000);
  await serving;
  assertEquals(bannedOf(events), [listener.address]);
  assertEquals(leecher.store.held.count, 0);
  const seeder = sim.seed("seeder", torrent);
  leecher.addPeers([seeder.address, listener.address]);
  await sim.until(() => leecher.store.held.isFull);
  await assertWhole(leecher, torrent);
  await sim.advance(120_000);
  assertEquals(sim.dials.get(formatAddress(listener.address)), 1, "a banned address is left alone");
  assertEquals(bannedOf(events), [listener.address]);
});

Deno.test("A banned peer is not let in again under its name", async () => {
  await using sim = new Simulation(2);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  sim.leech("leecher", torrent);
  const { address } = sim.nodes[0]!;
  const transport = sim.network.host("liar");
  const liar = await RoguePeer.dial(transport, address, { infoHash });
  liar.offer(torrent);
  await liar.serve(torrent, () => "wrong");
  const { peerId } = liar.identity;
  const again = await RoguePeer.dial(transport, address, { infoHash, peerId });
  await again.closed;
  assertEquals(again.log, []);
  using other = await RoguePeer.dial(transport, address, { infoHash });
  other.offer(torrent);
  await other.next("request");
});

Deno.test("Of two that sent a bad piece together, the good copy convicts the liar alone", async () => {
  await using sim = new Simulation(3);
  const torrent = await createTorrent({ length: 4 * U, pieceLength: 4 * U });
  const { infoHash } = torrent.info;
  const leecher = sim.leech("leecher", torrent);
  const events = recordEvents(leecher);
  const { address } = sim.nodes[0]!;
  const liar = await RoguePeer.dial(sim.network.host("liar"), address, { infoHash });
  liar.offer(torrent);
  const lie = await liar.next("request");
  liar.answer(torrent, lie, "wrong");
  liar.send({ type: "choke" });
  await sim.settle();
  assertEquals(leecher.status.downloaded, U);
  using honest = await RoguePeer.dial(sim.network.host("honest"), address, { infoHash });
  honest.offer(torrent);
  honest.serve(torrent);
  await sim.until(() => leecher.store.held.isFull);
  await assertWhole(leecher, torrent);
  assertEquals(events.filter(({ type }) => type === "corrupt").length, 1);
  assertEquals(bannedOf(events).map(({ host }) => host), ["liar"]);
  assertEquals(liar.state, "closed");
  const asked = honest.all("request").filter(({ begin }) => begin === lie.begin);
  assertEquals(asked.length, 1, "the good copy of the lie was asked of the honest one");
});

Deno.test("An honest peer outlives liars who add a block to ten of its pieces", async () => {
  await using sim = new Simulation(4);
  const torrent = await createTorrent({ length: 10 * 4 * U, pieceLength: 4 * U });
  const { infoHash } = torrent.info;
  const leecher = sim.leech("leecher", torrent);
  const events = recordEvents(leecher);
  const { address } = sim.nodes[0]!;
  const liars: RoguePeer[] = [];
  for (let piece = 0; piece < 10; piece++) {
    const liar = await RoguePeer.dial(sim.network.host(`liar${piece}`), address, { infoHash });
    liar.offer(torrent, [piece]);
    liar.answer(torrent, await liar.next("request"), "wrong");
    liar.send({ type: "choke" });
    liars.push(liar);
  }
  await sim.settle();
  using honest = await RoguePeer.dial(sim.network.host("honest"), address, { infoHash });
  honest.offer(torrent);
  honest.serve(torrent);
  await sim.until(() => leecher.store.held.isFull);
  await assertWhole(leecher, torrent);
  const banned = bannedOf(events).map(({ host }) => host);
  assert(banned.length > 0 && !banned.includes("honest"), `${banned} were banned`);
  for (const liar of liars) liar.close();
});

Deno.test("Honest leechers who pass on what a liar's victims have are not banned", async () => {
  await using sim = new Simulation(5);
  const torrent = await createTorrent({ length: 1_000_000, pieceLength: 4 * U });
  const { infoHash } = torrent.info;
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 200_000 });
  using listener = sim.listen("liar");
  const peers = [seeder.address, listener.address];
  const leechers = [0, 1, 2, 3].map((at) => {
    const leecher = sim.leech(`leecher${at}`, torrent, { peers: [...peers] });
    peers.push(sim.nodes.at(-1)!.address);
    return { leecher, events: recordEvents(leecher) };
  });
  const liars = await Promise.all(leechers.map(async () => {
    const liar = await RoguePeer.accept(listener, { infoHash });
    liar.offer(torrent);
    let count = 0;
    return { liar, serving: liar.serve(torrent, () => count++ % 3 === 0 ? "wrong" : "right") };
  }));
  await sim.until(() => leechers.every(({ leecher }) => leecher.store.held.isFull));
  for (const { leecher, events } of leechers) {
    await assertWhole(leecher, torrent);
    assertEquals(bannedOf(events), [listener.address]);
  }
  await Promise.all(liars.map(({ serving }) => serving));
});

Deno.test("A failed piece goes to another peer when its only one stops between two blocks", async () => {
  await using sim = new Simulation(8);
  const torrent = await createTorrent({ length: 16 * U, pieceLength: 16 * U });
  const { infoHash } = torrent.info;
  const leecher = sim.leech("leecher", torrent);
  const { address } = sim.nodes[0]!;
  const join = (host: string): Promise<RoguePeer> => {
    return RoguePeer.dial(sim.network.host(host), address, { infoHash });
  };
  using liar = await join("liar");
  liar.offer(torrent);
  liar.answer(torrent, await liar.next("request"), "wrong");
  liar.send({ type: "choke" });
  await sim.settle();
  using second = await join("second");
  second.offer(torrent);
  await second.next("request");
  while (second.answered.length < 15) {
    const owed = second.owed();
    assert(owed.length > 0);
    second.sendTogether(() => {
      for (const request of owed) second.answer(torrent, request, "right");
      if (second.answered.length === 15) second.send({ type: "choke" });
    });
    await sim.settle();
  }
  using third = await join("third");
  third.offer(torrent);
  await third.next("request");
  const owed = third.owed();
  assertEquals(owed.length, 8, "it begins anew, alone, and is not asked for all at once");
  third.sendTogether(() => {
    for (const request of owed) third.answer(torrent, request, "right");
    third.send({ type: "choke" });
  });
  await sim.settle();
  assertEquals(third.owed(), []);
  second.send({ type: "unchoke" });
  second.serve(torrent);
  await sim.until(() => leecher.store.held.isFull, 5_000);
  await assertWhole(leecher, torrent);
  assertEquals([liar.state, second.answered.length], ["closed", 15 + 16]);
});

Deno.test("A peer that says it has what it has not, and closes when asked, holds up nothing", async () => {
  await using sim = new Simulation(6);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  const leecher = sim.leech("leecher", torrent);
  const { address } = sim.nodes[0]!;
  const store = await sim.partialStore(torrent, [0, 1, 2, 3, 4, 5, 6]);
  sim.node("most").add(store, { intent: "serve", peers: [address] });
  for (let round = 0; round < 5; round++) {
    const liar = await RoguePeer.dial(sim.network.host("boaster"), address, { infoHash });
    liar.offer(torrent);
    await liar.next("request");
    liar.close();
    await sim.advance(100);
  }
  assertEquals([...leecher.store.held.ones()], [0, 1, 2, 3, 4, 5, 6]);
  const seeder = sim.seed("seeder", torrent);
  leecher.addPeers([seeder.address]);
  await sim.until(() => leecher.store.held.isFull);
  await assertWhole(leecher, torrent);
});

Deno.test("A block that nobody asked for is dropped (BEP 3): it is neither counted nor kept", async () => {
  await using sim = new Simulation(7);
  const torrent = await createTorrent({ length: 2 * U, pieceLength: U });
  const { infoHash } = torrent.info;
  const leecher = sim.leech("leecher", torrent);
  const { address } = sim.nodes[0]!;
  using pusher = await RoguePeer.dial(sim.network.host("pusher"), address, { infoHash });
  pusher.answer(torrent, { index: 0, begin: 0, length: U }, "right");
  pusher.answer(torrent, { index: 1, begin: 0, length: U }, "wrong");
  pusher.answer(torrent, { index: 0, begin: 5, length: 100 }, "right");
  pusher.send({ type: "piece", index: 0xffffffff, begin: 0xffffffff, block: new Uint8Array(9) });
  await sim.advance(1_000);
  assertEquals([leecher.status.downloaded, leecher.store.held.count], [0, 0]);
  assertEquals(pusher.state, "open");
  pusher.offer(torrent);
  const request = await pusher.next("request");
  const { index, begin } = request;
  pusher.send({ type: "piece", index, begin, block: new Uint8Array(U - 1) });
  pusher.send({ type: "piece", index, begin: 1, block: new Uint8Array(U) });
  pusher.answer(torrent, { ...request, index: 1 - index }, "wrong");
  pusher.answer(torrent, request, "right");
  await sim.until(() => leecher.store.held.has(index));
  pusher.answer(torrent, request, "wrong");
  await sim.advance(1_000);
  assertEquals(pusher.all("request").length, 2);
});

Deno.test("A peer that sends a thousand blocks that nobody asked for, and no other, is cut off", async () => {
  await using sim = new Simulation(9);
  const torrent = await createTorrent({ length: 2 * U, pieceLength: U });
  const { infoHash } = torrent.info;
  const leecher = sim.leech("leecher", torrent);
  const { address } = sim.nodes[0]!;
  const pusher = await RoguePeer.dial(sim.network.host("pusher"), address, { infoHash });
  const block = { index: 0, begin: 0, length: U };
  for (let count = 0; count < 999; count++) pusher.answer(torrent, block, "wrong");
  await sim.advance(1_000);
  assertEquals([pusher.state, leecher.status.downloaded], ["open", 0]);
  pusher.answer(torrent, block, "wrong");
  await sim.until(() => pusher.state === "closed", 1_000);
});
