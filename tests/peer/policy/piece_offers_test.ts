import { assert, assertEquals } from "@std/assert";
import { Bitfield } from "../../../lib/bytes/mod.ts";
import { PieceLayout } from "../../../lib/metainfo/mod.ts";
import { type PeerKey, type PieceOffer, PieceOffers } from "../../../lib/peer/policy/mod.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";

const PIECE_LENGTH = 256 * 1024;

/** Offers and the peers that get them. */
class Offered {
  readonly offers: PieceOffers;
  readonly peers = new Map<PeerKey, Bitfield>();
  readonly pieceCount: number;
  nowMs = 0;

  constructor(pieceCount: number, seed = 1) {
    this.pieceCount = pieceCount;
    const layout = new PieceLayout({
      pieceLength: PIECE_LENGTH,
      totalLength: pieceCount * PIECE_LENGTH - 1_000,
    });
    this.offers = new PieceOffers({ layout, random: seededRandom(seed) });
  }

  join(key: PeerKey, pieces: Iterable<number> = []): void {
    const bits = new Bitfield(this.pieceCount);
    for (const index of pieces) bits.set(index);
    this.peers.set(key, bits);
    this.offers.join(key, bits);
  }

  leave(key: PeerKey): void {
    this.offers.leave(key);
    this.peers.delete(key);
  }

  gain(key: PeerKey, index: number): "answered" | "unasked" {
    assert(this.peers.get(key)?.set(index), `peer ${key} has piece ${index} already`);
    return this.offers.gained(key, index, this.nowMs);
  }

  next(isReady: (key: PeerKey) => boolean = () => true): PieceOffer | undefined {
    return this.offers.next(isReady, this.nowMs);
  }

  /** All offers that are made now. */
  all(isReady?: (key: PeerKey) => boolean): PieceOffer[] {
    const offers: PieceOffer[] = [];
    for (let offer = this.next(isReady); offer !== undefined; offer = this.next(isReady)) {
      assert(!this.peers.get(offer.key)!.has(offer.index), "it was offered what it has");
      offers.push(offer);
      assert(offers.length <= this.peers.size * this.pieceCount, "offers without an end");
    }
    return offers;
  }

  /** Lets a peer answer so many rounds of offers that many more may be made. */
  warmUp(key: PeerKey, rounds: number): void {
    for (let round = 0; round < rounds; round++) {
      const offers = this.all((other) => other === key);
      assert(offers.length > 0);
      for (const { index } of offers) this.gain(key, index);
      this.nowMs += 1_000;
    }
  }
}

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

pure(
  "PieceOffers offer nothing to nobody, to those who are not ready or to those who have all",
  () => {
    const offered = new Offered(4);
    assertEquals(offered.next(), undefined);
    offered.join(1, [0, 1, 2, 3]);
    offered.join(2);
    assertEquals(offered.next((key) => key === 1), undefined);
    assertEquals(offered.next(() => false), undefined);
    assertEquals(offered.next()?.key, 2);
  },
);

pure("PieceOffers offer the one piece that a peer lacks", () => {
  const offered = new Offered(4);
  offered.join(1, [0, 1, 3]);
  assertEquals(offered.all(), [{ key: 1, index: 2 }]);
  assertEquals(offered.gain(1, 2), "answered");
  assertEquals(offered.all(), []);
});

pure("PieceOffers make one offer at first, and one more with each answer, up to eight", () => {
  const offered = new Offered(200);
  for (let key = 1; key <= 20; key++) offered.join(key);
  const open: PieceOffer[] = [];
  const counts: number[] = [];
  for (let round = 0; round < 10; round++) {
    open.push(...offered.all());
    counts.push(open.length);
    // So seldom that the rate does not matter, and none is stale.
    offered.nowMs += 190;
    const { key, index } = open.shift()!;
    offered.gain(key, index);
  }
  assertEquals(counts, [1, 2, 3, 4, 5, 6, 7, 8, 8, 8]);
});

pure(
  "PieceOffers offer as much ahead as is fetched in a quarter of a second, where that is more",
  () => {
    const offered = new Offered(2_000);
    for (let key = 1; key <= 100; key++) offered.join(key);
    for (let round = 0; round < 12; round++) {
      const offers = offered.all();
      offered.nowMs += 50;
      for (const { key, index } of offers) offered.gain(key, index);
    }
    assert(offered.all().length > 16);
  },
);

pure("PieceOffers offer a peer two pieces at once and no third before it has one of them", () => {
  const offered = new Offered(50);
  offered.join(1);
  offered.warmUp(1, 5);
  const [first, second, ...more] = offered.all();
  assert(first !== undefined && second !== undefined && first.index !== second.index);
  assertEquals(more, []);
  assertEquals(offered.gain(1, second.index), "answered");
  assertEquals(offered.all().length, 1);
});

pure("PieceOffers offer different pieces to different peers as long as there are others", () => {
  const offered = new Offered(40);
  for (const key of [1, 2, 3, 4]) offered.join(key);
  offered.warmUp(1, 8);
  const offers = offered.all();
  assertEquals(offers.length, 8);
  assertEquals(new Set(offers.map(({ index }) => index)).size, 8);
  const ones = offered.peers.get(1)!;
  assert(offers.every(({ index }) => !ones.has(index)), "there are pieces of which is no copy");
});

pure("PieceOffers begin with the pieces of which there are the fewest copies", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const offered = new Offered(6, seed);
    offered.join(1, [0, 1, 2]);
    offered.join(2, [0, 1, 3]);
    offered.join(3, [0, 2]);
    offered.join(4, []);
    const order: number[] = [];
    for (let round = 0; round < 6; round++) {
      const offer = offered.next((key) => key === 4);
      assert(offer !== undefined);
      order.push(offer.index);
      offered.gain(4, offer.index);
    }
    assertEquals(order.slice(0, 2).toSorted(), [4, 5]);
    assertEquals(order[2], 3);
    assertEquals(order.slice(3, 5).toSorted(), [1, 2]);
    assertEquals(order[5], 0);
  }
});

pure("PieceOffers prefer whoever has the least left to fetch and to pass on", () => {
  const offered = new Offered(40);
  offered.join(1, [0, 1, 2]);
  offered.join(2, [3]);
  offered.join(3, [4, 5]);
  offered.join(4, [3, 4, 5, 6]);
  // 1 has three pieces to pass on, 4 one, 2 and 3 none: there are copies of theirs.
  const first = offered.next((key) => key === 1 || key === 4);
  assertEquals(first?.key, 4);
  offered.gain(4, first!.index);
  assertEquals(offered.next((key) => key === 1 || key === 2)?.key, 2);
});

pure("PieceOffers wait for a peer that is sent something, however slowly", () => {
  const offered = new Offered(1);
  offered.join(1);
  assertEquals(offered.next(), { key: 1, index: 0 });
  offered.join(2);
  for (offered.nowMs = 1_000; offered.nowMs < 20_000; offered.nowMs += 1_000) {
    offered.offers.served(1, offered.nowMs);
    assertEquals(offered.next(), undefined);
  }
  offered.nowMs += 2_000;
  assertEquals(offered.next(), { key: 2, index: 0 });
});

pure("PieceOffers offer a piece to another peer when it was not fetched in two seconds", () => {
  const offered = new Offered(1);
  offered.join(1);
  assertEquals(offered.next(), { key: 1, index: 0 });
  offered.join(2);
  offered.nowMs = 1_999;
  assertEquals(offered.next(), undefined);
  offered.nowMs = 2_000;
  assertEquals(offered.next(), { key: 2, index: 0 });
  assertEquals(offered.next(), undefined, "nobody is offered the same twice");
  assertEquals([offered.gain(1, 0), offered.gain(2, 0)], ["answered", "answered"]);
});

pure("PieceOffers offer a piece to others if nothing comes of what was offered until then", () => {
  const offered = new Offered(1);
  offered.join(1);
  assertEquals(offered.all(), [{ key: 1, index: 0 }]);
  for (const key of [2, 3, 4]) offered.join(key);
  offered.nowMs = 600;
  offered.offers.fruitless(-1);
  assertEquals(offered.all(), [], "nothing was on offer then");
  offered.offers.fruitless(0);
  // One who does not answer gives room for one offer more.
  assertEquals(offered.all(), [{ key: 2, index: 0 }, { key: 3, index: 0 }]);
  offered.nowMs = 700;
  offered.offers.fruitless(599);
  assertEquals(offered.all(), [], "what was offered at 600 counts on");
  offered.offers.fruitless(600);
  assertEquals(offered.all(), [{ key: 4, index: 0 }]);
  assertEquals(offered.gain(1, 0), "answered", "it came after all");
});

pure(
  "PieceOffers go on with others when a peer declines, and do not offer it the same again",
  () => {
    const offered = new Offered(5);
    offered.join(1);
    offered.join(2, [0, 1, 2, 3]);
    const declined: number[] = [];
    for (let round = 0; round < 5; round++) {
      const offer = offered.next((key) => key === 1);
      assert(offer !== undefined, `${round} were declined`);
      declined.push(offer.index);
      offered.offers.declined(1, offer.index);
    }
    assertEquals(declined.toSorted(), [0, 1, 2, 3, 4]);
    assertEquals(offered.next((key) => key === 1), undefined);
    assertEquals(
      offered.next(),
      { key: 2, index: 4 },
      "a piece that was declined is free for others",
    );
    assertEquals(offered.gain(1, 4), "answered");
  },
);

pure(
  "PieceOffers do not mind what nobody was offered, what does not exist and who is not there",
  () => {
    const offered = new Offered(3);
    offered.join(1);
    offered.offers.declined(1, 0);
    offered.offers.declined(1, 4_000_000_000);
    offered.offers.declined(9, 0);
    offered.offers.leave(9);
    assertEquals(offered.offers.gained(9, 0, 0), "unasked");
    assertEquals(offered.gain(1, 0), "unasked");
    const offers = offered.all();
    assertEquals(offers.length, 1, "what was not offered is no answer");
    assert(offers[0]!.index > 0);
  },
);

pure("PieceOffers count neither what a peer had that has left, nor what it was offered", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const offered = new Offered(3, seed);
    offered.join(1, [0]);
    const theirs = offered.next()?.index;
    assert(theirs === 1 || theirs === 2);
    offered.leave(1);
    offered.join(2, [3 - theirs]);
    offered.join(3);
    const order: number[] = [];
    for (let round = 0; round < 3; round++) {
      const index = offered.next((key) => key === 3)?.index;
      assert(index !== undefined);
      order.push(index);
      offered.gain(3, index);
    }
    assertEquals(order.slice(0, 2).toSorted(), [0, theirs], "of these there was no copy");
  }
});

pure(
  "PieceOffers let every peer have every piece in the end, whoever comes, goes and declines",
  () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = seededRandom(seed);
      const offered = new Offered(30, seed);
      const open: PieceOffer[] = [];
      let key = 0;
      for (let step = 0; step < 2_000; step++) {
        offered.nowMs += 20;
        if (key < 12 && random() < 0.05) offered.join(++key, random() < 0.5 ? [1, 2, 3] : []);
        open.push(...offered.all());
        if (open.length === 0) continue;
        const [offer] = open.splice(randomBelow(random, open.length), 1);
        const bits = offered.peers.get(offer!.key);
        if (bits === undefined || bits.has(offer!.index)) continue;
        const fate = random();
        if (fate < 0.01) offered.leave(offer!.key);
        else if (fate < 0.2) offered.offers.declined(offer!.key, offer!.index);
        if (fate >= 0.01) assertEquals(offered.gain(offer!.key, offer!.index), "answered");
      }
      for (const bits of offered.peers.values()) assert(bits.isFull, `${bits.count} of 30`);
    }
  },
);
