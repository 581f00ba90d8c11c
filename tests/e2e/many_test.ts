import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { Bitfield } from "../../lib/bytes/mod.ts";
import { parseTorrent } from "../../lib/metainfo/mod.ts";
import { randomPeerId } from "../../lib/peer/mod.ts";
import { TrackerClient } from "../../lib/tracker/mod.ts";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, reportsOf, Scene } from "./scene.ts";

Deno.test("e2e: twenty peers fetch different files from one peer at the same time", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const random = seededRandom(20);
  const files = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [`file ${at}.bin`, randomBytes(random, 900_000 + at)]),
  );
  const alice = await scene.library("alice", files);
  const names = Object.keys(files);
  const share = scene.start(alice, ["share", ...names, ...tracker.flags, "--json"]);
  await Promise.all(
    names.map((name) => tracker.process.report("published", (report) => report.name === name)),
  );
  await Promise.all(names.map(async (name, at) => {
    const folder = await scene.folder(`peer ${at}`);
    const get = await scene.run(folder, ["get", name, ...tracker.flags, "--json"]);
    assertEquals(reportsOf(get).at(-1)?.name, name);
    await assertContent(
      join(folder, "Original_Files", name),
      files[name] ?? new Uint8Array(),
    );
  }));
  share.kill("SIGINT");
  assertEquals((await share.outcome()).code, 0);
});

Deno.test("e2e: a tracker serves a hundred clients that stay connected, and a get among them", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const content = randomBytes(seededRandom(100), 1_500_000);
  const alice = await scene.library("alice", { "film.bin": content });
  const { infoHash } = await scene.share(alice, "film.bin", tracker);
  await using crowd = new AsyncDisposableStack();
  const clients = Array.from({ length: 100 }, (_, at) =>
    crowd.use(
      new TrackerClient({
        address: { host: "127.0.0.1", port: tracker.port },
        peerId: randomPeerId(),
        port: 1 + at,
        agent: `crowd ${at}`,
        token: undefined,
      }),
    ));
  await Promise.all(clients.map((client) => client.connected()));
  const [first] = clients;
  const { info } = await parseTorrent(await first?.getTorrent(infoHash) ?? new Uint8Array());
  await Promise.all(clients.map(async (client) => {
    const held = new Bitfield(info.layout.pieceCount);
    const appetite = () => "nothing" as const;
    const ticket = client.join({ info, held, uploaded: () => 0, downloaded: () => 0, appetite });
    await ticket.announced;
  }));
  const bob = await scene.folder("bob");
  const [file] = reportsOf(await scene.run(bob, ["list", ...tracker.flags, "--json"]));
  assertEquals([file?.seeders, file?.leechers], [1, 100]);
  const get = await scene.run(bob, ["get", "film.bin", ...tracker.flags, "--json"]);
  assertEquals(reportsOf(get).at(-1)?.downloaded, content.length);
  await assertContent(join(bob, "Original_Files", "film.bin"), content);
  const peers = reportsOf(
    await scene.run(bob, ["peers", "film.bin", ...tracker.flags, "--json"]),
  );
  const agents = new Set(peers.map(({ agent }) => agent));
  for (let at = 0; at < clients.length; at++) assertEquals(agents.has(`crowd ${at}`), true);
});
