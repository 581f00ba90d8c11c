import { assert, assertEquals, assertRejects } from "@std/assert";
import { parseTorrent, type Torrent, TorrentError } from "../../lib/metainfo/mod.ts";
import {
  type Cause,
  MALFORMED_TORRENTS,
  type MalformedTorrent,
  type Taken,
} from "../vectors/malformed_torrents/mod.ts";

/** What is read of a torrent, in the form that the vectors have. */
function takenOf({ info, trackers, webSeeds, ...remarks }: Torrent): Required<Taken> {
  return {
    name: info.name,
    files: info.files.map(({ path, length }) => [path.join("/"), length] as const),
    pieceCount: info.layout.pieceCount,
    privacy: info.privacy,
    trackers,
    webSeeds,
    remarks,
  };
}

async function assertTaken({ bytes }: MalformedTorrent, expected: Taken): Promise<void> {
  const found = takenOf(await parseTorrent(bytes, "bad.torrent"));
  for (const key of Object.keys(expected) as (keyof Taken)[]) {
    assertEquals(found[key], expected[key], key);
  }
}

async function assertRefused(
  { bytes }: MalformedTorrent,
  cause: Cause,
  reason: string,
): Promise<void> {
  const error = await assertRejects(() => parseTorrent(bytes, "bad.torrent"), TorrentError);
  assertEquals(error.cause instanceof Error ? error.cause.name : error.name, cause, error.message);
  const begins = `Cannot read bad.torrent: ${reason}`;
  assert(error.message.startsWith(begins), `${error.message}\ndoes not begin with\n${begins}`);
}

for (const torrent of MALFORMED_TORRENTS) {
  const { name, outcome } = torrent;
  const verb = "taken" in outcome ? "takes" : "refuses";
  Deno.test({
    name: `parseTorrent() ${verb} a torrent ${name}`,
    permissions: "none",
    fn: () =>
      "taken" in outcome
        ? assertTaken(torrent, outcome.taken)
        : assertRefused(torrent, outcome.refusedFor, outcome.reason),
  });
}

Deno.test({
  name: "There are more than 250 malformed torrents, each with a name and bytes of its own",
  permissions: "none",
  fn() {
    assert(MALFORMED_TORRENTS.length > 250, `${MALFORMED_TORRENTS.length} malformed torrents`);
    for (const property of ["name", "bytes"] as const) {
      const values = MALFORMED_TORRENTS.map((torrent) => String(torrent[property]));
      const twice = MALFORMED_TORRENTS.filter((_, at) => values.indexOf(values[at]!) !== at);
      assertEquals(twice.map(({ name }) => name), [], `the same ${property} twice`);
    }
  },
});
