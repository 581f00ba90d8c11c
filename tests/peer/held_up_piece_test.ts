import { assert, assertEquals } from "@std/assert";
import type { Torrent, TorrentEvent } from "../../lib/peer/mod.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, createTorrent, type SimulatedTorrent, Simulation } from "./simulation.ts";

const U = 16 * 1024;

/** A download whose first piece has failed, and for which one peer, which had a part in it, is asked alone. */
interface HeldUp {
  readonly torrent: SimulatedTorrent;
  readonly leecher: Torrent;
  readonly holder: RoguePeer;
  /** The other one that had a part in it; it chokes. */
  readonly other: RoguePeer;
  readonly events: readonly TorrentEvent[];
}

function join(sim: Simulation, { info }: SimulatedTorrent, host: string): Promise<RoguePeer> {
  const { address } = sim.nodes[0]!;
  return RoguePeer.dial(sim.network.host(host), address, { infoHash: info.infoHash });
}

/** Has piece 0 fail: the holder sends its first block, another peer the rest, and one of them lies. */
async function holdUp(
  sim: Simulation,
  pieceCount: number,
  lies: "holder" | "other",
): Promise<HeldUp> {
  const torrent = await createTorrent({ length: pieceCount * 16 * U, pieceLength: 16 * U });
  const leecher = sim.leech("leecher", torrent);
  const events: TorrentEvent[] = [];
  leecher.watch().pipeTo(new WritableStream({ write: (event) => void events.push(event) }));
  const holder = await join(sim, torrent, "holder");
  holder.offer(torrent, [0]);
  const first = await holder.next("request");
  holder.answer(torrent, first, lies === "holder" ? "wrong" : "right");
  holder.send({ type: "choke" });
  await sim.settle();
  const other = await join(sim, torrent, "other");
  other.offer(torrent, [0]);
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
  await sim.until(() => events.some(({ type }) => type === "corrupt"), 1_000);
  holder.send({ type: "unchoke" });
  await holder.next("request");
  return { torrent, leecher, holder, other, events };
}

function bannedOf(events: readonly TorrentEvent[]): string[] {
  return events.filter((event) => event.type === "banned").map(({ peer }) => peer.host);
}

Deno.test("A failed piece whose peer sends no more of it goes to an idle one within 3 s, which shows who lied", async () => {
  await using sim = new Simulation(1);
  const { torrent, leecher, holder, other, events } = await holdUp(sim, 1, "holder");
  other.send({ type: "unchoke" });
  other.serve(torrent);
  const tookMs = await sim.until(() => leecher.store.held.isFull, 5_000);
  assert(1_500 <= tookMs && tookMs <= 3_000, `it took ${tookMs} ms`);
  await assertWhole(leecher, torrent);
  assertEquals(bannedOf(events), ["holder"]);
  assert(holder.all("cancel").length > 0, "it was told that it is not to send it");
});

Deno.test("A failed piece is not taken from one that sends it well, or if nobody else has it", async () => {
  await using sim = new Simulation(2);
  const { torrent, leecher, holder, other, events } = await holdUp(sim, 1, "other");
  await sim.advance(10_000);
  assertEquals(holder.all("cancel"), [], "the other one chokes");
  assertEquals(other.owed(), []);
  other.send({ type: "unchoke" });
  holder.serve(torrent);
  await sim.until(() => leecher.store.held.isFull, 1_000);
  await assertWhole(leecher, torrent);
  assertEquals([bannedOf(events), other.answered.length], [["other"], 15]);
});

Deno.test("A failed piece comes in the end although all who have it are slow", async () => {
  await using sim = new Simulation(3);
  const { torrent, leecher, holder, other } = await holdUp(sim, 1, "other");
  other.send({ type: "unchoke" });
  let seconds = 0;
  for (; !leecher.store.held.isFull; seconds++) {
    assert(seconds < 120, "it goes from one to the other for ever");
    await sim.advance(1_000);
    for (const slow of [holder, other]) {
      const [request] = slow.owed();
      if (request !== undefined && slow.state === "open") slow.answer(torrent, request, "right");
    }
  }
  await assertWhole(leecher, torrent);
  assert(seconds > 16, "one unit a second was enough for the first of them");
});

Deno.test("A failed piece that a reader waits for goes also to one that has other things to send", async () => {
  await using sim = new Simulation(4);
  const { torrent, leecher, events, other } = await holdUp(sim, 40, "holder");
  other.close();
  const reader = leecher.readings.open(0, { offset: 0, length: 1_000 }).getReader();
  const busy = await join(sim, torrent, "busy");
  busy.offer(torrent);
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
  assertEquals(bannedOf(events), ["holder"]);
  await reader.cancel();
});
