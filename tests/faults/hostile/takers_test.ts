import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { tcpTransport } from "../../../lib/net/mod.ts";
import { MAX_QUEUED_REQUESTS } from "../../../lib/peer/mod.ts";
import { UPLOAD_SLOTS } from "../../../lib/peer/upload.ts";
import { soon } from "../../e2e/sluice.ts";
import { RoguePeer } from "../../peer/rogue_peer.ts";
import { Relay } from "../relay.ts";
import { assertSound } from "./sound.ts";
import { SwarmScene } from "./swarm_scene.ts";
import { CAN_MEASURE, eventually, mebibytes, tell, usageOf } from "./usage.ts";

const MEBIBYTE = 1024 * 1024;
const U = 16 * 1024;

/** What a seeder may take for fifteen peers that ask and never read. */
const UNREAD_LIMIT = 60 * MEBIBYTE;

/** Asks for as many blocks as are queued at once, and as many again. */
function askForAll(rogue: RoguePeer, pieceCount: number): void {
  for (let turn = 0; turn < 2 * MAX_QUEUED_REQUESTS; turn++) {
    const index = turn % (pieceCount - 1);
    rogue.send({ type: "request", index, begin: (turn % 4) * U, length: U });
  }
}

Deno.test("hostile: peers that never read what they asked for cost a seeder little, and others are served", async () => {
  await using swarm = await SwarmScene.open(16 * MEBIBYTE);
  const { infoHash, layout } = swarm.torrent.info;
  const seeder = await swarm.seed();
  await swarm.timeToBlock(seeder.address);
  const before = CAN_MEASURE ? await usageOf(seeder.process.pid) : undefined;
  using crowd = new DisposableStack();
  const extensions = new Set(["fast"] as const);
  for (let count = 0; count < 15; count++) {
    const identity = { infoHash, extensions, reading: "never" } as const;
    const rogue = crowd.use(await RoguePeer.dial(tcpTransport, seeder.address, identity));
    rogue.send({ type: "have-none" }, { type: "interested" });
    askForAll(rogue, layout.pieceCount);
  }
  let longestMs = 0;
  for (let turn = 0; turn < 20; turn++) {
    longestMs = Math.max(longestMs, await swarm.timeToBlock(seeder.address));
    if (before === undefined) continue;
    const { resident } = await usageOf(seeder.process.pid);
    assertLess(resident - before.resident, UNREAD_LIMIT);
  }
  tell(`a good client waited for ${Math.round(longestMs)} ms at most beside 15 that never read`);
  assertLess(longestMs, 5_000);
  if (before !== undefined) {
    const { resident } = await usageOf(seeder.process.pid);
    tell(`15 that never read cost ${mebibytes(resident - before.resident)} MiB`);
    crowd.dispose();
    await eventually(
      "sockets are back at the baseline",
      async () => (await usageOf(seeder.process.pid)).sockets <= before.sockets,
    );
  }
  assertSound(seeder.process);
});

Deno.test("hostile: connections that are cut, broken or half-closed while they are served leave nothing behind", async () => {
  await using swarm = await SwarmScene.open(4 * MEBIBYTE);
  const { infoHash, layout } = swarm.torrent.info;
  const seeder = await swarm.seed();
  await swarm.timeToBlock(seeder.address);
  const before = CAN_MEASURE ? await usageOf(seeder.process.pid) : undefined;
  const kinds = ["cut", "break", "half-close"] as const;
  await using relay = new Relay({
    target: seeder.address,
    plan: (nth) => ({
      back: { fault: { kind: kinds[nth % 3] ?? "cut", after: 1 + nth * 3_000 } },
    }),
  });
  let greeted = 0;
  const breakOff = async (): Promise<void> => {
    try {
      using rogue = await soon(
        "a handshake or its failure",
        RoguePeer.dial(tcpTransport, relay.address, { infoHash }),
      );
      greeted++;
      rogue.send({ type: "interested" });
      askForAll(rogue, layout.pieceCount);
      await soon("the end of the connection", rogue.closed);
    } catch (error) {
      // The handshake may not have come whole.
      assert(error instanceof Error, String(error));
    }
  };
  // So many at a time as are served at once.
  for (let batch = 0; batch < 6; batch++) {
    await Promise.all(Array.from({ length: UPLOAD_SLOTS - 1 }, breakOff));
  }
  assertGreater(greeted, 45);
  assertLess(await swarm.timeToBlock(seeder.address), 5_000);
  await eventually("the relay's connections are closed", () => relay.open === 0);
  if (before !== undefined) {
    await eventually(
      "sockets are back at the baseline",
      async () => (await usageOf(seeder.process.pid)).sockets <= before.sockets,
    );
  }
  assertEquals(relay.accepted, 6 * (UPLOAD_SLOTS - 1));
  assertSound(seeder.process);
});

Deno.test("hostile: a peer that floods a seeder is borne with or cut off, and others are served meanwhile", async (t) => {
  await using swarm = await SwarmScene.open(2 * MEBIBYTE);
  const { infoHash, layout } = swarm.torrent.info;
  const seeder = await swarm.seed();
  const extensions = new Set(["fast", "extension-protocol"] as const);
  const floods: Record<string, (rogue: RoguePeer, turn: number) => void> = {
    "interest that comes and goes": (rogue) =>
      rogue.send({ type: "interested" }, { type: "not-interested" }),
    "requests": (rogue, turn) => {
      const index = turn % (layout.pieceCount - 1);
      rogue.send({ type: "request", index, begin: 0, length: U });
    },
    "requests that it takes back": (rogue, turn) => {
      const block = { index: turn % (layout.pieceCount - 1), begin: 0, length: U };
      rogue.send({ type: "request", ...block }, { type: "cancel", ...block });
    },
    "haves": (rogue, turn) => rogue.send({ type: "have", index: turn % layout.pieceCount }),
    "keep-alives": (rogue) => rogue.send({ type: "keep-alive" }),
    "messages of unknown kinds": (rogue) =>
      rogue.send({ type: "unknown", id: 99, payload: new Uint8Array(100_000) }),
    "pings": (rogue, turn) => {
      if (turn === 0) rogue.extend({ extensions: new Map([["sl_ping", 1]]) });
      rogue.send({ type: "extended", id: 1, payload: new TextEncoder().encode("d1:pi7ee") });
    },
  };
  for (const [what, flood] of Object.entries(floods)) {
    await t.step(what, async () => {
      using rogue = await RoguePeer.dial(tcpTransport, seeder.address, { infoHash, extensions });
      rogue.send({ type: "have-none" }, { type: "interested" });
      let longestMs = 0;
      let turns = 0;
      for (let round = 0; round < 10; round++) {
        for (let count = 0; count < 500; count++) flood(rogue, turns++);
        longestMs = Math.max(longestMs, await swarm.timeToBlock(seeder.address));
      }
      tell(`a good client waited for ${Math.round(longestMs)} ms beside a flood of ${what}`);
      assertLess(longestMs, 5_000);
    });
  }
  assertSound(seeder.process);
});
