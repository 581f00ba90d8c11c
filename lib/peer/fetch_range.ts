import {
  type Clock,
  type Fetch,
  followRedirects,
  type UrlGuard,
  withDeadline,
} from "../net/mod.ts";
import { REQUEST_TIMEOUT_MS } from "./limits.ts";

/** Bytes that must come within the time-out, so that a server cannot go on for ever byte by byte. */
const LEAST_PROGRESS = 16 * 1024;

/** A server does not give what it should, and never will. */
export class UselessServerError extends Error {
  /** The name of the class, for messages. */
  override name = "UselessServerError";
}

/** What {@linkcode fetchRange} fetches, and how. */
export interface FetchRangeOptions {
  /** The URL of the file. */
  readonly url: string;
  /** Where the range begins, in bytes. */
  readonly start: number;
  /** Bytes of the range, at least one. */
  readonly length: number;
  /** Bytes of the file. */
  readonly fileLength: number;
  /** Our program, as the server is told of it. */
  readonly agent: string;
  /** Measures how long nothing comes. */
  readonly clock: Clock;
  /** Gives up. */
  readonly signal: AbortSignal;
  /** What fetches. */
  readonly fetch: Fetch;
  /** Which URLs may be asked. */
  readonly urls: UrlGuard;
}

/**
 * Fetches a part of a file over HTTP (RFC 9110, section 14) and gives it as it comes: exactly as many
 * bytes as were asked for, of a file that is as long as it should be.
 *
 * @throws {UselessServerError} if the server gives something else, or says that it does not have it
 * @throws {UrlRefusedError} if it is not to be asked, or redirects to where we do not go
 * @throws {Error} if it does not give it now, or next to nothing for 30 s
 */
export async function* fetchRange(options: FetchRangeOptions): AsyncGenerator<Uint8Array> {
  const { length, clock, signal } = options;
  const over = new AbortController();
  let dueMs = clock.now() + REQUEST_TIMEOUT_MS;
  const patient = <T>(work: () => Promise<T>): Promise<T> =>
    withDeadline(work, {
      clock,
      signal,
      ms: dueMs - clock.now(),
      message: `it sends next to nothing for ${REQUEST_TIMEOUT_MS / 1_000} s`,
    });
  const forward = (): void => over.abort();
  signal.addEventListener("abort", forward, { once: true });
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    const response = await patient(() => ask(options, over.signal));
    reader = response.body?.getReader();
    let received = 0;
    let next = LEAST_PROGRESS;
    while (received < length) {
      const value = await patient(async () => (await reader?.read())?.value);
      if (value === undefined) throw new Error(`it ends after ${received} of ${length} bytes`);
      received += value.length;
      if (received > length) throw new UselessServerError(`it sends more than ${length} bytes`);
      if (received >= next) {
        dueMs = clock.now() + REQUEST_TIMEOUT_MS;
        next = received + LEAST_PROGRESS;
      }
      const pausedMs = clock.now();
      yield value;
      // The time that it takes to do something with it is not the server's.
      dueMs += clock.now() - pausedMs;
    }
  } finally {
    signal.removeEventListener("abort", forward);
    await reader?.cancel().catch(() => undefined);
    over.abort();
  }
}

/** Asks for the range; the answer is one whose body has it. */
async function ask(options: FetchRangeOptions, signal: AbortSignal): Promise<Response> {
  const { url, start, length, fileLength, agent, fetch, urls } = options;
  const addresses = await urls.check(url, "web seed");
  const end = start + length - 1;
  const headers = {
    "range": `bytes=${start}-${end}`,
    "accept-encoding": "identity",
    "user-agent": agent,
  };
  const response = await followRedirects(url, { headers, signal }, {
    ...{ get: fetch, addresses },
    check: (to) => urls.checkRedirect(to, "web seed"),
  });
  const expected = `bytes ${start}-${end}/${fileLength}`;
  // One that gives the whole file will do where that was asked for.
  const isWhole = response.status === 200 && length === fileLength;
  const fault = isWhole ? undefined : faultOf(response, expected);
  if (fault === undefined) return response;
  await response.body?.cancel();
  throw isPassing(response.status) ? new Error(fault) : new UselessServerError(fault);
}

/** Whether a status says that it may be otherwise later. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429;
}

/** What is wrong with the answer to a request for a range. */
function faultOf({ status, headers }: Response, expected: string): string | undefined {
  if (status === 200) return "it does not give parts of files";
  if (status !== 206) return `it answers with status ${status}`;
  const given = headers.get("content-range") ?? "none";
  // What is shown of a server is what servers of files say, and nothing else that it may have.
  const range = /^bytes [\d*-]{1,40}\/[\d*]{1,20}$/.test(given) ? given : "none";
  const isRight = range === expected || range === expected.replace(/\/.*/, "/*");
  return isRight ? undefined : `it gives range "${range}", not "${expected}"`;
}
