import { formatAddress, type PeerAddress } from "../../net/mod.ts";

/** The doors besides the TCP door. */
export type DoorName = "http" | "udp";

/** A door that is open, for those who ask where the tracker is. */
export interface OpenDoor extends PeerAddress {
  /** Which one. */
  readonly door: "tcp" | DoorName;
  /** Whether it speaks TLS. */
  readonly tls: boolean;
}

/** A way into the tracker besides the TCP door. */
export interface Door {
  /** Which one. */
  readonly name: DoorName;
  /** Whether it speaks TLS. */
  readonly tls: boolean;
  /** Where it is, with the port that it got. */
  readonly address: PeerAddress;
  /** Closes it and waits until nothing of it runs any more. */
  close(): Promise<void>;
}

/** A door cannot be opened; the cause says why. */
export class DoorError extends Error {
  /** The name of the class, for messages. */
  override name = "DoorError";

  /** Makes the error of a door and the place where it should be. */
  constructor(
    /** Which one. */
    readonly door: DoorName,
    /** Where it should be. */
    readonly address: PeerAddress,
    cause: unknown,
  ) {
    super(`Cannot open the ${door} door at ${formatAddress(address)}`, { cause });
  }
}
