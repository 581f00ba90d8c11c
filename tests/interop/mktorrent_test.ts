import { assertEquals, assertNotEquals } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { type Files, reportsOf, Scene } from "../e2e/scene.ts";
import { reasonToSkip } from "./partner.ts";

const ANNOUNCE = "http://tracker.example/announce";
const random = seededRandom(65);

/** Files that mktorrent, which compares whole paths, and we, who compare names, bring into one order. */
const FOLDER: Files = {
  "photos/Z": randomBytes(random, 777),
  "photos/a.txt": randomBytes(random, 5_000),
  "photos/b/c/deep.bin": randomBytes(random, 1_000_001),
  "photos/b/empty": new Uint8Array(),
  "photos/e\u0301 \u{1F4F7}.jpg": randomBytes(random, 70_000),
  "photos/\uffe6": randomBytes(random, 5),
};

/** Here they do not: "a" is before "a.txt", but "a.txt" before "a/x", for "." is before "/". */
const OTHER_ORDER: Files = {
  "photos/a/x": randomBytes(random, 40_000),
  "photos/a.txt": randomBytes(random, 30_000),
};
const missing = reasonToSkip("mktorrent", ["-h"]);

/** Both torrents of one path as `info --json` shows them; its verification is made sure of, too. */
async function bothTorrents(
  { scene, library, name }: {
    readonly scene: Scene;
    readonly library: string;
    readonly name: string;
  },
  [text, exponent]: readonly [string, number],
  flags: readonly string[] = [],
): Promise<Record<string, unknown>[]> {
  const path = join(library, name);
  const folder = await Deno.makeTempDir({ dir: scene.path });
  const [ours, theirs] = [join(folder, "ours.torrent"), join(folder, "theirs.torrent")];
  const create = ["create", path, "--piece-length", text, "--announce", ANNOUNCE, "--out", ours];
  reportsOf(await scene.run(library, [...create, ...flags, "--json"]));
  const privacy = flags.includes("--private") ? ["-p"] : [];
  const { code, stderr } = await new Deno.Command("mktorrent", {
    args: ["-l", String(exponent), ...privacy, "-a", ANNOUNCE, "-o", theirs, path],
    stdin: "null",
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const infos = [];
  for (const torrent of [ours, theirs]) {
    reportsOf(await scene.run(library, ["verify", torrent, join(path, ".."), "--json"]));
    infos.push(...reportsOf(await scene.run(library, ["info", torrent, "--json"])));
  }
  return infos;
}

Deno.test({
  name: `interop: create and mktorrent make one info-hash of the same data${missing}`,
  ignore: missing !== "",
  async fn() {
    await using scene = await Scene.open();
    const library = await scene.folder("library", FOLDER);
    // The shortest pieces of mktorrent are of 32 KiB.
    for (const pieceLength of [["32K", 15], ["512K", 19], ["4M", 22]] as const) {
      for (const name of ["photos", "photos/b/c/deep.bin"]) {
        const flags = name === "photos" ? ["--private"] : [];
        const [ours, theirs] = await bothTorrents({ scene, library, name }, pieceLength, flags);
        const { createdBy: _ours, ...said } = ours!;
        const { createdBy, created, ...expected } = theirs!;
        assertEquals([createdBy, typeof created], ["mktorrent 1.1", "string"]);
        assertEquals(said, expected, `${name} in pieces of ${pieceLength[0]}`);
      }
    }
  },
});

Deno.test({
  name:
    `interop: a folder that mktorrent brings into another order has another info-hash, and both are read${missing}`,
  ignore: missing !== "",
  async fn() {
    await using scene = await Scene.open();
    const library = await scene.folder("library", OTHER_ORDER);
    const place = { scene, library, name: "photos" };
    const [ours, theirs] = await bothTorrents(place, ["32K", 15]);
    assertNotEquals(ours?.infoHash, theirs?.infoHash);
    const [first, second] = ["photos/a/x", "photos/a.txt"].map((path) => {
      return { path, length: OTHER_ORDER[path]?.length };
    });
    assertEquals(ours?.files, [first, second]);
    assertEquals(theirs?.files, [second, first]);
  },
});
