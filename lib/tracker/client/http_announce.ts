import { type Clock, withDeadline } from "../../net/mod.ts";
import { HTTP_ANNOUNCE_TIMEOUT_MS, MAX_HTTP_REPLY, MAX_REDIRECTS } from "../limits.ts";
import { type AnnounceResult, decodeHttpAnnounceReply } from "../protocol/mod.ts";

/** How an HTTP tracker is asked. */
export interface HttpAnnounceOptions {
  /** Measures the deadline. */
  readonly clock: Clock;
  /** Gives up. */
  readonly signal: AbortSignal;
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
  { clock, signal }: HttpAnnounceOptions,
): Promise<AnnounceResult> {
  const body = await withDeadline((signal) => fetchBody(url, signal), {
    ...{ clock, signal },
    ms: HTTP_ANNOUNCE_TIMEOUT_MS,
    message: `it does not answer in ${HTTP_ANNOUNCE_TIMEOUT_MS / 1_000} s`,
  });
  return decodeHttpAnnounceReply(body);
}

async function fetchBody(first: string, signal: AbortSignal): Promise<Uint8Array> {
  let url = first;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await fetch(url, { signal, redirect: "manual" });
    const location = response.headers.get("location");
    const isMoved = response.status >= 300 && response.status < 400 && location !== null;
    if (!isMoved) return await readBody(response);
    await response.body?.cancel();
    const next = new URL(location, url);
    if (!/^https?:$/.test(next.protocol)) throw new Error(`it redirects to ${next.protocol}`);
    url = next.href;
  }
  throw new Error(`it redirects more than ${MAX_REDIRECTS} times`);
}

/** Reads an answer, and no more of it than an answer may have. */
async function readBody(response: Response): Promise<Uint8Array> {
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`it answers with status ${response.status}`);
  }
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > MAX_HTTP_REPLY) {
      throw new Error(`its answer is longer than ${MAX_HTTP_REPLY} bytes`);
    }
    parts.push(part);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
