import { type Clock, sleep, systemClock } from "../clock.ts";
import type { MulticastChannel, MulticastTransport } from "../multicast.ts";
import { systemMulticast } from "../system_multicast.ts";
import { MDNS_GROUP, MDNS_WAY } from "./mdns_group.ts";
import { decodeServiceMessage, encodeService, type HostedService } from "./service_message.ts";

/** The time between the two announcements of a new service, in milliseconds (RFC 6762, 8.3). */
const ANNOUNCE_TWICE_MS = 1_000;

/** The time between two messages of a service at least, in milliseconds (RFC 6762, 6). */
const ANSWER_FLOOR_MS = 1_000;

/** The shortest and the longest wait before an answer, in milliseconds (RFC 6762, 6). */
const ANSWER_DELAY_MS = { min: 20, max: 120 } as const;

/** What is told of, and by which means. */
export interface AdvertisementOptions {
  /** The service, with the addresses of this machine at the moment. */
  readonly service: () => HostedService;
  /** The address at which it listens: it is told of by the interfaces of this address. */
  readonly host: string;
  /** The time; that of the machine by default. */
  readonly clock?: Clock;
  /** Numbers from 0 up to but not including 1; the runtime's by default. */
  readonly random?: () => number;
  /** How the network is reached; UDP by default. */
  readonly transport?: MulticastTransport;
}

/**
 * Tells of a service to everybody on the same networks by multicast DNS (RFC 6762, RFC 6763): twice when
 * it begins, whenever somebody asks, at most once a second, and when it ends. Nobody is asked whether
 * the service's names are free (RFC 6762, 8.1): they must be made so that no other can have them.
 */
export class Advertisement implements AsyncDisposable {
  readonly #options: Required<AdvertisementOptions>;
  readonly #channel: MulticastChannel;
  readonly #ended = new AbortController();
  readonly #running: Promise<unknown>;
  #toldMs = -Infinity;
  #answering: Promise<void> | undefined;

  private constructor(channel: MulticastChannel, options: Required<AdvertisementOptions>) {
    this.#options = options;
    this.#channel = channel;
    this.#running = Promise.all([this.#announce(), this.#answer()]);
  }

  /**
   * Begins to tell of a service.
   *
   * @throws {Deno.errors.NotCapable} if the permission is missing
   * @throws {Error} if no interface has a way to the others
   */
  static async open(options: AdvertisementOptions): Promise<Advertisement> {
    const { transport = systemMulticast, clock = systemClock, random = Math.random } = options;
    const channel = await transport.join({ ...MDNS_WAY, host: options.host });
    try {
      await channel.send(await encodeService(options.service(), "here"));
      return new Advertisement(channel, { ...options, transport, clock, random });
    } catch (error) {
      channel.close();
      throw error;
    }
  }

  /** Says that the service is gone, and stops. */
  async close(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    // Nothing that says that it is there comes behind the farewell.
    await this.#answering;
    await this.#send("gone");
    this.#channel.close();
    await this.#running;
  }

  /** The same as `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The second announcement; the first one was sent before. */
  async #announce(): Promise<void> {
    this.#toldMs = this.#options.clock.now();
    await sleep(this.#options.clock, ANNOUNCE_TWICE_MS, this.#ended.signal);
    if (!this.#ended.signal.aborted) await this.#send("here");
  }

  async #answer(): Promise<void> {
    const { service } = this.#options;
    try {
      for await (const { bytes, sender } of this.#channel.datagrams) {
        const offered = service();
        const message = await decodeServiceMessage(bytes, offered.type);
        // One who asks from another port wants an answer there (RFC 6762, 6.7), and gets none.
        if (message?.type !== "query" || sender.port !== MDNS_GROUP.port) continue;
        if (message.asks(offered)) this.#answering ??= this.#answerSoon();
      }
    } catch {
      // The socket broke: from now on nobody who asks is heard.
    }
  }

  async #answerSoon(): Promise<void> {
    const { clock, random } = this.#options;
    const { min, max } = ANSWER_DELAY_MS;
    const floorMs = this.#toldMs + ANSWER_FLOOR_MS - clock.now();
    const delayMs = Math.max(floorMs, min + random() * (max - min));
    await sleep(clock, delayMs, this.#ended.signal);
    if (!this.#ended.signal.aborted) await this.#send("here");
    this.#answering = undefined;
  }

  /** Sends what the network takes; what it does not take, nobody hears. */
  async #send(state: "here" | "gone"): Promise<void> {
    this.#toldMs = this.#options.clock.now();
    const message = await encodeService(this.#options.service(), state);
    await this.#channel.send(message).catch(() => undefined);
  }
}
