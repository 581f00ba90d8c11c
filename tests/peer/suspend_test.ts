import { assert, assertEquals, assertRejects } from "@std/assert";
import { PieceUnavailableError } from "../../lib/peer/mod.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, createTorrent, Simulation } from "./simulation.ts";

const BLOCK = 16_384;

Deno.test("A suspended download asks for nothing and stays connected; it goes on with what it has", async () => {
  await using sim = new Simulation(1);
  const torrent = await createTorrent({ length: 40 * 64 * 1024 });
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 256 * 1024 });
  const here = sim.leech("leecher", torrent, { peers: [seeder.address] });
  await sim.until(() => here.store.held.count >= 5, 60_000);
  here.motion.suspend();
  assertEquals(here.status.motion, "suspended");
  await sim.advance(3_000);
  const [{ count }, sent] = [
    here.store.held,
    [...seeder.torrents.values()][0]!.status.uploaded,
  ];
  await sim.advance(60_000);
  assertEquals([here.store.held.count, here.links.length], [count, 1]);
  assertEquals([...seeder.torrents.values()][0]!.status.uploaded, sent, "nothing is sent to it");
  assertEquals(here.links.map(({ amInterested }) => amInterested), [false]);

  here.motion.proceed();
  await sim.until(() => here.store.held.isFull, 60_000);
  await assertWhole(here, torrent);
  assert(here.status.downloaded <= torrent.data.length + 8 * BLOCK, "little came twice");
});

Deno.test("A suspended torrent serves nobody, what was asked for and queued is not sent, until it goes on", async () => {
  await using sim = new Simulation(2);
  const torrent = await createTorrent();
  const { infoHash } = torrent.info;
  const node = sim.seed("node", torrent, { maxUpRate: 16_000 });
  const [here] = node.torrents.values();
  using rogue = await RoguePeer.dial(sim.network.host("rogue"), node.address, { infoHash });
  rogue.send({ type: "interested" });
  await rogue.next("unchoke");
  for (let index = 0; index < 8; index++) {
    rogue.send({ type: "request", index, begin: 0, length: BLOCK });
  }
  await sim.advance(1_000);
  here!.motion.suspend();
  await rogue.next("choke");
  await sim.advance(2_000);
  const sent = rogue.all("piece").length;
  assert(sent < 8);
  for (let index = 0; index < 8; index++) {
    rogue.send({ type: "request", index, begin: 0, length: BLOCK });
  }
  await sim.advance(30_000);
  assertEquals(rogue.all("piece").length, sent);
  assertEquals(here!.links.length, 1, "it stays connected");
  here!.motion.proceed();
  await sim.settle();
  assertEquals(rogue.all("unchoke").length, 2);
  rogue.send({ type: "request", index: 3, begin: 0, length: BLOCK });
  await sim.until(() => rogue.all("piece").length === sent + 1, 10_000);
});

Deno.test("A suspended torrent dials nobody and carries no order out", async () => {
  await using sim = new Simulation(3);
  const torrent = await createTorrent();
  const index = torrent.info.layout.pieceIndex(2);
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 1_000 });
  const here = sim.node("here").add(sim.store(torrent.info), { intent: "order" });
  const connecting = here.connect(seeder.address);
  await sim.advance(2_000);
  await connecting;
  const never = new AbortController().signal;
  const order = here.fetchPiece(index, seeder.address, never);
  const failed = assertRejects(() => order, PieceUnavailableError, "paused");
  here.motion.suspend();
  await failed;
  await assertRejects(
    () => here.fetchPiece(index, seeder.address, never),
    PieceUnavailableError,
    "nothing is fetched here",
  );
  const other = sim.node("other").add(sim.store(torrent.info));
  other.motion.suspend();
  other.addPeers([seeder.address]);
  await sim.advance(30_000);
  assertEquals([other.links.length, other.status.knownPeers], [0, 1]);
  other.motion.proceed();
  await sim.until(() => other.links.length === 1, 10_000);
});

Deno.test("The rates of a node may be changed while its torrents move, and limits come and go", async () => {
  await using sim = new Simulation(4);
  const torrent = await createTorrent({ length: 64 * 64 * 1024 });
  const seeder = sim.seed("seeder", torrent);
  seeder.limits.up.change(32 * 1024);
  const here = sim.leech("leecher", torrent, { peers: [seeder.address] });
  const node = sim.nodes[1]!;
  const inTime = async (ms: number): Promise<number> => {
    const { downloaded } = here.status;
    await sim.advance(ms);
    return here.status.downloaded - downloaded;
  };
  await sim.advance(3_000);
  const slow = await inTime(10_000);
  assert(slow > 250_000 && slow < 420_000, `${slow} bytes in 10 s at 32 KiB/s`);
  seeder.limits.up.change(128 * 1024);
  await sim.advance(2_000);
  const quick = await inTime(10_000);
  assert(quick > 1_000_000 && quick < 1_600_000, `${quick} bytes in 10 s at 128 KiB/s`);
  seeder.limits.up.change(Infinity);
  node.limits.down.change(64 * 1024);
  await sim.advance(2_000);
  const limited = await inTime(10_000);
  assert(limited > 500_000 && limited < 900_000, `${limited} bytes in 10 s at 64 KiB/s`);
  node.limits.down.change(Infinity);
  const tookMs = await sim.until(() => here.store.held.isFull);
  assert(tookMs < 3_000, `without limits it took ${tookMs} ms`);
  await assertWhole(here, torrent);
});
