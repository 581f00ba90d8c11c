import { MAX_TRACKERS } from "../limits.ts";

/** Whether there is a way to announce to a URL: by HTTP, or by UDP if it names a port. */
export function isAnnounceUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, port } = new URL(url);
  return /^https?:$/.test(protocol) || (protocol === "udp:" && hostname !== "" && Number(port) > 0);
}

/**
 * The announce URLs of tiers in one way of writing, each once; others and empty tiers are left out, and
 * what is beyond the most trackers that one torrent may have: a stranger could name all hosts that he
 * wants to see visited.
 */
export function announceTiers(tiers: readonly (readonly string[])[]): readonly string[][] {
  const seen = new Set<string>();
  const usable: string[][] = [];
  for (const tier of tiers) {
    const urls: string[] = [];
    for (const text of tier) {
      if (seen.size === MAX_TRACKERS) break;
      if (!isAnnounceUrl(text)) continue;
      const { href } = new URL(text);
      if (!seen.has(href)) urls.push(href);
      seen.add(href);
    }
    if (urls.length > 0) usable.push(urls);
  }
  return usable;
}

/** The part of an announce URL that can be shown to anybody: `udp://host:port`. */
export function trackerName(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

/** Parts of the paths of announce URLs that are no keys. */
const WELL_KNOWN = /^(?:announce|scrape)(?:\.php)?$/i;

/**
 * An announce URL, or what was meant to be one, as it may be shown to anybody: what may be a key in it
 * (user, query, and all of the path but its usual end) stands as `...`.
 */
export function redactUrl(url: string): string {
  const [, scheme = "", authority = "", path = "", [mark] = ""] =
    /^([a-z][\w+.-]*:\/\/)?([^/?#]*)([^?#]*)(.*)$/is.exec(url) ?? [];
  const host = authority.replace(/^.*@/s, "...@");
  const steps = path.split("/").map((step) => step === "" || WELL_KNOWN.test(step) ? step : "...");
  return `${scheme}${host}${steps.join("/")}${mark === undefined ? "" : `${mark}...`}`;
}

/** Whether nothing in an announce URL may be a key, so that it may be passed on to anybody. */
export function hasNoKey(url: string): boolean {
  return redactUrl(url) === url;
}
