import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, reportsOf, type RunningTracker, Scene } from "../e2e/scene.ts";
import { type Partner, PARTNERS } from "./partners.ts";

const HERE = ["--host", "127.0.0.1", "--json"];
const random = seededRandom(63);

/** Two files that share a chunk, one that is empty, and one in a folder within. */
const FILES = {
  "film.bin": randomBytes(random, 1_300_001),
  "film.txt": randomBytes(random, 70_000),
  "none": new Uint8Array(),
  "more/e\u0301xtra.bin": randomBytes(random, 2_000_000),
};
const TOTAL = Object.values(FILES).reduce((sum, { length }) => sum + length, 0);

/** What a test has: data with a torrent file that names a tracker, and an empty folder. */
interface Place {
  readonly scene: Scene;
  readonly tracker: RunningTracker;
  /** The torrent file. */
  readonly torrent: string;
  readonly infoHash: string;
  /** The folder in which the torrent's own folder lies, with all files. */
  readonly full: string;
  /** The folder that has nothing. */
  readonly empty: string;
}

async function preparePlace(scene: Scene, door: "http" | "udp"): Promise<Place> {
  const tracker = await scene.tracker();
  const files = Object.entries(FILES).map(([path, bytes]) => [`lecture/${path}`, bytes] as const);
  const full = await scene.folder("full", Object.fromEntries(files));
  const torrent = join(scene.path, "lecture.torrent");
  const create = ["create", join(full, "lecture"), "--out", torrent, "--piece-length", "64K"];
  const [created] = reportsOf(
    await scene.run(full, [...create, "--announce", tracker.urls[door], "--json"]),
  );
  const infoHash = String(created?.infoHash);
  return { scene, tracker, torrent, infoHash, full, empty: await scene.folder("empty") };
}

async function assertFiles(folder: string): Promise<void> {
  for (const [path, bytes] of Object.entries(FILES)) {
    // Some clients make no file where there is nothing to write.
    if (bytes.length > 0) await assertContent(join(folder, "lecture", path), bytes);
  }
}

/** Waits until the tracker knows one that has everything. */
async function seederKnown({ tracker, infoHash }: Place): Promise<void> {
  const hash = infoHash.replace(/../g, "%$&");
  const url = `${tracker.urls.http.replace("announce", "scrape")}?info_hash=${hash}`;
  for (let look = 0; look < 400; look++) {
    if ((await (await fetch(url)).text()).includes("8:completei1e")) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the partner does not announce itself");
}

function interopTest(
  { name, missing }: Partner,
  promise: string,
  door: "http" | "udp",
  run: (place: Place) => Promise<void>,
): void {
  Deno.test({
    name: `interop: ${name} ${promise}, by ${door}${missing}`,
    ignore: missing !== "",
    async fn() {
      await using scene = await Scene.open();
      await run(await preparePlace(scene, door));
    },
  });
}

for (const partner of PARTNERS) {
  for (const door of partner.doors) {
    interopTest(partner, "finds our seeder and fetches from it", door, async (place) => {
      const { scene, torrent, full, empty } = place;
      const seed = scene.start(full, ["seed", torrent, full, ...HERE]);
      await seed.report("seeding", ({ announced }) => announced === true);
      await using fetching = partner.start(torrent, empty);
      await fetching.whole();
      await assertFiles(empty);
    });

    interopTest(partner, "is found and fetched from", door, async (place) => {
      const { scene, torrent, full, empty } = place;
      await using seeding = partner.start(torrent, full);
      await seeding.whole();
      await seederKnown(place);
      const get = ["get", torrent, "--out", empty, ...HERE];
      assertEquals(reportsOf(await scene.run(empty, get)).at(-1)?.downloaded, TOTAL);
      await assertFiles(empty);
    });
  }
}
