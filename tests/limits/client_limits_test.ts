import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UrlGuard } from "../../lib/net/mod.ts";
import { encodeTorrent } from "../../lib/metainfo/mod.ts";
import {
  announceTiers,
  type GetTorrentArguments,
  LOOK_UP_TIMEOUT_MS,
  MalformedMessageError,
  MAX_TORRENT_PARTS,
  MAX_TRACKERS,
  type TrackerConnection,
} from "../../lib/tracker/mod.ts";
import { fetchTorrent } from "../../lib/tracker/client/torrent_transfer.ts";
import { Announcer } from "../tracker/client/sample_announcer.ts";
import { SampleMember } from "../tracker/sample_member.ts";
import { sampleInfo } from "../tracker/sample_torrents.ts";

const INFO = await sampleInfo("film.mp4", 9);
const { infoHash, name } = INFO;

/** A torrent file of a length. */
function fileOf(length: number): Uint8Array {
  const comment = (size: number) => encodeTorrent({ info: INFO, comment: "x".repeat(size) });
  return comment(1_000 + length - comment(1_000).length);
}

/** A tracker that gives one byte at a time, each in a frame of its own that is far longer. */
function drippingTracker(file: Uint8Array): TrackerConnection {
  const getTorrent = ({ offset }: GetTorrentArguments) => {
    const frame = new Uint8Array(10_000);
    frame.set(file.subarray(offset, offset + 1));
    const data = frame.subarray(0, 1);
    return Promise.resolve({ infoHash, name, total: file.length, offset, data });
  };
  return { getTorrent } as unknown as TrackerConnection;
}

Deno.test("A torrent file comes in 4,096 parts at most, of whatever length", async () => {
  const most = fileOf(MAX_TORRENT_PARTS);
  assertEquals(most.length, MAX_TORRENT_PARTS);
  assertEquals(await fetchTorrent(drippingTracker(most), { name }), most);
  await assertRejects(
    () => fetchTorrent(drippingTracker(fileOf(MAX_TORRENT_PARTS + 1)), { name }),
    MalformedMessageError,
    "in more than 4096 parts",
  );
});

Deno.test("A torrent is announced to 200 trackers at most, the first of its tiers", () => {
  const urls = Array.from({ length: MAX_TRACKERS + 1 }, (_, at) => `http://tracker${at}.example/`);
  const most = urls.slice(0, -1);
  assertEquals(announceTiers([most]), [most]);
  assertEquals(announceTiers([urls]), [most]);
  const [first = "", ...rest] = urls;
  assertEquals(announceTiers([[first, first, "no URL"], rest, [first]]), [
    [first],
    rest.slice(0, -1),
  ]);
});

Deno.test("The name of a tracker that a torrent names is looked up for 10 s at most", async () => {
  const looking = Promise.withResolvers<void>();
  const urls = new UrlGuard({
    resolve: () => {
      looking.resolve();
      return new Promise(() => undefined);
    },
  });
  await using announcer = new Announcer([["udp://tracker.example:6969/announce"]], 1, () => 0.99, {
    urls,
  });
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  let outcome = "waiting";
  const failed = announcer.unreachable().finally(() => outcome = "over");
  await looking.promise;
  await announcer.clock.advance(LOOK_UP_TIMEOUT_MS - 1);
  assertEquals(outcome, "waiting");
  await announcer.clock.advance(1);
  assertStringIncludes((await failed).error.message, "its name is not looked up in 10 s");
});
