import { assertEquals } from "@std/assert";
import { reportsOf, Scene } from "../e2e/scene.ts";
import { openNetwork } from "./network.ts";
import type { Partner } from "./partner.ts";
import { PARTNERS } from "./partners.ts";
import { assertData, assertFiles, type Sample, SAMPLES, Swarm, totalOf } from "./swarm.ts";

/** What one swarm of a test has. */
interface Place {
  readonly scene: Scene;
  readonly swarm: Swarm;
  readonly sample: Sample;
}

/** Every length of pieces and both kinds of trackers. */
const CASES = [
  { sample: SAMPLES[0], door: "http" },
  { sample: SAMPLES[1], door: "udp" },
  { sample: SAMPLES[2], door: "http" },
] as const;

/**
 * A test of one partner with all cases. They run at once, each with a tracker and a partner of its
 * own: some partners wait for their own timers most of the time.
 */
function interopTest(
  partner: Partner,
  promise: string,
  run: (place: Place) => Promise<void>,
): void {
  Deno.test({
    name: `interop: ${partner.name} ${promise}${partner.missing}`,
    ignore: partner.missing !== "",
    async fn() {
      const results = await Promise.allSettled(CASES.map(async ({ sample, door }) => {
        await using network = await openNetwork(partner.network);
        await using scene = await Scene.open();
        const swarm = await Swarm.open({ scene, network, sample, door });
        await run({ scene, swarm, sample });
      }));
      const failures = results.flatMap((result, index) => {
        if (result.status === "fulfilled") return [];
        const { sample, door } = CASES[index]!;
        return [new Error(`With ${sample.what}, by ${door}`, { cause: result.reason })];
      });
      if (failures.length > 0) throw new AggregateError(failures);
    },
  });
}

for (const partner of PARTNERS) {
  interopTest(partner, "fetches everything from our seeder", async ({ scene, swarm, sample }) => {
    const seed = await swarm.seed();
    const folder = await scene.folder("fetched");
    await using fetching = await swarm.start(partner, { folder });
    await fetching.whole();
    await assertData(folder, sample);
    assertEquals(await fetching.complaints(), []);
    seed.kill("SIGINT");
    const { code, stderr } = await seed.outcome();
    assertEquals({ code, stderr }, { code: 0, stderr: [] });
  });

  interopTest(partner, "seeds everything to our leecher", async ({ scene, swarm, sample }) => {
    await using seeding = await swarm.start(partner);
    await seeding.whole();
    const folder = await scene.folder("fetched");
    await seeding.during(async () => {
      await swarm.seederKnown();
      const reports = reportsOf(await swarm.get(folder).outcome());
      assertEquals(reports.at(-1)?.downloaded, totalOf(sample));
    });
    await assertFiles(folder, sample.files);
    assertEquals(await seeding.complaints(), []);
  });
}
