import { assert, assertEquals } from "@std/assert";
import {
  conductsOf,
  dialConductor,
  dialHungryPlayers,
  dialPlayer,
  dialSource,
  EXTENSIONS,
  name,
  tellConduct,
} from "./conduct_rogue.ts";
import { createFortyPieces, FAST_AND_EXTENDED } from "./fast_rogue.ts";
import { askedOf, dialGuide, namedIn, tellGuide } from "./guide_rogue.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { createTorrent, Simulation } from "./simulation.ts";

Deno.test("A peer that leaves and comes again is asked for nothing but what is named", async () => {
  await using sim = new Simulation(1);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using conductor = await dialConductor(sim, torrent);
  using source = await dialSource(sim, torrent, { host: "source", pieces: [3, 4] });
  name(conductor, source);
  await sim.settle();
  source.close();
  await sim.settle();
  using again = await RoguePeer.dial(sim.network.host("source"), sim.nodes[0]!.address, {
    ...{ infoHash: torrent.info.infoHash, peerId: source.identity.peerId },
    extensions: FAST_AND_EXTENDED,
  });
  again.extend({ extensions: EXTENSIONS });
  await sim.settle();
  again.offer(torrent, [3, 4]);
  await sim.settle();
  assertEquals(askedOf(again), []);
  name(conductor, again, [4]);
  void again.serve(torrent);
  await sim.until(() => leecher.store.held.has(4), 1_000);
  assertEquals(askedOf(again), [4]);
});

Deno.test("A peer that is conducted and begins to guide is told what we have, and asked for what it names", async () => {
  await using sim = new Simulation(2);
  const torrent = await createFortyPieces();
  sim.node("leecher").add(await sim.partialStore(torrent, [0, 1]));
  using conductor = await dialConductor(sim, torrent);
  using source = await dialSource(sim, torrent, { host: "source", pieces: [0, 1, 3, 4, 5] });
  name(conductor, source, [3]);
  await sim.settle();
  const before = source.all("bitfield").length;
  source.sendTogether(() => {
    tellGuide(source, "guided", [4]);
    source.send({ type: "unchoke" });
  });
  await sim.settle();
  assertEquals([source.all("bitfield").length, askedOf(source)], [before + 1, [4]]);
  name(conductor, source, [5]);
  await sim.settle();
  assertEquals(askedOf(source), [4, 5]);
});

Deno.test("Who chooses for itself is told nothing of those that come later", async () => {
  await using sim = new Simulation(3);
  const torrent = await createTorrent({ length: 20 * 64 * 1024, pieceLength: 64 * 1024 });
  sim.seed("seeder", torrent);
  const rogues = await dialHungryPlayers(sim, torrent, 12);
  const [one, other] = rogues;
  tellConduct(one!, { type: "free" });
  await sim.settle();
  const count = () => [conductsOf(one!).length, conductsOf(other!).length];
  const before = count();
  using late = await dialPlayer(sim, torrent, "late");
  late.send({ type: "have-none" }, { type: "interested" });
  await sim.settle();
  assertEquals(count().map((each, at) => each > before[at]!), [false, true]);
  for (const rogue of rogues) rogue.close();
});

Deno.test("What a silent peer owes is fetched of its conductor that names it, and of nobody else", async () => {
  await using sim = new Simulation(4);
  const torrent = await createFortyPieces();
  sim.leech("leecher", torrent);
  using conductor = await dialConductor(sim, torrent);
  using source = await dialSource(sim, torrent, { host: "source", pieces: [3, 4] });
  name(conductor, source, [3, 4]);
  source.send({ type: "unchoke" });
  await sim.settle();
  for (const request of source.owed().filter(({ index }) => index === 4)) {
    source.send({ ...request, type: "reject" });
  }
  tellGuide(conductor, "guided", [3]);
  await sim.advance(600);
  assertEquals([askedOf(conductor), namedIn(conductor, "declined")], [[], [3]]);
  const asked = source.all("request").length;
  tellGuide(conductor, "guided", [3]);
  await sim.settle();
  assertEquals([askedOf(conductor), namedIn(conductor, "declined")], [[3], [3]]);
  for (const request of conductor.owed()) conductor.send({ ...request, type: "reject" });
  await sim.advance(400);
  assertEquals(source.all("request").length, asked, "it is not asked for it again");
  name(conductor, source, [3]);
  await sim.settle();
  assert(source.all("request").length > asked, "until it is named again");
});

Deno.test("What a silent peer owes is declined of a guide that conducts nobody", async () => {
  await using sim = new Simulation(5);
  const torrent = await createFortyPieces();
  sim.leech("leecher", torrent);
  using guide = await dialGuide(sim, torrent, []);
  using source = await dialSource(sim, torrent, { host: "source", pieces: [3] });
  source.send({ type: "unchoke" });
  await sim.advance(600);
  tellGuide(guide, "guided", [3]);
  await sim.settle();
  assertEquals([askedOf(source), namedIn(guide, "declined")], [[3], [3]]);
});
