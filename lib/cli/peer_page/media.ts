import type { InfoHash } from "../../bytes/mod.ts";
import { FileUnreadableError, type PeerNode } from "../../peer/mod.ts";
import {
  chooseRange,
  encodeParameter,
  errorResponse,
  type Media,
  mediaOf,
  methodRefused,
} from "../../web/mod.ts";
import { MAX_PAGE_READINGS } from "../limits.ts";

/** Headers of every file: to be kept by nobody, taken for nothing else, and with no page in it. */
const HEADERS: Readonly<Record<string, string>> = {
  "accept-ranges": "bytes",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; sandbox",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** Whose files are answered. */
export interface MediaFilesOptions {
  readonly node: Pick<PeerNode, "torrents">;
  /** Ends all answers. */
  readonly signal: AbortSignal;
}

/**
 * The files of a node's torrents by HTTP (RFC 9110, 14), also while they come: what is asked for is
 * fetched first, and nothing is answered that was not verified.
 */
export class MediaFiles {
  readonly #options: MediaFilesOptions;
  #open = 0;

  /** Makes one of which nothing is asked. */
  constructor(options: MediaFilesOptions) {
    this.#options = options;
  }

  /** Answers a request for a file by its torrent and its place in that. */
  answer(request: Request, infoHash: string, fileIndex: number): Response {
    const { method, headers: asked } = request;
    if (method !== "GET" && method !== "HEAD") return methodRefused("GET", "HEAD");
    const torrent = this.#options.node.torrents.get(infoHash as InfoHash);
    const file = torrent?.store.info.files[fileIndex];
    if (torrent === undefined || file === undefined) {
      return errorResponse(404, "There is no such file: api/v1/transfers lists those there are");
    }
    const { length } = file;
    const name = file.path.at(-1) ?? torrent.store.info.name;
    const etag = `"${infoHash}-${fileIndex}"`;
    const headers = { ...HEADERS, ...typeHeaders(name, mediaOf(name)), etag };
    if (!namesTag(asked.get("if-match") ?? "*", etag)) return new Response(null, { status: 412 });
    if (namesTag(asked.get("if-none-match") ?? "", etag, "W/")) {
      return new Response(null, { status: 304, headers: { ...HEADERS, etag } });
    }
    const isAsked = asked.get("if-range") === null || asked.get("if-range") === etag;
    // A range has a meaning for GET alone (14.2), and an empty file has no parts.
    const isParted = isAsked && method === "GET" && length > 0;
    const range = chooseRange(isParted ? asked.get("range") : null, length);
    if (range.type === "unsatisfiable") {
      return new Response(null, {
        status: 416,
        headers: { ...HEADERS, "content-range": `bytes */${length}` },
      });
    }
    const part = range.type === "whole" ? { offset: 0, length } : range;
    const whole = { ...headers, "content-length": String(part.length) };
    const status = range.type === "whole" ? 200 : 206;
    const last = part.offset + part.length - 1;
    const all = range.type === "whole"
      ? whole
      : { ...whole, "content-range": `bytes ${part.offset}-${last}/${length}` };
    if (method === "HEAD") return new Response(null, { status, headers: all });
    if (this.#open >= MAX_PAGE_READINGS) {
      return errorResponse(503, "Too many files are read at once: close some of the players");
    }
    try {
      const bytes = torrent.readings.open(fileIndex, part);
      return new Response(this.#body(bytes) as BodyInit, { status, headers: all });
    } catch (error) {
      if (error instanceof FileUnreadableError) return errorResponse(409, error.message);
      throw error;
    }
  }

  /** The bytes as a body, which ends when the page is closed or its reader goes. */
  #body(bytes: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    // A reader that goes cancels the readable side, which reaches the file's bytes through the pipe.
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    this.#open++;
    void bytes.pipeTo(writable, { signal: this.#options.signal })
      // Whoever has gone need not be told; others see that the answer breaks off.
      .catch(() => undefined)
      .finally(() => this.#open--);
    return readable;
  }
}

/**
 * Whether a list of entity tags, or `*` for any, names one (RFC 9110, 13.1.1 and 13.1.2), in front of
 * which there may be a mark of weak ones.
 */
function namesTag(list: string, etag: string, mark = ""): boolean {
  const tags = list.split(",").map((tag) => tag.trim());
  return tags.some((tag) => tag === "*" || tag === etag || tag === `${mark}${etag}`);
}

/** How a file is to be taken: played if a browser can, or else kept, and never shown as a page. */
function typeHeaders(name: string, media: Media | undefined): Record<string, string> {
  if (media !== undefined) return { "content-type": media.type };
  return {
    "content-type": "application/octet-stream",
    "content-disposition": `attachment; filename*=${encodeParameter(name)}`,
  };
}
