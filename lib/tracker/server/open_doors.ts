import type { PeerAddress } from "../../net/mod.ts";
import type { TrackerContext } from "./context.ts";
import { type Door, DoorError, type DoorName } from "./door.ts";
import type { HttpDoorOptions } from "./http_door.ts";
import { openHttpDoor } from "./open_http_door.ts";
import { openUdpDoor } from "./udp_door.ts";

/** Where the doors besides the TCP door are to be, if they are to be. */
export interface DoorOptions {
  readonly http?: HttpDoorOptions;
  readonly udp?: PeerAddress;
}

/**
 * Opens the doors besides the TCP door: all of them, or none.
 *
 * @throws {DoorError} if one cannot be opened, as where somebody else listens at its port
 */
export function openDoors(context: TrackerContext, { http, udp }: DoorOptions): Door[] {
  const doors: Door[] = [];
  try {
    // The UDP door first: unlike the other it is closed at once if that cannot be opened.
    if (udp !== undefined) doors.push(opening("udp", udp, () => openUdpDoor(udp, context)));
    if (http !== undefined) doors.push(opening("http", http, () => openHttpDoor(http, context)));
    return doors;
  } catch (error) {
    for (const door of doors) void door.close();
    throw error;
  }
}

function opening(name: DoorName, { host, port }: PeerAddress, open: () => Door): Door {
  try {
    return open();
  } catch (cause) {
    throw new DoorError(name, { host, port }, cause);
  }
}
