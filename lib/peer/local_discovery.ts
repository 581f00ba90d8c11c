import { encodeHex, type InfoHash } from "../bytes/mod.ts";
import {
  type Clock,
  isIpv6,
  type MulticastTransport,
  type PeerAddress,
  sleep,
  systemClock,
  systemMulticast,
} from "../net/mod.ts";
import type { Discovery, SwarmMember, SwarmTicket } from "./discovery.ts";
import { LocalGroup, type LocalGroupState } from "./local_group.ts";
import { NeighbourTicket } from "./neighbour_ticket.ts";
import { AnnounceRota } from "./policy/mod.ts";
import { publicOnly } from "./public_only.ts";
import type { LocalAnnounce } from "./wire/mod.ts";

/** The multicast groups in which peers announce themselves to their neighbours (BEP 14). */
export const LOCAL_GROUPS: readonly PeerAddress[] = [
  { host: "239.192.152.143", port: 6771 },
  { host: "ff15::efc0:988f", port: 6771 },
];

/** Bytes of chance in a cookie. */
const COOKIE_BYTES = 8;

/** Who announces himself, and how. */
export interface LocalDiscoveryOptions {
  /** Where we listen for peers: torrents are announced by the interfaces of this address. */
  readonly address: PeerAddress;
  /** The time; that of the machine by default. */
  readonly clock?: Clock;
  /** How groups are reached; UDP by default. */
  readonly transport?: MulticastTransport;
  /** What shows us that an announce is our own; of chance by default. */
  readonly cookie?: string;
  /** Numbers from 0 up to but not including 1; the runtime's by default. */
  readonly random?: () => number;
  /** Is told whether each group can be reached, and why not, when it becomes known and changes. */
  readonly onState?: (state: LocalGroupState) => void;
}

/**
 * Finds peers on the same networks without any tracker: all torrents but the private ones are announced
 * to the neighbours, and those of theirs are heard (BEP 14). Nobody is asked to confirm what he says;
 * where there is no network, or no permission, it finds nobody.
 *
 * @example
 * ```ts
 * import { LocalDiscovery, PeerNode } from "./mod.ts";
 *
 * await using node = new PeerNode({ host: "127.0.0.1" });
 * await using local = new LocalDiscovery({ address: node.address });
 * node.discoverBy(local);
 * ```
 */
export class LocalDiscovery implements Discovery, AsyncDisposable {
  readonly #clock: Clock;
  readonly #groups: readonly LocalGroup[];
  readonly #rota: AnnounceRota;
  readonly #tickets = new Map<InfoHash, NeighbourTicket>();
  readonly #public = publicOnly({ join: ({ info }) => this.seek(info.infoHash) });
  readonly #ended = new AbortController();
  #wake = new AbortController();
  #running: Promise<void> | undefined;

  /** Makes one that neither says nor hears anything until there is a torrent. */
  constructor(options: LocalDiscoveryOptions) {
    const { address, clock = systemClock, transport = systemMulticast } = options;
    const { cookie = randomCookie(), random = Math.random, onState = () => {} } = options;
    this.#clock = clock;
    this.#rota = new AnnounceRota(random);
    this.#groups = LOCAL_GROUPS.flatMap((group) => {
      const role = roleIn(group, address.host);
      if (role === "none") return [];
      const onHeard = (announce: LocalAnnounce, host: string): void => this.#heard(announce, host);
      return [
        new LocalGroup({ group, transport, listen: address, role, cookie, onHeard, onState }),
      ];
    });
  }

  /**
   * Announces a torrent and hears of those who have it, too; of a private one nothing is said.
   *
   * @throws {Error} if the torrent was joined and not left, or the discovery is closed
   */
  join(member: SwarmMember): SwarmTicket {
    return this.#public.join(member);
  }

  /**
   * Announces a torrent of which only the info-hash is known.
   *
   * @throws {Error} if the torrent was joined and not left, or the discovery is closed
   */
  seek(infoHash: InfoHash): SwarmTicket {
    if (this.#ended.signal.aborted) throw new Error(`Cannot announce ${infoHash}: it is closed`);
    if (this.#tickets.has(infoHash)) {
      throw new Error(`Cannot announce ${infoHash}: it was joined before, leave it first`);
    }
    const ticket = new NeighbourTicket(infoHash, () => {
      this.#tickets.delete(infoHash);
      this.#rota.remove(infoHash);
    });
    this.#tickets.set(infoHash, ticket);
    this.#rota.add(infoHash, this.#clock.now());
    this.#wake.abort();
    this.#running ??= this.#run();
    return ticket;
  }

  /** Leaves all torrents and the groups. */
  async close(): Promise<void> {
    this.#ended.abort();
    this.#wake.abort();
    for (const ticket of this.#tickets.values()) ticket[Symbol.dispose]();
    await this.#running;
    await Promise.all(this.#groups.map((group) => group.close()));
  }

  /** The same as `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const now = this.#clock.now();
      const infoHashes = this.#rota.take(now);
      if (infoHashes.length > 0) await this.#announce(infoHashes);
      else await sleep(this.#clock, this.#rota.nextMs - now, this.#wake.signal);
    }
  }

  async #announce(infoHashes: readonly InfoHash[]): Promise<void> {
    const results = await Promise.all(this.#groups.map((group) => group.announce(infoHashes)));
    if (!results.includes("announced")) {
      return this.#rota.failed(infoHashes, this.#clock.now());
    }
    this.#rota.succeeded();
    for (const infoHash of infoHashes) this.#tickets.get(infoHash)?.markAnnounced();
  }

  #heard({ port, infoHashes }: LocalAnnounce, host: string): void {
    const now = this.#clock.now();
    for (const infoHash of infoHashes) {
      const state = this.#tickets.get(infoHash)?.heard({ host, port }, now);
      if (state !== "new") continue;
      this.#rota.answer(infoHash, now);
      this.#wake.abort();
    }
  }
}

/** Whether one who listens at a host is reached by a group's kind of address, or hears it at least. */
function roleIn(group: PeerAddress, host: string): "announces" | "hears" | "none" {
  // Who listens at `::` is reached by IPv4, too.
  if (host === "::" || isIpv6(host) === isIpv6(group.host)) return "announces";
  return host === "0.0.0.0" ? "hears" : "none";
}

function randomCookie(): string {
  return encodeHex(crypto.getRandomValues(new Uint8Array(COOKIE_BYTES)));
}
