import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { encode } from "../../../lib/bencode/mod.ts";
import { type PeerId, peerIdFromHex } from "../../../lib/bytes/mod.ts";
import { isIpv4, isLoopback, type PeerAddress, tcpTransport } from "../../../lib/net/mod.ts";
import { MAX_CONNECTIONS_PER_ADDRESS, randomPeerId } from "../../../lib/peer/mod.ts";
import { encodeHandshake } from "../../../lib/peer/wire/mod.ts";
import { assertContent } from "../../e2e/scene.ts";
import { ipv6Missing } from "../../net/ipv6_missing.ts";
import { RoguePeer } from "../../peer/rogue_peer.ts";
import { Relay } from "../relay.ts";
import { Connections } from "./connections.ts";
import { RogueHost } from "./rogue_host.ts";
import { assertSound } from "./sound.ts";
import { bannedBy, SwarmScene } from "./swarm_scene.ts";
import { eventually } from "./usage.ts";

const MEBIBYTE = 1024 * 1024;
const FAST = new Set(["fast", "extension-protocol"] as const);

/** A tracker that answers each announce with what a function makes of the port in it. */
class StubTracker implements AsyncDisposable {
  readonly url: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(peersFor: (port: number) => readonly PeerAddress[]) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
      const port = Number(new URL(url).searchParams.get("port"));
      const peers = peersFor(port).map(({ host, port }) => ({ ip: host, port }));
      return new Response(encode({ interval: 1, "min interval": 1, peers }));
    });
    this.url = `http://127.0.0.1:${this.#server.addr.port}/announce`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

Deno.test("hostile: a peer that a tracker sends to itself, at several addresses, calls each once and never again", async () => {
  await using swarm = await SwarmScene.open(2 * MEBIBYTE);
  const seeder = await swarm.seed(["--up", "256K"]);
  await using relays = new AsyncDisposableStack();
  const ways: Relay[] = [];
  const hosts = ["127.0.0.1", "127.0.0.2", ...ipv6Missing() === undefined ? ["::1"] : []];
  await using stub = new StubTracker((port) => {
    const target = { host: "127.0.0.1", port };
    // Through a relay to itself, so that the calls can be counted.
    if (ways.length === 0) {
      for (const host of hosts) ways.push(relays.use(new Relay({ host, target })));
    }
    return [...ways.map(({ address }) => address), target, seeder.address];
  });
  const folder = await swarm.scene.folder("bob");
  const leecher = swarm.scene.start(folder, [
    ...["get", swarm.file, "--tracker", stub.url, "--json", "--verbose"],
  ]);
  const done = await leecher.report("done");
  await assertContent(String(done.path), swarm.torrent.data);
  assertGreater(Number(done.seconds), 4, "too short to see whether it calls itself again");
  assertEquals((await leecher.outcome()).code, 0);
  assertEquals(ways.map(({ accepted }) => accepted), hosts.map(() => 1));
  assertEquals(bannedBy(leecher), []);
  assertSound(leecher, seeder.process);
});

Deno.test("hostile: of three peers of one id at three addresses only the one that lies is banned", async () => {
  await using swarm = await SwarmScene.open(2 * MEBIBYTE);
  const { infoHash } = swarm.torrent.info;
  const peerId: PeerId = peerIdFromHex("5".repeat(40));
  await using hosts = new AsyncDisposableStack();
  const [liar, ...good] = ["127.0.0.1", "127.0.0.2", "127.0.0.3"].map((host, at) =>
    hosts.use(
      new RogueHost({ infoHash, peerId, extensions: FAST }, async (rogue) => {
        rogue.offer(swarm.torrent);
        await rogue.serve(swarm.torrent, () => at === 0 ? "wrong" : "right");
      }, host),
    )
  );
  const flags = [liar, ...good].flatMap((host) => host?.flags ?? []);
  const leecher = await swarm.leech([...flags, "--down", "1M"]);
  const done = await leecher.report("done");
  await assertContent(String(done.path), swarm.torrent.data);
  const [, lying = ""] = liar?.flags ?? [];
  assertEquals(bannedBy(leecher), [lying]);
  // Who is banned is not called again.
  assertEquals(liar?.rogues.length, 1);
  assertEquals((await leecher.outcome()).code, 0);
  assertSound(leecher);
});

Deno.test("hostile: a liar that comes back under a new name whenever it is banned does not hold a download up", async () => {
  await using swarm = await SwarmScene.open(2 * MEBIBYTE);
  const { infoHash } = swarm.torrent.info;
  const seeder = await swarm.seed(["--up", "1M"]);
  const ports: number[] = [];
  await using stub = new StubTracker((port) => {
    ports.push(port);
    return [seeder.address];
  });
  const folder = await swarm.scene.folder("bob");
  const leecher = swarm.scene.start(folder, [
    ...["get", swarm.file, "--host", "127.0.0.1", "--tracker", stub.url, "--json", "--verbose"],
  ]);
  await eventually("it has announced itself", () => ports.length > 0);
  let names = 0;
  const haunt = async (): Promise<void> => {
    const address = { host: "127.0.0.1", port: ports[0] ?? 0 };
    // Ends when the leecher does not listen any more, or has all of it.
    while (names < 1_000) {
      using rogue = await RoguePeer.dial(tcpTransport, address, { infoHash, extensions: FAST });
      names++;
      rogue.offer(swarm.torrent);
      await rogue.serve(swarm.torrent, () => "wrong");
    }
  };
  await haunt().catch(() => undefined);
  const done = await leecher.report("done");
  await assertContent(String(done.path), swarm.torrent.data);
  assertLess(Number(done.seconds), 20);
  assertGreater(names, 2);
  assertEquals(bannedBy(leecher).includes(`127.0.0.1:${seeder.address.port}`), false);
  assertEquals((await leecher.outcome()).code, 0);
  assertSound(leecher, seeder.process);
});

Deno.test("hostile: of 300 connections at once under one name one is kept, and others are served", async () => {
  await using swarm = await SwarmScene.open(300_000);
  const { infoHash } = swarm.torrent.info;
  const seeder = await swarm.seed();
  const greeting = encodeHandshake({ infoHash, peerId: randomPeerId(), extensions: FAST });
  await using crowd = await Connections.open(300, seeder.address, greeting);
  await eventually("all but one are closed", () => crowd.closed >= 299);
  assertLess(await swarm.timeToBlock(seeder.address), 5_000);
  assertEquals(crowd.closed, 299);
  assertSound(seeder.process);
});

const elsewhere = Deno.networkInterfaces()
  .find(({ address }) => isIpv4(address) && !isLoopback(address))?.address;

Deno.test({
  name:
    `hostile: of 300 connections at once from one address ${MAX_CONNECTIONS_PER_ADDRESS} are kept${
      elsewhere === undefined ? " (skipped: there is no address besides loopback)" : ""
    }`,
  ignore: elsewhere === undefined,
  async fn() {
    await using swarm = await SwarmScene.open(300_000);
    const { infoHash } = swarm.torrent.info;
    const seeder = await swarm.seed(["--host", "0.0.0.0"]);
    const { port } = seeder.address;
    await using stack = new AsyncDisposableStack();
    const crowd: Connections[] = [];
    for (let count = 0; count < 300; count++) {
      const greeting = encodeHandshake({ infoHash, peerId: randomPeerId(), extensions: FAST });
      crowd.push(
        stack.use(await Connections.open(1, { host: elsewhere ?? "", port }, greeting)),
      );
    }
    const open = (): number => crowd.filter(({ closed }) => closed === 0).length;
    await eventually("most are closed", () => open() <= MAX_CONNECTIONS_PER_ADDRESS);
    assertLess(await swarm.timeToBlock(seeder.address), 5_000);
    assertEquals(open(), MAX_CONNECTIONS_PER_ADDRESS);
    assertSound(seeder.process);
  },
});
