import { assertEquals, assertMatch } from "@std/assert";
import { describeTop, reportTop } from "../../../lib/cli/top/top_report.ts";
import { hashOf, sampleFile, samplePeer, sampleSeen } from "./sample_seen.ts";

Deno.test({
  name: "top: programs are told all that is on the screen",
  permissions: "none",
  fn() {
    const files = [sampleFile(1), sampleFile(2)];
    const peers = [samplePeer(1, { upRate: 1.4 }), samplePeer(2, { held: undefined })];
    const seen = sampleSeen(files, peers);
    const { peers: told, files: listed, ...rest } = reportTop(seen, hashOf(1));
    assertEquals({ ...rest }, {
      type: "top",
      tracker: "192.0.2.9:6789",
      state: "connected",
      infoHash: hashOf(1),
      swarmsSeen: 1,
      totals: { files: 2, bytes: 41943040, peers: 3, seeders: 2, leechers: 4, downRate: 1_024_000 },
    });
    const copiesMap = seen.swarms.get(hashOf(1))?.copies;
    assertEquals(listed, [{ ...files[0], downRate: 1_024_000, copiesMap }, { ...files[1] }]);
    const peer = {
      address: "192.0.2.1:6881",
      client: "Sluice 0.1.0",
      ...{ uploaded: 5_000, downloaded: 5 * 1024 * 1024 },
      ...{ upRate: 1, downRate: 512_000, secondsLeft: 31 },
      chunks: 10,
      map: btoa("\xff".repeat(10) + "\0".repeat(30)),
    };
    const other = { address: "192.0.2.2:6881", upRate: 1_024, chunks: null, map: null };
    assertEquals(told, [peer, { ...peer, ...other }]);
    assertEquals("peers" in reportTop(seen, undefined), false);
    const lost = { state: "lost", reason: "gone" } as const;
    const report = reportTop(sampleSeen(files, [], { contact: lost }), undefined);
    assertEquals([report.state, report.reason], ["lost", "gone"]);
  },
});

Deno.test({
  name: "top: where there is no terminal it is lines",
  permissions: "none",
  fn() {
    const seen = sampleSeen([sampleFile(1, { name: "a\x1bb" })], [samplePeer(1)]);
    const files = describeTop(seen, undefined).split("\n");
    assertEquals(files.slice(0, 2), [
      "Tracker 192.0.2.9:6789",
      "1 file, 3 peers, 1 seeder, 2 leechers, 500 KiB/s",
    ]);
    assertMatch(files[2] ?? "", /^NAME +SIZE +SEEDERS +LEECHERS +COPIES +RATE +AVAILABILITY$/);
    assertMatch(files[3] ?? "", /^a\?b +20\.0 MiB +1 +2 +1\.25 +500 KiB\/s {2}[\u2588\u2584]+$/);
    assertEquals(
      describeTop(sampleSeen([sampleFile(1), sampleFile(2)], [samplePeer(1)]), undefined)
        .split("\n")[1],
      "2 files, 3 peers, 2 seeders, 4 leechers, 500 KiB/s in the 1 that were looked at",
    );
    const peers = describeTop(seen, hashOf(1)).split("\n");
    assertEquals(peers[1], "a?b: 20.0 MiB, 1 seeder, 2 leechers, 1.25 copies, 500 KiB/s");
    assertMatch(peers[3] ?? "", /^192\.0\.2\.1:6881 +Sluice 0\.1\.0 .* 31 s$/);
    assertEquals(describeTop(seen, hashOf(7)).split("\n").length, 2);
    const lost = { state: "lost", reason: "it is\x1b gone" } as const;
    assertEquals(
      describeTop(sampleSeen([], [], { contact: lost }), undefined).split("\n")[0],
      "Lost the tracker: it is? gone; trying again",
    );
  },
});
