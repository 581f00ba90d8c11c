import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type FindOptions, findTorrent, parseWanted } from "../../lib/cli/find_torrent.ts";
import { encodeTorrent, MagnetError } from "../../lib/metainfo/mod.ts";
import {
  REFUSAL,
  TrackerRefusedError,
  TrackerUnreachableError,
} from "../../lib/tracker/client/mod.ts";
import { createTorrent } from "../peer/simulation.ts";

const HASH = "0123456789abcdef0123456789abcdef01234567";

Deno.test({
  name: "find torrent: a magnet link, an info-hash, a torrent file and a name are told apart",
  permissions: "none",
  fn() {
    const magnet = `magnet:?xt=urn:btih:${HASH}&x.pe=127.0.0.1:5&x.pe=%5B::1%5D:6`;
    const none = { peers: [], tiers: [], webSeeds: [] };
    const peers = [{ host: "127.0.0.1", port: 5 }, { host: "::1", port: 6 }];
    const whats: readonly [string, unknown][] = [
      [magnet, { by: "hash", infoHash: HASH, hints: { peers, tiers: [], webSeeds: [] } }],
      [
        `MAGNET:?xt=urn:btih:${HASH}&tr=udp%3A%2F%2Fa.example%3A1&tr=http://b.example/announce&ws=http://c.example/&so=0,2-4`,
        {
          ...{ by: "hash", infoHash: HASH },
          hints: {
            peers: [],
            tiers: [["udp://a.example:1"], ["http://b.example/announce"]],
            webSeeds: ["http://c.example/"],
            selectOnly: "0,2-4",
          },
        },
      ],
      [HASH.toUpperCase(), { by: "hash", infoHash: HASH, hints: none }],
      ["film.torrent", { by: "file", path: "film.torrent" }],
      ["FILM.TORRENT", { by: "file", path: "FILM.TORRENT" }],
      ["./film", { by: "file", path: "./film" }],
      ["/data/film", { by: "file", path: "/data/film" }],
      ["film.mp4", { by: "name", name: "film.mp4" }],
      [`${HASH}0`, { by: "name", name: `${HASH}0` }],
      ["a torrent", { by: "name", name: "a torrent" }],
    ];
    for (const [what, expected] of whats) assertEquals<unknown>(parseWanted(what), expected, what);
  },
});

Deno.test({
  name: "find torrent: what begins like a magnet link must be one",
  permissions: "none",
  fn() {
    for (const what of ["magnet:", "magnet:?xt=urn:btih:xyz", `magnet:?xt=urn:btmh:${HASH}`]) {
      assertThrows(() => parseWanted(what), MagnetError);
    }
  },
});

/** Looks for a name at a tracker that does one after the other. */
async function lookUp(...answers: readonly (Error | Uint8Array)[]): Promise<string> {
  const address = { host: "192.0.2.1", port: 6789 };
  const left = [...answers];
  function getTorrent(): Promise<Uint8Array> {
    const answer = left.shift() ?? new Error("it is asked once too often");
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }
  const trackers = [{ address, origin: "named", client: { getTorrent } }];
  const session = { trackers, lookedAround: Promise.resolve(), announceUrls: [] };
  const { info } = await findTorrent({ by: "name", name: "film.bin" }, {
    session: session as unknown as FindOptions["session"],
    ...{ peers: [], timeoutMs: 20_000, signal: new AbortController().signal },
  });
  return info.infoHash;
}

const ABSENT = new TrackerUnreachableError({ host: "192.0.2.1", port: 6789 }, "nobody is there");
const UNKNOWN = new TrackerRefusedError(REFUSAL.unknown, "Cannot answer: no such torrent");

Deno.test("find torrent: a tracker that has just come back is asked until those who have it are back, too", async () => {
  const { info } = await createTorrent();
  const file = encodeTorrent({ info });
  assertEquals(await lookUp(ABSENT, UNKNOWN, file), info.infoHash);
  await assertRejects(() => lookUp(UNKNOWN, file), TrackerRefusedError, "no such torrent");
  const other = new TrackerRefusedError(REFUSAL.token, "Cannot let you in: wrong token");
  await assertRejects(() => lookUp(ABSENT, other, file), TrackerRefusedError, "wrong token");
});
