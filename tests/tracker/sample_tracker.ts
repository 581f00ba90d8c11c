import { FakeClock, MemoryNetwork } from "../../lib/net/mod.ts";
import {
  type ArgumentsOf,
  serveTracker,
  type ServeTrackerOptions,
  type TorrentReport,
  type TrackerServer,
} from "../../lib/tracker/mod.ts";
import { seededRandom } from "../bytes/seeded_random.ts";
import { RawClient } from "./raw_client.ts";

const HOST = "192.0.2.1";

/** A tracker on a network in memory, whose time stands still unless it is advanced. */
export class SampleTracker implements AsyncDisposable {
  readonly network: MemoryNetwork = new MemoryNetwork();
  readonly clock: FakeClock = new FakeClock();
  readonly server: TrackerServer;

  constructor(options: ServeTrackerOptions = {}) {
    this.server = serveTracker({
      host: HOST,
      transport: this.network.host(HOST),
      clock: this.clock,
      random: seededRandom(1),
      ...options,
    });
  }

  /** Connects from the host of a number and says nothing. */
  dial(number: number): Promise<RawClient> {
    return RawClient.dial(this.network.host(hostOf(number)), this.server.address);
  }

  /** Connects as the peer of a number, from the host of that number. */
  enter(number: number): Promise<RawClient> {
    return RawClient.enter(this.network.host(hostOf(number)), this.server.address, number);
  }

  /** The peers that the tracker knows, by their numbers. */
  get peers(): number[] {
    return [...this.server.registry.peers.values()].map(({ port }) => port);
  }

  /** Waits until the tracker has taken in a torrent file, which takes no time of its clock. */
  published(): Promise<void> {
    return publishedAt(this.server);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server.close();
  }
}

/** Waits until a tracker has taken in a torrent file. */
export async function publishedAt({ events }: TrackerServer): Promise<void> {
  const reader = events.getReader();
  for (let type = ""; type !== "published";) {
    const { value } = await reader.read();
    if (value === undefined) throw new Error("the tracker was closed");
    type = value.type;
  }
  reader.releaseLock();
}

/** The address of the host of a number. */
export function hostOf(number: number): string {
  return `10.0.${number >> 8}.${number & 255}`;
}

/** An update that tells of these torrents. */
export function telling(...torrents: TorrentReport[]): ArgumentsOf<"update_status"> {
  return { torrents, gone: [] };
}

/** The first page of whatever is asked for. */
export const PAGE = { offset: 0, limit: 1000 };
