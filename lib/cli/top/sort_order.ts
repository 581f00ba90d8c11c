import type { CatalogueEntry } from "../../tracker/mod.ts";
import type { SeenPeer, SeenSwarm } from "./seen.ts";

/** By what a list is sorted, and whether what comes first by that comes last. */
export interface SortOrder<By extends string> {
  readonly by: By;
  readonly direction: "usual" | "reversed";
}

/** By what files are sorted. */
export type FileSort = "peers" | "name" | "size" | "seeders" | "leechers" | "copies" | "rate";

/** By what peers are sorted. */
export type PeerSort = "progress" | "address" | "client" | "down" | "up";

/** The keys that sort files. */
export const FILE_SORTS: Readonly<Record<string, FileSort>> = {
  p: "peers",
  n: "name",
  s: "size",
  e: "seeders",
  l: "leechers",
  c: "copies",
  r: "rate",
};

/** The keys that sort peers. */
export const PEER_SORTS: Readonly<Record<string, PeerSort>> = {
  p: "progress",
  a: "address",
  c: "client",
  d: "down",
  u: "up",
};

/** The order after the key of a sort was pressed: that sort, or its reverse if it was that already. */
export function nextOrder<By extends string>(order: SortOrder<By>, by: By): SortOrder<By> {
  if (order.by !== by) return { by, direction: "usual" };
  return { by, direction: order.direction === "usual" ? "reversed" : "usual" };
}

/** Sorts files: numbers from the most to the least, names from A on; equal ones by name. */
export function sortFiles(
  files: readonly CatalogueEntry[],
  order: SortOrder<FileSort>,
  rateOf: (file: CatalogueEntry) => number,
): CatalogueEntry[] {
  const values: Record<FileSort, (file: CatalogueEntry) => number> = {
    peers: ({ seeders, leechers }) => seeders + leechers,
    name: () => 0,
    size: ({ length }) => length,
    seeders: ({ seeders }) => seeders,
    leechers: ({ leechers }) => leechers,
    copies: ({ availability }) => availability,
    rate: rateOf,
  };
  return sortBy(files, order, { value: values[order.by], text: ({ name }) => name });
}

/** Sorts peers: numbers from the most to the least, texts from A on; equal ones by address. */
export function sortPeers({ peers }: SeenSwarm, order: SortOrder<PeerSort>): SeenPeer[] {
  const values: Record<PeerSort, (peer: SeenPeer) => number> = {
    progress: ({ held }) => held?.count ?? -1,
    address: () => 0,
    client: () => 0,
    down: ({ downRate }) => downRate,
    up: ({ upRate }) => upRate,
  };
  const text = ({ client, address }: SeenPeer): string =>
    order.by === "client" ? `${client} ${address}` : address;
  return sortBy(peers, order, { value: values[order.by], text });
}

function sortBy<T, By extends string>(
  all: readonly T[],
  { direction }: SortOrder<By>,
  { value, text }: { readonly value: (it: T) => number; readonly text: (it: T) => string },
): T[] {
  const sign = direction === "usual" ? 1 : -1;
  return all.map((it) => ({ it, value: value(it), text: text(it) }))
    .sort((a, b) => sign * (b.value - a.value || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0)))
    .map(({ it }) => it);
}
