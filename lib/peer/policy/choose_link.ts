import type { PeerId } from "../../bytes/mod.ts";

/** A connection on which nothing came for so long gives way when its peer dials again. */
const REDIAL_SILENCE_MS = 5_000;

/** Who dialled a connection. */
export type Direction = "incoming" | "outgoing";

/** Two connections to the same peer. */
export interface LinkChoice {
  /** Our name on the wire. */
  readonly ours: PeerId;
  /** The peer's. */
  readonly theirs: PeerId;
  /** The connection that there is. */
  readonly old: { readonly direction: Direction; readonly silentMs: number };
  /** Who dialled the new one. */
  readonly direction: Direction;
}

/**
 * Chooses which of two connections to the same peer stays. Both sides come to the same choice: the
 * one that the lower peer id dialled. A peer that dials again while nothing is heard on its old
 * connection has lost that one.
 */
export function chooseLink({ ours, theirs, old, direction }: LinkChoice): "old" | "new" {
  const isRedial = direction === "incoming" && old.direction === "incoming" &&
    old.silentMs >= REDIAL_SILENCE_MS;
  const preferred = ours < theirs ? "outgoing" : "incoming";
  return isRedial || (direction === preferred && old.direction !== preferred) ? "new" : "old";
}
