import type { InfoHash } from "../../bytes/mod.ts";
import type { PeerAddress } from "../../net/mod.ts";
import type { DoorName } from "./door.ts";

/** How a connection that was let in came to its end. */
export type Farewell =
  | "vanished"
  | "silent"
  | "replaced"
  | "shut out"
  | "drained"
  | "disconnect"
  | "exit";

/** Something that happened at a tracker, for its log. Texts in it come from strangers. */
export type TrackerEvent =
  | { readonly type: "connected"; readonly remote: PeerAddress; readonly agent: string }
  | { readonly type: "closed"; readonly remote: PeerAddress; readonly farewell: Farewell }
  | { readonly type: "published"; readonly infoHash: InfoHash; readonly name: string }
  | {
    readonly type: "refused";
    readonly remote: PeerAddress;
    readonly code: number;
    readonly text: string;
  }
  | {
    /** A door serves nobody for now; it opens again as soon as that is possible. */
    readonly type: "door-failed";
    readonly door: DoorName;
    readonly address: PeerAddress;
    readonly error: unknown;
  }
  | {
    /** The state cannot be written to its file for now; it is tried again, and all goes on meanwhile. */
    readonly type: "state-failed";
    readonly error: unknown;
  }
  | { readonly type: "state-saved" }
  | { readonly type: "fault"; readonly error: unknown };
