import type { InfoHash } from "../../bytes/mod.ts";
import { FETCHED_MS, MAX_FETCHED_FROM, MAX_PAGE_BYTES, MAX_STATUS_ENTRIES } from "../limits.ts";
import type { UpdateStatusArguments } from "../protocol/mod.ts";
import type { FetchedFrom, HeldPieces, TorrentReport } from "../swarm/mod.ts";
import type { SwarmMember } from "./discovery.ts";

/**
 * What the tracker must be told of a torrent next: all of it, the pieces that came since, the counters
 * alone, nothing; or nothing before it is asked again, since it did not take what it was told.
 */
type Due = "all" | "pieces" | "counters" | "nothing" | "refused";

interface Entry {
  readonly member: SwarmMember;
  due: Due;
  /** Pieces that came since the tracker was told. */
  pieces: number[];
  /** The counters as the tracker was told. */
  uploaded: number;
  downloaded: number;
  /** When the tracker was last told from whom bytes come. */
  fetchedToldAtMs: number;
}

/** Bytes of a report at most, besides its pieces. */
const REPORT_BYTES = 512;

/** Bytes of a peer in a report. */
const FETCHED_BYTES = 28;

/**
 * What a client has to tell its tracker.
 *
 * Invariant: a tracker that gets every batch since the last `tellAll` knows all members as they were
 * when the last batch was taken. If a batch may not have arrived, `tellAll` must be called.
 */
export class StatusBook {
  readonly #entries = new Map<InfoHash, Entry>();
  #gone: InfoHash[] = [];

  /** The member of a torrent. */
  memberOf(infoHash: InfoHash): SwarmMember | undefined {
    return this.#entries.get(infoHash)?.member;
  }

  /** Whether the tracker took what it was last told of a torrent. */
  isTaken(infoHash: InfoHash): boolean {
    const due = this.#entries.get(infoHash)?.due ?? "refused";
    return due !== "all" && due !== "refused";
  }

  /** Adds a member of a torrent that has none. */
  add(member: SwarmMember): void {
    this.#entries.set(member.info.infoHash, {
      ...{ member, due: "all", pieces: [], uploaded: 0, downloaded: 0 },
      fetchedToldAtMs: -Infinity,
    });
  }

  /** Removes the member of a torrent. */
  remove(infoHash: InfoHash): void {
    if (this.#entries.delete(infoHash)) this.#gone.push(infoHash);
  }

  /** Takes down that a piece is held now. */
  pieceHeld(infoHash: InfoHash, piece: number): void {
    const entry = this.#entries.get(infoHash);
    if (entry === undefined || entry.due === "all" || entry.due === "refused") return;
    entry.pieces.push(piece);
    entry.due = "pieces";
  }

  /** Sees to it that a tracker that knows nothing is told everything. */
  tellAll(): void {
    this.#gone = [];
    for (const entry of this.#entries.values()) entry.due = "all";
  }

  /** Sees to it that the tracker is told everything of one torrent. */
  tellAllOf(infoHash: InfoHash): void {
    const entry = this.#entries.get(infoHash);
    if (entry !== undefined) entry.due = "all";
  }

  /** Takes down that the tracker did not take what it was told of a torrent. */
  refused(infoHash: InfoHash): void {
    const entry = this.#entries.get(infoHash);
    if (entry !== undefined) entry.due = "refused";
  }

  /** Sees to it that the tracker is told the counters that changed, and again what it refused. */
  refresh(): void {
    for (const entry of this.#entries.values()) {
      const { member, due, uploaded, downloaded } = entry;
      const isNew = member.uploaded() !== uploaded || member.downloaded() !== downloaded;
      if (due === "refused") entry.due = "all";
      else if (due === "nothing" && isNew) entry.due = "counters";
    }
  }

  /** What to tell next, as much as fits one query, taken as told; `undefined` if there is nothing. */
  takeBatch(nowMs = 0): UpdateStatusArguments | undefined {
    const gone = this.#gone.splice(0, MAX_STATUS_ENTRIES);
    const torrents: TorrentReport[] = [];
    let bytes = 0;
    for (const entry of this.#entries.values()) {
      if (entry.due === "nothing" || entry.due === "refused") continue;
      if (bytes >= MAX_PAGE_BYTES || torrents.length === MAX_STATUS_ENTRIES) break;
      const report = takeReport(entry, nowMs);
      bytes += REPORT_BYTES + pieceBytesOf(report.held) +
        FETCHED_BYTES * (report.fetched?.length ?? 0);
      torrents.push(report);
    }
    return gone.length + torrents.length === 0 ? undefined : { torrents, gone };
  }
}

function takeReport(entry: Entry, nowMs: number): TorrentReport {
  const { member, due } = entry;
  const { infoHash, name, pieceLength, layout } = member.info;
  const held = heldPieces(entry);
  const fetched = takeFetched(entry, nowMs);
  entry.due = "nothing";
  entry.pieces = [];
  entry.uploaded = member.uploaded();
  entry.downloaded = member.downloaded();
  return {
    infoHash,
    held,
    shape: due === "all" ? { name, length: layout.totalLength, pieceLength } : undefined,
    uploaded: entry.uploaded,
    downloaded: entry.downloaded,
    ...(fetched.length > 0 && { fetched }),
  };
}

/** From whom bytes come, now and then: each report of a piece would be twice as long with it. */
function takeFetched(entry: Entry, nowMs: number): readonly FetchedFrom[] {
  if (nowMs - entry.fetchedToldAtMs < FETCHED_MS) return [];
  entry.fetchedToldAtMs = nowMs;
  return entry.member.fetchedFrom?.().slice(0, MAX_FETCHED_FROM) ?? [];
}

/** All pieces, or those that are new, whichever is said in fewer bytes. */
function heldPieces({ member, due, pieces }: Entry): HeldPieces {
  if (due !== "all" && pieces.length === 0) return { kind: "have", pieces };
  if (member.held.isFull) return { kind: "complete" };
  const isShort = pieces.length * 4 < member.held.length / 8;
  return due === "pieces" && isShort
    ? { kind: "have", pieces }
    : { kind: "bitfield", bytes: member.held.toBytes() };
}

function pieceBytesOf(held: HeldPieces): number {
  switch (held.kind) {
    case "complete":
      return 0;
    case "bitfield":
      return held.bytes.length;
    case "have":
      return held.pieces.length * 4;
  }
}
