import { concatBytes, type InfoHash } from "../../bytes/mod.ts";
import { parseTorrent } from "../../metainfo/mod.ts";
import { MAX_PART_LENGTH, MAX_TORRENT_PARTS } from "../limits.ts";
import { MalformedMessageError, type TorrentKey } from "../protocol/mod.ts";
import type { TrackerConnection } from "./tracker_connection.ts";

/**
 * Fetches a torrent file, part by part, and makes sure that it is the torrent that was asked for.
 *
 * @throws {TrackerRefusedError} if the tracker does not know it, or knows several of the name
 * @throws {TorrentError} if the tracker gave something that is no torrent file
 * @throws {MalformedMessageError} if the tracker gave another torrent, or does not come to an end
 */
export async function fetchTorrent(
  connection: TrackerConnection,
  key: TorrentKey,
): Promise<Uint8Array<ArrayBuffer>> {
  const first = await connection.getTorrent({ ...key, offset: 0 });
  const { infoHash, name, total } = first;
  // Copied: a part is a view of its frame, which may be far longer.
  const parts = [first.data.slice()];
  for (let received = first.data.length; received < total;) {
    if (parts.length === MAX_TORRENT_PARTS) {
      throw new MalformedMessageError(
        `Cannot fetch torrent: the tracker gave it in more than ${MAX_TORRENT_PARTS} parts`,
      );
    }
    const { data } = await connection.getTorrent({ infoHash, offset: received });
    if (data.length === 0) {
      throw new MalformedMessageError("Cannot fetch torrent: the tracker gave an empty part of it");
    }
    parts.push(data.slice());
    received += data.length;
  }
  const file = concatBytes(parts);
  const { info } = await parseTorrent(file, "torrent from the tracker");
  const isAsked = "name" in key ? info.name === key.name : info.infoHash === key.infoHash;
  if (isAsked && info.infoHash === infoHash) return file;
  throw new MalformedMessageError(
    `Cannot fetch torrent: the tracker gave ${info.infoHash} for ${name} ${infoHash}`,
  );
}

/**
 * Hands in a torrent file, part by part.
 *
 * @throws {TrackerRefusedError} if the tracker does not take it
 */
export async function publishTorrent(
  connection: TrackerConnection,
  infoHash: InfoHash,
  file: Uint8Array,
): Promise<void> {
  const total = file.length;
  for (let offset = 0; offset < total;) {
    const data = file.subarray(offset, offset + MAX_PART_LENGTH);
    const { next } = await connection.publish({ infoHash, total, offset, data });
    if (next <= offset) {
      throw new MalformedMessageError("Cannot publish torrent: it does not go on");
    }
    offset = next;
  }
}
