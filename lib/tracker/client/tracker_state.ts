import type { ConnectReply } from "../protocol/mod.ts";

/** How a client stands with its tracker. */
export type TrackerState =
  /** The tracker has let us in. */
  | { readonly type: "connected"; readonly welcome: ConnectReply }
  /** The tracker cannot be reached, has gone or does not let us in; it is tried again in a while. */
  | { readonly type: "unreachable"; readonly error: Error; readonly retryMs: number }
  /** The tracker did not take something that we told it; it is told again later. */
  | { readonly type: "refused"; readonly error: Error };
