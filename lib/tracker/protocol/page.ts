import type { DictionaryReader } from "../../bencode/mod.ts";
import { DEFAULT_PAGE_ENTRIES, MAX_PAGE_ENTRIES } from "../limits.ts";

/** Which part of a long list is asked for. */
export interface PageRange {
  /** Entries to leave out; none by default. */
  readonly offset: number;
  /** Entries wanted at most; the tracker may give fewer. */
  readonly limit: number;
}

/** The part of a list that a reply brings. */
export interface Page {
  /** Entries of the whole list. */
  readonly total: number;
  /** Entries before the first one here. */
  readonly offset: number;
}

/** Reads `offset` and `limit`, which may be absent; a `limit` beyond what fits is lowered. */
export function readPageRange(reader: DictionaryReader): PageRange {
  const limit = reader.optionalInteger("limit", { min: 0 }) ?? DEFAULT_PAGE_ENTRIES;
  return {
    offset: reader.optionalInteger("offset", { min: 0 }) ?? 0,
    limit: Math.min(limit, MAX_PAGE_ENTRIES),
  };
}

/** Reads what a reply says of its part of the list. */
export function readPage(reader: DictionaryReader): Page {
  return {
    total: reader.integer("total", { min: 0 }),
    offset: reader.integer("offset", { min: 0 }),
  };
}
