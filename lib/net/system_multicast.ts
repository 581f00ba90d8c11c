import { formatAddress, isIpv6, type PeerAddress } from "./address.ts";
import type {
  Datagram,
  MulticastChannel,
  MulticastOptions,
  MulticastTransport,
} from "./multicast.ts";
import { ipv4Interfaces, ipv6Interfaces } from "./multicast_interfaces.ts";
import { MAX_DATAGRAM } from "./limits.ts";

/**
 * Multicast over UDP. It needs the permission `--allow-net` for the group, and for more than the
 * interface that the system prefers `--allow-sys=networkInterfaces`.
 */
export const systemMulticast: MulticastTransport = {
  join: (options) => SystemChannel.join(options),
};

/** A group joined by the system's sockets; interfaces that appear later are joined at the next `send`. */
class SystemChannel implements MulticastChannel {
  readonly datagrams: ReadableStream<Datagram>;
  readonly #options: MulticastOptions;
  readonly #socket: Deno.DatagramConn;
  readonly #joined = new Set<string>();
  #phase: "open" | "closed" = "open";

  private constructor(options: MulticastOptions) {
    this.#options = options;
    this.#socket = listenToGroup(options.group);
    this.datagrams = new ReadableStream<Datagram>({
      pull: (controller) => this.#pull(controller),
      cancel: () => this.close(),
    }, { highWaterMark: 0 });
  }

  static async join(options: MulticastOptions): Promise<SystemChannel> {
    const channel = new SystemChannel(options);
    try {
      const failures = await channel.#joinInterfaces();
      if (channel.#joined.size > 0) return channel;
      throw failures[0] ?? new Error("there is no interface for it");
    } catch (error) {
      channel.close();
      throw error;
    }
  }

  async send(bytes: Uint8Array): Promise<void> {
    await this.#joinInterfaces();
    const { group, host } = this.#options;
    const sources = isIpv6(group.host) ? [isIpv6(host) ? host : "::"] : ipv4Interfaces(host);
    const results = await Promise.allSettled(
      sources.map((source) => this.#sendFrom(source, bytes)),
    );
    const failures = results.filter((result) => result.status === "rejected");
    if (failures.length < results.length) return;
    throw failures[0]?.reason ?? new Error("there is no interface for it");
  }

  close(): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #pull(controller: ReadableStreamDefaultController<Datagram>): Promise<void> {
    try {
      const [bytes, from] = await this.#socket.receive(new Uint8Array(MAX_DATAGRAM));
      const { hostname, port } = from as Deno.NetAddr;
      controller.enqueue({ bytes, sender: { host: hostname, port } });
    } catch (error) {
      // A closed socket ends the wait with an error, too.
      if (this.#phase === "closed") controller.close();
      else controller.error(error);
    }
  }

  /** Joins what was not joined before, and gives what went wrong. */
  async #joinInterfaces(): Promise<unknown[]> {
    const { group, host } = this.#options;
    const failures: unknown[] = [];
    const join = async (key: string, work: () => Promise<unknown>): Promise<void> => {
      if (this.#joined.has(key)) return;
      try {
        await work();
        this.#joined.add(key);
      } catch (error) {
        failures.push(error);
      }
    };
    const socket = this.#socket;
    if (isIpv6(group.host)) {
      for (const scope of ipv6Interfaces(host)) {
        await join(`${scope}`, () => socket.joinMulticastV6(group.host, scope));
      }
    } else {
      for (const address of ipv4Interfaces(host)) {
        await join(address, () => socket.joinMulticastV4(group.host, address));
      }
    }
    return failures;
  }

  /**
   * Sends by the interface that has the address: a socket that is bound to it is what makes the system
   * choose the interface. It lives no longer than that, so that it takes no datagrams from others who
   * share the port.
   */
  async #sendFrom(source: string, bytes: Uint8Array): Promise<void> {
    const { group, sendFrom, timeToLive } = this.#options;
    const port = sendFrom === "group port" ? group.port : 0;
    requirePermission({ host: source, port });
    const socket = Deno.listenDatagram({
      ...{ transport: "udp", hostname: source, port },
      reuseAddress: sendFrom === "group port",
      // Others on this machine are neighbours, too.
      loopback: true,
    });
    try {
      if (timeToLive !== undefined && !isIpv6(group.host)) {
        const membership = await socket.joinMulticastV4(group.host, source);
        await membership.setTTL(timeToLive);
      }
      await socket.send(bytes, { transport: "udp", hostname: group.host, port: group.port });
    } finally {
      socket.close();
    }
  }
}

/**
 * Listens at the group's port, which others on the machine share. Bound to the group itself a socket
 * hears nothing else; where that cannot be had it is bound to all addresses.
 */
function listenToGroup({ host, port }: PeerAddress): Deno.DatagramConn {
  requirePermission({ host, port });
  const shared = { transport: "udp", port, reuseAddress: true, loopback: true } as const;
  try {
    return Deno.listenDatagram({ ...shared, hostname: host });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrNotAvailable)) throw error;
    return Deno.listenDatagram({ ...shared, hostname: isIpv6(host) ? "::" : "0.0.0.0" });
  }
}

/** Nobody is asked for a permission that is not there: all this is more than what he called for. */
function requirePermission(address: PeerAddress): void {
  const host = formatAddress(address);
  if (Deno.permissions.querySync({ name: "net", host }).state === "granted") return;
  throw new Deno.errors.NotCapable(
    `Requires net access to "${host}", run again with the --allow-net flag`,
  );
}
