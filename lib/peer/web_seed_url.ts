import type { TorrentInfo } from "../metainfo/mod.ts";
import { placeOf } from "../net/mod.ts";

/**
 * Whether a text is the URL of a web seed that may be put into a torrent: by HTTP or HTTPS (BEP 19). One
 * of this machine, or a private network, with a query may not: it looks as if it should do things there.
 */
export function isWebSeedUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, search } = new URL(text);
  return /^https?:$/.test(protocol) && (search === "" || placeOf(hostname) === "anywhere");
}

/**
 * The URL of one file of a torrent at a web seed (BEP 19, "multi-file torrents"): behind a slash
 * stands the torrent's name, and for a folder the path of the file.
 */
export function webSeedFileUrl(seed: string, info: TorrentInfo, fileIndex: number): string {
  const parts = [info.name, ...(info.files[fileIndex]?.path ?? [])].map(encodeURIComponent);
  if (info.shape === "file" && !seed.endsWith("/")) return seed;
  return `${seed.replace(/\/$/, "")}/${parts.join("/")}`;
}

/** What a web seed is called: its URL without what may be a key; of what is no URL nothing is shown. */
export function webSeedName(seed: string): string {
  if (!URL.canParse(seed)) return "(no URL)";
  const { protocol, host, pathname } = new URL(seed);
  return `${protocol}//${host}${pathname}`;
}
