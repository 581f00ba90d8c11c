import type { FuzzTarget } from "./target.ts";

/** Loads each target by its name; what one of them needs the others do not. */
export const TARGETS: Readonly<Record<string, () => Promise<FuzzTarget>>> = {
  "bencode": async () => (await import("./targets/bencode.ts")).BENCODE,
  "torrent": async () => (await import("./targets/torrent.ts")).TORRENT,
  "magnet": async () => (await import("./targets/magnet.ts")).MAGNET,
  "cli": async () => (await import("./targets/cli.ts")).CLI,
  "datagrams": async () => (await import("./targets/datagrams.ts")).DATAGRAMS,
  "replies": async () => (await import("./targets/replies.ts")).REPLIES,
  "session": async () => (await import("./targets/session.ts")).SESSION,
  "state": async () => (await import("./targets/state.ts")).STATE,
  "tracker-api": async () => (await import("./targets/tracker_api.ts")).TRACKER_API,
  "tracker-http": async () => (await import("./targets/tracker_http.ts")).TRACKER_HTTP,
  "tracker-tcp": async () => (await import("./targets/tracker_tcp.ts")).TRACKER_TCP,
  "tracker-udp": async () => (await import("./targets/tracker_udp.ts")).TRACKER_UDP,
  "wire": async () => (await import("./targets/wire.ts")).WIRE,
};

/**
 * Loads a target.
 *
 * @throws {RangeError} if there is none of that name
 */
export async function loadTarget(name: string): Promise<FuzzTarget> {
  const load = Object.hasOwn(TARGETS, name) ? TARGETS[name] : undefined;
  if (load !== undefined) return await load();
  throw new RangeError(
    `Cannot fuzz "${name}": there is no such target; there are ${Object.keys(TARGETS).join(", ")}`,
  );
}
