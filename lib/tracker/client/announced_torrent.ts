import type { InfoHash } from "../../bytes/mod.ts";
import { BLOCK_LENGTH } from "../../metainfo/mod.ts";
import type { SwarmMember } from "./discovery.ts";

/** A torrent as trackers of any kind are told of it. */
export interface AnnouncedTorrent {
  /** Which torrent. */
  readonly infoHash: InfoHash;
  /** Whether all is held; if not, `"paused"` is one who wants no more of it (BEP 21). */
  stage(): "partial" | "paused" | "whole";
  /** Bytes that are not held. */
  left(): number;
  /** Bytes sent to others. */
  uploaded(): number;
  /** Bytes fetched from others. */
  downloaded(): number;
}

/** What trackers are told of one who holds or fetches a torrent. */
export function announcedMember(member: SwarmMember): AnnouncedTorrent {
  const { info: { infoHash, layout }, held } = member;
  return {
    infoHash,
    stage() {
      if (held.isFull) return "whole";
      return member.appetite() === "nothing" ? "paused" : "partial";
    },
    left() {
      let left = 0;
      for (const index of layout.pieceIndices()) {
        if (!held.has(index)) left += layout.pieceSize(index);
      }
      return left;
    },
    uploaded: () => member.uploaded(),
    downloaded: () => member.downloaded(),
  };
}

/** What trackers are told of one who does not know yet what the torrent is: something is missing. */
export function announcedSearch(infoHash: InfoHash): AnnouncedTorrent {
  return {
    infoHash,
    stage: () => "partial",
    left: () => BLOCK_LENGTH,
    uploaded: () => 0,
    downloaded: () => 0,
  };
}
