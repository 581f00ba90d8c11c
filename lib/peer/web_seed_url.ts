import type { TorrentInfo } from "../metainfo/mod.ts";

/** Whether a text is the URL of a web seed that can be used: by HTTP or HTTPS (BEP 19). */
export function isWebSeedUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
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

/** What a web seed is called: its URL without what may be a key. */
export function webSeedName(seed: string): string {
  const { protocol, host, pathname } = new URL(seed);
  return `${protocol}//${host}${pathname}`;
}
