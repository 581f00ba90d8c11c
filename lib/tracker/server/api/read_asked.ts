import { type InfoHash, infoHashFromHex, quoteText } from "../../../bytes/mod.ts";
import { ApiError } from "../../../web/mod.ts";
import { DEFAULT_LISTED_ENTRIES, MAX_LISTED_ENTRIES } from "../../api_limits.ts";
import type { PageRange } from "../../protocol/mod.ts";

/**
 * Reads an info-hash.
 *
 * @throws {ApiError} if it is none
 */
export function readInfoHash(text: string): InfoHash {
  if (/^[0-9a-f]{40}$/i.test(text)) return infoHashFromHex(text);
  throw new ApiError(
    400,
    `Cannot read info-hash ${quoteText(text)}: it must have 40 hexadecimal digits`,
  );
}

/**
 * Reads which part of a list is asked for; a `limit` beyond what is given at once is lowered.
 *
 * @throws {ApiError} if `offset` or `limit` is no whole number
 */
export function readRange(query: URLSearchParams): PageRange {
  const limit = readNumber(query, "limit") ?? DEFAULT_LISTED_ENTRIES;
  return {
    offset: readNumber(query, "offset") ?? 0,
    limit: Math.min(limit, MAX_LISTED_ENTRIES),
  };
}

/**
 * Reads the part of a name that is searched for; nothing if nothing is.
 *
 * @throws {ApiError} if a whole name is asked for as well
 */
export function readSearch(query: URLSearchParams): string | undefined {
  const text = query.get("search");
  if (text === null || text === "") return undefined;
  if ((query.get("name") ?? "") === "") return text;
  throw new ApiError(
    400,
    "Cannot search by name and search at once: name finds whole names, search parts of them",
  );
}

function readNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new ApiError(
    400,
    `Cannot read ${name} ${
      quoteText(text)
    }: it must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`,
  );
}
