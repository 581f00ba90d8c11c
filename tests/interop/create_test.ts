import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { reportsOf, Scene } from "../e2e/scene.ts";
import { PARTNERS } from "./partners.ts";

const CREATOR = fromFileUrl(import.meta.resolve("./libtorrent_create.py"));
const random = seededRandom(64);

/** Names of which an order by letters, by folders or in UTF-16 would be another. */
const FOLDER = {
  "photos/b.bin": randomBytes(random, 1_000_001),
  "photos/C": randomBytes(random, 777),
  "photos/Z empty": new Uint8Array(),
  "photos/a/deep/er/e\u0301 \u{1F4F7}.jpg": randomBytes(random, 70_000),
  "photos/a.txt": randomBytes(random, 5_000),
  "photos/\uffe6": randomBytes(random, 5),
  "photos/\u{1F4F7}": randomBytes(random, 6),
};
const missing = PARTNERS.find(({ name }) => name === "libtorrent")?.missing ?? "";

/** The info-hash of what libtorrent makes of a path, as the file `target`. */
async function createdByLibtorrent(
  path: string,
  pieceLength: number,
  target: string,
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("/usr/bin/python3", {
    args: [CREATOR, path, String(pieceLength), target],
    stdin: "null",
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

Deno.test({
  name:
    `interop: create and libtorrent make one info-hash of the same data, and read each other${missing}`,
  ignore: missing !== "",
  async fn() {
    await using scene = await Scene.open();
    const library = await scene.folder("library", FOLDER);
    for (const name of ["photos", "photos/b.bin"]) {
      for (const [text, pieceLength] of [["16K", 2 ** 14], ["512K", 2 ** 19], ["4M", 2 ** 22]]) {
        const path = join(library, name);
        const [ours, theirs] = [join(scene.path, "ours"), join(scene.path, "theirs.torrent")];
        const create = ["create", path, "--piece-length", String(text), "--out", ours];
        const [created] = reportsOf(
          await scene.run(library, [...create, "--force", "--json"]),
        );
        const hash = await createdByLibtorrent(path, Number(pieceLength), theirs);
        assertEquals(created?.infoHash, hash, `${name} in pieces of ${text}`);
        const [info] = reportsOf(await scene.run(library, ["info", theirs, "--json"]));
        assertEquals(info?.infoHash, hash);
        const verify = ["verify", theirs, join(path, ".."), "--json"];
        const reports = reportsOf(await scene.run(library, verify));
        assertEquals(reports.some(({ infoHash }) => infoHash === hash), true);
      }
    }
  },
});
