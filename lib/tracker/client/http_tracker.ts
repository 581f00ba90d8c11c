import { concatBytes } from "../../bytes/mod.ts";
import { type Clock, type FollowOptions, followRedirects, withDeadline } from "../../net/mod.ts";
import { HTTP_ANNOUNCE_TIMEOUT_MS, MAX_HTTP_REPLY } from "../limits.ts";
import { type AnnounceResult, decodeHttpAnnounceReply } from "../protocol/mod.ts";

/** How an HTTP tracker is asked. */
export interface HttpAnnounceOptions extends FollowOptions {
  /** Measures the deadline. */
  readonly clock: Clock;
  /** Gives up. */
  readonly signal: AbortSignal;
  /** The program, as the tracker is told of it. */
  readonly agent: string;
}

/**
 * Asks an HTTP tracker, and follows it where it has moved to. It needs the permission `--allow-net`.
 *
 * @throws {TrackerRefusedError} if it gives a failure reason
 * @throws {MalformedMessageError} if it answers something else
 * @throws {Error} if it does not answer in 15 s, or not as a tracker does
 */
export async function announceByHttp(
  url: string,
  { clock, signal, agent, ...follow }: HttpAnnounceOptions,
): Promise<AnnounceResult> {
  const body = await withDeadline((signal) => fetchBody(url, { signal, agent, ...follow }), {
    ...{ clock, signal },
    ms: HTTP_ANNOUNCE_TIMEOUT_MS,
    message: `it does not answer in ${HTTP_ANNOUNCE_TIMEOUT_MS / 1_000} s`,
  });
  return decodeHttpAnnounceReply(body);
}

async function fetchBody(
  url: string,
  { signal, agent, ...follow }: Omit<HttpAnnounceOptions, "clock">,
): Promise<Uint8Array> {
  const init = { signal, headers: { "user-agent": agent } };
  return await readBody(await followRedirects(url, init, follow));
}

/** Reads an answer, and no more of it than an answer may have. */
async function readBody(response: Response): Promise<Uint8Array> {
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`it answers with status ${response.status}`);
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > MAX_HTTP_REPLY) {
      throw new Error(`its answer is longer than ${MAX_HTTP_REPLY} bytes`);
    }
    parts.push(part);
  }
  return concatBytes(parts);
}
