import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Report } from "../../../lib/cli/output.ts";
import { Narrator } from "../../../lib/cli/shell/narrator.ts";
import {
  encodePing,
  type PeerNode,
  PING_EXTENSION_ID,
  type Torrent,
} from "../../../lib/peer/mod.ts";
import { RoguePeer } from "../../peer/rogue_peer.ts";
import { createTorrent, type SimulatedTorrent, Simulation } from "../../peer/simulation.ts";

/** The length of a piece that is sent as one block. */
const ONE_BLOCK = 16 * 1024;

const FLOOD = { length: 100 * ONE_BLOCK, pieceLength: ONE_BLOCK };

/** A node that serves a torrent, and all that is told of it. */
class Stage implements Disposable {
  readonly sim: Simulation;
  readonly torrent: SimulatedTorrent;
  readonly node: PeerNode;
  readonly serving: Torrent;
  readonly narrator: Narrator;
  readonly reports: Report[] = [];
  #lines: string[] = [];

  constructor(sim: Simulation, torrent: SimulatedTorrent) {
    this.sim = sim;
    this.torrent = torrent;
    this.node = sim.node("node");
    this.serving = this.node.add(sim.store(torrent.info, torrent.data));
    this.narrator = new Narrator({
      clock: sim.clock,
      say: (report, text) => {
        this.reports.push(report);
        this.#lines.push(text);
      },
    });
    void this.narrator.follow(this.serving);
  }

  /** The lines that were told since they were last asked for. */
  async news(): Promise<string[]> {
    await this.sim.settle();
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  /** Lets a peer connect that listens at a port of the host "rogue", and begin to be served. */
  async visit(port: number): Promise<RoguePeer> {
    const { infoHash } = this.torrent.info;
    const rogue = await RoguePeer.dial(this.sim.network.host("rogue"), this.node.address, {
      infoHash,
      extensions: new Set(["extension-protocol"]),
    });
    rogue.extend({ port });
    rogue.send({ type: "interested" });
    await rogue.next("unchoke");
    return rogue;
  }

  [Symbol.dispose](): void {
    this.narrator[Symbol.dispose]();
  }
}

/** Asks for a block of 16 KiB. */
function ask(rogue: RoguePeer, index: number, block = 0): void {
  rogue.send({ type: "request", index, begin: block * ONE_BLOCK, length: ONE_BLOCK });
}

Deno.test("Narrator tells of a download from its first chunk to the end of the connection", async () => {
  await using sim = new Simulation(1);
  using stage = new Stage(sim, await createTorrent({ name: "mv1.mp4" }));
  const leecher = sim.leech("leecher", stage.torrent, { peers: [stage.node.address] });
  await sim.until(() => leecher.store.held.isFull && leecher.links.length === 0);
  const client = `client[leecher,${sim.nodes[1]!.address.port}]`;
  const lines = await stage.news();
  assertEquals(lines.shift(), `[NEW CONNECTION] ${client} connected`);
  assertMatch(lines.pop() ?? "", /^\[DISCONNECTED\] client\[leecher,\d+\]: .+/);
  for (let number = 1; number <= 8; number++) {
    const begun = lines.indexOf(`Sending mv1.mp4.part${number} to ${client}...`);
    const sent = lines.indexOf(`mv1.mp4.part${number} sent successfully to ${client}`);
    assert(begun >= 0 && begun < sent, `chunk ${number}: ${begun} ${sent}`);
  }
  assertEquals(lines.length, 16);
  const { port } = sim.nodes[1]!.address;
  const chunk = { chunk: "mv1.mp4.part1", host: "leecher", port };
  assertEquals(stage.reports.filter((report) => report.chunk === chunk.chunk), [
    { type: "sending", ...chunk },
    { type: "sent", ...chunk },
  ]);
});

Deno.test("Narrator tells of a chunk when its first and its last byte are sent, and not between", async () => {
  await using sim = new Simulation(2);
  using stage = new Stage(sim, await createTorrent({ name: "a\u00adb" }));
  using rogue = await stage.visit(9021);
  assertEquals(await stage.news(), ["[NEW CONNECTION] client[rogue,9021] connected"]);
  ask(rogue, 2, 3);
  const begun = ["Sending a?b.part3 to client[rogue,9021]..."];
  assertEquals(await stage.news(), begun, "the name is made safe to show");
  ask(rogue, 2, 0);
  ask(rogue, 2, 1);
  assertEquals(await stage.news(), []);
  ask(rogue, 2, 2);
  assertEquals(await stage.news(), ["a?b.part3 sent successfully to client[rogue,9021]"]);
});

Deno.test("Narrator forgets what was sent of a chunk when the peer goes", async () => {
  await using sim = new Simulation(3);
  using stage = new Stage(sim, await createTorrent());
  const first = await stage.visit(9021);
  for (const block of [0, 1, 2]) ask(first, 0, block);
  await stage.news();
  first.close();
  assertEquals(await stage.news(), [
    "[DISCONNECTED] client[rogue,9021]: it closed the connection",
  ]);
  using again = await stage.visit(9021);
  await stage.news();
  ask(again, 0, 0);
  assertEquals(await stage.news(), ["Sending data.bin.part1 to client[rogue,9021]..."]);
});

Deno.test("Narrator tells each peer's pings, and nothing of those that we dial and fetch from", async () => {
  await using sim = new Simulation(4);
  const torrent = await createTorrent();
  const seeder = sim.seed("seeder", torrent);
  const lines: string[] = [];
  using narrator = new Narrator({ clock: sim.clock, say: (_, text) => lines.push(text) });
  const leecher = sim.leech("leecher", torrent, { intent: "order", peers: [] });
  const following = narrator.follow(leecher);
  const connecting = leecher.connect(seeder.address);
  await sim.until(() => leecher.links.length === 1);
  const link = await connecting;
  const { signal } = new AbortController();
  const fetching = leecher.fetchPiece(torrent.info.layout.pieceIndex(0), seeder.address, signal);
  await sim.until(() => leecher.store.held.count === 1);
  await fetching;
  assertEquals(lines, []);
  const [serving] = seeder.torrents.values();
  await serving!.links[0]!.session.ping();
  assertEquals(lines.splice(0), [`[PING RECEIVED] from client[seeder,${link.address.port}]`]);
  await seeder.close();
  await sim.settle();
  assertEquals(lines.length, 1);
  assertMatch(lines[0] ?? "", /^\[DISCONNECTED\] client\[seeder,\d+\]: /);
  await leecher.close();
  await following;
});

Deno.test("Narrator tells who is banned, and then that it goes", async () => {
  await using sim = new Simulation(5);
  const torrent = await createTorrent({ length: 64 * 1024 });
  using listener = sim.listen("rogue");
  const lines: string[] = [];
  using narrator = new Narrator({ clock: sim.clock, say: (_, text) => lines.push(text) });
  const leecher = sim.leech("leecher", torrent, { peers: [listener.address] });
  void narrator.follow(leecher);
  using rogue = await RoguePeer.accept(listener, { infoHash: torrent.info.infoHash });
  rogue.offer(torrent);
  void rogue.serve(torrent, () => "wrong");
  await rogue.closed;
  await sim.settle();
  const client = `client[rogue,${listener.address.port}]`;
  assertEquals(lines[0], `${client} is banned: it sent corrupt data`);
  assertMatch(lines[1] ?? "", /^\[DISCONNECTED\] /);
  assertEquals(lines.length, 2);
});

Deno.test("Narrator does not tell that a peer goes whom the user has dismissed, until it is back", async () => {
  await using sim = new Simulation(6);
  using stage = new Stage(sim, await createTorrent());
  using _dismissed = await stage.visit(9021);
  using other = await stage.visit(9022);
  await stage.news();
  const address = { host: "rogue", port: 9021 };
  stage.narrator.dismiss(address);
  await stage.serving.disconnect(address);
  assertEquals(await stage.news(), []);
  other.close();
  assertEquals(await stage.news(), [
    "[DISCONNECTED] client[rogue,9022]: it closed the connection",
  ]);
  const back = await stage.visit(9021);
  assertEquals(await stage.news(), ["[NEW CONNECTION] client[rogue,9021] connected"]);
  back.close();
  assertEquals(await stage.news(), [
    "[DISCONNECTED] client[rogue,9021]: it closed the connection",
  ]);
});

Deno.test("Narrator tells at most 20 chunks a second one by one, and then how many more there were", async () => {
  await using sim = new Simulation(7);
  using stage = new Stage(sim, await createTorrent(FLOOD));
  using rogue = await stage.visit(9021);
  await stage.news();
  for (let index = 0; index < 100; index++) ask(rogue, index);
  const lines = await stage.news();
  assertEquals(sim.clock.now(), 0);
  assertEquals(lines.length, 40);
  assert(lines.every((line) => line.includes("client[rogue,9021]")), lines.join("\n"));
  await sim.advance(900);
  assertEquals(await stage.news(), []);
  await sim.advance(100);
  assertEquals(await stage.news(), ["... and about 80 more chunks sent"]);
  assertEquals(stage.reports.at(-1), { type: "sent-more", chunks: 80 });
  await sim.advance(5_000);
  for (let index = 0; index < 20; index++) ask(rogue, index);
  assertEquals((await stage.news()).length, 40, "a new second has begun");
  await sim.advance(2_000);
  assertEquals(await stage.news(), [], "nothing was left out");
});

Deno.test("Narrator tells who comes and goes also while there is too much else to tell", async () => {
  await using sim = new Simulation(8);
  using stage = new Stage(sim, await createTorrent(FLOOD));
  using rogue = await stage.visit(9021);
  for (let index = 0; index < 100; index++) ask(rogue, index);
  await stage.news();
  const other = await stage.visit(9022);
  assertEquals(await stage.news(), ["[NEW CONNECTION] client[rogue,9022] connected"]);
  other.close();
  assertMatch((await stage.news()).join(), /^\[DISCONNECTED\] client\[rogue,9022\]: /);
});

Deno.test("Narrator tells nothing more and leaves no timer once it is disposed of", async () => {
  await using sim = new Simulation(9);
  using stage = new Stage(sim, await createTorrent(FLOOD));
  using rogue = await stage.visit(9021);
  const before = sim.clock.pending;
  for (let index = 0; index < 100; index++) ask(rogue, index);
  await stage.news();
  assertEquals(sim.clock.pending, before + 1);
  stage.narrator[Symbol.dispose]();
  assertEquals(sim.clock.pending, before);
  const payload = encodePing({ kind: "ping", nonce: 1 });
  rogue.send({ type: "extended", id: PING_EXTENSION_ID, payload });
  ask(rogue, 0);
  await sim.settle();
  rogue.close();
  await sim.advance(2_000);
  assertEquals(await stage.news(), []);
});
