import { assert, assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "@std/assert";
import { join } from "@std/path";
import { infoHashFromHex } from "../../../lib/bytes/mod.ts";
import { randomPeerId } from "../../../lib/peer/mod.ts";
import {
  decodeUdpAnswer,
  encodeUdpAnnounce,
  encodeUdpConnect,
  SWEEP_MS,
  type UdpAnswer,
} from "../../../lib/tracker/mod.ts";
import { assertContent, reportsOf, Scene } from "../../e2e/scene.ts";
import { soon } from "../../e2e/sluice.ts";
import { bytesOf, done, filmOf, goesOn, holds, IN_PIECES, lasting } from "./transfers.ts";
import { NO_WALL_CLOCK, WallClock } from "./wall_clock.ts";

const FILM = filmOf(10, 128);

/** Sends a request to a UDP tracker and waits for the answer to it. */
async function ask(url: string, request: Uint8Array): Promise<UdpAnswer> {
  const { port } = new URL(url);
  const to = { transport: "udp", hostname: "127.0.0.1", port: Number(port) } as const;
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  try {
    await socket.send(request, to);
    const [bytes] = await soon("an answer of the UDP door", socket.receive());
    const transaction = new DataView(request.buffer, request.byteOffset).getUint32(12);
    const answer = decodeUdpAnswer(bytes, transaction, "ipv4");
    assert(answer !== undefined, "it answers something else");
    return answer;
  } finally {
    socket.close();
  }
}

Deno.test({
  name:
    `faults: a wall clock that jumps by days, both ways, expires nobody and ends no transfer${NO_WALL_CLOCK}`,
  ignore: NO_WALL_CLOCK !== "",
  async fn() {
    await using scene = await Scene.open();
    const clock = await WallClock.in(scene.path);
    const options = { env: clock.env };
    const tracker = await scene.tracker(0, [], options);
    const alice = await scene.library("alice", { "film.bin": FILM });
    const bob = await scene.folder("bob");
    const flags = [...tracker.flags, "--json"];
    const share = scene.start(alice, ["share", "film.bin", ...IN_PIECES, ...flags], options);
    await tracker.process.report("published");
    const { infoHash } = await share.report("seeding");
    const get = scene.start(bob, ["get", "film.bin", "--down", "700K", ...flags], options);
    await holds(get, 1);
    const connected = await ask(tracker.urls.udp, encodeUdpConnect(1));
    assert(connected.type === "connection");
    const { connectionId } = connected;
    const peerId = randomPeerId();
    const announce = { port: 6881, downloaded: 0, left: 1, uploaded: 0, numWant: 0 };
    for (const days of [2, -1, -2, 0]) {
      await clock.jump(days);
      await lasting(2 * SWEEP_MS);
      await goesOn(get);
      const peers = reportsOf(await scene.run(bob, ["peers", "film.bin", ...flags], options));
      const ours = peers.map(({ agent }) => String(agent)).filter((name) => /^Sluice/.test(name));
      assertEquals(ours.length, 2, `somebody is gone at ${days} days`);
      const answer = await ask(
        tracker.urls.udp,
        encodeUdpAnnounce(
          { ...announce, infoHash: infoHashFromHex(String(infoHash)), peerId, event: "none" },
          { connectionId, transaction: 2, key: 7, path: "" },
        ),
      );
      assert(answer.type === "announced");
      assertEquals([answer.result.seeders, answer.result.leechers], [1, 1]);
    }
    const { downloaded } = await done(get);
    assertEquals(downloaded, FILM.length);
    await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
    for (const process of [share, get]) {
      assertEquals(process.reports.filter(({ type }) => type === "tracker"), [], "it was lost");
    }
  },
});

Deno.test({
  name:
    `faults: a download goes on after days forward and back, and keeps what it has${NO_WALL_CLOCK}`,
  ignore: NO_WALL_CLOCK !== "",
  async fn() {
    await using scene = await Scene.open();
    const clock = await WallClock.in(scene.path);
    const tracker = await scene.tracker();
    const alice = await scene.library("alice", { "film.bin": FILM });
    const bob = await scene.folder("bob");
    const share = await scene.share(alice, "film.bin", tracker, IN_PIECES);
    const get = ["get", "film.bin", "--down", "2M", ...tracker.flags, "--json"];
    let kept = 0;
    for (const [days, part] of [[0, 0.3], [2, 0.5], [-2, 0.7]] as const) {
      await clock.jump(days);
      const process = scene.start(bob, get, { env: clock.env });
      const { bytes } = await process.report("progress", (report) => Number(report.bytes) > 0);
      assertGreaterOrEqual(Number(bytes), kept, "it has lost what it had");
      await holds(process, part * FILM.length);
      process.kill("SIGKILL");
      await process.outcome();
      kept = bytesOf(process);
      // As if all had been written at another time, that of the seeder too.
      const date = new Date(Date.now() + days * 86_400_000);
      for (const path of ["bob/Chunks/film.bin.partial", "alice/Original_Files/film.bin"]) {
        await Deno.utime(join(scene.path, path), date, date);
      }
    }
    const last = await done(scene.start(bob, get));
    assertLessOrEqual(Number(last.downloaded), FILM.length - kept);
    await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
    assertEquals(share.process.reports.filter(({ type }) => type === "changed"), []);
  },
});
