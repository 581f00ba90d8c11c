import { assert, assertEquals, assertMatch } from "@std/assert";
import { Narrator } from "../../../lib/cli/shell/narrator.ts";
import { NoSpaceError } from "../../../lib/storage/mod.ts";
import { LossyStore } from "../../peer/lossy_store.ts";
import { RoguePeer } from "../../peer/rogue_peer.ts";
import { createTorrent, Simulation } from "../../peer/simulation.ts";
import { ask, ONE_BLOCK, Stage } from "./narrator_stage.ts";

Deno.test("Narrator tells of a download from its first chunk to the end of the connection", async () => {
  await using sim = new Simulation(1);
  using stage = new Stage(sim, await createTorrent({ name: "mv1.mp4" }));
  const leecher = sim.leech("leecher", stage.torrent, { peers: [stage.node.address] });
  await sim.until(() => leecher.store.held.isFull && leecher.links.length === 0);
  const { port } = sim.nodes[1]!.address;
  const client = `client[leecher,${port}]`;
  const lines = await stage.news();
  assertEquals(lines.shift(), `[NEW CONNECTION] ${client} connected`);
  assertMatch(lines.pop() ?? "", /^\[DISCONNECTED\] client\[leecher,\d+\]: .+/);
  for (let number = 1; number <= 8; number++) {
    const begun = lines.indexOf(`Sending mv1.mp4.part${number} to ${client}...`);
    const sent = lines.indexOf(`mv1.mp4.part${number} sent successfully to ${client}`);
    assert(begun >= 0 && begun < sent, `chunk ${number}: ${begun} ${sent}`);
  }
  assertEquals(lines.length, 16);
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
  const sent = ["a?b.part3 sent successfully to client[rogue,9021]"];
  assertEquals(await stage.news(), sent);
  for (const block of [0, 1, 2, 3]) ask(rogue, 2, block);
  assertEquals(await stage.news(), [...begun, ...sent], "who wants it again is sent it again");
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

Deno.test("Narrator does not take the same block, sent again and again, for the whole chunk", async () => {
  await using sim = new Simulation(10);
  using stage = new Stage(sim, await createTorrent());
  using rogue = await stage.visit(9021);
  await stage.news();
  for (let time = 0; time < 5; time++) ask(rogue, 0, 0);
  assertEquals(await stage.news(), ["Sending data.bin.part1 to client[rogue,9021]..."]);
  for (const block of [1, 2, 2, 1]) ask(rogue, 0, block);
  assertEquals(await stage.news(), []);
  ask(rogue, 0, 3);
  assertEquals(await stage.news(), ["data.bin.part1 sent successfully to client[rogue,9021]"]);
});

Deno.test("Narrator knows a chunk as sent whose blocks are longer, or whose end is shorter", async () => {
  await using sim = new Simulation(11);
  const torrent = await createTorrent();
  using stage = new Stage(sim, torrent);
  using rogue = await stage.visit(9021);
  await stage.news();
  const whole = (number: number): string[] => [
    `Sending data.bin.part${number} to client[rogue,9021]...`,
    `data.bin.part${number} sent successfully to client[rogue,9021]`,
  ];
  ask(rogue, 0, 0, 4 * ONE_BLOCK);
  assertEquals(await stage.news(), whole(1));
  ask(rogue, 1, 1, 3 * ONE_BLOCK);
  assertEquals(await stage.news(), whole(2).slice(0, 1));
  ask(rogue, 1, 0);
  assertEquals(await stage.news(), whole(2).slice(1));
  const { layout } = torrent.info;
  const rest = layout.pieceSize(layout.pieceIndex(7)) - 3 * ONE_BLOCK;
  for (const block of [0, 1, 2]) ask(rogue, 7, block);
  assertEquals(await stage.news(), whole(8).slice(0, 1));
  ask(rogue, 7, 3, rest);
  assertEquals(await stage.news(), whole(8).slice(1));
});

Deno.test("Narrator keeps apart what one peer is sent of several torrents", async () => {
  await using sim = new Simulation(12);
  using stage = new Stage(sim, await createTorrent());
  const other = await createTorrent({ name: "other.bin" });
  stage.serve(other);
  using first = await stage.visit(9021);
  using second = await stage.visit(9021, other);
  await stage.news();
  ask(first, 0, 0);
  for (const block of [0, 1, 2]) ask(second, 0, block);
  assertEquals((await stage.news()).sort(), [
    "Sending data.bin.part1 to client[rogue,9021]...",
    "Sending other.bin.part1 to client[rogue,9021]...",
  ]);
  first.close();
  assertEquals(await stage.news(), [], "it is still there for the other torrent");
  ask(second, 0, 3);
  assertEquals(await stage.news(), ["other.bin.part1 sent successfully to client[rogue,9021]"]);
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
  assertMatch(lines.join("\n"), /^\[DISCONNECTED\] client\[seeder,\d+\]: .+$/);
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

Deno.test("Narrator does not tell that a stranger goes who never said anything", async () => {
  await using sim = new Simulation(13);
  using stage = new Stage(sim, await createTorrent());
  const silent = await stage.knock();
  await sim.until(() => stage.serving.links.length === 1);
  silent.close();
  await sim.until(() => stage.serving.links.length === 0);
  assertEquals(await stage.news(), []);
  const speaking = await stage.visit(9021);
  speaking.close();
  const [greeting, farewell, ...more] = await stage.news();
  assertEquals([greeting, more], ["[NEW CONNECTION] client[rogue,9021] connected", []]);
  assertMatch(farewell ?? "", /^\[DISCONNECTED\] client\[rogue,9021\]: /);
});

Deno.test("Narrator tells of a chunk that is lost, and of a full disk", async () => {
  await using sim = new Simulation(13);
  const torrent = await createTorrent();
  using stage = new Stage(sim, torrent);
  const store = new LossyStore(sim.store((await createTorrent({ name: "other.bin" })).info));
  void stage.narrator.follow(stage.node.add(store, { intent: "serve" }));
  store.lose(torrent.info.layout.pieceIndex(2));
  assertEquals(await stage.news(), [
    "other.bin.part3 has changed or cannot be read on the disk, and is not served any more",
  ]);
  const empty = sim.store(torrent.info);
  empty.put = () => Promise.reject(new NoSpaceError("/disk/data.bin"));
  const full = sim.node("full").add(empty, { peers: [stage.node.address] });
  void stage.narrator.follow(full);
  await sim.until(() => full.status.obstacle !== undefined);
  const news = await stage.news();
  const waits = news.filter((line) =>
    line.startsWith("data.bin waits: the disk of /disk/data.bin")
  );
  assertEquals(waits.length, 1, news.join("\n"));
});
