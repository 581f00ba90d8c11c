import { Bitfield } from "../../bytes/mod.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import type { Holding } from "./peer.ts";
import type { Swarm } from "./swarm.ts";
import type { HeldPieces, TorrentReport, TorrentShape } from "./torrent_report.ts";

/**
 * What the torrent of a report is: what the tracker knows of it, or else what the report says;
 * `undefined` if neither says anything.
 *
 * @throws {TrackerRefusedError} if the report contradicts what is known
 */
export function agreedShape(
  swarm: Swarm | undefined,
  report: TorrentReport,
): TorrentShape | undefined {
  if (swarm === undefined || swarm.torrent.state === "unnamed") return report.shape;
  const { state, shape } = swarm.torrent;
  const { shape: said = shape } = report;
  if (said.length === shape.length && said.pieceLength === shape.pieceLength) return shape;
  const other = `${said.length} bytes in pieces of ${said.pieceLength}`;
  const known = `${shape.length} in pieces of ${shape.pieceLength}`;
  throw state === "published"
    ? new TrackerRefusedError(
      REFUSAL.malformed,
      `Cannot take report of ${other}: the torrent has ${known}`,
    )
    : new TrackerRefusedError(
      REFUSAL.ambiguous,
      `Cannot take report of ${other}: another peer says ${known}, the torrent file must decide`,
    );
}

/**
 * What a report in full says of the pieces held.
 *
 * @throws {TrackerRefusedError} if a bitfield does not fit the torrent
 */
export function holdingOf(
  held: Exclude<HeldPieces, { kind: "have" }>,
  pieceCount: number,
): Holding {
  if (held.kind === "complete") return "complete";
  try {
    return Bitfield.fromBytes(held.bytes, pieceCount);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TrackerRefusedError(REFUSAL.malformed, error.message);
  }
}

/**
 * Makes sure that a torrent has pieces.
 *
 * @throws {TrackerRefusedError} with the first that it has not
 */
export function checkPieces(pieces: readonly number[], pieceCount: number): void {
  const unknown = pieces.find((piece) => piece >= pieceCount);
  if (unknown === undefined) return;
  throw new TrackerRefusedError(
    REFUSAL.malformed,
    `Cannot take piece ${unknown}: the torrent has ${pieceCount} pieces from 0`,
  );
}
