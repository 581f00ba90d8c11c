import type { Bitfield } from "../../bytes/mod.ts";
import type { PieceLayout } from "../../metainfo/mod.ts";
import type { Wanted } from "./missing_pieces.ts";

/** What a `DownloadPlan` needs. */
export interface DownloadPlanOptions {
  /** The arithmetic of the torrent. */
  readonly layout: PieceLayout;
  /** The pieces that are held already. */
  readonly held: Bitfield;
  /** Which missing pieces are wanted; all by default. */
  readonly wanted?: Wanted;
  /** The pieces that are to be held in the end; all by default. The others are never asked for. */
  readonly goal?: Bitfield;
  /** Pieces that may be active or verifying at once, at least 2; may change. */
  readonly maxActive: () => number;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
}

/** What counts as held from the beginning: what is held, and what is no goal. */
export function heldFromStart({ held, goal }: DownloadPlanOptions): Bitfield {
  const all = held.clone();
  for (let index = 0; goal !== undefined && index < all.length; index++) {
    if (!goal.has(index)) all.set(index);
  }
  return all;
}
