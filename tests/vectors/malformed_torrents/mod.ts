import { BAD_BENCODE } from "./bencode.ts";
import { BAD_INFO } from "./info.ts";
import type { MalformedTorrent } from "./malformed_torrent.ts";
import { BAD_OUTSIDE } from "./outside.ts";
import { BAD_PATHS } from "./paths.ts";

export type { Cause, MalformedTorrent, Taken } from "./malformed_torrent.ts";

/** Every malformed torrent, each of another name. */
export const MALFORMED_TORRENTS: readonly MalformedTorrent[] = [
  ...BAD_BENCODE,
  ...BAD_INFO,
  ...BAD_PATHS,
  ...BAD_OUTSIDE,
];
