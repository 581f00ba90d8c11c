import {
  foldMapped,
  isIpv4,
  isIpv6,
  LocalAddresses,
  type PeerAddress,
  type TlsIdentity,
} from "../../net/mod.ts";
import { MAX_NUM_WANT, MAX_TOKEN_BYTES, RETRY_MINUTES } from "../limits.ts";
import {
  encodeHttpAnnounceReply,
  encodeHttpFailure,
  encodeHttpScrapeReply,
  parseHttpAnnounce,
  parseHttpScrape,
  QueryString,
} from "../protocol/mod.ts";
import { answerAnnounce, answerScrape } from "./answer_announce.ts";
import { checkToken, pathToken } from "./check_token.ts";
import type { TrackerContext } from "./context.ts";
import type { HttpClients } from "./http_clients.ts";
import { type Outcome, outcomeOfError } from "./metrics/door_meter.ts";
import { refuse } from "./refuse.ts";
import type { DashboardOptions } from "./routes/dashboard_options.ts";
import type { MetricsOptions } from "./routes/metrics_route.ts";
import { noteTooFast, TooFastError } from "./too_fast.ts";
import type { Uploads } from "./uploads.ts";
import type { ClientAddress } from "./visitors.ts";

/** Where the HTTP door is, and what stands before it. */
export interface HttpDoorOptions extends PeerAddress {
  /**
   * How a client's address is told; by its connection unless there is a proxy, which is believed if it is
   * on this machine or a private network.
   */
  readonly clientAddress?: ClientAddress;
  /** Who the tracker is, if the door speaks TLS; as at the TCP door unless this names somebody. */
  readonly tls?: TlsIdentity | undefined;
  /** For whom the dashboard and its API are, if there are to be; for this machine alone by default. */
  readonly dashboard?: DashboardOptions | "none" | undefined;
  /** Whom the metrics are for; for this machine alone by default. */
  readonly metrics?: MetricsOptions | undefined;
  /** What takes in the files that visitors of the dashboard hand in, if something does. */
  readonly uploads?: Uploads | undefined;
}

const HEADERS: [string, string][] = [
  ["content-type", "text/plain"],
];

/** Requests by their last path segment; each byte of a token may be escaped. */
const ROUTE = new RegExp(`^/(?:([^/?#]{1,${3 * MAX_TOKEN_BYTES}})/)?(announce|scrape)$`);

/** What is said to who asks too often. */
const TOO_FAST = "Cannot answer: too many requests come from this address; wait";

/** What is looked at of a request. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
}

/** What is answered; text is for people, and not to be stored. */
export interface Answer {
  readonly status: number;
  readonly body: Uint8Array<ArrayBuffer> | string;
  /** What has become of the request. */
  readonly outcome: Outcome;
}

/** Answers the requests of the HTTP door. */
export class HttpRequests {
  readonly #context: TrackerContext;
  readonly #clients: HttpClients;
  readonly #locals: LocalAddresses;

  /** Makes one that answers from what a tracker knows. */
  constructor(
    context: TrackerContext,
    clients: HttpClients,
    locals: LocalAddresses = new LocalAddresses(),
  ) {
    this.#context = context;
    this.#clients = clients;
    this.#locals = locals;
  }

  /**
   * Answers a request of somebody at an address. Refusals are answers, too (BEP 3: `failure reason`).
   */
  answer(request: Asked, remoteHost: string): Answer {
    const { clock, counters } = this.#context;
    const nowMs = clock.now();
    const answer = this.#answer(request, remoteHost, nowMs);
    // What is no announce nor scrape, or not answered as one, is for the web server to answer.
    if (answer.status === 200) counters.doors.http.note(answer.outcome, clock.now() - nowMs);
    return answer;
  }

  #answer(request: Asked, remoteHost: string, nowMs: number): Answer {
    if (!this.#clients.admits(request, remoteHost)) return notLetIn();
    const { counters, gate, visitors } = this.#context;
    const { path, query } = splitUrl(request.url);
    const [, token, action] = ROUTE.exec(path) ?? [];
    if (action === undefined) return notHere();
    if (request.method !== "GET") return plain(405, "Only GET is answered here\n");
    let host = foldMapped(remoteHost);
    try {
      host = this.#clients.hostOf(request, host);
      const { toldBy } = this.#clients;
      if (!visitors.mayAnnounce(host, nowMs, toldBy)) return this.#refuseFast(host);
      checkToken(gate, pathToken(token), { host, nowMs, toldBy, peerId: peerIdIn(query) });
      const parameters = new QueryString(query);
      counters.query(action === "announce" ? "http announce" : "http scrape");
      const body = action === "announce"
        ? this.#announce(parameters, host, request)
        : this.#scrape(parameters);
      return { status: 200, body, outcome: "answered" };
    } catch (error) {
      return this.#refuse(error, host);
    }
  }

  /** Answers one who asks too often without an error, which would cost more than an answer. */
  #refuseFast(host: string): Answer {
    noteTooFast({ host, port: 0 }, TOO_FAST, this.#context);
    const body = encodeHttpFailure(TOO_FAST, RETRY_MINUTES);
    return { status: 200, body, outcome: "refused" };
  }

  #refuse(error: unknown, host: string): Answer {
    const { code, text } = refuse(error, { remote: { host, port: 0 } }, this.#context);
    const retry = error instanceof TooFastError ? RETRY_MINUTES : undefined;
    const outcome = outcomeOfError(code);
    return { status: 200, body: encodeHttpFailure(text, retry), outcome };
  }

  /** Answers when answering has failed. */
  fail(error: unknown): Answer {
    return this.#refuse(error, "");
  }

  #announce(query: QueryString, host: string, request: Asked): Uint8Array<ArrayBuffer> {
    const { request: announce, form } = parseHttpAnnounce(query);
    const local = () =>
      localHostOf(request) ?? this.#locals.facing(host, this.#context.clock.now());
    const takes = form === "compact" ? "packed" as const : "list" as const;
    const announcer = { host, local, room: MAX_NUM_WANT, takes };
    return encodeHttpAnnounceReply(answerAnnounce(announce, announcer, this.#context), form);
  }

  #scrape(query: QueryString): Uint8Array<ArrayBuffer> {
    const infoHashes = parseHttpScrape(query);
    const entries = answerScrape(infoHashes, this.#context);
    return encodeHttpScrapeReply(
      infoHashes.flatMap((infoHash, at) => {
        const entry = entries[at];
        return entry === undefined ? [] : [[infoHash, entry] as const];
      }),
    );
  }
}

/** The peer id in a query as it stands there, escaped in the way of its client. */
function peerIdIn(query: string): string | undefined {
  return /(?:^|&)peer_id=([^&]{20,60})(?:&|$)/.exec(query)?.[1];
}

/** Whether a URL is one of an announce or a scrape. */
export function isForTracker(url: string): boolean {
  return ROUTE.test(splitUrl(url).path);
}

/** Takes path and query as they were sent: to parse the URL would change the bytes in it. */
function splitUrl(url: string): { path: string; query: string } {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.indexOf("?", start);
  if (start < 0) return { path: "", query: "" };
  return end < 0
    ? { path: url.slice(start), query: "" }
    : { path: url.slice(start, end), query: url.slice(end + 1) };
}

/** The address by which the client named this machine, if it was one. */
function localHostOf(request: Asked): string | undefined {
  const [, bracketed, plain = ""] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(
    request.headers.get("host") ?? "",
  ) ?? [];
  const host = bracketed ?? plain;
  return isIpv4(host) || isIpv6(host) ? foldMapped(host) : undefined;
}

/** The answer to whoever is kept out by his address. */
export function notLetIn(): Answer {
  return plain(403, "This address is not let in\n");
}

/** The answer to whoever asks for what is not there. */
export function notHere(): Answer {
  return plain(404, "There is nothing here\n");
}

function plain(status: number, body: string): Answer {
  return { status, body, outcome: "refused" };
}

/** An answer as the runtime's web server takes it. */
export function toResponse({ status, body }: Answer): Response {
  if (typeof body !== "string") return new Response(body, { status, headers: HEADERS });
  return new Response(body, { status, headers: [...HEADERS, ["cache-control", "no-store"]] });
}
