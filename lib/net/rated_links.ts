import type { Clock } from "./clock.ts";
import { type MemoryPipe, PIPE_WINDOW, type PipeCarrier } from "./memory_pipe.ts";

/** Bytes that a connection may send before it is another one's turn: about a packet. */
const TURN_BYTES = 1_500;

/** How fast a host sends and receives, in bytes a second. */
export interface LinkRate {
  /** What leaves it. */
  readonly up: number;
  /** What reaches it. */
  readonly down: number;
}

/** What {@linkcode RatedLinks} need. */
export interface RatedLinksOptions {
  /** Measures the time that carrying takes. */
  readonly clock: Clock;
  /** How long bytes travel, in milliseconds; 0 by default. */
  readonly latencyMs?: number;
  /**
   * The time between two rounds of carrying, in milliseconds, more than 0; 2 by default. Longer ones
   * cost less where there are many hosts.
   */
  readonly roundMs?: number;
}

interface HostLink {
  rate: LinkRate;
  /** Bytes that it may send, and receive, in this round. */
  up: number;
  down: number;
}

interface Lane {
  readonly from: HostLink;
  readonly to: HostLink;
  readonly pipe: MemoryPipe;
}

const UNLIMITED: LinkRate = { up: Infinity, down: Infinity };

/**
 * The links of hosts in memory: each sends and receives no faster than its rate, which its connections
 * share fairly, a packet in turn, as they do where each of them is a TCP connection.
 */
export class RatedLinks {
  readonly #clock: Clock;
  readonly #latencyMs: number;
  readonly #roundMs: number;
  readonly #hosts = new Map<string, HostLink>();
  readonly #lanes = new Map<MemoryPipe, Lane>();
  #timer: Disposable | undefined;
  #startedMs = 0;
  #round = 0;

  /** Makes links that are unlimited until they are given a rate. */
  constructor({ clock, latencyMs = 0, roundMs = 2 }: RatedLinksOptions) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
    this.#roundMs = roundMs;
  }

  /** Gives a host a rate from now on; with one of 0 it stands still. */
  limit(host: string, rate: LinkRate): void {
    const link = this.#link(host);
    link.rate = rate;
    link.up = link.down = 0;
  }

  /** What carries a pipe from one host to another. */
  carrier(from: string, to: string): PipeCarrier {
    return {
      sendWindow: PIPE_WINDOW,
      onWaiting: (pipe) => {
        if (this.#lanes.has(pipe)) return;
        this.#lanes.set(pipe, { from: this.#link(from), to: this.#link(to), pipe });
        if (this.#timer !== undefined) return;
        this.#startedMs = this.#clock.now();
        this.#timer = this.#clock.setTimer(() => this.#carry(), this.#roundMs);
      },
    };
  }

  #link(host: string): HostLink {
    let link = this.#hosts.get(host);
    if (link === undefined) this.#hosts.set(host, link = { rate: UNLIMITED, up: 0, down: 0 });
    return link;
  }

  #carry(): void {
    const seconds = (this.#clock.now() - this.#startedMs) / 1000;
    this.#startedMs = this.#clock.now();
    for (const link of this.#hosts.values()) {
      // What was too little for a packet is kept.
      link.up = Math.min(link.up, TURN_BYTES) + link.rate.up * seconds;
      link.down = Math.min(link.down, TURN_BYTES) + link.rate.down * seconds;
    }
    const moved = this.#share();
    const arrive = (): void => {
      for (const [pipe, bytes] of moved) pipe.arrive(bytes);
    };
    if (this.#latencyMs > 0) this.#clock.setTimer(arrive, this.#latencyMs);
    else arrive();
    for (const { pipe } of this.#lanes.values()) {
      if (pipe.waiting === 0) this.#lanes.delete(pipe);
    }
    this.#timer = this.#lanes.size === 0
      ? undefined
      : this.#clock.setTimer(() => this.#carry(), this.#roundMs);
  }

  /** Shares this round's budget among all that wait; gives what departs, pipe by pipe. */
  #share(): [MemoryPipe, number][] {
    const lanes = [...this.#lanes.values()];
    // Whoever was first in this round is last in the next.
    lanes.push(...lanes.splice(0, this.#round++ % lanes.length));
    const moved = lanes.map((lane) => ({ lane, left: lane.pipe.waiting, carried: 0 }));
    let open = moved.filter(({ left }) => left > 0);
    while (open.length > 0) {
      open = open.filter((entry) => {
        const { from, to } = entry.lane;
        const bytes = Math.floor(Math.min(TURN_BYTES, entry.left, from.up, to.down));
        from.up -= bytes;
        to.down -= bytes;
        entry.left -= bytes;
        entry.carried += bytes;
        return bytes > 0 && entry.left > 0;
      });
    }
    return moved.filter(({ carried }) => carried > 0).map(({ lane: { pipe }, carried }) => {
      pipe.depart(carried);
      return [pipe, carried];
    });
  }
}
