import { describeFetchFailure } from "../../net/mod.ts";
import { trackerName } from "./announce_url.ts";

/**
 * A tracker was announced to in vain. The message names only its host: the rest of a URL may be a key
 * that lets its owner in.
 */
export class AnnounceError extends Error {
  /** The name of the class, for messages. */
  override name = "AnnounceError";

  /** Makes the error of a tracker and of what stands between it and us. */
  constructor(
    /** The announce URL. */
    readonly url: string,
    cause: unknown,
  ) {
    super(`Cannot announce to ${trackerName(url)}: ${describeFetchFailure(cause)}`, { cause });
  }
}
