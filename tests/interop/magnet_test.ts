import { assertEquals } from "@std/assert";
import { reportsOf, Scene } from "../e2e/scene.ts";
import { openNetwork } from "./network.ts";
import type { Partner } from "./partner.ts";
import { PARTNERS } from "./partners.ts";
import { assertData, assertFiles, SAMPLES, Swarm, totalOf } from "./swarm.ts";

/** Names in letters of many kinds, and enough pieces that the metadata has several thousand bytes. */
const SAMPLE = SAMPLES[0];

function magnetTest(
  partner: Partner,
  promise: string,
  run: (scene: Scene, swarm: Swarm) => Promise<void>,
): void {
  Deno.test({
    name: `interop: ${partner.name} ${promise} (BEP 9)${partner.missing}`,
    ignore: partner.missing !== "",
    async fn() {
      await using network = await openNetwork(partner.network);
      await using scene = await Scene.open();
      await run(scene, await Swarm.open({ scene, network, sample: SAMPLE, door: "http" }));
    },
  });
}

for (const partner of PARTNERS) {
  magnetTest(partner, "has only a link, and gets the rest of our seeder", async (scene, swarm) => {
    await swarm.seed();
    const folder = await scene.folder("fetched");
    await using fetching = await swarm.start(partner, { folder, source: swarm.magnet });
    await fetching.whole();
    await assertData(folder, SAMPLE);
    assertEquals(await fetching.complaints(), []);
  });

  magnetTest(partner, "seeds to our leecher, which has only a link", async (scene, swarm) => {
    await using seeding = await swarm.start(partner);
    await seeding.whole();
    const folder = await scene.folder("fetched");
    await seeding.during(async () => {
      await swarm.seederKnown();
      const reports = reportsOf(await swarm.get(folder, [], swarm.magnet).outcome());
      assertEquals(reports.at(-1)?.downloaded, totalOf(SAMPLE));
    });
    await assertFiles(folder, SAMPLE.files);
    assertEquals(await seeding.complaints(), []);
  });
}
