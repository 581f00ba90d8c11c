import { assert, assertEquals } from "@std/assert";
import { type PeerId, peerIdFromHex } from "../../lib/bytes/mod.ts";
import type { Torrent } from "../../lib/peer/mod.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { createTorrent, Simulation } from "./simulation.ts";

const LOW_ID = peerIdFromHex("0".repeat(40));
const HIGH_ID = peerIdFromHex("f".repeat(40));

/** The hosts of a torrent's connections. */
function hostsOf({ links }: Torrent): string[] {
  return links.map(({ session }) => session.remote.host).toSorted();
}

/** Connects to the only node as a host and a name. */
async function dialAs(
  sim: Simulation,
  torrent: Torrent,
  { host, peerId }: { readonly host: string; readonly peerId: PeerId },
): Promise<RoguePeer> {
  const [node] = sim.nodes;
  assert(node !== undefined);
  const { infoHash } = torrent.store.info;
  return await RoguePeer.dial(sim.network.host(host), node.address, { infoHash, peerId });
}

for (const order of ["before", "after"] as const) {
  Deno.test(`Who lies under the seeder's id ${order} it came is banned, and the seeder is not`, async () => {
    await using sim = new Simulation(1);
    const torrent = await createTorrent();
    const leecher = sim.leech("leecher", torrent);
    const lie = async (): Promise<void> => {
      const liar = await dialAs(sim, leecher, { host: "liar", peerId: HIGH_ID });
      liar.offer(torrent);
      void liar.serve(torrent, () => "wrong");
      await liar.closed;
      await sim.settle();
    };
    if (order === "before") await lie();
    using seeder = await dialAs(sim, leecher, { host: "seeder", peerId: HIGH_ID });
    if (order === "after") await lie();
    const again = await dialAs(sim, leecher, { host: "liar", peerId: HIGH_ID });
    await again.closed;
    assertEquals([seeder.state, hostsOf(leecher)], ["open", ["seeder"]]);
    seeder.offer(torrent);
    void seeder.serve(torrent);
    await sim.until(() => leecher.store.held.isFull, 1_000);
  });
}

for (const ownId of [LOW_ID, HIGH_ID]) {
  const peerId = ownId === LOW_ID ? HIGH_ID : LOW_ID;
  const names = `${peerId.slice(0, 2)} of one that is ${ownId.slice(0, 2)}`;

  Deno.test(`A borrowed id does not close the seeder's connection: ${names}`, async () => {
    await using sim = new Simulation(2);
    const torrent = await createTorrent();
    const { infoHash } = torrent.info;
    using listener = sim.listen("seeder");
    const node = { peerId: ownId };
    const leecher = sim.leech("leecher", torrent, { peers: [listener.address], node });
    using seeder = await RoguePeer.accept(listener, { infoHash, peerId });
    using second = await dialAs(sim, leecher, { host: "second", peerId });
    await sim.advance(6_000);
    using rogue = await dialAs(sim, leecher, { host: "rogue", peerId });
    await sim.settle();
    assertEquals([seeder.state, second.state, rogue.state], ["open", "open", "open"]);
    seeder.offer(torrent);
    void seeder.serve(torrent);
    await sim.until(() => leecher.store.held.isFull, 1_000);
  });

  Deno.test(`A borrowed id does not keep the seeder out, nor hold up the rest: ${names}`, async () => {
    await using sim = new Simulation(3);
    const torrent = await createTorrent();
    const leecher = sim.leech("leecher", torrent, { node: { peerId: ownId } });
    using rogue = await dialAs(sim, leecher, { host: "rogue", peerId });
    rogue.offer(torrent, [0]);
    rogue.send({ type: "choke" });
    await sim.settle();
    const seeder = sim.seed("seeder", torrent, { peerId });
    leecher.addPeers([seeder.address]);
    await sim.until(() => leecher.store.held.isFull, 1_000);
    assertEquals(rogue.state, "open");
  });
}

for (const peerId of [LOW_ID, HIGH_ID]) {
  const name = peerId.slice(0, 2);

  Deno.test(`Peer ${name} that dials again after 5 s of silence has its dead connection replaced`, async () => {
    await using sim = new Simulation(4);
    const torrent = await createTorrent();
    const leecher = sim.leech("leecher", torrent);
    const dead = await dialAs(sim, leecher, { host: "peer", peerId });
    await sim.advance(5_000);
    using alive = await dialAs(sim, leecher, { host: "peer", peerId });
    await sim.settle();
    assertEquals([dead.state, alive.state, leecher.links.length], ["closed", "open", 1]);
    alive.offer(torrent);
    void alive.serve(torrent);
    assert(await sim.until(() => leecher.store.held.isFull) < 1_000);
  });

  Deno.test(`Peer ${name} that was heard in the last 5 s keeps its first connection`, async () => {
    await using sim = new Simulation(5);
    const torrent = await createTorrent();
    const leecher = sim.leech("leecher", torrent);
    using first = await dialAs(sim, leecher, { host: "peer", peerId });
    await sim.advance(20_000);
    first.send({ type: "keep-alive" });
    await sim.advance(4_000);
    const second = await dialAs(sim, leecher, { host: "peer", peerId });
    await second.closed;
    assertEquals([first.state, leecher.links.length], ["open", 1]);
  });
}
