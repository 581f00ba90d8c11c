import { assert, assertEquals, assertMatch } from "@std/assert";
import { createTorrent, Simulation } from "../../peer/simulation.ts";
import { ask, FLOOD, ping, Stage } from "./narrator_stage.ts";

Deno.test("Narrator tells at most 40 lines of chunks a second, and then how many more there were", async () => {
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
  assertEquals(await stage.news(), ["... and 160 more lines about chunks"]);
  assertEquals(stage.reports.at(-1), { type: "unsaid", kind: "chunks", lines: 160 });
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
  await sim.advance(1_000);
  assertEquals(await stage.news(), ["... and 160 more lines about chunks"]);
});

Deno.test("Narrator tells at most 40 lines of clients a second, whatever they do, and chunks beside", async () => {
  await using sim = new Simulation(14);
  using stage = new Stage(sim, await createTorrent(FLOOD));
  using rogue = await stage.visit(9021);
  await sim.advance(1_000);
  await stage.news();
  ping(rogue, 100);
  const lines = await stage.news();
  assertEquals(lines, Array(40).fill("[PING RECEIVED] from client[rogue,9021]"));
  using other = await stage.visit(9022);
  ask(rogue, 0);
  assertEquals(await stage.news(), [
    "Sending data.bin.part1 to client[rogue,9021]...",
    "data.bin.part1 sent successfully to client[rogue,9021]",
  ]);
  await sim.advance(1_000);
  assertEquals(await stage.news(), ["... and 61 more lines about clients"]);
  assertEquals(stage.reports.at(-1), { type: "unsaid", kind: "clients", lines: 61 });
  ask(other, 0);
  assertEquals((await stage.news()).length, 2, "who came unsaid is known all the same");
});

Deno.test("Narrator tells at most 40 lines a second of peers that come and go", async () => {
  await using sim = new Simulation(15);
  using stage = new Stage(sim, await createTorrent(FLOOD));
  for (let count = 0; count < 25; count++) {
    const rogue = await stage.visit(9021);
    rogue.close();
    await sim.until(() => stage.serving.links.length === 0);
  }
  assertEquals(sim.clock.now(), 0);
  assertEquals((await stage.news()).length, 40);
  await sim.advance(1_000);
  assertEquals(await stage.news(), ["... and 10 more lines about clients"]);
});

Deno.test("Narrator tells nothing more and leaves no timer once it is disposed of", async () => {
  await using sim = new Simulation(9);
  using stage = new Stage(sim, await createTorrent(FLOOD));
  using rogue = await stage.visit(9021);
  await sim.advance(1_000);
  await stage.news();
  const before = sim.clock.pending;
  for (let index = 0; index < 100; index++) ask(rogue, index);
  ping(rogue, 100);
  assertEquals((await stage.news()).length, 80);
  assertEquals(sim.clock.pending, before + 1);
  stage.narrator[Symbol.dispose]();
  assertEquals(sim.clock.pending, before);
  ping(rogue, 1);
  ask(rogue, 0);
  await sim.settle();
  rogue.close();
  await sim.advance(2_000);
  assertEquals(await stage.news(), []);
});
