import { assertEquals, assertGreater } from "@std/assert";
import { join } from "@std/path";
import { assertContent, Scene } from "../../e2e/scene.ts";
import { done, filmOf, holds, IN_PIECES, PIECE } from "./transfers.ts";

const PIECES = 64;
const FILM = filmOf(6, PIECES);
const OTHER = filmOf(7, PIECES);

/** Something that is done to the data of a seeder. */
interface Change {
  /** What it is, for the names of tests. */
  readonly what: string;
  /** Does it. */
  readonly make: (path: string) => Promise<void>;
  /** Chunks that whoever has the file open can still serve of it. */
  readonly left: number;
}

const CHANGES: readonly Change[] = [
  {
    what: "rewritten in the middle",
    async make(path) {
      using file = await Deno.open(path, { write: true });
      const half = PIECES / 2 * PIECE;
      await file.seek(half, Deno.SeekMode.Start);
      for (let at = half; at < FILM.length;) at += await file.write(OTHER.subarray(at));
    },
    left: PIECES / 2,
  },
  {
    what: "written over from its start",
    make: (path) => Deno.writeFile(path, OTHER),
    left: 0,
  },
  { what: "truncated", make: (path) => Deno.truncate(path, PIECES / 2 * PIECE), left: PIECES / 2 },
  { what: "emptied", make: (path) => Deno.truncate(path, 0), left: 0 },
  {
    what: "appended to",
    make: (path) => Deno.writeFile(path, OTHER.subarray(0, PIECE), { append: true }),
    left: PIECES,
  },
  {
    what: "replaced",
    async make(path) {
      await Deno.writeFile(`${path}.new`, OTHER);
      await Deno.rename(`${path}.new`, path);
    },
    left: PIECES,
  },
  { what: "deleted", make: (path) => Deno.remove(path), left: PIECES },
];

for (const { what, make, left } of CHANGES) {
  Deno.test(`faults: of a seeder's file that is ${what} nothing wrong is fetched, and it serves the rest`, async () => {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    const alice = await scene.library("alice", { "film.bin": FILM, "song.bin": OTHER });
    const slow = [...IN_PIECES, "--up", "2500K"];
    const flags = [...tracker.flags, "--json"];
    const share = scene.start(alice, ["share", "film.bin", "song.bin", ...slow, ...flags]);
    await share.report("serving");
    const bob = await scene.folder("bob");
    const get = scene.start(bob, ["get", "film.bin", ...flags]);
    await holds(get, 0.2 * FILM.length);
    await make(join(alice, "Original_Files", "film.bin"));
    if (left < PIECES) {
      const changed = await share.report("chunks-lost", ({ name }) => name === "film.bin");
      assertGreater(Number((changed.chunks as number[]).length), 0);
      await holds(get, left * PIECE);
      // Another one that has the right data.
      const carol = await scene.library("carol", { "film.bin": FILM });
      scene.start(carol, ["share", "film.bin", ...IN_PIECES, ...flags]);
    }
    const { downloaded } = await done(get);
    assertGreater(Number(downloaded), FILM.length - 1);
    await assertContent(join(bob, "Original_Files", "film.bin"), FILM);

    const dave = await scene.folder("dave");
    await done(scene.start(dave, ["get", "song.bin", ...flags]));
    await assertContent(join(dave, "Original_Files", "song.bin"), OTHER);
    assertEquals(share.reports.filter(({ type }) => type === "error"), []);
    share.kill("SIGTERM");
    assertEquals((await share.outcome()).code, 0);
  });
}
