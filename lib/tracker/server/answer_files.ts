import { parseTorrent, type Torrent, TorrentError } from "../../metainfo/mod.ts";
import { MAX_PART_LENGTH } from "../limits.ts";
import type {
  GetTorrentArguments,
  GetTorrentReply,
  PublishArguments,
  PublishReply,
} from "../protocol/mod.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import type { TrackerContext } from "./context.ts";
import type { Session } from "./session.ts";

/** Answers `publish`; the last part is taken only if the whole is the torrent it is said to be. */
export async function answerPublish(
  part: PublishArguments,
  { peer, partialFile }: Session,
  { registry, events, clock }: TrackerContext,
): Promise<PublishReply> {
  if (peer === undefined) {
    throw new TrackerRefusedError(
      REFUSAL.forbidden,
      "Cannot publish: the connection gave no port, so it can hold nothing",
    );
  }
  if (registry.swarms.get(part.infoHash)?.torrent.state === "published") {
    partialFile.drop();
    return { next: part.total };
  }
  const file = partialFile.add(part, clock.now());
  if (file === undefined) return { next: partialFile.next };
  const torrent = await parsePublished(file);
  const { infoHash, name } = torrent.info;
  if (infoHash !== part.infoHash) {
    throw new TrackerRefusedError(
      REFUSAL.malformed,
      `Cannot publish ${part.infoHash}: the torrent file is that of ${infoHash}`,
    );
  }
  registry.publish(torrent);
  events.offer({ type: "published", infoHash, name });
  return { next: part.total };
}

/** Answers `get_torrent`. */
export function answerGetTorrent(
  query: GetTorrentArguments,
  _session: Session,
  { registry }: TrackerContext,
): GetTorrentReply {
  const torrent = "name" in query
    ? registry.resolveName(query.name)
    : registry.resolveInfoHash(query.infoHash);
  return {
    infoHash: torrent.infoHash,
    name: torrent.shape.name,
    total: torrent.torrentFile.length,
    offset: query.offset,
    data: torrent.torrentFile.subarray(query.offset, query.offset + MAX_PART_LENGTH),
  };
}

async function parsePublished(file: Uint8Array): Promise<Torrent> {
  try {
    return await parseTorrent(file, "published torrent");
  } catch (error) {
    if (!(error instanceof TorrentError)) throw error;
    throw new TrackerRefusedError(REFUSAL.malformed, error.message);
  }
}
