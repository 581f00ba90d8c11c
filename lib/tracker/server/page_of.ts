import { MAX_PAGE_BYTES } from "../limits.ts";
import type { Page, PageRange } from "../protocol/mod.ts";

/** What {@linkcode pageOf} cuts a page of. */
export interface PageSource<Item, Entry> {
  /** The whole list. */
  readonly items: Iterable<Item>;
  /** Makes the entry of an item that is on the page. */
  readonly entryOf: (item: Item) => Entry;
  /** The bytes that an entry takes at most. */
  readonly bytesOf: (entry: Entry) => number;
}

/** Cuts a page that fits a frame: fewer entries than asked for where they are large. */
export function pageOf<Item, Entry>(
  source: PageSource<Item, Entry>,
  { offset, limit }: PageRange,
): Page & { readonly entries: readonly Entry[] } {
  const entries: Entry[] = [];
  let total = 0;
  let bytes = 0;
  for (const item of source.items) {
    const isWanted = total++ >= offset && entries.length < limit && bytes < MAX_PAGE_BYTES;
    if (!isWanted) continue;
    const entry = source.entryOf(item);
    bytes += source.bytesOf(entry);
    entries.push(entry);
  }
  return { total, offset, entries };
}
