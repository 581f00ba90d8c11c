import { encodeFrame } from "../../../lib/framing/mod.ts";
import { encodeTorrent } from "../../../lib/metainfo/mod.ts";
import {
  type ArgumentsOf,
  encodeMessage,
  QUERY_CODECS,
  type QueryCodec,
  type QueryName,
  type ReplyOf,
} from "../../../lib/tracker/mod.ts";
import { concatBytes } from "../../../lib/bytes/mod.ts";
import { greeting, type RawClient } from "../../tracker/raw_client.ts";
import { PAGE, SampleTracker, telling } from "../../tracker/sample_tracker.ts";
import { sampleHash, sampleInfo, sampleShape } from "../../tracker/sample_torrents.ts";
import { runTranscript } from "../../tracker/protocol/transcript.ts";
import { type Attempt, cut, type FuzzTarget, promise } from "../target.ts";
import { promiseNoFault } from "../tracker_context.ts";

let transaction = 0;

function query<Name extends QueryName>(name: Name, content: ArgumentsOf<Name>): Uint8Array {
  const codec: QueryCodec<ArgumentsOf<Name>, ReplyOf<Name>> = QUERY_CODECS[name];
  transaction++;
  return encodeFrame(
    encodeMessage({ type: "query", transaction, name, content: codec.encodeArguments(content) }),
  );
}

const INFO = await sampleInfo("film.mp4", 9);
const { infoHash } = INFO;
const FILE = encodeTorrent({ info: INFO, trackers: [["http://tracker.example/announce"]] });
const PART = { infoHash, total: FILE.length, offset: 0, data: FILE };
const TOLD = { infoHash, shape: sampleShape("film.mp4", 9) };

const REPORTS = [
  telling({ ...TOLD, held: { kind: "complete" }, uploaded: 1, downloaded: 2 }),
  telling({ ...TOLD, held: { kind: "bitfield", bytes: Uint8Array.of(0xff, 0x80) } }),
  telling({ ...TOLD, shape: undefined, held: { kind: "have", pieces: [0, 8] } }),
  { torrents: [], gone: [infoHash, sampleHash(7)] },
];

const QUERIES: readonly Uint8Array[] = [
  concatBytes(REPORTS.map((report) => query("update_status", report))),
  concatBytes([query("update_status", REPORTS[0]!), query("publish", PART)]),
  concatBytes([
    query("publish", { ...PART, data: FILE.subarray(0, 50) }),
    query("publish", { ...PART, offset: 50, data: FILE.subarray(50) }),
  ]),
  concatBytes([
    query("get_torrent", { infoHash, offset: 0 }),
    query("get_torrent", { name: "film.mp4", offset: 0 }),
    query("list_files", PAGE),
    query("get_peers", PAGE),
    query("get_peers", { ...PAGE, infoHash }),
  ]),
  concatBytes([query("ping", {}), query("disconnect", {})]),
  concatBytes([query("ping", {}), query("exit", {})]),
];

const TRANSCRIPT = [...(await runTranscript()).values()];

/** Reads whatever comes, so that the tracker can go on. */
async function follow(client: RawClient): Promise<"closed"> {
  try {
    while (await client.nextPayload() !== undefined);
  } catch {
    // It was closed in the middle of a frame, by us.
  }
  return "closed";
}

/** Lets one say what it likes, and looks whether another one is served all the same. */
async function attempt(
  bytes: Uint8Array,
  random: () => number,
  arrival: "dial" | "enter",
): Promise<Attempt> {
  const sample = new SampleTracker();
  const { server, clock } = sample;
  let outcome: Attempt["outcome"] = "accepted";
  try {
    using good = await sample.enter(1);
    await good.ask("update_status", REPORTS[0]!);
    using rogue = arrival === "dial" ? await sample.dial(2) : await sample.enter(2);
    void follow(rogue).then(() => outcome = "refused");
    for (const part of cut(bytes, random() < 0.5 ? "whole" : "random", random)) {
      rogue.sendBytes(part).catch(() => undefined);
    }
    for (let step = 0; step < 4; step++) await clock.advance(500);
    await good.ask("ping", {});
    const { files } = await good.ask("list_files", PAGE);
    promise(files.some((file) => file.infoHash === infoHash), "the good one's torrent is gone");
    promise(server.registry.peers.size <= 2, "one connection is more than one peer");
    promise(server.registry.swarms.size <= 1 + bytes.length / 40, "it has made too many swarms");
    const state = outcome;
    rogue.close();
    await clock.advance(1_100);
    return { outcome: state };
  } finally {
    await server.close();
    await promiseNoFault(server.events);
  }
}

/** The TCP door of a whole tracker, on which another client is served as well. */
export const TRACKER_TCP: FuzzTarget = {
  quick: 60,
  kinds: {
    first: {
      form: "frames",
      corpus: [query("connect", { ...greeting(2), token: "open sesame" }), ...TRANSCRIPT],
      attempt: (bytes, random) => attempt(bytes, random, "dial"),
    },
    queries: {
      form: "frames",
      corpus: QUERIES,
      attempt: (bytes, random) => attempt(bytes, random, "enter"),
    },
  },
};
