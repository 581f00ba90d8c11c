import { assert, assertEquals } from "@std/assert";
import { QUERY_CODECS } from "../../../lib/tracker/protocol/mod.ts";
import { encode } from "../../../lib/bencode/mod.ts";
import { StatusBook } from "../../../lib/tracker/client/status_book.ts";
import { SwarmRegistry } from "../../../lib/tracker/swarm/mod.ts";
import { MAX_FRAME_LENGTH } from "../../../lib/tracker/limits.ts";
import { DEFAULT_LIMITS } from "../../../lib/tracker/tracker_limits.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";
import { admit } from "../swarm/sample_registry.ts";
import { all, SampleMember } from "../sample_member.ts";
import { samplePeerId } from "../sample_torrents.ts";

Deno.test({
  name: "a member is told in full, then its pieces, then nothing",
  permissions: "none",
  async fn() {
    const book = new StatusBook();
    const member = await SampleMember.of("mv1.mp4", 200, [0]);
    const { infoHash } = member.info;
    book.add(member);
    const bytes = member.held.toBytes();
    const shape = { name: "mv1.mp4", length: 200 * 16_384, pieceLength: 16_384 };
    const counters = { uploaded: 0, downloaded: 0 };
    assertEquals(book.takeBatch(), {
      torrents: [{ infoHash, shape, held: { kind: "bitfield", bytes }, ...counters }],
      gone: [],
    });
    assertEquals(book.takeBatch(), undefined);
    for (const piece of [7, 3]) {
      member.held.set(piece);
      book.pieceHeld(infoHash, piece);
    }
    member.counters.downloaded = 5;
    assertEquals(book.takeBatch()?.torrents, [{
      infoHash,
      shape: undefined,
      held: { kind: "have", pieces: [7, 3] },
      uploaded: 0,
      downloaded: 5,
    }]);
    assertEquals(book.takeBatch(), undefined);
  },
});

Deno.test({
  name: "pieces are told in the shortest way: a few by number, many as a bitfield, all in a word",
  permissions: "none",
  async fn() {
    const book = new StatusBook();
    const member = await SampleMember.of("mv1.mp4", 320);
    const { infoHash } = member.info;
    const kinds: (string | undefined)[] = [];
    book.add(member);
    book.takeBatch();
    let held = 0;
    for (const count of [9, 10, 301]) {
      for (let piece = 0; piece < count; piece++) {
        member.held.set(held);
        book.pieceHeld(infoHash, held++);
      }
      kinds.push(book.takeBatch()?.torrents[0]?.held.kind);
    }
    assertEquals(kinds, ["have", "bitfield", "complete"]);
  },
});

Deno.test({
  name: "counters are told when they changed and somebody asks for fresh ones",
  permissions: "none",
  async fn() {
    const book = new StatusBook();
    const [quiet, busy] = [await SampleMember.of("a", 8), await SampleMember.of("b", 8)];
    book.add(quiet);
    book.add(busy);
    book.takeBatch();
    busy.counters.uploaded = 9;
    assertEquals(book.takeBatch(), undefined);
    book.refresh();
    assertEquals(book.takeBatch()?.torrents, [{
      infoHash: busy.info.infoHash,
      shape: undefined,
      held: { kind: "have", pieces: [] },
      uploaded: 9,
      downloaded: 0,
    }]);
    book.refresh();
    assertEquals(book.takeBatch(), undefined);
  },
});

Deno.test({
  name: "what was refused is told again in full, but only when somebody asks for it",
  permissions: "none",
  async fn() {
    const book = new StatusBook();
    const member = await SampleMember.of("a", 8, all(8));
    const { infoHash } = member.info;
    book.add(member);
    book.takeBatch();
    book.refused(infoHash);
    book.pieceHeld(infoHash, 1);
    assertEquals(book.takeBatch(), undefined);
    book.refresh();
    assertEquals(book.takeBatch()?.torrents[0]?.shape?.name, "a");
    book.tellAllOf(infoHash);
    assertEquals(book.takeBatch()?.torrents[0]?.shape?.name, "a");
  },
});

Deno.test({
  name: "a member that left is told as gone, unless the tracker knows nothing of it",
  permissions: "none",
  async fn() {
    const book = new StatusBook();
    const member = await SampleMember.of("a", 8);
    const { infoHash } = member.info;
    book.add(member);
    book.takeBatch();
    book.remove(infoHash);
    book.pieceHeld(infoHash, 1);
    assertEquals(book.takeBatch(), { torrents: [], gone: [infoHash] });
    book.add(member);
    book.remove(infoHash);
    book.tellAll();
    assertEquals(book.takeBatch(), undefined);
    assertEquals(book.memberOf(infoHash), undefined);
  },
});

Deno.test({
  name: "what does not fit one frame is told in several",
  permissions: "none",
  async fn() {
    const book = new StatusBook();
    const pieces = 500_000;
    for (const name of ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"]) {
      book.add(await SampleMember.of(name, pieces, [1]));
    }
    const told: number[] = [];
    for (let batch = book.takeBatch(); batch !== undefined; batch = book.takeBatch()) {
      const body = QUERY_CODECS.update_status.encodeArguments(batch);
      assert(encode(body).length < MAX_FRAME_LENGTH - 1000);
      told.push(batch.torrents.length);
    }
    assert(told.length > 1);
    assertEquals(told.reduce((sum, count) => sum + count, 0), 12);
  },
});

Deno.test({
  name: "a tracker that gets all batches knows what is held, whatever happens in between",
  permissions: "none",
  async fn() {
    const random = seededRandom(7);
    const pieces = 100;
    const members = await Promise.all(
      ["a", "b", "c"].map((name) => SampleMember.of(name, pieces)),
    );
    let registry = new SwarmRegistry(DEFAULT_LIMITS);
    let peer = admit(registry, 1);
    const book = new StatusBook();
    const joined = new Set<SampleMember>();
    for (let step = 0; step < 3000; step++) {
      const member = members[randomBelow(random, members.length)]!;
      const { infoHash } = member.info;
      const chance = random();
      if (!joined.has(member)) {
        book.add(member);
        joined.add(member);
      } else if (chance < 0.02) {
        book.remove(infoHash);
        joined.delete(member);
      } else if (chance < 0.03) {
        registry = new SwarmRegistry(DEFAULT_LIMITS);
        peer = admit(registry, 1);
        book.tellAll();
      } else if (chance < 0.8) {
        const piece = randomBelow(random, pieces);
        if (member.held.set(piece)) book.pieceHeld(infoHash, piece);
      } else if (chance < 0.81) {
        for (const piece of all(pieces)) member.held.clear(piece);
        book.tellAllOf(infoHash);
      } else {
        const batch = book.takeBatch();
        for (const hash of batch?.gone ?? []) registry.leave(peer, hash);
        for (const report of batch?.torrents ?? []) {
          assertEquals(registry.report(peer, report), "taken");
        }
        assertEquals([...peer.memberships()].length, joined.size);
        for (const { swarm, holding } of peer.memberships()) {
          const told = members.find(({ info }) => info.infoHash === swarm.infoHash);
          const bytes = typeof holding === "string" ? undefined : holding.toBytes();
          assertEquals(bytes, told?.held.isFull ? undefined : told?.held.toBytes());
        }
      }
    }
  },
});

Deno.test({
  name: "from whom bytes come is told every 2 s at most, of 32 peers, and not where nothing comes",
  permissions: "none",
  async fn() {
    const book = new StatusBook();
    const member = await SampleMember.of("mv1.mp4", 200);
    const { infoHash } = member.info;
    let count = 40;
    const fetchedFrom = () =>
      Array.from({ length: count }, (_, at) => ({ peerId: samplePeerId(at), bytes: at }));
    book.add(Object.assign(member, { fetchedFrom }));
    const told = (piece: number, nowMs: number) => {
      book.pieceHeld(infoHash, piece);
      return book.takeBatch(nowMs)?.torrents[0]?.fetched?.length;
    };
    assertEquals([told(0, 5_000), told(1, 6_999), told(2, 7_000)], [32, undefined, 32]);
    count = 0;
    assertEquals([told(3, 9_000), told(4, 11_000)], [undefined, undefined]);
  },
});
