import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { join } from "@std/path";
import { encode } from "../../../lib/bencode/mod.ts";
import { type BlockRequest, EXTENSION_ID } from "../../../lib/peer/wire/mod.ts";
import { randomBytes, seededRandom } from "../../bytes/seeded_random.ts";
import { assertContent } from "../../e2e/scene.ts";
import type { Sluice } from "../../e2e/sluice.ts";
import type { RoguePeer } from "../../peer/rogue_peer.ts";
import type { SimulatedTorrent } from "../../peer/simulation.ts";
import { type Behaviour, RogueHost } from "./rogue_host.ts";
import { assertSound } from "./sound.ts";
import { bannedBy, SwarmScene } from "./swarm_scene.ts";

const MEBIBYTE = 1024 * 1024;
const FAST_AND_EXTENDED = new Set(["fast", "extension-protocol"] as const);
const PLAIN = new Set<never>();

/** Waits until a download is done, makes sure of every byte, and gives the seconds it took. */
async function assertDone(leecher: Sluice, { data }: SimulatedTorrent): Promise<number> {
  const done = await leecher.report("done");
  await assertContent(String(done.path), data);
  assertEquals(done.path, join(leecher.cwd, "Original_Files", "data.bin"));
  assertEquals((await leecher.outcome()).code, 0);
  assertSound(leecher);
  return Number(done.seconds);
}

Deno.test("hostile: of five peers the three that send wrong blocks are banned, and the two that do not are not", async () => {
  await using swarm = await SwarmScene.open(6 * MEBIBYTE);
  const { info } = swarm.torrent;
  const good = [await swarm.seed(["--up", "1M"]), await swarm.seed(["--up", "1M"])];
  await using hosts = new AsyncDisposableStack();
  const wrong = [0, 0, 0];
  const liars = wrong.map((_, at) => {
    const random = seededRandom(at + 1);
    const contentOf = (): "right" | "wrong" => {
      if (random() >= 0.05) return "right";
      wrong[at]!++;
      return "wrong";
    };
    return hosts.use(
      new RogueHost({ infoHash: info.infoHash, extensions: FAST_AND_EXTENDED }, async (rogue) => {
        rogue.offer(swarm.torrent);
        await rogue.serve(swarm.torrent, contentOf);
      }),
    );
  });
  const peers = [...good, ...liars].flatMap(({ flags }) => flags);
  const leecher = await swarm.leech([...peers, "--down", "4M"]);
  await assertDone(leecher, swarm.torrent);
  assertGreater(Math.min(...wrong), 0, "a liar had no chance to lie");
  const lying = liars.map(({ address: { host, port } }) => `${host}:${port}`).toSorted();
  assertEquals(bannedBy(leecher), lying);
  assertSound(...good.map(({ process }) => process));
});

/** Answers the first of all requests, and nothing after it. */
async function stallInPiece(rogue: RoguePeer, torrent: SimulatedTorrent): Promise<void> {
  rogue.offer(torrent);
  rogue.answer(torrent, await rogue.next("request"), "right");
  await rogue.closed;
}

/** Chokes and unchokes in circles, and answers now and then. */
async function dither(rogue: RoguePeer, torrent: SimulatedTorrent): Promise<void> {
  rogue.offer(torrent);
  while (rogue.state === "open") {
    for (let turn = 0; turn < 50; turn++) rogue.send({ type: "choke" }, { type: "unchoke" });
    for (const request of rogue.owed().slice(-1)) rogue.answer(torrent, request, "right");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Sends as much of one thing as is taken, a batch at a time, until it is cut off. */
async function flood(rogue: RoguePeer, sendBatch: () => void): Promise<void> {
  while (rogue.state === "open") {
    for (let count = 0; count < 200; count++) sendBatch();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A message of peer exchange that names a hundred hosts that are not there. */
function manyPeers(random: () => number): Uint8Array {
  const bytes = randomBytes(random, 600);
  // Addresses of documentation (RFC 5737): nobody is there.
  for (let at = 0; at < bytes.length; at += 6) bytes.set([192, 0, 2], at);
  return encode({ added: bytes, "added.f": new Uint8Array(100) });
}

/** What hostile peers do; each is to do no more harm than to be of no use. */
const KINDS: Record<string, (torrent: SimulatedTorrent) => Behaviour> = {
  "sends only rubbish": () => async (rogue) => {
    const random = seededRandom(1);
    while (rogue.state === "open") {
      rogue.sendBytes(randomBytes(random, 8_000));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  },
  "sends only wrong blocks": (torrent) => async (rogue) => {
    rogue.offer(torrent);
    await rogue.serve(torrent, () => "wrong");
  },
  "claims all and answers nothing": (torrent) => async (rogue) => {
    rogue.offer(torrent);
    await rogue.closed;
  },
  "claims all and rejects everything": (torrent) => async (rogue) => {
    rogue.offer(torrent);
    while (true) {
      const { index, begin, length }: BlockRequest = await rogue.next("request");
      rogue.send({ type: "reject", index, begin, length });
    }
  },
  "stalls in the middle of a piece": (torrent) => (rogue) => stallInPiece(rogue, torrent),
  "sends a wrong block of a piece of others, and nothing else": (torrent) => async (rogue) => {
    rogue.offer(torrent);
    rogue.answer(torrent, await rogue.next("request"), "wrong");
    await rogue.closed;
  },
  "chokes and unchokes in circles": (torrent) => (rogue) => dither(rogue, torrent),
  "sends blocks that nobody asked for": (torrent) => async (rogue) => {
    rogue.offer(torrent);
    const block = new Uint8Array(16 * 1024);
    await flood(rogue, () => rogue.send({ type: "piece", index: 1, begin: 0, block }));
  },
  "floods with haves": ({ info: { layout } }) => async (rogue) => {
    rogue.send({ type: "have-none" });
    let index = 0;
    await flood(rogue, () => rogue.send({ type: "have", index: index++ % layout.pieceCount }));
  },
  "takes back and gives again what it has": ({ info: { layout } }) => async (rogue) => {
    rogue.extend({ extensions: new Map([["lt_donthave", 7]]) });
    rogue.send({ type: "have-all" }, { type: "unchoke" });
    let turn = 0;
    await flood(rogue, () => {
      const index = (turn++ >> 1) % layout.pieceCount;
      const payload = Uint8Array.of(0, 0, index >> 8, index & 255);
      if (turn % 2 === 1) rogue.send({ type: "extended", id: EXTENSION_ID.lt_donthave, payload });
      else rogue.send({ type: "have", index });
    });
  },
  "floods with peer exchange": () => async (rogue) => {
    const random = seededRandom(3);
    rogue.extend({ extensions: new Map([["ut_pex", 1]]) });
    rogue.send({ type: "have-none" });
    await flood(rogue, () => {
      rogue.send({ type: "extended", id: EXTENSION_ID.ut_pex, payload: manyPeers(random) });
    });
  },
  "floods with extended handshakes": () => async (rogue) => {
    rogue.send({ type: "have-none" });
    let port = 1;
    await flood(rogue, () => rogue.extend({ port: port++ % 65_536, client: "x".repeat(1_000) }));
  },
  "floods with requests for metadata": () => async (rogue) => {
    rogue.extend({ extensions: new Map([["ut_metadata", 9]]) });
    rogue.send({ type: "have-none" });
    const payload = encode({ msg_type: 0, piece: 0 });
    await flood(rogue, () => {
      rogue.send({ type: "extended", id: EXTENSION_ID.ut_metadata, payload });
    });
  },
};

Deno.test("hostile: beside a good peer no kind of hostile one keeps a download from ending right", async (t) => {
  await using swarm = await SwarmScene.open(2 * MEBIBYTE);
  const good = await swarm.seed(["--up", "2M"]);
  for (const [what, behaviourIn] of Object.entries(KINDS)) {
    for (const extensions of [FAST_AND_EXTENDED, PLAIN]) {
      const speaks = extensions === PLAIN ? "plain" : "fast";
      const { infoHash } = swarm.torrent.info;
      await t.step(`${what} (${speaks})`, async () => {
        await using host = new RogueHost({ infoHash, extensions }, behaviourIn(swarm.torrent));
        const leecher = await swarm.leech([...host.flags, ...good.flags]);
        const seconds = await assertDone(leecher, swarm.torrent);
        assertGreater(host.rogues.length, 0, "nobody connected to the rogue");
        assertLess(seconds, 15, "it held the download up");
        const address = `${host.address.host}:${host.address.port}`;
        assert(bannedBy(leecher).every((peer) => peer === address), "a good peer was banned");
        if (what === "sends only wrong blocks") assertEquals(bannedBy(leecher), [address]);
      });
    }
  }
  assertLess(await swarm.timeToBlock(good.address), 5_000);
  assertSound(good.process);
});

Deno.test("hostile: metadata of liars is refused and that of a good peer taken", async () => {
  await using swarm = await SwarmScene.open(300_000);
  const { infoHash, rawInfo } = swarm.torrent.info;
  const good = await swarm.seed();
  const wrong = rawInfo.slice();
  wrong[wrong.length - 30]! ^= 1;
  const lies: readonly [size: number, bytes: Uint8Array][] = [
    [rawInfo.length, wrong],
    [1, Uint8Array.of(100)],
    [rawInfo.length + 1, new Uint8Array(rawInfo.length + 1)],
    [2 ** 31, rawInfo],
  ];
  await using hosts = new AsyncDisposableStack();
  const liars = lies.map(([metadataSize, bytes]) =>
    hosts.use(
      new RogueHost({ infoHash, extensions: FAST_AND_EXTENDED }, async (rogue) => {
        const extensions = new Map([["ut_metadata", 9]]);
        rogue.extend({ extensions, metadataSize });
        while (true) {
          await rogue.next("extended");
          const head = encode({ msg_type: 1, piece: 0, total_size: bytes.length });
          const payload = new Uint8Array([...head, ...bytes]);
          rogue.send({ type: "extended", id: EXTENSION_ID.ut_metadata, payload });
        }
      }),
    )
  );
  const leecher = await swarm.leech(
    [...liars.flatMap(({ flags }) => flags), ...good.flags],
    infoHash,
  );
  assertLess(await assertDone(leecher, swarm.torrent), 15);
  for (const { rogues } of liars) assertGreater(rogues.length, 0);
});
