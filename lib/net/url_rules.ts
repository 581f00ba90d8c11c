import { foldMapped, isIpv4, isIpv6 } from "./address.ts";
import { isUnicast } from "./ip_bytes.ts";
import { embeddedIpv4, innermost, placeOf } from "./place.ts";

/** What a URL that a torrent or a magnet link names is for. */
export type UrlUse = "announce" | "web seed";

/** Whether a torrent may name what is on this machine, or a private network, in any way it likes. */
export type PrivateUrls = "refused" | "allowed";

/** What the rules look at besides the URL. */
export interface UrlRuleOptions {
  /** What it is for. */
  readonly use: UrlUse;
  /** The addresses that its host stands for, all of them; the host itself if they are not known. */
  readonly addresses: readonly string[];
  /** Whether any URL within is allowed; refused by default. */
  readonly privateUrls?: PrivateUrls;
}

/** A URL taken apart, its host in one spelling. */
export interface UrlParts {
  /** `http`, `https`, `udp` or another one. */
  readonly scheme: string;
  /** An IP address without brackets, or a name in small letters without a dot at its end. */
  readonly host: string;
  /** The port, or that of the scheme; 0 if there is neither. */
  readonly port: number;
  /** The path. */
  readonly path: string;
  /** The query with its question mark, or nothing. */
  readonly query: string;
  /** Whether a user or a password is named. */
  readonly login: "none" | "named";
}

/** Ports of other services, which a server of ours is not at (the Fetch standard, "bad port"). */
const SERVICE_PORTS: ReadonlySet<number> = new Set([
  ...[0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95],
  ...[101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179],
  ...[389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601],
  ...[636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566],
  ...[6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080],
]);

/** Where machines in clouds are told their secrets: EC2, ECS, EKS, Alibaba, Azure, Oracle, Google. */
const METADATA_SERVICES: ReadonlySet<string> = new Set([
  "169.254.169.254",
  "169.254.170.2",
  "169.254.170.23",
  "fd00:ec2::254",
  "fd00:ec2::23",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "fd20:ce::254",
]);

/**
 * Paths of trackers: `/announce`, with a token or key before or behind it. A key has no dot and nothing
 * escaped, else it could be a program (`/reboot.cgi/announce`) or another path than it seems.
 */
const ANNOUNCE_PATH =
  /^\/(?:[\w-]{1,512}\/announce(?:\.php)?|announce(?:\.php)?(?:\/[\w-]{1,512})?)$/;

/** Schemes whose default port is known. */
const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** Takes a URL apart; `undefined` if it is none, or names no host. */
export function urlParts(text: string): UrlParts | undefined {
  if (!URL.canParse(text)) return undefined;
  const scheme = new URL(text).protocol.slice(0, -1).toLowerCase();
  // Only of the schemes of the web a host gets its one spelling: 0x7f.1 is 127.0.0.1.
  const web = scheme === "udp" ? text.trim().replace(/^udp:/i, "http:") : text;
  if (!URL.canParse(web)) return undefined;
  const { hostname, port, pathname, search, username, password } = new URL(web);
  const [, written] = /^udp:\/\/[^/?#]*:(\d+)(?:[/?#]|$)/i.exec(text.trim()) ?? [];
  const host = foldMapped(hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "").toLowerCase());
  if (host === "") return undefined;
  return {
    ...{ scheme, host, path: pathname, query: search },
    port: Number(written ?? (port || (PORTS[scheme] ?? 0))),
    login: username === "" && password === "" ? "none" : "named",
  };
}

/**
 * Why a URL that a torrent or a magnet link names is not to be asked, in a clause; `undefined` if it may
 * be. A stranger could have us ask what he cannot reach himself, so that
 *
 * - the scheme is `http` or `https`, or `udp` of a tracker, and nobody's password is in it;
 * - the port is not that of another service, and the host no group, nobody, and no service that tells
 *   machines in clouds their secrets;
 * - on this machine, or a private network, a tracker is asked by a path of trackers and with no query
 *   but ours, and a web seed not at all: its path can be anything.
 *
 * What a user names himself is not for these rules.
 */
export function refusalOfUrl(text: string, options: UrlRuleOptions): string | undefined {
  const { use, addresses, privateUrls = "refused" } = options;
  const parts = urlParts(text);
  if (parts === undefined) return "it is no URL";
  const { scheme, host, port, login } = parts;
  if (!/^https?$/.test(scheme) && !(scheme === "udp" && use === "announce")) {
    return `a torrent must not name ${scheme} URLs`;
  }
  if (login === "named") return "it has a user name or a password in it";
  if (SERVICE_PORTS.has(port)) return `port ${port} is not that of a tracker or web server`;
  const all = [host, ...addresses.map((address) => foldMapped(address.replace(/%.*$/, "")))]
    .flatMap((each) => [each, ...embeddedIpv4(each)]);
  for (const each of all) {
    if (METADATA_SERVICES.has(each)) return "it leads to a service that tells secrets of machines";
    if ((isIpv4(each) || isIpv6(each)) && !isUnicast(each)) {
      return "it is not the address of one machine";
    }
  }
  const place = innermost(all.map(placeOf));
  if (place === "anywhere" || privateUrls === "allowed") return undefined;
  const where = `it leads to ${place}`;
  if (use === "web seed") return `${where}, where web seeds need --allow-private-urls`;
  if (scheme === "udp") return undefined;
  const { path, query } = parts;
  if (ANNOUNCE_PATH.test(path) && query === "") return undefined;
  return `${where}, where all paths but those of trackers need --allow-private-urls`;
}
