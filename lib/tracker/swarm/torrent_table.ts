import type { InfoHash } from "../../bytes/mod.ts";
import { encodeTorrent, type Torrent, type TorrentInfo } from "../../metainfo/mod.ts";
import { EMPTY_TORRENT_MS } from "../limits.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import type { Budget } from "./budget.ts";
import { NameIndex } from "./name_index.ts";
import { type PublishedTorrent, Swarm, type TorrentState } from "./swarm.ts";

/** What is kept of a torrent whose metainfo is there: of a torrent file only the info. */
export function publishedFrom(info: TorrentInfo): PublishedTorrent {
  const { infoHash, name, pieceLength, layout: { totalLength: length } } = info;
  const torrentFile = encodeTorrent({ info });
  return { state: "published", infoHash, shape: { name, length, pieceLength }, torrentFile };
}

/** What is published, and what becomes of it. */
export interface Catalogue {
  /** Torrents whose name is known, the published ones among them. */
  readonly namedCount: number;
  /**
   * Takes in a published torrent that was known before, with the number of its completions: it has no
   * members, and nothing gives way to it.
   *
   * @throws {TrackerRefusedError} if there is no room for it, or the tracker is not for it
   */
  restore(torrent: PublishedTorrent, completions: number): void;
  /** Has each torrent told that is published, completed or forgotten, at once; to one who listens. */
  watch(changed: (infoHash: InfoHash) => void): void;
}

/**
 * The swarms, by info-hash and by name, and the torrent files of those that are published.
 *
 * Invariant: `#abandoned` are the swarms without members, the longest abandoned first. They are kept
 * for a while, but give way to any torrent for which there is no room otherwise.
 */
export class TorrentTable implements Catalogue {
  readonly #budget: Budget;
  readonly #swarms = new Map<InfoHash, Swarm>();
  readonly #names = new NameIndex();
  /** Each with the time since when somebody looked and it was so; nothing before that. */
  readonly #abandoned = new Map<Swarm, number | undefined>();
  #changed: (infoHash: InfoHash) => void = () => {};

  /** Makes an empty table. */
  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** All swarms, in the order in which they became known. */
  get swarms(): ReadonlyMap<InfoHash, Swarm> {
    return this.#swarms;
  }

  get namedCount(): number {
    return this.#names.size;
  }

  /** All swarms whose torrent has this name. */
  swarmsNamed(name: string): ReadonlySet<Swarm> {
    return this.#names.swarmsOf(name);
  }

  /**
   * The published torrent that is meant by a name.
   *
   * @throws {TrackerRefusedError} if there is none, or more than one
   */
  resolveName(name: string): PublishedTorrent {
    return this.#names.resolve(name);
  }

  /**
   * The published torrent of an info-hash.
   *
   * @throws {TrackerRefusedError} if there is none
   */
  resolveInfoHash(infoHash: InfoHash): PublishedTorrent {
    const swarm = this.#swarms.get(infoHash);
    if (swarm?.torrent.state === "published") return swarm.torrent;
    const problem = swarm === undefined
      ? "it is not known"
      : "its torrent file has not arrived yet";
    throw new TrackerRefusedError(
      REFUSAL.unknown,
      `Cannot find torrent ${infoHash}: ${problem}`,
    );
  }

  /**
   * Takes in the metainfo of a torrent, of which only the info is kept: nobody vouches for the rest.
   *
   * @throws {TrackerRefusedError} if there is no room for it
   */
  publish({ info }: Pick<Torrent, "info">): void {
    const known = this.#swarms.get(info.infoHash);
    if (known?.torrent.state === "published") return;
    const torrent = publishedFrom(info);
    this.#makeRoomFor(torrent.torrentFile.length);
    this.#takeIn(known ?? this.open(info.infoHash), torrent);
  }

  restore(torrent: PublishedTorrent, completions: number): void {
    if (this.#swarms.has(torrent.infoHash)) return;
    this.#budget.checkTorrents(this.#swarms.size);
    if (!this.#budget.hasRoomFor(torrent.torrentFile.length)) throw noRoomForFile();
    const swarm = this.open(torrent.infoHash);
    swarm.completions = completions;
    this.#takeIn(swarm, torrent);
  }

  watch(changed: (infoHash: InfoHash) => void): void {
    this.#changed = changed;
  }

  /** Takes down that a member of a swarm has come to hold everything. */
  completed(swarm: Swarm): void {
    swarm.completions++;
    this.#changed(swarm.infoHash);
  }

  /**
   * Adds a swarm that is not known, of which nobody is a member yet.
   *
   * @throws {TrackerRefusedError} if there are too many, or the tracker is not for this torrent
   */
  open(infoHash: InfoHash): Swarm {
    this.#budget.checkAllowed(infoHash);
    const [abandoned] = this.#abandoned.keys();
    if (abandoned !== undefined && this.#budget.isFullOfTorrents(this.#swarms.size)) {
      this.#forget(abandoned);
    }
    this.#budget.checkTorrents(this.#swarms.size);
    const swarm = new Swarm(infoHash);
    this.#swarms.set(infoHash, swarm);
    this.#abandoned.set(swarm, undefined);
    return swarm;
  }

  /** Says what the torrent of a swarm is. */
  describe(swarm: Swarm, torrent: TorrentState): void {
    this.#names.remove(swarm);
    this.#budget.measure(swarm, () => swarm.describe(torrent));
    this.#names.add(swarm);
  }

  /** Takes down that a swarm has a member. */
  entered(swarm: Swarm): void {
    this.#abandoned.delete(swarm);
  }

  /** Takes down that a member has left a swarm. */
  left(swarm: Swarm): void {
    if (swarm.members.length > 0) return;
    if (swarm.torrent.state === "published") this.#abandoned.set(swarm, undefined);
    else this.#forget(swarm);
  }

  /** Forgets what was abandoned for long; must be called again and again. */
  sweep(nowMs: number): void {
    for (const [swarm, sinceMs] of this.#abandoned) {
      if (sinceMs === undefined) this.#abandoned.set(swarm, nowMs);
      else if (nowMs - sinceMs >= EMPTY_TORRENT_MS) this.#forget(swarm);
    }
  }

  #forget(swarm: Swarm): void {
    if (swarm.torrent.state === "published") {
      this.#budget.addTorrentFile(-swarm.torrent.torrentFile.length);
    }
    this.#names.remove(swarm);
    this.#swarms.delete(swarm.infoHash);
    this.#abandoned.delete(swarm);
    this.#changed(swarm.infoHash);
  }

  #takeIn(swarm: Swarm, torrent: PublishedTorrent): void {
    this.describe(swarm, torrent);
    swarm.inquiry.end();
    this.#budget.addTorrentFile(torrent.torrentFile.length);
    this.#changed(swarm.infoHash);
  }

  /** Gives up torrents that nobody holds until a torrent file fits. */
  #makeRoomFor(bytes: number): void {
    for (const swarm of this.#abandoned.keys()) {
      if (this.#budget.hasRoomFor(bytes)) return;
      this.#forget(swarm);
    }
    if (this.#budget.hasRoomFor(bytes)) return;
    throw noRoomForFile();
  }
}

function noRoomForFile(): TrackerRefusedError {
  return new TrackerRefusedError(
    REFUSAL.tooLarge,
    "Cannot keep torrent file: the tracker's room for torrent files is used up",
  );
}
