import type { MulticastOptions } from "../multicast.ts";

/** The group of multicast DNS (RFC 6762, 3). */
export const MDNS_GROUP = { host: "224.0.0.251", port: 5353 } as const;

/** How the group is joined: answers come from its port, and have passed no router (RFC 6762, 6 and 11). */
export const MDNS_WAY: Pick<MulticastOptions, "group" | "sendFrom" | "timeToLive"> = {
  group: MDNS_GROUP,
  sendFrom: "group port",
  timeToLive: 255,
};
