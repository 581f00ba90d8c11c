import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { formatSwarmKey, generateSwarmKey } from "../../lib/net/mod.ts";
import { reportsOf, Scene } from "../e2e/scene.ts";
import { openNetwork } from "./network.ts";
import type { Partner } from "./partner.ts";
import { PARTNERS } from "./partners.ts";
import { assertFiles, SAMPLES, Swarm } from "./swarm.ts";

const SAMPLE = SAMPLES[1];

/** A test of one partner, who knows nothing of the key of a swarm that he finds by its tracker. */
function strangerTest(
  partner: Partner,
  promise: string,
  run: (scene: Scene, swarm: Swarm, flags: readonly string[]) => Promise<void>,
): void {
  Deno.test({
    name: `interop: ${partner.name} ${promise}${partner.missing}`,
    ignore: partner.missing !== "",
    async fn() {
      await using network = await openNetwork(partner.network);
      await using scene = await Scene.open();
      const key = join(scene.path, "team.key");
      await Deno.writeTextFile(key, formatSwarmKey(generateSwarmKey()), { mode: 0o600 });
      const swarm = await Swarm.open({ scene, network, sample: SAMPLE, door: "http" });
      await run(scene, swarm, ["--swarm-key", key, "--verbose"]);
    },
  });
}

/** What stands beside data while it is fetched, and is none. */
const RECORDS = /\.(aria2|torrent|resume|journal|lock)$/;

/** Whether some file in a folder has a byte that is not zero: places are made for data before it comes. */
async function hasData(folder: string): Promise<boolean> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    const path = join(folder, name);
    const isFilled = isFile
      ? !RECORDS.test(name) && (await Deno.readFile(path)).some((byte) => byte !== 0)
      : await hasData(path);
    if (isFilled) return true;
  }
  return false;
}

for (const partner of PARTNERS) {
  strangerTest(partner, "gets nothing from a private swarm", async (scene, swarm, flags) => {
    const seed = await swarm.seed(flags);
    const fetched = await scene.folder("fetched");
    let fetching;
    {
      await using stranger = await swarm.start(partner, { folder: fetched });
      fetching = stranger.whole().then(() => "whole", () => "not whole"); // some begin only when asked
      await stranger.during(async () => {
        await seed.report("peer-refused");
      });
      const friend = await scene.folder("friend");
      assertEquals(reportsOf(await swarm.get(friend, flags).outcome()).at(-1)?.type, "done");
      await assertFiles(friend, SAMPLE.files);
      assertEquals(await hasData(fetched), false);
    }
    assertEquals(await fetching, "not whole");
  });

  strangerTest(partner, "gives nothing to a private swarm", async (scene, swarm, flags) => {
    await using stranger = await swarm.start(partner);
    await stranger.whole();
    await stranger.during(async () => {
      await swarm.seederKnown();
      const folder = await scene.folder("fetched");
      const get = swarm.get(folder, flags);
      const { reason } = await get.report("peer-refused");
      assertMatch(String(reason), /this swarm's key$/);
      get.kill("SIGINT");
      await get.outcome();
      const held = get.reports.filter(({ type }) => type === "progress").map(({ bytes }) => bytes);
      assertEquals(held.filter((bytes) => bytes !== 0), []);
      assertEquals(await hasData(folder), false);
    });
  });
}
