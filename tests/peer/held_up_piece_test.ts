import { assert, assertEquals } from "@std/assert";
import type { TorrentInfo } from "../../lib/metainfo/mod.ts";
import type { Torrent, TorrentEvent } from "../../lib/peer/mod.ts";
import { NoSpaceError, type PieceStore } from "../../lib/storage/mod.ts";
import { dialTaker, tellGuide } from "./guide_rogue.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, createTorrent, type SimulatedTorrent, Simulation } from "./simulation.ts";

const U = 16 * 1024;
const FAST = new Set(["fast"] as const);

/** A leecher, and peers that are led by hand. */
class Scene {
  readonly events: TorrentEvent[] = [];

  private constructor(
    readonly sim: Simulation,
    readonly torrent: SimulatedTorrent,
    readonly leecher: Torrent,
  ) {
    leecher.watch().pipeTo(new WritableStream({ write: (event) => void this.events.push(event) }));
  }

  /** Begins a download of pieces of so many blocks, of which nothing is there. */
  static async open(
    sim: Simulation,
    pieceCount: number,
    options: {
      blocks?: number;
      maxDownRate?: number | undefined;
      storeOf?: (info: TorrentInfo) => PieceStore;
    } = {},
  ): Promise<Scene> {
    const { blocks = 16, maxDownRate, storeOf = (info) => sim.store(info) } = options;
    const pieceLength = blocks * U;
    const torrent = await createTorrent({ length: pieceCount * pieceLength, pieceLength });
    const node = sim.node("leecher", maxDownRate === undefined ? {} : { maxDownRate });
    return new Scene(sim, torrent, node.add(storeOf(torrent.info)));
  }

  /** Lets somebody connect who has these pieces, by default all. */
  async join(
    host: string,
    options: { pieces?: readonly number[]; extensions?: ReadonlySet<"fast"> } = {},
  ): Promise<RoguePeer> {
    const { pieces, extensions = new Set() } = options;
    const { address } = this.sim.nodes[0]!;
    const identity = { infoHash: this.torrent.info.infoHash, extensions };
    const peer = await RoguePeer.dial(this.sim.network.host(host), address, identity);
    peer.offer(this.torrent, pieces);
    await this.sim.settle();
    return peer;
  }

  /** Has these pieces fail, by liars that are banned for it. */
  async fail(...pieces: readonly number[]): Promise<void> {
    for (const index of pieces) {
      const liar = await this.join(`liar${index}`, { pieces: [index] });
      void liar.serve(this.torrent, () => "wrong");
    }
    await this.sim.until(() => this.banned.length === pieces.length, 20_000);
    this.events.length = 0;
  }

  /**
   * Has piece 0 fail that the holder sends the first block of, somebody else the rest, and one of them
   * lies; then the holder alone is asked for it, and the other one chokes.
   */
  async failTogether(lies: "holder" | "other"): Promise<{ holder: RoguePeer; other: RoguePeer }> {
    const { sim, torrent } = this;
    const holder = await this.join("holder", { pieces: [0] });
    const first = await holder.next("request");
    holder.answer(torrent, first, lies === "holder" ? "wrong" : "right");
    holder.send({ type: "choke" });
    await sim.settle();
    const other = await this.join("other", { pieces: [0] });
    await other.next("request");
    while (other.answered.length < 15) {
      const owed = other.owed();
      assert(owed.length > 0, "the other one is asked for the rest");
      other.sendTogether(() => {
        for (const request of owed) {
          const content = lies === "other" && other.answered.length === 0 ? "wrong" : "right";
          other.answer(torrent, request, content);
        }
        if (other.answered.length === 15) other.send({ type: "choke" });
      });
      await sim.settle();
    }
    await sim.until(() => this.events.some(({ type }) => type === "corrupt"), 1_000);
    holder.send({ type: "unchoke" });
    await holder.next("request");
    return { holder, other };
  }

  /** The hosts that were banned. */
  get banned(): string[] {
    return this.events.filter((event) => event.type === "banned").map(({ peer }) => peer.host);
  }

  /**
   * Gives what has peers answer all that they are asked, what is withdrawn, too: each block so long after it
   * was asked for, and after the one before.
   */
  answerer(
    peers: readonly RoguePeer[],
    { delayMs, paceMs }: { delayMs: number; paceMs: number },
  ): () => void {
    const all = peers.map((peer) => ({ peer, askedMs: [] as number[], sentMs: 0 }));
    return () => {
      const nowMs = this.sim.clock.now();
      for (const one of all) {
        const { peer, askedMs } = one;
        const requests = peer.all("request");
        while (askedMs.length < requests.length) askedMs.push(nowMs);
        const dueMs = (): number =>
          Math.max((askedMs[peer.answered.length] ?? Infinity) + delayMs, one.sentMs + paceMs);
        while (nowMs >= dueMs()) {
          peer.answer(this.torrent, requests[peer.answered.length]!, "right");
          one.sentMs = nowMs;
        }
      }
    };
  }

  /**
   * Lets each peer send one block so many milliseconds after the one before, or after it was asked, until
   * all pieces are held; gives the milliseconds that it took.
   */
  async play(
    paces: readonly (readonly [RoguePeer, number])[],
    withinMs = 600_000,
  ): Promise<number> {
    const since = new Map<RoguePeer, number>();
    return await this.sim.until(() => {
      const nowMs = this.sim.clock.now();
      for (const [peer, paceMs] of paces) {
        const [request] = peer.owed();
        if (request === undefined) since.delete(peer);
        else if (!since.has(peer)) since.set(peer, nowMs);
        else if (nowMs - since.get(peer)! >= paceMs) {
          peer.answer(this.torrent, request, "right");
          since.set(peer, nowMs);
        }
      }
      return this.leecher.store.held.isFull;
    }, withinMs);
  }
}

Deno.test("A failed piece whose peer sends no more of it goes to an idle one within 3 s, which shows who lied", async () => {
  await using sim = new Simulation(1);
  const scene = await Scene.open(sim, 1);
  const { torrent, leecher } = scene;
  const { holder, other } = await scene.failTogether("holder");
  other.send({ type: "unchoke" });
  other.serve(torrent);
  const tookMs = await sim.until(() => leecher.store.held.isFull, 5_000);
  assert(1_500 <= tookMs && tookMs <= 3_100, `it took ${tookMs} ms`);
  await assertWhole(leecher, torrent);
  assertEquals(scene.banned, ["holder"]);
  assertEquals(holder.all("cancel").length, 8, "it was told that it is not to send it");
});

Deno.test("A failed piece is not taken from its peer if nobody else gives it, nor while it comes well", async () => {
  await using sim = new Simulation(2);
  const scene = await Scene.open(sim, 1);
  const { holder, other } = await scene.failTogether("other");
  await sim.advance(10_000);
  assertEquals([holder.all("cancel"), other.owed()], [[], []], "the other one chokes");
  other.send({ type: "unchoke" });
  await sim.settle();
  await scene.play([[holder, 100]], 3_000);
  await assertWhole(scene.leecher, scene.torrent);
  assertEquals([scene.banned, other.answered.length], [["other"], 15]);
});

Deno.test("A failed piece that a reader waits for goes also to one that has other things to send", async () => {
  await using sim = new Simulation(4);
  const scene = await Scene.open(sim, 40);
  const { torrent, leecher } = scene;
  const { other } = await scene.failTogether("holder");
  other.close();
  const reader = leecher.readings.open(0, { offset: 0, length: 1_000 }).getReader();
  const busy = await scene.join("busy");
  let bytes: Uint8Array | undefined;
  void reader.read().then(({ value }) => bytes = value);
  for (let steps = 0; bytes === undefined; steps++) {
    assert(steps < 100, "the reader waits for ever");
    await sim.advance(50);
    busy.sendTogether(() => {
      for (const request of busy.owed().slice(0, 2)) busy.answer(torrent, request, "right");
    });
  }
  assertEquals(bytes, torrent.data.subarray(0, 1_000));
  assert(!leecher.store.held.isFull && busy.owed().length > 0, "it was busy with others");
  assertEquals(scene.banned, ["holder"]);
  await reader.cancel();
});

Deno.test("A failed piece that a reader waits for is not asked of who sends another failed one", async () => {
  await using sim = new Simulation(5);
  const scene = await Scene.open(sim, 2);
  await scene.fail(0, 1);
  const reader = scene.leecher.readings.open(0).getReader();
  void reader.read();
  const silent = await scene.join("silent", { pieces: [0] });
  const busy = await scene.join("busy");
  assertEquals([silent, busy].map((peer) => peer.owed()[0]?.index), [0, 1]);
  const playing = scene.play([[busy, 500]]);
  await sim.until(() => scene.leecher.store.held.has(1), 9_000);
  assertEquals(
    busy.all("request").filter(({ index }) => index === 1).length,
    16,
    "without a break",
  );
  await playing;
  await reader.cancel();
});

Deno.test("A failed piece that is held up is asked of nobody while the disk is full", async () => {
  await using sim = new Simulation(16);
  const disk = { state: "full" };
  const scene = await Scene.open(sim, 2, {
    storeOf(info) {
      const store = sim.store(info);
      const put = store.put.bind(store);
      const full = new NoSpaceError("/disk/data.bin.partial");
      store.put = (index, data) =>
        disk.state === "full" && index === 1 ? Promise.reject(full) : put(index, data);
      return store;
    },
  });
  const { torrent, leecher } = scene;
  await scene.fail(0);
  const silent = await scene.join("silent", { pieces: [0] });
  const honest = await scene.join("honest");
  for (const request of honest.owed()) honest.answer(torrent, request, "right");
  void honest.serve(torrent);
  await sim.until(() => leecher.status.obstacle !== undefined, 1_000);
  await sim.advance(5_000);
  assertEquals(honest.all("request").filter(({ index }) => index === 0), []);
  assertEquals(silent.all("cancel"), []);
  disk.state = "roomy";
  await sim.until(() => leecher.store.held.isFull, 20_000);
  await assertWhole(leecher, torrent);
});

Deno.test("A failed piece stays with a slow peer, however many others are slow or send nothing", async () => {
  await using sim = new Simulation(3);
  const scene = await Scene.open(sim, 1);
  await scene.fail(0);
  const first = await scene.join("first");
  const second = await scene.join("second");
  for (let at = 0; at < 4; at++) await scene.join(`silent ${at}`);
  const tookMs = await scene.play([[first, 1_500], [second, 1_000]]);
  assert(tookMs < 26_000, `it took ${tookMs} ms, of which 24 s are needed`);
  await assertWhole(scene.leecher, scene.torrent);
  assertEquals([first.answered.length, second.all("request")], [16, []]);
});

Deno.test("A failed piece comes in the end although nobody sends a block of it in less than 5 s", async () => {
  await using sim = new Simulation(12);
  const scene = await Scene.open(sim, 1, { blocks: 4 });
  await scene.fail(0);
  const peers = [await scene.join("first"), await scene.join("second"), await scene.join("third")];
  const tookMs = await scene.play(peers.map((peer) => [peer, 5_000]));
  assert(tookMs < 60_000, `it took ${tookMs} ms, and 20 s from one of them`);
  await assertWhole(scene.leecher, scene.torrent);
});

Deno.test("A failed piece of which a peer owes the last block is taken from it, whatever else it sends", async () => {
  await using sim = new Simulation(13);
  const scene = await Scene.open(sim, 60);
  const { torrent, leecher } = scene;
  await scene.fail(0);
  const holder = await scene.join("holder", { pieces: [0] });
  while (holder.answered.length < 15) {
    holder.answer(torrent, holder.owed()[0]!, "right");
    await sim.settle();
  }
  const others = Array.from({ length: 59 }, (_, index) => index + 1);
  holder.send(...others.map((index) => ({ type: "have", index }) as const));
  const honest = await scene.join("honest");
  const reader = leecher.readings.open(0, { offset: 0, length: 1_000 }).getReader();
  let bytes: Uint8Array | undefined;
  void reader.read().then(({ value }) => bytes = value);
  const tookMs = await sim.until(() => {
    for (const peer of [holder, honest]) {
      const request = peer.owed().find(({ index }) => peer === honest || index !== 0);
      if (request !== undefined) peer.answer(torrent, request, "right");
    }
    return bytes !== undefined;
  }, 6_000);
  assert(holder.answered.length > 30, `it sends others after ${tookMs} ms, too`);
  await reader.cancel();
});

Deno.test("A failed piece goes to a peer that has sent something before others that have not", async () => {
  await using sim = new Simulation(14);
  const scene = await Scene.open(sim, 2);
  await scene.fail(0);
  const silent: RoguePeer[] = [];
  for (let at = 0; at < 3; at++) silent.push(await scene.join(`silent ${at}`, { pieces: [] }));
  const proven = await scene.join("proven", { pieces: [1] });
  await sim.until(() => {
    for (const request of proven.owed()) proven.answer(scene.torrent, request, "right");
    return scene.leecher.store.held.has(1);
  }, 1_000);
  await sim.advance(5_000);
  for (const peer of silent) peer.send({ type: "have", index: 0 });
  await sim.until(() => silent[0]!.owed().length > 0, 1_000);
  proven.send({ type: "have", index: 0 });
  await sim.until(() => proven.owed().length > 0, 3_100);
});

Deno.test("A failed piece of which a peer is asked for no more, as it guides, goes to another one", async () => {
  await using sim = new Simulation(15);
  const scene = await Scene.open(sim, 1);
  const { torrent, leecher } = scene;
  await scene.fail(0);
  const honest = await scene.join("honest");
  await sim.advance(1_000);
  const guide = await dialTaker(sim, torrent, { host: "guide" });
  guide.send({ type: "have-all" }, { type: "unchoke" });
  await sim.until(() => guide.owed().length > 0, 5_000);
  tellGuide(guide, "guided", []);
  for (const request of guide.owed()) guide.answer(torrent, request, "right");
  await scene.play([[honest, 100]], 10_000);
  await assertWhole(leecher, torrent);
  guide.close();
});

Deno.test("Of peers that are far away nobody is cut off, though their failed pieces go to and fro", async () => {
  for (let seed = 1; seed <= 8; seed++) {
    await using sim = new Simulation(seed);
    const scene = await Scene.open(sim, 2, { blocks: 4 });
    const { torrent, leecher } = scene;
    await scene.fail(0, 1);
    const peers = [
      await scene.join("first", { extensions: FAST }),
      await scene.join("second", { extensions: FAST }),
    ];
    const answer = scene.answerer(peers, { delayMs: 3_000, paceMs: 0 });
    await sim.until(() => {
      if (leecher.store.held.isFull) return true;
      assertEquals(peers.map(({ state }) => state), ["open", "open"], `seed ${seed}`);
      answer();
      return false;
    }, 40_000);
    await assertWhole(leecher, torrent);
  }
});

Deno.test("Of several peers that may have a failed piece the one has it that has waited longest", async () => {
  await using sim = new Simulation(6);
  const scene = await Scene.open(sim, 1);
  await scene.fail(0);
  await scene.join("silent");
  await scene.join("silent too");
  const slow = await scene.join("slow");
  const tookMs = await scene.play([[slow, 330]]);
  assert(tookMs < 11_000, `it took ${tookMs} ms, of which the slow one needs 5.3 s`);
});

Deno.test("A failed piece does not go to a peer that has stalled", async () => {
  await using sim = new Simulation(7);
  const scene = await Scene.open(sim, 1);
  await scene.fail(0);
  const stalled = await scene.join("stalled");
  await sim.advance(33_000);
  const asked = stalled.all("request").length;
  const slow = await scene.join("slow");
  const tookMs = await scene.play([[slow, 2_500]]);
  assert(tookMs < 44_000, `it took ${tookMs} ms, of which 40 s are needed`);
  assertEquals(stalled.all("request").length, asked);
});

Deno.test("A failed piece begins with the idle peer that it was taken for, though others are missing", async () => {
  await using sim = new Simulation(9);
  // Two pieces of 4 MiB are begun at once, no more.
  const scene = await Scene.open(sim, 4, { blocks: 256 });
  await scene.fail(0, 1, 2, 3);
  const [silent, slow] = [await scene.join("silent"), await scene.join("slow")];
  const idle = await scene.join("idle");
  const held = silent.owed()[0]!.index;
  assertEquals([idle.owed(), slow.owed().length > 0], [[], true]);
  while (idle.owed().length === 0) {
    const [request] = slow.owed();
    if (request !== undefined) slow.answer(scene.torrent, request, "right");
    await sim.advance(100);
    assert(sim.clock.now() < 60_000, "it is not asked for anything");
  }
  assertEquals(idle.owed()[0]?.index, held);
  assert(idle.owed().length > 1, "it is asked for more than a block at once");
  assert(silent.all("cancel").every(({ index }) => index === held) && silent.owed().length === 0);
});

Deno.test("A failed piece is left with its peer while those that have it are busy with others", async () => {
  await using sim = new Simulation(10);
  const scene = await Scene.open(sim, 20);
  await scene.fail(0);
  const silent = await scene.join("silent", { pieces: [0] });
  const busy = await scene.join("busy");
  const playing = scene.play([[busy, 50]]);
  await sim.advance(10_000);
  assert(scene.leecher.store.held.count > 3);
  assertEquals([silent.all("cancel"), silent.owed().length], [[], 8]);
  await playing;
  assertEquals(silent.all("cancel").length, 8);
});

Deno.test("Of a peer that holds up two failed pieces one at a time is taken, and it goes on with the other", async () => {
  await using sim = new Simulation(11);
  const scene = await Scene.open(sim, 2, { blocks: 4 });
  await scene.fail(0, 1);
  const silent = await scene.join("silent");
  assertEquals(silent.owed().length, 8, "it is asked for both");
  const idle = await scene.join("idle");
  await sim.until(() => idle.owed().length > 0, 5_000);
  const [{ index: taken } = { index: -1 }] = idle.owed();
  assertEquals(silent.all("cancel").map(({ index }) => index), [taken, taken, taken, taken]);
  assertEquals(silent.owed().map(({ index }) => index), Array(4).fill(1 - taken));
  assertEquals(idle.owed().length, 4);
  void idle.serve(scene.torrent);
  await sim.until(() => scene.leecher.store.held.isFull, 5_000);
  await assertWhole(scene.leecher, scene.torrent);
});

/** Rooms of honest peers, where a piece takes longer than a moment to begin. */
const QUEUES = {
  "slow peers have it queued": { peerCount: 3, delayMs: 1_000, paceMs: 160, blocks: 4 },
  "our own limit holds up what they send": {
    ...{ peerCount: 8, delayMs: 100, paceMs: 100, blocks: 16 },
    maxDownRate: 40_000,
  },
} as const;

/** A download in such a room, at a piece that has failed, from when so many pieces are held until it is read. */
async function readQueued(
  { peerCount, delayMs, paceMs, ...options }: typeof QUEUES[keyof typeof QUEUES],
  heldBefore: number,
): Promise<{ cancels: number }> {
  await using sim = new Simulation(17);
  const scene = await Scene.open(sim, 40, options);
  const { leecher } = scene;
  await scene.fail(0);
  const pieces = Array.from({ length: 39 }, (_, index) => index + 1);
  const peers: RoguePeer[] = [];
  for (let at = 0; at < peerCount; at++) peers.push(await scene.join(`honest ${at}`, { pieces }));
  const answer = scene.answerer(peers, { delayMs, paceMs });
  const until = (condition: () => boolean): Promise<number> =>
    sim.until(() => {
      answer();
      return condition();
    }, 120_000);
  await until(() => leecher.store.held.count >= heldBefore);
  for (const peer of peers) peer.send({ type: "have", index: 0 });
  const reader = leecher.readings.open(0, { offset: 0, length: 1_000 }).getReader();
  let bytes: Uint8Array | undefined;
  void reader.read().then(({ value }) => bytes = value);
  await until(() => bytes !== undefined);
  await reader.cancel();
  const cancels = peers.flatMap((peer) => peer.all("cancel")).filter(({ index }) => index === 0);
  return { cancels: cancels.length };
}

for (const [what, queue] of Object.entries(QUEUES)) {
  Deno.test(`A failed piece that a reader waits for is not taken from its peer while ${what}`, async () => {
    // Whether it would be without the rule depends on when it is asked for.
    for (const heldBefore of [2, 4, 6]) {
      assertEquals(await readQueued(queue, heldBefore), { cancels: 0 }, `after ${heldBefore}`);
    }
  });
}
