import { ADDRESS_FLAGS, DISCOVERY_FLAG, type Flag, LISTEN_FLAGS, tokenFlags } from "./flags.ts";

/** The flags of the command that serves a tracker. */
export const SERVE_FLAGS: readonly Flag[] = [
  ...LISTEN_FLAGS,
  ...tokenFlags("token that clients must give"),
  {
    name: "tls-cert",
    kind: "path",
    value: "FILE",
    summary: "certificate, and those that lead to its authority: TCP and HTTP door speak TLS",
  },
  { name: "tls-key", kind: "path", value: "FILE", summary: "private key of the certificate" },
  {
    name: "http-port",
    kind: "port",
    value: "N",
    summary: "port of the HTTP door (default: 6969; 0 picks a free one)",
  },
  {
    name: "udp-port",
    kind: "port",
    value: "N",
    summary: "port of the UDP door (default: 6969; 0 picks a free one)",
  },
  { name: "no-http", kind: "switch", summary: "no HTTP door" },
  { name: "no-udp", kind: "switch", summary: "no UDP door" },
  {
    name: "allow",
    kind: "path",
    value: "FILE",
    summary: "serve only the torrents whose info-hashes are in FILE, one a line",
  },
  {
    name: "state",
    kind: "path",
    value: "FILE",
    summary: "keep published torrents and counts in FILE, a database, and go on from it",
  },
  {
    name: "share-uploads",
    kind: "path",
    value: "DIR",
    summary: "take in files at the dashboard, keep them in DIR and share all that is there",
  },
  {
    name: "max-upload",
    kind: "bytes",
    value: "SIZE",
    summary: "longest file that is taken in (default: 16G)",
  },
  {
    name: "share-port",
    kind: "port",
    value: "N",
    summary: "port at which these files are shared (default: a free one)",
  },
  {
    name: "public-uploads",
    kind: "switch",
    summary: "take in files of everybody who may see the dashboard, without a token, too",
  },
  {
    name: "behind-proxy",
    kind: "switch",
    summary:
      "take a client's address from the last X-Forwarded-For of the proxy before the HTTP door",
  },
  { name: "no-dashboard", kind: "switch", summary: "no dashboard and no API at the HTTP door" },
  {
    name: "public-dashboard",
    kind: "switch",
    summary: "show the dashboard and its API to everybody, not to this machine alone",
  },
  {
    name: "dashboard-name",
    kind: "text",
    value: "NAME",
    summary: "name of this machine by which its dashboard may be asked for, besides its addresses",
    repeatable: true,
  },
  {
    name: "public-metrics",
    kind: "switch",
    summary: "have /metrics, which is for this machine alone, for everybody who knows the token",
  },
  {
    name: "drain",
    kind: "duration",
    value: "TIME",
    summary:
      "on SIGTERM go on for TIME, while /ready says 503, before the doors close (default: 0s)",
  },
  {
    name: "log-format",
    kind: "text",
    value: "FORMAT",
    summary:
      "text, or json: on standard error an object a line, with time and level (default: text)",
  },
  {
    name: "log-level",
    kind: "text",
    value: "LEVEL",
    summary: "least that is told of: error, warn, info or debug (default: info)",
  },
  ...ADDRESS_FLAGS,
  DISCOVERY_FLAG,
];
