import type { InfoHash } from "../../bytes/mod.ts";
import { formatAddress, type RateLimit } from "../../net/mod.ts";
import type { PeerNode, Torrent } from "../../peer/mod.ts";
import { ApiError, apiMethodRefused, errorResponse, jsonResponse } from "../../web/mod.ts";
import { MAX_PAGE_BODY } from "../limits.ts";
import { VERSION } from "../version.ts";
import { lookAt, type PageEvents, shownTransfer } from "./page_events.ts";

/** What a page may ask of its peer. */
export interface PageApiOptions {
  readonly node: PeerNode;
  readonly events: PageEvents;
}

/** The peer itself, as `GET /api/v1/peer` answers it. */
export function describePeer({ address, limits: { down, up } }: PeerNode): unknown {
  return {
    client: "Sluice",
    version: VERSION,
    address: formatAddress(address),
    limits: { down: rateOf(down), up: rateOf(up) },
  };
}

/** What a peer's page may ask for and do, below `/api/v1` (`docs/peer_page.md`). */
export class PageApi {
  readonly #options: PageApiOptions;

  /** Makes the API of a peer. */
  constructor(options: PageApiOptions) {
    this.#options = options;
  }

  /** Answers a request for a path below `/api/v1/`. All refusals are JSON with an `error`. */
  async answer(request: Request, path: string): Promise<Response> {
    const { node, events } = this.#options;
    const { method } = request;
    try {
      const [first = "", infoHash, verb, ...rest] = path.split("/");
      if (rest.length > 0) return nothing();
      if (path === "peer" && method === "GET") return jsonResponse(describePeer(node));
      if (path === "peer" && method === "PATCH") return await this.#patch(request);
      if (path === "peer") return apiMethodRefused("GET", "PATCH");
      if (path === "events") return method === "GET" ? events.open() : apiMethodRefused("GET");
      if (first !== "transfers") return nothing();
      if (verb !== undefined) {
        if (verb !== "pause" && verb !== "resume") return nothing();
        return method === "POST"
          ? this.#move(this.#torrent(infoHash), verb)
          : apiMethodRefused("POST");
      }
      if (method !== "GET") return apiMethodRefused("GET");
      const shown = (torrent: Torrent): unknown => shownTransfer(lookAt(torrent));
      return infoHash === undefined
        ? jsonResponse({ transfers: [...node.torrents.values()].map(shown) })
        : jsonResponse(shown(this.#torrent(infoHash)));
    } catch (error) {
      if (error instanceof ApiError) return errorResponse(error.status, error.message);
      throw error;
    }
  }

  /** Pauses a transfer, or has it go on; one that is led by hand at the prompt fetches all then. */
  #move(torrent: Torrent, verb: "pause" | "resume"): Response {
    if (verb === "pause") torrent.motion.suspend();
    else {
      torrent.motion.proceed();
      if (torrent.status.appetite === "orders") torrent.resume();
    }
    this.#options.events.changed();
    return jsonResponse(shownTransfer(lookAt(torrent)));
  }

  async #patch(request: Request): Promise<Response> {
    const { node, events } = this.#options;
    const { limits = {}, ...others } = record(await readJson(request));
    const { down, up, ...more } = record(limits);
    const [unknown] = [
      ...Object.keys(others),
      ...Object.keys(more).map((name) => `limits.${name}`),
    ];
    if (unknown !== undefined) {
      throw new ApiError(400, `Cannot change ${unknown}: there is limits.down and limits.up`);
    }
    const rates = [readRate(down, "down"), readRate(up, "up")];
    for (const [at, limit] of [node.limits.down, node.limits.up].entries()) {
      const rate = rates[at];
      if (rate !== undefined) limit.change(rate);
    }
    events.changed();
    return jsonResponse(describePeer(node));
  }

  #torrent(infoHash = ""): Torrent {
    const torrent = this.#options.node.torrents.get(infoHash as InfoHash);
    if (torrent !== undefined) return torrent;
    throw new ApiError(
      404,
      "There is no such transfer: api/v1/transfers lists those there are",
    );
  }
}

function rateOf(limit: RateLimit): number | null {
  return limit.isLimited ? limit.bytesPerSecond : null;
}

/** A limit in bytes a second; `null` is none, and one that is absent stays. */
function readRate(value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined;
  if (value === null) return Infinity;
  if (Number.isSafeInteger(value) && Number(value) > 0) return Number(value);
  throw new ApiError(
    400,
    `Cannot use limits.${name}: it must be a whole number of bytes a second, or null for no limit`,
  );
}

async function readJson(request: Request): Promise<unknown> {
  const decoder = new TextDecoder();
  let [text, length] = ["", 0];
  for await (const bytes of request.body ?? []) {
    length += bytes.length;
    if (length > MAX_PAGE_BODY) {
      throw new ApiError(
        413,
        `Cannot read the request: it has more than ${MAX_PAGE_BODY} bytes`,
      );
    }
    text += decoder.decode(bytes, { stream: true });
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(
      400,
      'Cannot read the request: it must be JSON, as {"limits": {"up": 1}}',
    );
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new ApiError(400, 'Cannot read the request: it must be as {"limits": {"up": 1}}');
}

function nothing(): Response {
  return errorResponse(404, "There is nothing here: the paths are peer, transfers and events");
}
