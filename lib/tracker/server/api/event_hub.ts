import type { InfoHash } from "../../../bytes/mod.ts";
import { isLoopback, networkOf, setRepeating } from "../../../net/mod.ts";
import { ApiError, EventStream } from "../../../web/mod.ts";
import {
  EVENT_MS,
  LOOKS_A_ROUND,
  MAX_EVENT_STREAMS,
  MAX_EVENT_STREAMS_PER_ADDRESS,
  MAX_WAYS_HERE,
  WATCH_ROUND_MS,
} from "../../api_limits.ts";
import type { Member } from "../../swarm/mod.ts";
import type { TrackerContext } from "../context.ts";
import type { ClientAddress } from "../visitors.ts";
import type { History } from "./history.ts";
import type { Listener } from "./listeners.ts";
import type { ShownTracker } from "./shown_tracker.ts";
import type { SwarmFlows } from "./swarm_flows.ts";
import { SwarmWatch } from "./swarm_watch.ts";
import { TrackerWatch } from "./tracker_watch.ts";
import type { WatchedMember } from "./watched_member.ts";

/** What an {@linkcode EventHub} tells of. */
export interface EventHubOptions {
  readonly context: TrackerContext;
  /** How fast bytes move in swarms. */
  readonly flows: SwarmFlows;
  /** Who the tracker is, with its totals as they are now. */
  readonly shown: () => ShownTracker;
  readonly history: History;
  /** How a listener's address is told; by his connection unless this says otherwise. */
  readonly toldBy?: ClientAddress | undefined;
}

/** Who wants to be told, and of what. */
export interface Subscriber {
  /** His IP address. */
  readonly host: string;
  /** Where he can announce himself to this tracker. */
  readonly announceUrls: readonly string[];
  /** The torrent of whose swarm he wants to be told, if of one. */
  readonly infoHash: InfoHash | undefined;
}

/**
 * Tells pages what changes: all of the totals and the files, and those who ask for it of one swarm.
 *
 * What is watched is looked at once a second for all who watch it, and nothing is while nobody does. So
 * that the doors never wait long, swarms are looked at in rounds, four a second, those first whose last
 * look is longest ago; a round ends when it has looked at 2,500 members. With more members watched,
 * each swarm is looked at less often.
 *
 * What is told is encoded once for all who find the tracker at the same announce URLs. Of those there are
 * eight sets at once: links for whoever comes with a further one have no trackers.
 *
 * Where 100,000 peers in 1,000 swarms all get a piece a second, a round takes 9 ms of one processor with
 * one page, and 42 ms with 256 pages that all watch another swarm (`bench/events.ts`).
 */
export class EventHub implements Disposable {
  readonly #options: EventHubOptions;
  readonly #tracker: TrackerWatch;
  /** The swarms that are watched, those first whose last look is longest ago, with its time. */
  readonly #swarms = new Map<
    InfoHash,
    { readonly watch: SwarmWatch; readonly lookedAtMs: number }
  >();
  readonly #streams = new Set<EventStream>();
  readonly #byNetwork = new Map<string, number>();
  /** How many listen who find the tracker at the same announce URLs. */
  readonly #byWay = new Map<string, number>();
  #trackerLookedAtMs = -Infinity;
  #rounds: Disposable | undefined = undefined;
  #lastId = 0;

  /** Makes a hub that nobody listens to. */
  constructor(options: EventHubOptions) {
    this.#options = options;
    this.#tracker = new TrackerWatch({ ...options, nextId: () => ++this.#lastId });
  }

  /** How many listen. */
  get size(): number {
    return this.#streams.size;
  }

  /**
   * Tells somebody of what changes until he goes.
   *
   * @throws {ApiError} if too many listen
   */
  subscribe({ host, announceUrls, infoHash }: Subscriber): Response {
    const { context: { clock }, toldBy = "connection" } = this.#options;
    const network = toldBy === "connection" && isLoopback(host) ? undefined : networkOf(host);
    this.#checkRoom(network);
    count(this.#byNetwork, network, 1);
    const way = announceUrls.join(" ");
    const isKnown = this.#byWay.has(way) || this.#byWay.size < MAX_WAYS_HERE;
    if (isKnown) count(this.#byWay, way, 1);
    const stream: EventStream = new EventStream({ clock, ended: () => leave() });
    const listener: Listener = { stream, announceUrls: isKnown ? announceUrls : [] };
    const leave = (): void => {
      this.#streams.delete(stream);
      count(this.#byNetwork, network, -1);
      if (isKnown) count(this.#byWay, way, -1);
      this.#leave(listener, infoHash);
    };
    this.#streams.add(stream);
    this.#rounds ??= setRepeating(clock, () => this.#round(), WATCH_ROUND_MS);
    if (this.#streams.size === 1) this.#trackerLookedAtMs = clock.now();
    this.#tracker.join(listener);
    // What he is greeted with may be more than may wait, so that he has gone.
    if (infoHash !== undefined && stream.isOpen) this.#watchOf(infoHash).join(listener);
    return stream.respond();
  }

  /** What those who watch a member know of it, if somebody does. */
  watchedOf(member: Member): WatchedMember | undefined {
    return this.#swarms.get(member.swarm.infoHash)?.watch.watchedOf(member);
  }

  /** Ends all streams. */
  [Symbol.dispose](): void {
    for (const stream of [...this.#streams]) stream.end();
  }

  #checkRoom(network: string | undefined): void {
    if (this.#streams.size >= MAX_EVENT_STREAMS) {
      throw new ApiError(
        503,
        `Cannot open events: ${MAX_EVENT_STREAMS} streams of them are open; try again later`,
      );
    }
    const known = network === undefined ? 0 : this.#byNetwork.get(network) ?? 0;
    if (known < MAX_EVENT_STREAMS_PER_ADDRESS) return;
    throw new ApiError(
      503,
      `Cannot open events: ${known} streams of them are open to this address; close some of them`,
    );
  }

  #watchOf(infoHash: InfoHash): SwarmWatch {
    const known = this.#swarms.get(infoHash);
    if (known !== undefined) return known.watch;
    const { context, flows } = this.#options;
    const watch = new SwarmWatch(infoHash, { context, flows, nextId: () => ++this.#lastId });
    this.#swarms.set(infoHash, { watch, lookedAtMs: context.clock.now() });
    context.fetching.watch(infoHash);
    return watch;
  }

  #leave(listener: Listener, infoHash: InfoHash | undefined): void {
    this.#tracker.listeners.delete(listener);
    const watch = infoHash && this.#swarms.get(infoHash)?.watch;
    watch?.listeners.delete(listener);
    if (watch?.listeners.size === 0) {
      this.#swarms.delete(watch.infoHash);
      this.#options.context.fetching.unwatch(watch.infoHash);
    }
    if (this.#streams.size > 0) return;
    this.#rounds?.[Symbol.dispose]();
    this.#rounds = undefined;
  }

  #round(): void {
    const nowMs = this.#options.context.clock.now();
    if (nowMs - this.#trackerLookedAtMs >= EVENT_MS) {
      this.#trackerLookedAtMs = nowMs;
      this.#tracker.look();
    }
    let looks = 0;
    for (const [infoHash, { watch, lookedAtMs }] of [...this.#swarms]) {
      if (nowMs - lookedAtMs < EVENT_MS || looks >= LOOKS_A_ROUND) return;
      this.#swarms.delete(infoHash);
      this.#swarms.set(infoHash, { watch, lookedAtMs: nowMs });
      looks += watch.look();
    }
  }
}

/** Adds one to what is counted by keys, or takes one off. */
function count(counts: Map<string, number>, key: string | undefined, sign: 1 | -1): void {
  if (key === undefined) return;
  const number = (counts.get(key) ?? 0) + sign;
  if (number === 0) counts.delete(key);
  else counts.set(key, number);
}
