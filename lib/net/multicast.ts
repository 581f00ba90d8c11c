import type { PeerAddress } from "./address.ts";

/** A datagram that arrived, and where it came from. */
export interface Datagram {
  /** What is in it. */
  readonly bytes: Uint8Array;
  /** The address and the UDP port that it was sent from, as far as the network can be believed. */
  readonly sender: PeerAddress;
}

/** Which multicast group is joined, and by which networks. */
export interface MulticastOptions {
  /** The address of the group and its UDP port. */
  readonly group: PeerAddress;
  /** The address of the interface to keep to; `0.0.0.0` or `::` for every one that is not loopback. */
  readonly host: string;
  /** What is sent comes from the port of the group, or from any. */
  readonly sendFrom: "group port" | "any port";
  /** The IPv4 time to live of what is sent; 1, which no router passes on, by default. */
  readonly timeToLive?: number;
}

/** A multicast group that was joined. */
export interface MulticastChannel extends Disposable {
  /** What arrives, our own datagrams too; for one reader. It ends when the channel is closed. */
  readonly datagrams: ReadableStream<Datagram>;
  /**
   * Sends to a group of IPv4 by every interface, to one of IPv6 by that which the system prefers.
   *
   * @throws {Error} if no interface takes it
   */
  send(bytes: Uint8Array): Promise<void>;
  /** Leaves the group. Can be repeated. */
  close(): void;
}

/** A way to reach multicast groups: UDP, or memory in tests and simulations. */
export interface MulticastTransport {
  /**
   * Joins a group.
   *
   * @throws {Deno.errors.NotCapable} if the permission is missing
   * @throws {Error} if no interface has a way to the group
   */
  join(options: MulticastOptions): Promise<MulticastChannel>;
}
