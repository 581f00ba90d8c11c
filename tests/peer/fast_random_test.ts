import { assert, assertEquals } from "@std/assert";
import { type BlockRequest, encodeDontHave, EXTENSION_ID } from "../../lib/peer/wire/mod.ts";
import { createFortyPieces, dial, FAST_AND_EXTENDED, nameOf } from "./fast_rogue.ts";
import type { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, type SimulatedTorrent, Simulation } from "./simulation.ts";

/**
 * A peer that keeps to BEP 6 and otherwise does what it likes: it chokes and unchokes, loses and
 * gains pieces, and gives each request one answer, in any order.
 */
class MoodyPeer {
  readonly #rogue: RoguePeer;
  readonly #torrent: SimulatedTorrent;
  readonly #random: () => number;
  readonly #owed: BlockRequest[] = [];
  readonly #allowed = new Set<number>();
  readonly #has = new Set<number>(Array.from({ length: 40 }, (_, index) => index));
  #mood: "choking" | "serving" = "choking";
  #read = 0;

  constructor(rogue: RoguePeer, torrent: SimulatedTorrent, random: () => number) {
    this.#rogue = rogue;
    this.#torrent = torrent;
    this.#random = random;
    rogue.send({ type: "have-all" });
  }

  /** Takes in what has come, and then does a few things. */
  act(): void {
    const log = this.#rogue.log;
    for (; this.#read < log.length; this.#read++) {
      const message = log[this.#read]!;
      if (message.type === "request") this.#take(message);
      else if (message.type === "cancel") this.#cancel(message);
    }
    for (let deeds = Math.floor(this.#random() * 8); deeds > 0; deeds--) this.#do(this.#random());
  }

  #do(dice: number): void {
    if (dice < 0.03) this.#choke();
    else if (dice < 0.15) this.#unchoke();
    else if (dice < 0.17) this.#allow(Math.floor(this.#random() * 40));
    else if (dice < 0.19) this.#lose(Math.floor(this.#random() * 40));
    else if (dice < 0.25) this.#gain(Math.floor(this.#random() * 40));
    else if (dice < 0.27) this.#rogue.send({ type: "suggest", index: 3 });
    else if (this.#owed.length > 0) {
      const at = Math.floor(this.#random() * this.#owed.length);
      const [request] = this.#owed.splice(at, 1);
      if (this.#random() < 0.2) this.#reject(request!);
      else this.#rogue.answer(this.#torrent, request!, "right");
    }
  }

  #take({ index, begin, length }: BlockRequest): void {
    const request = { index, begin, length };
    const isServed = this.#mood === "serving" || this.#allowed.has(index);
    if (isServed && this.#has.has(index)) this.#owed.push(request);
    else this.#reject(request);
  }

  #cancel(cancel: BlockRequest): void {
    const at = this.#owed.findIndex((request) => nameOf(request) === nameOf(cancel));
    if (at < 0) return;
    const [request] = this.#owed.splice(at, 1);
    if (this.#random() < 0.5) this.#reject(request!);
    else this.#rogue.answer(this.#torrent, request!, "right");
  }

  #reject({ index, begin, length }: BlockRequest): void {
    this.#rogue.send({ type: "reject", index, begin, length });
  }

  #rejectThose(isRejected: (request: BlockRequest) => boolean): void {
    for (const request of this.#owed.splice(0)) {
      if (isRejected(request)) this.#reject(request);
      else this.#owed.push(request);
    }
  }

  #choke(): void {
    this.#mood = "choking";
    this.#rogue.send({ type: "choke" });
    this.#rejectThose(({ index }) => !this.#allowed.has(index));
  }

  #unchoke(): void {
    this.#mood = "serving";
    this.#rogue.send({ type: "unchoke" });
  }

  #allow(index: number): void {
    this.#allowed.add(index);
    this.#rogue.send({ type: "allowed-fast", index });
  }

  #lose(index: number): void {
    this.#has.delete(index);
    const payload = encodeDontHave(index);
    this.#rogue.send({ type: "extended", id: EXTENSION_ID.lt_donthave, payload });
    this.#rejectThose((request) => request.index === index);
  }

  #gain(index: number): void {
    this.#has.add(index);
    this.#rogue.send({ type: "have", index });
  }
}

for (let seed = 1; seed <= 8; seed++) {
  Deno.test(`Peers that keep to BEP 6 are never cut off, whatever their moods: seed ${seed}`, async () => {
    await using sim = new Simulation(seed);
    const torrent = await createFortyPieces();
    const leecher = sim.leech("leecher", torrent);
    const rogues: RoguePeer[] = [];
    for (const host of ["one", "two", "three"]) {
      rogues.push(await dial(sim, torrent, { host, extensions: FAST_AND_EXTENDED }));
    }
    const peers = rogues.map((rogue) => new MoodyPeer(rogue, torrent, sim.random));
    let turns = 0;
    while (!leecher.store.held.isFull) {
      assert(turns++ < 5_000, `${leecher.store.held.count} of 40 pieces`);
      for (const peer of peers) peer.act();
      if (sim.random() < 0.1) await sim.advance(100);
      else await sim.settle();
      if (leecher.store.held.isFull) break;
      assertEquals(rogues.map(({ state }) => state), ["open", "open", "open"], `turn ${turns}`);
    }
    await assertWhole(leecher, torrent);
    const asked = rogues.map((rogue) => rogue.all("request").length);
    assert(asked.every((count) => count > 0), `all of them were of use: ${asked}`);
    for (const rogue of rogues) rogue.close();
  });
}
