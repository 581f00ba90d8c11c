import type { ActivePiece } from "./active_piece.ts";

/** What a block that arrived means. */
export interface Received {
  /** Its bytes that were not there before. */
  readonly fresh: number;
  /** The piece, if this block made it whole; it is to be verified now. */
  readonly complete: ActivePiece | undefined;
  /**
   * Whether what has come, the block or the whole piece, is also owed by others; what lies inside it
   * is to be withdrawn there.
   */
  readonly isShared: boolean;
}
