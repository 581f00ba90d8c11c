import { Bitfield } from "../../lib/bytes/mod.ts";
import type { TorrentInfo } from "../../lib/metainfo/mod.ts";
import type { SwarmMember } from "../../lib/tracker/mod.ts";
import { sampleInfo } from "./sample_torrents.ts";

/** A member whose bitfield and counters are set by hand. */
export class SampleMember implements SwarmMember {
  readonly info: TorrentInfo;
  readonly held: Bitfield;
  counters = { uploaded: 0, downloaded: 0 };
  wants: "pieces" | "nothing" = "pieces";

  constructor(info: TorrentInfo, pieces: Iterable<number> = []) {
    this.info = info;
    this.held = new Bitfield(info.layout.pieceCount);
    for (const piece of pieces) this.held.set(piece);
  }

  /** A member of a torrent of that name and number of pieces, which holds some of them. */
  static async of(name: string, count: number, pieces?: Iterable<number>): Promise<SampleMember> {
    return new SampleMember(await sampleInfo(name, count), pieces);
  }

  uploaded(): number {
    return this.counters.uploaded;
  }

  downloaded(): number {
    return this.counters.downloaded;
  }

  appetite(): "pieces" | "nothing" {
    return this.wants;
  }
}

/** The numbers from 0 up to but not including `count`. */
export function all(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}
