import type { PeerId } from "../../bytes/mod.ts";
import {
  Backoff,
  type Clock,
  type Fetch,
  sleep,
  type UrlGuard,
  withDeadline,
} from "../../net/mod.ts";
import {
  ANNOUNCE_FLOOR_MS,
  ANNOUNCE_RETRY_MS,
  ASKED_PEERS,
  LOOK_UP_TIMEOUT_MS,
  STOPPED_TIMEOUT_MS,
  TRACKER_HEAD_START_MS,
} from "../limits.ts";
import {
  type AnnounceEvent,
  type AnnounceRequest,
  type AnnounceResult,
  formatHttpAnnounce,
} from "../protocol/mod.ts";
import { TrackerRefusedError } from "../refused_error.ts";
import type { AnnounceState, TrackerUsage } from "./announce_client.ts";
import { AnnounceError } from "./announce_error.ts";
import type { AnnouncedTorrent } from "./announced_torrent.ts";
import { announceByHttp, type HttpAnnounceOptions } from "./http_tracker.ts";
import { randomUint32 } from "./random_uint32.ts";
import type { Ticket } from "./ticket.ts";
import type { TrackerTiers } from "./tracker_tiers.ts";
import { UdpTracker } from "./udp_tracker.ts";

/** How long trackers that have failed want to be left alone, as far as all of them say so (BEP 31). */
function wishedWait(failure: unknown): number {
  if (failure instanceof AggregateError) return Math.min(...failure.errors.map(wishedWait));
  if (failure instanceof TrackerRefusedError) return failure.retryAfterMs ?? 0;
  return failure instanceof AnnounceError ? wishedWait(failure.cause) : 0;
}

/** At which addresses a tracker may be asked, any if there are none, and what checks where it sends us. */
type Bounds = Pick<HttpAnnounceOptions, "addresses" | "check">;

/** What an {@linkcode AnnounceMembership} needs. */
export interface AnnounceMembershipOptions {
  /** The membership as its holder sees it. */
  readonly ticket: Ticket;
  /** What the trackers are told of. */
  readonly torrent: AnnouncedTorrent;
  /** The trackers. */
  readonly tiers: TrackerTiers;
  /** Our name on the peer wire. */
  readonly peerId: PeerId;
  /** Where we listen for peers. */
  readonly port: number;
  /** What shows trackers that it is us although our address is another. */
  readonly key: number;
  /** The program, as trackers are told of it. */
  readonly agent: string;
  /** What asks HTTP trackers; that of the runtime if there is none. */
  readonly get: Fetch | undefined;
  /** Ends when the same torrent, left before, is forgotten by the trackers. */
  readonly after: Promise<void> | undefined;
  /** The time. */
  readonly clock: Clock;
  /** Numbers from 0 up to but not including 1. */
  readonly random: () => number;
  /** Whether the user has named a URL himself, who may name any. */
  readonly isNamed: (url: string) => boolean;
  /** Which of the other URLs may be asked, and where all but those within may send us. */
  readonly urls: UrlGuard;
  /** How many trackers are used. */
  readonly usage: TrackerUsage;
  /** Is called when another tracker than before has answered, before its peers are passed on. */
  readonly onSwitch: () => void;
  /** Is told how each announce ended. */
  readonly onState: (state: AnnounceState) => void;
}

/**
 * One torrent at the trackers of a client: announces it when it is begun, again and again, when it is
 * complete, and when it is left.
 */
export class AnnounceMembership {
  readonly #options: AnnounceMembershipOptions;
  readonly #udp = new Map<string, UdpTracker>();
  readonly #trackerIds = new Map<string, Uint8Array>();
  readonly #left = new AbortController();
  readonly #running: Promise<void>;
  /** What the trackers that know of us were told last. */
  readonly #told = new Map<string, "partial" | "whole">();
  #wake: AbortController = new AbortController();
  #wasWhole: boolean;
  /** The tracker that answered last. */
  #current: string | undefined;

  /** Begins to announce. */
  constructor(options: AnnounceMembershipOptions) {
    this.#options = options;
    this.#wasWhole = options.torrent.stage() === "whole";
    this.#running = this.#run();
  }

  /** Takes down that one more piece is held; when it was the last one, the trackers are told. */
  pieceHeld(): void {
    if (this.#wasWhole || this.#options.torrent.stage() !== "whole") return;
    this.#wasWhole = true;
    this.#wake.abort();
  }

  /** Stops, and tells the trackers that know us. Never rejects. */
  async leave(): Promise<void> {
    this.#left.abort();
    this.#wake.abort();
    await withDeadline((signal) => this.#sayGoodbye(signal), {
      clock: this.#options.clock,
      ms: STOPPED_TIMEOUT_MS,
      message: "the tracker does not hear that we stop",
    }).catch(() => undefined);
  }

  async #sayGoodbye(signal: AbortSignal): Promise<void> {
    await this.#running;
    await Promise.allSettled(
      [...this.#told.keys()].map(async (url) => {
        if (this.#eventFor(url) === "completed") {
          await this.#ask(url, "completed", signal).catch(() => undefined);
        }
        await this.#ask(url, "stopped", signal);
      }),
    );
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#options;
    const backoff = new Backoff({ ...ANNOUNCE_RETRY_MS, random });
    const { signal } = this.#left;
    await this.#options.after;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      let waitMs: number;
      try {
        waitMs = this.#waitAfter(await this.#announce());
        backoff.reset();
      } catch (error) {
        if (signal.aborted) return;
        waitMs = Math.max(backoff.next(), wishedWait(error));
        this.#report(error, waitMs);
      }
      await sleep(clock, waitMs, this.#wake.signal);
    }
  }

  /** Announces what has happened to the first tracker that answers. */
  async #announce(): Promise<AnnounceResult> {
    const { tiers, ticket, onState, onSwitch, clock, usage } = this.#options;
    const choice = usage === "one at a time"
      ? { patienceMs: Infinity, first: this.#current }
      : { patienceMs: TRACKER_HEAD_START_MS };
    const { url, answer } = await tiers.firstOf(
      (url, signal) => this.#ask(url, this.#eventFor(url), signal),
      { clock, signal: this.#left.signal, ...choice },
    );
    if (this.#current !== undefined && this.#current !== url) onSwitch();
    this.#current = url;
    ticket.answered(answer.peers);
    ticket.markAnnounced();
    onState({ type: "announced", url, infoHash: ticket.infoHash, result: answer });
    return answer;
  }

  /** What has happened since a tracker heard of us, which may be another than the one before. */
  #eventFor(url: string): AnnounceEvent {
    const told = this.#told.get(url);
    if (told === undefined) return "started";
    const stage = this.#options.torrent.stage();
    if (stage === "paused") return "paused";
    return told === "partial" && stage === "whole" ? "completed" : "none";
  }

  async #ask(url: string, event: AnnounceEvent, signal: AbortSignal): Promise<AnnounceResult> {
    const request = this.#request(event);
    try {
      const bounds = await this.#boundsOf(url, signal);
      const { key } = this.#options;
      const result = url.startsWith("udp:")
        ? await this.#udpTracker(url).announce(request, { ...bounds, key, signal })
        : await this.#askByHttp(url, request, { ...bounds, signal });
      this.#told.set(url, request.left === 0 ? "whole" : "partial");
      return result;
    } catch (cause) {
      throw new AnnounceError(url, cause);
    }
  }

  /**
   * At which addresses a tracker may be asked, and where it may send us. It is looked up before it is
   * asked: who answers for its name must not choose it afterwards.
   */
  async #boundsOf(url: string, signal: AbortSignal): Promise<Bounds> {
    const { isNamed, urls } = this.#options;
    const check = (to: string) => urls.checkRedirect(to, "announce");
    if (!isNamed(url)) {
      return { addresses: await this.#lookUp(() => urls.check(url, "announce"), signal), check };
    }
    if (url.startsWith("udp:")) return {};
    const { place, addresses } = await this.#lookUp(() => urls.locate(url), signal);
    return place === "anywhere" ? { check } : { addresses };
  }

  async #lookUp<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { clock } = this.#options;
    return await withDeadline(work, {
      ...{ clock, signal },
      ms: LOOK_UP_TIMEOUT_MS,
      message: `its name is not looked up in ${LOOK_UP_TIMEOUT_MS / 1_000} s`,
    });
  }

  async #askByHttp(
    url: string,
    request: AnnounceRequest,
    options: Bounds & Pick<HttpAnnounceOptions, "signal">,
  ): Promise<AnnounceResult> {
    const { key, clock, agent, get } = this.#options;
    const trackerId = this.#trackerIds.get(url);
    const whole = formatHttpAnnounce(url, request, { key, trackerId });
    const result = await announceByHttp(whole, { ...options, clock, agent, get });
    if (result.trackerId !== undefined) this.#trackerIds.set(url, result.trackerId);
    return result;
  }

  #udpTracker(url: string): UdpTracker {
    const known = this.#udp.get(url);
    if (known !== undefined) return known;
    const { clock } = this.#options;
    const tracker = new UdpTracker(url, { clock, randomNumber: randomUint32 });
    this.#udp.set(url, tracker);
    return tracker;
  }

  #request(event: AnnounceEvent): AnnounceRequest {
    const { torrent, peerId, port } = this.#options;
    return {
      ...{ peerId, port, event },
      infoHash: torrent.infoHash,
      left: torrent.left(),
      uploaded: torrent.uploaded(),
      downloaded: torrent.downloaded(),
      numWant: event === "stopped" ? 0 : ASKED_PEERS,
    };
  }

  #report(cause: unknown, retryMs: number): void {
    const { tiers: { urls }, ticket, onState } = this.#options;
    const errors: readonly unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
    const reason = errors.map((error) => error instanceof Error ? error.message : `${error}`);
    const error = new Error(reason.join("; "), { cause: errors[0] });
    const { infoHash } = ticket;
    onState({ type: "unreachable", infoHash, urls, error, retryMs });
  }

  /** The time until the next announce: as the tracker says, or sooner for one who lacks peers. */
  #waitAfter({ intervalS, minIntervalS = 0, peers }: AnnounceResult): number {
    const { torrent, port } = this.#options;
    // Some trackers tell of the asker, too.
    const isAlone = peers.every((peer) => peer.port === port) && torrent.stage() === "partial";
    const seconds = isAlone && minIntervalS > 0 ? minIntervalS : Math.max(intervalS, minIntervalS);
    return Math.max(ANNOUNCE_FLOOR_MS, seconds * 1_000);
  }
}
