import type { MagnetLink } from "../../lib/metainfo/mod.ts";

const HASH = "c12fe1c06bba254a9dc9f519b335aa7c1367a88a";
const BASE32_HASH = "YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK";

type Plain = Omit<MagnetLink, "infoHash"> & { readonly infoHash: string };

/** Links, some written by other programs, and what they say. */
export const MAGNET_LINKS: readonly (readonly [text: string, link: Plain])[] = [
  [`magnet:?xt=urn:btih:${HASH}`, { infoHash: HASH, trackers: [], peers: [] }],
  [`magnet:?xt=urn:btih:${HASH.toUpperCase()}`, { infoHash: HASH, trackers: [], peers: [] }],
  [`magnet:?xt=urn:btih:${BASE32_HASH}`, { infoHash: HASH, trackers: [], peers: [] }],
  [`MAGNET:?xt=URN:BTIH:${BASE32_HASH.toLowerCase()}`, { infoHash: HASH, trackers: [], peers: [] }],
  [
    `magnet:?xt=urn:btih:${"A".repeat(31)}B`,
    { infoHash: `${"0".repeat(39)}1`, trackers: [], peers: [] },
  ],
  // Written by libtorrent 2.0.8 for torrents in this folder; the second is a hybrid.
  [
    "magnet:?xt=urn:btih:25202988144221bfd86851a255bda34eec3f56b6&dn=caf%c3%a9%20%e6%97%a5%e6%9c%ac.txt",
    {
      infoHash: "25202988144221bfd86851a255bda34eec3f56b6",
      name: "caf\u00e9 \u65e5\u672c.txt",
      trackers: [],
      peers: [],
    },
  ],
  [
    "magnet:?xt=urn:btih:568f40f0d3ad6f3b0dd73a1545f60999960fef61&xt=urn:btmh:122024fa7f9a7d2bd274a8c84803f92c92bfeffce3e5311bb7583a4bc0178b62d4cf&dn=nest",
    {
      infoHash: "568f40f0d3ad6f3b0dd73a1545f60999960fef61",
      name: "nest",
      trackers: [],
      peers: [],
    },
  ],
  // Written by transmission-show 3.00.
  [
    "magnet:?xt=urn:btih:bdb82325e7ed0115255817b94da0f5ac4ef2fd41&dn=nest&tr=http%3A%2F%2Fone.example%2Fannounce&tr=udp%3A%2F%2Ftwo.example%3A6969%2Fannounce&tr=http%3A%2F%2F%5B%3A%3A1%5D%3A6969%2Fannounce&ws=http%3A%2F%2Fseed.example%2Fnest%2F",
    {
      infoHash: "bdb82325e7ed0115255817b94da0f5ac4ef2fd41",
      name: "nest",
      trackers: [
        "http://one.example/announce",
        "udp://two.example:6969/announce",
        "http://[::1]:6969/announce",
      ],
      webSeeds: ["http://seed.example/nest/"],
      peers: [],
    },
  ],
  // With "+" for a space, as web pages have it, and other parameters.
  [
    `magnet:?dn=mv1+film.mp4&tr.1=http%3A%2F%2Fa%2F&xl=40000&xt=urn:btih:${HASH}&kt=x`,
    { infoHash: HASH, name: "mv1 film.mp4", trackers: ["http://a/"], peers: [], length: 40000 },
  ],
  [
    `magnet:?xt=urn:btih:${HASH}&x.pe=10.0.0.1:6881&x.pe=%5B%3A%3A1%5D%3A80&x.pe=host.example:65535`,
    {
      infoHash: HASH,
      trackers: [],
      peers: ["10.0.0.1:6881", "[::1]:80", "host.example:65535"],
    },
  ],
  // Numbered topics, and empty parameters.
  [
    `magnet:?xt.1=urn:btih:${HASH}&xt.2=urn:btmh:1220${HASH}${HASH.slice(0, 24)}&dn=&tr=&xl=`,
    { infoHash: HASH, trackers: [], peers: [] },
  ],
  [`magnet:?xt=urn:btih:${HASH}&xt=urn:btih:${BASE32_HASH}`, {
    infoHash: HASH,
    trackers: [],
    peers: [],
  }],
];

/** Texts that are no link to one torrent, and a part of the reason that is given. */
export const BAD_MAGNET_LINKS: readonly (readonly [text: string, reason: string])[] = [
  ["", "does not begin"],
  [HASH, "does not begin"],
  [`http://x/?xt=urn:btih:${HASH}`, "does not begin"],
  [`magnet:xt=urn:btih:${HASH}`, "does not begin"],
  ["magnet:?", "has no info-hash"],
  ["magnet:?dn=x", "has no info-hash"],
  ["magnet:?xt=", "has no info-hash"],
  ["magnet:?xt=urn:sha1:YNCKHTQCWBTRNJIV4WNAE52SJUQCZO5C", "has no info-hash"],
  // Written by libtorrent 2.0.8 for a v2 torrent.
  [
    "magnet:?xt=urn:btmh:1220b6991c86626873651e4e9b042bf6861a916d9f588001886d547e80c8800da51e&dn=odd.bin",
    "BitTorrent v2 only",
  ],
  [`magnet:?xt=urn:btih:${HASH.slice(1)}`, "40 hexadecimal digits"],
  [`magnet:?xt=urn:btih:${HASH}0`, "40 hexadecimal digits"],
  [`magnet:?xt=urn:btih:g${HASH.slice(1)}`, "40 hexadecimal digits"],
  [`magnet:?xt=urn:btih:1${BASE32_HASH.slice(1)}`, "40 hexadecimal digits"],
  [`magnet:?xt=urn:btih:\u001b[2J`, "\\u001b[2J"],
  [`magnet:?xt=urn:btih:${HASH}&xt=urn:btih:${HASH.slice(1)}0`, "names 2 torrents"],
  [`magnet:?xt=urn:btih:${HASH}&dn=..%2Fx`, "separator"],
  [`magnet:?xt=urn:btih:${HASH}&dn=%2Fetc%2Fpasswd`, "absolute"],
  [`magnet:?xt=urn:btih:${HASH}&dn=x%00y`, "control character"],
  [`magnet:?xt=urn:btih:${HASH}&dn=x%E2%80%AEy`, "hides or reorders"],
  [`magnet:?xt=urn:btih:${HASH}&dn=mv1.mp4.part1`, "unfinished files"],
  [`magnet:?xt=urn:btih:${HASH}&xl=-1`, 'length "-1"'],
  [`magnet:?xt=urn:btih:${HASH}&xl=1e3`, 'length "1e3"'],
  [`magnet:?xt=urn:btih:${HASH}&xl=999999999999999999`, "length"],
  [`magnet:?xt=urn:btih:${HASH}&x.pe=10.0.0.1`, "host:port"],
  [`magnet:?xt=urn:btih:${HASH}&x.pe=10.0.0.1:0`, "host:port"],
  [`magnet:?xt=urn:btih:${HASH}&x.pe=10.0.0.1:65536`, "host:port"],
  [`magnet:?xt=urn:btih:${HASH}&x.pe=::1:80`, "host:port"],
  [`magnet:?xt=urn:btih:${HASH}&x.pe=a/b:80`, "host:port"],
  [`magnet:?xt=urn:btih:${HASH}&x.pe=a%26dn=x:80`, "host:port"],
  [`magnet:?xt=urn:btih:${HASH}&dn=${"x".repeat(65536)}`, "longer than 65536"],
];
