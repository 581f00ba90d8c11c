import { assert, assertEquals } from "@std/assert";
import { formatAddress } from "../../lib/net/mod.ts";
import { decodeExtendedHandshake } from "../../lib/peer/wire/mod.ts";
import { createFortyPieces, dial, FAST_AND_EXTENDED, U } from "./fast_rogue.ts";
import type { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, Simulation } from "./simulation.ts";

/** What a rogue was told of the node's appetite, in order; `undefined` where nothing was said. */
function appetitesTold(rogue: RoguePeer): ("pieces" | "nothing" | undefined)[] {
  return rogue.all("extended").filter(({ id }) => id === 0)
    .map(({ payload }) => decodeExtendedHandshake(payload).appetite);
}

const EVEN = Array.from({ length: 20 }, (_, at) => 2 * at);
const ODD = EVEN.map((index) => index + 1);

Deno.test("A seeder and a partial seed say that they are upload-only, a leecher does not (BEP 21)", async () => {
  await using sim = new Simulation(1);
  const torrent = await createFortyPieces();
  const seeder = sim.seed("seeder", torrent);
  const partial = sim.node("partial");
  partial.add(await sim.partialStore(torrent, EVEN), { intent: "serve" });
  const leecher = sim.node("leecher");
  leecher.add(await sim.partialStore(torrent, EVEN));
  const nodes = [[seeder, "nothing"], [partial, "nothing"], [leecher, undefined]] as const;
  for (const [node, wanted] of nodes) {
    using rogue = await dial(sim, torrent, { node, extensions: FAST_AND_EXTENDED });
    await rogue.next("extended");
    assertEquals(appetitesTold(rogue), [wanted]);
  }
});

Deno.test("Two partial seeds part, whatever each of them lacks (BEP 21)", async () => {
  await using sim = new Simulation(2);
  const torrent = await createFortyPieces();
  const even = sim.node("even");
  const odd = sim.node("odd");
  const here = even.add(await sim.partialStore(torrent, EVEN), { intent: "serve" });
  const there = odd.add(await sim.partialStore(torrent, ODD), {
    intent: "serve",
    peers: [even.address],
  });
  await sim.advance(5_000);
  assertEquals([here.links.length, there.links.length], [0, 0]);
  await sim.advance(600_000);
  const dials = sim.dials.get(formatAddress(even.address)) ?? 0;
  assert(dials >= 1 && dials < 20, `${dials} dials in ten minutes`);
});

Deno.test("A leecher fetches from partial seeds what they have, and stays with them (BEP 21)", async () => {
  await using sim = new Simulation(3);
  const torrent = await createFortyPieces();
  const even = sim.node("even");
  even.add(await sim.partialStore(torrent, EVEN), { intent: "serve" });
  const leecher = sim.leech("leecher", torrent, { peers: [even.address] });
  await sim.until(() => leecher.store.held.count === 20, 60_000);
  await sim.advance(60_000);
  assertEquals(leecher.links.length, 1);
  const odd = sim.node("odd");
  odd.add(await sim.partialStore(torrent, ODD), { intent: "serve" });
  leecher.addPeers([odd.address]);
  await sim.until(() => leecher.store.held.isFull, 60_000);
  await assertWhole(leecher, torrent);
  await sim.settle();
  assertEquals(leecher.links.length, 0, "then nobody wants anything");
});

Deno.test("A seeder parts from a peer that is upload-only, not from one that is silent on it (BEP 21)", async () => {
  await using sim = new Simulation(4);
  const torrent = await createFortyPieces();
  sim.seed("seeder", torrent);
  const meet = (host: string) => dial(sim, torrent, { host, extensions: FAST_AND_EXTENDED });
  const content = await meet("content");
  content.offer(torrent, EVEN);
  content.extend({ appetite: "nothing" });
  await content.closed;
  using silent = await meet("silent");
  silent.offer(torrent, EVEN);
  silent.extend({});
  using hungry = await meet("hungry");
  hungry.offer(torrent, EVEN);
  hungry.extend({ appetite: "pieces" });
  await sim.advance(30_000);
  assertEquals([silent.state, hungry.state], ["open", "open"]);
});

Deno.test("A peer that becomes upload-only, or hungry again, is taken at its last word (BEP 21)", async () => {
  await using sim = new Simulation(5);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using rogue = await dial(sim, torrent, { extensions: FAST_AND_EXTENDED });
  rogue.offer(torrent, EVEN);
  const isHungry = async (appetite: "pieces" | "nothing"): Promise<boolean | undefined> => {
    rogue.extend({ appetite });
    await sim.settle();
    return leecher.links[0]?.isHungry;
  };
  await sim.settle();
  assertEquals(leecher.links[0]?.isHungry, true);
  assertEquals(await isHungry("nothing"), false);
  assertEquals(await isHungry("pieces"), true);
  rogue.extend({ client: "Rogue" });
  assertEquals(await isHungry("nothing"), false);
  assertEquals(rogue.state, "open", "who may have what we want is not let go");
});

Deno.test("A leecher that is whole lets those go who want nothing, and keeps the others (BEP 21)", async () => {
  await using sim = new Simulation(6);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using content = await dial(sim, torrent, { host: "content", extensions: FAST_AND_EXTENDED });
  content.extend({ appetite: "nothing" });
  content.send({ type: "have-none" });
  using hungry = await dial(sim, torrent, { host: "hungry", extensions: FAST_AND_EXTENDED });
  hungry.send({ type: "have-none" });
  await sim.settle();
  leecher.addPeers([sim.seed("seeder", torrent, { maxUpRate: 40 * U }).address]);
  await sim.until(() => leecher.store.held.isFull, 60_000);
  await content.closed;
  await sim.advance(5_000);
  assertEquals([hungry.state, leecher.links.length], ["open", 1]);
});

Deno.test("A partial seed that wants the rest says so to those who are there (BEP 21)", async () => {
  await using sim = new Simulation(7);
  const torrent = await createFortyPieces();
  const here = sim.node("node").add(await sim.partialStore(torrent, EVEN), { intent: "serve" });
  using rogue = await dial(sim, torrent, { extensions: FAST_AND_EXTENDED });
  using plain = await dial(sim, torrent, { host: "plain", extensions: new Set() });
  rogue.offer(torrent, [1]);
  plain.offer(torrent, []);
  await sim.settle();
  assertEquals(appetitesTold(rogue), ["nothing"]);
  here.resume();
  await sim.settle();
  assertEquals(appetitesTold(rogue), ["nothing", "pieces"]);
  const { extensions } = decodeExtendedHandshake(rogue.all("extended").at(-1)!.payload);
  assertEquals(extensions.size, 0, "the extensions are left as they are");
  assertEquals(plain.all("extended"), []);
  assert(rogue.all("request").length > 0);
});
