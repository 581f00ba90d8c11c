import type { OpenDoor } from "../door.ts";

/**
 * The announce URLs of a tracker as one of its visitors can use them: that of the HTTP door by which he
 * came, and that of the UDP door, if there is one on the machine that he named.
 *
 * `trackerUrl` is `http://HOST:PORT` with the token, if there is one, as the first segment of the path.
 */
export function announceUrls(trackerUrl: string, doors: readonly OpenDoor[]): string[] {
  // To parse it as a URL would throw an error with the token in it, if it were none.
  const [, hostname = "", base = ""] = /^\w+:\/\/(\[[^\]]*\]|[^:/]*)[^/]*(.*)$/.exec(trackerUrl) ??
    [];
  const udp = doors.filter(({ door }) => door === "udp");
  return [
    `${trackerUrl}/announce`,
    ...udp.map(({ port }) => `udp://${hostname}:${port}${base}/announce`),
  ];
}
