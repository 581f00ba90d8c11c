import type { Bitfield } from "../../bytes/mod.ts";
import type { PeerKey } from "./active_piece.ts";
import type { RequestWindow } from "./request_window.ts";

/** What the plan of a download needs to know of a peer to ask it for something. */
export interface Source {
  /** The peer. */
  readonly key: PeerKey;
  /** The pieces that it may be asked for; always the same object for the same answer. */
  readonly bits: Bitfield;
  /** What it was asked for. */
  readonly window: RequestWindow;
}
