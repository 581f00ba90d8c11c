import { assertEquals, assertRejects } from "@std/assert";
import { type InfoHash, peerIdFromBytes } from "../../../lib/bytes/mod.ts";
import { MAX_TOP_SWARMS } from "../../../lib/cli/limits.ts";
import { type Observed, Observer } from "../../../lib/cli/top/observer.ts";
import { FakeClock } from "../../../lib/net/mod.ts";
import { type TrackerState, TrackerUnreachableError } from "../../../lib/tracker/client/mod.ts";
import type { CatalogueEntry, SwarmPeer } from "../../../lib/tracker/mod.ts";
import { hashOf, sampleFile } from "./sample_seen.ts";

/** A tracker that knows what it is told, and who asked for which swarm. */
class SampleObserved implements Observed {
  files: CatalogueEntry[] = [];
  readonly peers = new Map<InfoHash, SwarmPeer[]>();
  readonly asked: InfoHash[] = [];
  error: Error | undefined;
  readonly states: ReadableStream<TrackerState>;
  #states: ReadableStreamDefaultController<TrackerState> | undefined;

  constructor() {
    this.states = new ReadableStream({ start: (controller) => void (this.#states = controller) });
  }

  tell(state: TrackerState): void {
    this.#states?.enqueue(state);
  }

  end(): void {
    this.#states?.close();
  }

  listFiles({ offset, limit }: { offset: number; limit: number } = { offset: 0, limit: 50 }) {
    if (this.error !== undefined) return Promise.reject(this.error);
    const files = this.files.slice(offset, offset + limit);
    return Promise.resolve({ total: this.files.length, offset, files });
  }

  getPeers(infoHash: InfoHash, { offset, limit } = { offset: 0, limit: 50 }) {
    if (offset === 0) this.asked.push(infoHash);
    const all = this.peers.get(infoHash) ?? [];
    const peers = all.slice(offset, offset + Math.min(limit, 300));
    return Promise.resolve({
      of: "swarm" as const,
      total: all.length,
      offset,
      pieceCount: 40,
      peers,
    });
  }

  getAllPeers() {
    return Promise.resolve({ of: "all" as const, total: 7, offset: 0, peers: [] });
  }
}

function swarmPeer(number: number, changes: Partial<SwarmPeer> = {}): SwarmPeer {
  return {
    id: peerIdFromBytes(new Uint8Array(20).fill(number)),
    ...{ host: `10.0.${number >> 8}.${number & 255}`, port: 6881, agent: "Sluice" },
    ...{ pieces: "complete", uploaded: 0, downloaded: 0 },
    ...changes,
  };
}

function observe(client: SampleObserved, clock = new FakeClock()) {
  const told: string[] = [];
  const observer: Observer = new Observer({
    ...{ client, clock, tracker: "192.0.2.9:6789" },
    onContact: () => told.push(observer.seen.contact.state),
  });
  return { observer, told, clock };
}

const A = hashOf(1);

Deno.test({
  name: "observer: of a swarm that is opened all peers are seen, with rates from their totals",
  async fn() {
    const client = new SampleObserved();
    client.files = [sampleFile(1, { length: 4_000 })];
    const { observer, clock } = observe(client);
    const half = Uint8Array.of(0xff, 0xff, 0xf0, 0, 0);
    const opened = { listed: [], aRound: 0, opened: A };
    for (let second = 0; second < 4; second++) {
      client.peers.set(A, [
        swarmPeer(1, { uploaded: second * 100 }),
        swarmPeer(2, { pieces: half, downloaded: second * 100 }),
        swarmPeer(3, { pieces: "unknown" }),
        swarmPeer(4, { pieces: new Uint8Array(99) }), // nonsense
        ...Array.from({ length: 700 }, (_, at) => swarmPeer(at + 256)),
      ]);
      await observer.look(opened);
      await clock.advance(1_000);
    }
    const swarm = observer.seen.swarms.get(A);
    assertEquals([swarm?.peers.length, swarm?.total, swarm?.pieceCount], [704, 704, 40]);
    const [seeder, leecher, unknown, nonsense] = swarm?.peers ?? [];
    assertEquals([seeder?.upRate, seeder?.secondsLeft], [100, 0]);
    assertEquals([leecher?.downRate, leecher?.secondsLeft], [100, 20]);
    assertEquals(leecher?.held?.count, 20);
    assertEquals([...leecher?.held?.map ?? []].slice(18, 22), [255, 255, 0, 0]);
    assertEquals([unknown?.held, unknown?.secondsLeft, nonsense?.held], [
      undefined,
      null,
      undefined,
    ]);
    assertEquals(swarm?.copies.slice(19, 21), [702, 701]);
    assertEquals([observer.seen.peerCount, swarm?.downRate], [7, 100]);
    client.end();
  },
});

Deno.test({
  name: "observer: the swarms of a list have their turns",
  async fn() {
    const client = new SampleObserved();
    client.files = Array.from({ length: 5 }, (_, at) => sampleFile(at));
    const { observer } = observe(client);
    const listed = client.files.map(({ infoHash }) => infoHash);
    for (let round = 0; round < 3; round++) await observer.look({ listed, aRound: 2, opened: A });
    const others = [0, 2, 3, 4, 0, 2].map(hashOf);
    assertEquals(client.asked, [
      A,
      ...others.slice(0, 2),
      A,
      ...others.slice(2, 4),
      A,
      ...others.slice(4),
    ]);
    client.files = client.files.slice(2);
    await observer.look({ listed, aRound: 0, opened: undefined });
    assertEquals([...observer.seen.swarms.keys()], [3, 4, 2].map(hashOf));
    client.end();
  },
});

Deno.test({
  name: "observer: what was seen of 256 swarms is kept, of more that of those looked at last",
  async fn() {
    const client = new SampleObserved();
    client.files = Array.from({ length: MAX_TOP_SWARMS + 1 }, (_, at) => sampleFile(at));
    const { observer } = observe(client);
    const listed = client.files.map(({ infoHash }) => infoHash);
    await observer.look({ listed, aRound: MAX_TOP_SWARMS, opened: undefined });
    assertEquals([...observer.seen.swarms.keys()], listed.slice(0, -1));
    await observer.look({ listed, aRound: 1, opened: undefined });
    assertEquals([...observer.seen.swarms.keys()], listed.slice(1));
    client.end();
  },
});

Deno.test({
  name: "observer: a tracker that is lost, or comes back, is told of once, and what was seen stays",
  async fn() {
    const client = new SampleObserved();
    client.files = [sampleFile(1)];
    const { observer, told, clock } = observe(client);
    const focus = { listed: [A], aRound: 8, opened: undefined };
    await observer.look(focus);
    const error = new TrackerUnreachableError({ host: "192.0.2.9", port: 6789 }, new Error("gone"));
    client.tell({ type: "unreachable", error, retryMs: 1_000 });
    await clock.advance(1);
    client.error = error;
    await observer.look(focus);
    assertEquals(told, ["lost"]);
    assertEquals(observer.seen.contact, { state: "lost", reason: error.message });
    assertEquals([observer.seen.files.length, observer.seen.swarms.size], [1, 1]);
    client.error = undefined;
    await observer.look(focus);
    assertEquals([told, observer.seen.contact.state], [["lost", "connected"], "connected"]);
    client.error = new RangeError("a defect");
    await assertRejects(() => observer.look(focus), RangeError, "a defect");
    client.end();
  },
});
