import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { reportsOf, Scene } from "../e2e/scene.ts";
import { openNetwork } from "./network.ts";
import { freePort, type Partner } from "./partner.ts";
import { PARTNERS } from "./partners.ts";
import type { RunningPartner } from "./running_partner.ts";
import { assertData, assertFiles, SAMPLES, Swarm, totalOf } from "./swarm.ts";

const SAMPLE = SAMPLES[1];
const here = PARTNERS.filter(({ missing }) => missing === "");
const network = here.some(({ network }) => network === "namespace") ? "namespace" : "loopback";
const names = here.map(({ name }) => name).join(", ");
const [first, ...others] = here;
const missing = first === undefined ? " (skipped: there are no other clients)" : "";

/** What a complaint of libtorrent has in it that is of another peer than ours: partners fall out, too. */
const OF_OTHERS = /\bclient: (?!SL\b|Unknown\b)/;

/** Partners that fetch, each into a folder of its own, and leave together. */
class Crowd implements AsyncDisposable {
  readonly #members: { readonly folder: string; readonly running: RunningPartner }[] = [];

  /** Starts them at once. */
  async join(scene: Scene, swarm: Swarm, partners: readonly Partner[]): Promise<void> {
    for (const partner of partners) {
      const folder = await scene.folder(`fetched by ${partner.name}`);
      this.#members.push({ folder, running: await swarm.start(partner, { folder }) });
    }
  }

  /** Waits until all have everything, and makes sure that none of them complains of ours. */
  async whole(): Promise<void> {
    await Promise.all(this.#members.map(({ running }) => running.whole()));
    for (const { folder, running } of this.#members) {
      await assertData(folder, SAMPLE);
      const complaints = await running.complaints();
      assertEquals(complaints.filter((line) => !OF_OTHERS.test(line)), []);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map(({ running }) => running[Symbol.asyncDispose]()));
  }
}

Deno.test({
  name: `interop: a slow seeder of ours makes ${names} and ours whole, all in one swarm${missing}`,
  ignore: missing !== "",
  async fn() {
    await using net = await openNetwork(network);
    await using scene = await Scene.open();
    const swarm = await Swarm.open({ scene, network: net, sample: SAMPLE, door: "http" });
    await swarm.seed(["--up", "1M"]);
    const folder = await scene.folder("fetched by ours");
    const get = swarm.get(folder, ["--stay"]);
    await using crowd = new Crowd();
    await crowd.join(scene, swarm, here);
    await crowd.whole();
    await get.report("done");
    await assertFiles(folder, SAMPLE.files);
    assertEquals(get.stderr, []);
  },
});

Deno.test({
  name: `interop: what only ours gets from ${first?.name}, all the others get too${missing}`,
  ignore: missing !== "",
  async fn() {
    await using net = await openNetwork(network);
    await using scene = await Scene.open();
    const swarm = await Swarm.open({ scene, network: net, sample: SAMPLE, door: "http" });
    const source = join(scene.path, "without-trackers.torrent");
    const create = ["create", join(swarm.full, SAMPLE.name), "--out", source, "--json"];
    const flags = ["--piece-length", SAMPLE.pieceLength];
    reportsOf(await scene.run(swarm.full, [...create, ...flags]));
    const port = freePort();
    await using seeding = await swarm.start(first!, { source, port });
    await seeding.whole();
    const folder = await scene.folder("fetched by ours");
    const peer = ["--peer", `${net.here.host}:${port}`];
    const get = swarm.get(folder, ["--stay", "--down", "1M", ...peer]);
    await get.report("progress", ({ chunks }) => Number(chunks) > 0);
    await using crowd = new Crowd();
    await crowd.join(scene, swarm, others);
    const { downloaded } = await get.report("done");
    assertEquals(downloaded, totalOf(SAMPLE));
    await crowd.whole();
    assertEquals(await seeding.complaints(), []);
    assertEquals(get.stderr, []);
  },
});
