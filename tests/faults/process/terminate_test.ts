import { assertEquals, assertGreater, assertLess, assertLessOrEqual } from "@std/assert";
import { join } from "@std/path";
import { assertContent, reportsOf, Scene } from "../../e2e/scene.ts";
import type { Sluice } from "../../e2e/sluice.ts";
import { bytesOf, done, filmOf, goesOn, holds, IN_PIECES, timed } from "./transfers.ts";

const FILM = filmOf(12, 128);

/** Whoever is asked to stop has stopped after this time. */
const STOP_MS = 5_000;

/** Asks processes to stop, all at once, and makes sure that each does in time and with its status. */
async function stop(processes: readonly Sluice[], status: number): Promise<void> {
  await Promise.all(processes.map(async (process) => {
    process.kill("SIGTERM");
    assertLess(await timed(process.outcome()), STOP_MS);
    const { code, stderr } = await process.outcome();
    assertEquals({ code, stderr }, { code: status, stderr: [] });
  }));
}

for (const door of ["own", "http", "udp"] as const) {
  Deno.test(`faults: SIGTERM in the middle of transfers is told to the ${door} door, and what is there is kept`, async () => {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    const alice = await scene.library("alice", { "film.bin": FILM });
    const flags = door === "own" ? tracker.flags : ["--tracker", tracker.urls[door]];
    const share = ["share", "film.bin", ...IN_PIECES, "--up", "3M", ...flags, "--json"];
    const seeder = scene.start(alice, share);
    const { magnet, infoHash } = await seeder.report(
      "seeding",
      ({ announced }) => announced === true,
    );
    const get = ["get", String(magnet), ...flags, "--json"];
    const leechers: Sluice[] = [];
    for (const name of ["bob", "carol", "dave"]) {
      leechers.push(scene.start(await scene.folder(name), get));
    }
    await Promise.all(leechers.map((leecher) => holds(leecher, 0.1 * FILM.length)));
    const known = async (): Promise<number> => {
      const peers = ["peers", String(infoHash), ...tracker.flags, "--json"];
      return reportsOf(await scene.run(scene.path, peers)).filter(({ type }) => type === "peer")
        .length;
    };
    assertEquals(await known(), 4);
    await stop(leechers, 7);
    assertEquals(await known(), 1, "leechers did not say that they stop");
    for (const leecher of leechers) {
      const kept = bytesOf(leecher);
      assertGreater(kept, 0);
      assertLess(kept, FILM.length);
    }
    await stop([seeder], 0);
    assertEquals(await known(), 0, "the seeder did not say that it stops");

    scene.start(alice, [...share, "--port", String((await seeder.report("serving")).port)]);
    await Promise.all(leechers.map(async (leecher) => {
      const { downloaded } = await done(scene.start(leecher.cwd, get));
      assertLessOrEqual(Number(downloaded), FILM.length - bytesOf(leecher));
      await assertContent(join(leecher.cwd, "Original_Files", "film.bin"), FILM);
    }));
    await stop([tracker.process], 0);
  });
}

Deno.test("faults: SIGTERM ends all in time, also where the tracker or the other peer is frozen", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const flags = [...tracker.flags, "--tracker", tracker.urls.http, "--tracker", tracker.urls.udp];
  const share = ["share", "film.bin", ...IN_PIECES, "--up", "2M", ...flags, "--json"];
  const seeder = scene.start(alice, share);
  const { magnet } = await seeder.report("seeding");
  const get = ["get", String(magnet), ...flags, "--json"];
  const [bob, carol] = [
    scene.start(await scene.folder("bob"), get),
    scene.start(await scene.folder("carol"), get),
  ];
  await Promise.all([bob, carol].map((leecher) => holds(leecher, 1)));
  tracker.process.kill("SIGSTOP");
  carol.kill("SIGSTOP");
  await goesOn(bob);
  await stop([bob], 7);
  await stop([seeder], 0);
  carol.kill("SIGCONT");
  await stop([carol], 7);
  tracker.process.kill("SIGCONT");
  await stop([tracker.process], 0);
});

Deno.test("faults: SIGTERM ends a tracker in time, whatever its clients have not said or read yet", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const share = await scene.share(alice, "film.bin", tracker, IN_PIECES);
  const doors = [tracker.port, Number(new URL(tracker.urls.http).port)];
  const texts = ["", "GET /announce?info_hash=", "GET /scrape HTTP/1.1\r\nhost: x\r\n\r\n"];
  using connections = new DisposableStack();
  for (const port of doors) {
    for (const text of texts) {
      const connection = connections.use(await Deno.connect({ hostname: "127.0.0.1", port }));
      await connection.write(new TextEncoder().encode(text));
    }
  }
  await reportsOf(await scene.run(alice, ["list", ...tracker.flags, "--json"]));
  await stop([tracker.process], 0);
  await stop([share.process], 0);
});
