import { assertGreater, assertLess } from "@std/assert";
import { concatBytes } from "../../../lib/bytes/mod.ts";
import { encodeFrame } from "../../../lib/framing/mod.ts";
import { randomPeerId } from "../../../lib/peer/mod.ts";
import { encodeHandshake } from "../../../lib/peer/wire/mod.ts";
import { connectCodec, encodeMessage } from "../../../lib/tracker/mod.ts";
import { greeting } from "../../tracker/raw_client.ts";
import { Connections } from "./connections.ts";
import { assertPrompt, timeAtAllDoors } from "./good_client.ts";
import { assertSound } from "./sound.ts";
import { SwarmScene } from "./swarm_scene.ts";
import { eventually } from "./usage.ts";

const COUNT = 200;

/** A client's first words at the TCP door. */
const HELLO = encodeFrame(encodeMessage({
  type: "query",
  transaction: 1,
  name: "connect",
  content: connectCodec.encodeArguments({ ...greeting(0), port: 0 }),
}));

Deno.test("hostile: 200 connections of a byte now and then at each door and the peer port are closed in time, and keep nobody out", async () => {
  await using swarm = await SwarmScene.open(300_000);
  const seeder = await swarm.seed();
  const tracker = await swarm.scene.tracker();
  const tcp = { host: "127.0.0.1", port: tracker.port };
  const http = { host: "127.0.0.1", port: Number(new URL(tracker.urls.http).port) };
  const { infoHash } = swarm.torrent.info;
  const handshake = encodeHandshake({ infoHash, peerId: randomPeerId(), extensions: new Set() });
  const request = new TextEncoder().encode("GET /announce HTTP/1.1\r\nhost: a\r\nx: ");

  await using peerPort = await Connections.open(COUNT, seeder.address, handshake.subarray(0, 20));
  await using strangers = await Connections.open(COUNT, tcp, HELLO.subarray(0, 4));
  // A frame of 64 KiB is announced, and comes at a byte every two seconds.
  const beginning = concatBytes([HELLO, Uint8Array.of(0, 1, 0, 0)]);
  await using known = await Connections.open(COUNT, tcp, beginning);
  await using web = await Connections.open(COUNT, http, request);
  const dripping: readonly (readonly [Connections, Uint8Array])[] = [
    [peerPort, handshake.subarray(20)],
    [strangers, HELLO.subarray(4)],
    [known, Uint8Array.of(100)],
    [web, Uint8Array.of(97)],
  ];
  for (const [connections, bytes] of dripping) connections.drip(bytes, 2_000);

  const waits: number[] = [];
  const serveGoodClients = async (): Promise<boolean> => {
    const times = [timeAtAllDoors(tracker), swarm.timeToBlock(seeder.address)];
    waits.push(...await Promise.all(times));
    return [peerPort, strangers, known, web].every(({ closed }) => closed === COUNT);
  };
  await eventually("all slow ones are closed", serveGoodClients, 80_000);
  assertPrompt("beside slow ones", waits);
  // What a machine under load may add is in these bounds: 10 s, 10 s, 30 s and 10 s are the limits.
  assertLess(peerPort.lastClosedMs, 40_000);
  assertLess(strangers.lastClosedMs, 40_000);
  assertGreater(known.lastClosedMs, 20_000);
  assertLess(known.lastClosedMs, 60_000);
  assertLess(web.lastClosedMs, 40_000);
  assertSound(seeder.process, tracker.process);
});
