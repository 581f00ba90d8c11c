import { assertEquals, assertFalse, assertGreaterOrEqual, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { formatSwarmKey, generateSwarmKey } from "../../lib/net/mod.ts";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, reportsOf, Scene } from "./scene.ts";

const FILM = randomBytes(seededRandom(77), 1_300_001);
const HERE = ["--host", "127.0.0.1", "--json", "--tracker", "udp://127.0.0.1:9"];

Deno.test("e2e: peers with one swarm key fetch from each other, one with another key does not", async () => {
  await using scene = await Scene.open();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const keys = [join(scene.path, "team.key"), join(scene.path, "other.key")] as const;
  let asked = 0;
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    asked++;
    return new Response(FILM);
  });
  const torrent = join(scene.path, "film.torrent");
  const place = `127.0.0.1:${server.addr.port}/film.bin`;
  const url = `http://user:s3cret@${place}`;
  const [{ code, stdout, stderr }, create] = await Promise.all([
    scene.run(alice, ["key", keys[0]]),
    scene.run(alice, ["create", "film.bin", "--out", torrent, "--web-seed", url]),
  ]);
  assertEquals(create.code, 0);
  const [, digits = ""] = (await Deno.readTextFile(keys[0])).split("\n");
  assertEquals([code, stdout, digits.length], [0, [keys[0]], 64]);
  assertFalse([...stdout, ...stderr].join().includes(digits));
  await Deno.writeTextFile(keys[1], formatSwarmKey(generateSwarmKey()), { mode: 0o600 });

  const share = scene.start(alice, ["share", "film.bin", "--swarm-key", keys[0], "-v", ...HERE]);
  const { infoHash, port } = await share.report("seeding");
  const from = ["--peer", `127.0.0.1:${port}`, ...HERE];
  const bob = await scene.folder("bob");
  const stranger = await scene.folder("stranger");
  const [got, other] = await Promise.all([
    scene.run(bob, ["get", String(infoHash), ...from, "--swarm-key", keys[0]]),
    scene.run(stranger, ["get", torrent, ...from, "--swarm-key", keys[1], "--timeout", "5s"]),
  ]);
  assertEquals(reportsOf(got).at(-1)?.type, "done");
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
  assertEquals(other.code, 2);
  const told = other.stdout.map((line) => JSON.parse(line));
  assertEquals(told.find(({ type }) => type === "web-seeds-off")?.urls, [`http://${place}`]);
  assertFalse([...other.stdout, ...other.stderr].join().includes("s3cret"));
  assertEquals(asked, 0);
  const refusals = told.filter(({ type }) => type === "peer-refused");
  assertGreaterOrEqual(refusals.length, 1);
  for (const { peer, reason } of refusals) {
    assertEquals(peer, `127.0.0.1:${port}`);
    assertMatch(reason, /without a proof that it knows this swarm's key$/);
  }
  const { peer, reason } = await share.report("peer-refused");
  assertEquals([peer, reason], ["127.0.0.1", "does not know this swarm's key"]);
});
