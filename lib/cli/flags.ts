/** What the value of a flag is; each kind has its own parser and its own message. */
export type FlagKind = "text" | "port" | "count" | "bytes" | "duration" | "path" | "address";

/** One flag of a command, as it is parsed, helped with and completed. */
export type Flag =
  | {
    readonly name: string;
    readonly kind: "switch";
    readonly summary: string;
    /** The one letter that stands for it. */
    readonly short?: string;
  }
  | {
    readonly name: string;
    readonly kind: FlagKind;
    /** How the help names the value. */
    readonly value: string;
    readonly summary: string;
    readonly repeatable?: true;
  };

/** Flags that every command knows. */
export const COMMON_FLAGS: readonly Flag[] = [
  { name: "help", short: "h", kind: "switch", summary: "show this help" },
  { name: "json", kind: "switch", summary: "print one JSON object a line, each with a type" },
  { name: "quiet", short: "q", kind: "switch", summary: "print nothing but results and errors" },
  { name: "verbose", short: "v", kind: "switch", summary: "print more of what happens" },
  {
    name: "library",
    kind: "path",
    value: "DIR",
    summary: "folder with Original_Files and Chunks (default: the working directory)",
  },
];

/** The flag that keeps a command from looking around on the network. */
export const DISCOVERY_FLAG: Flag = {
  name: "no-discovery",
  kind: "switch",
  summary: "neither find trackers and peers on this network nor be found there",
};

/** The flags by which a token is given, of which at most one may be used. */
export function tokenFlags(summary: string): readonly Flag[] {
  return [
    {
      name: "token",
      kind: "text",
      value: "TOKEN",
      summary: `${summary}; the list of processes shows it, so better use --token-file`,
    },
    {
      name: "token-file",
      kind: "path",
      value: "FILE",
      summary: "file with the token in it (default: the token in $SLUICE_TOKEN)",
    },
  ];
}

/** The flags that name trackers, and say whether others are looked for. */
export const TRACKER_FLAGS: readonly Flag[] = [
  {
    name: "tracker",
    kind: "text",
    value: "ADDR",
    summary:
      "tracker, HOST:PORT, tls://HOST:PORT or announce URL (default: $SLUICE_TRACKER, or 127.0.0.1:6789 and those found)",
    repeatable: true,
  },
  ...tokenFlags("token that the tracker asks for"),
  {
    name: "tls-ca",
    kind: "path",
    value: "FILE",
    summary: "certificate of an authority that is trusted, too, for tls:// and https:// trackers",
  },
  DISCOVERY_FLAG,
];

/** The flags that say where to listen. */
export const LISTEN_FLAGS: readonly Flag[] = [
  { name: "port", kind: "port", value: "N", summary: "port to listen at (0 picks a free one)" },
  { name: "host", kind: "text", value: "ADDR", summary: "address to listen at (default: 0.0.0.0)" },
];

/** The flags that say whose address is let in. */
export const ADDRESS_FLAGS: readonly Flag[] = [
  {
    name: "blocklist",
    kind: "path",
    value: "FILE",
    summary:
      "shut out the addresses in FILE: one a line, networks, ranges; P2P and DAT lists; gzip",
  },
  {
    name: "allowlist",
    kind: "path",
    value: "FILE",
    summary:
      "let in only the addresses in FILE: one a line, networks, ranges; not even this machine",
  },
];

/** The flag that lets torrents have us ask what is within. */
export const PRIVATE_URLS_FLAG: Flag = {
  name: "allow-private-urls",
  kind: "switch",
  summary: "let torrents name web seeds, and any path, on this machine and private networks",
};

/** The flags that limit rates. */
export const RATE_FLAGS: readonly Flag[] = [
  { name: "down", kind: "bytes", value: "RATE", summary: "receive at most RATE a second, as 5M" },
  { name: "up", kind: "bytes", value: "RATE", summary: "send at most RATE a second, as 5M" },
];

/** The flags that open a page in which the peer is seen and led. */
export const UI_FLAGS: readonly Flag[] = [
  {
    name: "ui",
    kind: "switch",
    summary: "open a page for browsers on this machine: transfers, peers, limits, a player",
  },
  {
    name: "ui-port",
    kind: "port",
    value: "N",
    summary: "port of that page (default: a free one)",
  },
];

/** The flags of every command that opens a peer. */
export const PEER_FLAGS: readonly Flag[] = [
  ...TRACKER_FLAGS,
  ...LISTEN_FLAGS,
  ...RATE_FLAGS,
  ...ADDRESS_FLAGS,
  ...UI_FLAGS,
];

/** The flag that makes the swarm a private one. */
export const SWARM_KEY_FLAG: Flag = {
  name: "swarm-key",
  kind: "path",
  value: "FILE",
  summary: "speak only with peers that know the key in FILE, and encrypt it all (see: key)",
};

/** The flag that sets the length of chunks. */
export const PIECE_LENGTH_FLAG: Flag = {
  name: "piece-length",
  kind: "bytes",
  value: "SIZE",
  summary: "length of a chunk, a power of two from 16K to 64M (default: 512K, more for huge files)",
};
