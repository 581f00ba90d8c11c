import type { Partner } from "./partner.ts";
import { ARIA2 } from "./partners/aria2.ts";
import { LIBTORRENT } from "./partners/libtorrent.ts";
import { QBITTORRENT } from "./partners/qbittorrent.ts";
import { RTORRENT } from "./partners/rtorrent.ts";
import { TRANSMISSION } from "./partners/transmission.ts";
import { WEBTORRENT } from "./partners/webtorrent.ts";

/** All partners, those that are not here too. */
export const PARTNERS: readonly Partner[] = [
  ARIA2,
  LIBTORRENT,
  TRANSMISSION,
  QBITTORRENT,
  RTORRENT,
  WEBTORRENT,
];
