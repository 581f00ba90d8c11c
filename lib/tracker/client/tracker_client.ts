import { type InfoHash, infoHashFromHex } from "../../bytes/mod.ts";
import { Backoff, type Clock, sleep, systemClock, withDeadline } from "../../net/mod.ts";
import { Feed } from "../feed.ts";
import { LINGER_MS, RECONNECT_MS } from "../limits.ts";
import type {
  AllPeersReply,
  ConnectReply,
  ListFilesArguments,
  ListFilesReply,
  PageRange,
  SwarmPeersReply,
} from "../protocol/mod.ts";
import type { SwarmMember, SwarmTicket } from "./discovery.ts";
import { Memberships } from "./memberships.ts";
import { pollPeers } from "./poll_peers.ts";
import { fetchTorrent } from "./torrent_transfer.ts";
import { TrackerConnection, type TrackerConnectionOptions } from "./tracker_connection.ts";
import type { TrackerState } from "./tracker_state.ts";

/** Which tracker to keep to, and as whom. */
export interface TrackerClientOptions extends Omit<TrackerConnectionOptions, "signal"> {
  /** Numbers from 0 up to but not including 1, for the waits before another attempt. */
  readonly random?: (() => number) | undefined;
}

/** States that wait for a reader at most. */
const STATE_CAPACITY = 256;

/**
 * A client that stays connected to its tracker: it tries again when the connection fails, tells a
 * tracker that was restarted everything anew, and hands in torrents that the tracker lacks.
 *
 * Its queries fail with a `TrackerUnreachableError` while the tracker cannot be reached, and wait for
 * the next attempt if the connection was only just lost.
 */
export class TrackerClient implements AsyncDisposable {
  readonly #options: TrackerClientOptions;
  readonly #clock: Clock;
  readonly #states = new Feed<TrackerState>({ capacity: STATE_CAPACITY });
  readonly #memberships: Memberships;
  readonly #stop = new AbortController();
  /** The connection, the attempt to get it, or the failure of the last attempt. */
  #attempt: Promise<TrackerConnection>;
  readonly #running: Promise<void>;

  /** Makes a client and lets it connect. */
  constructor(options: TrackerClientOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#memberships = new Memberships(this.#clock, this.#states);
    this.#attempt = this.#openAfter(0);
    this.#running = this.#run();
  }

  /** How the client stands with its tracker, for one reader. */
  get states(): ReadableStream<TrackerState> {
    return this.#states.readable;
  }

  /**
   * Waits for the attempt to connect that is under way, if one is, and says how it or the last one
   * ended. Whatever it says, the client goes on trying.
   *
   * @throws {TrackerUnreachableError} if the tracker cannot be reached
   * @throws {TrackerRefusedError} if it does not let us in
   */
  async connected(): Promise<ConnectReply> {
    return (await this.#attempt).welcome;
  }

  /**
   * Enters a swarm and begins to hear of its peers, now or as soon as there is a tracker.
   *
   * @throws {Error} if the swarm was entered and not left
   */
  join(member: SwarmMember): SwarmTicket {
    return this.#memberships.join(member);
  }

  /** Begins to hear of the peers of a torrent of which only the info-hash is known, and joins nothing. */
  seek(infoHash: InfoHash): SwarmTicket {
    const { signal } = this.#stop;
    const ask = async () => (await this.getPeers(infoHash)).peers;
    return pollPeers({ infoHash, ask, clock: this.#clock, signal });
  }

  /**
   * Waits until the tracker was told all that is new by now of what we hold; also over a loss of the
   * connection in the meantime.
   *
   * @throws {TrackerUnreachableError} if the tracker cannot be reached now
   */
  async flush(): Promise<void> {
    await this.#attempt;
    await this.#memberships.told();
  }

  /** Lists torrents. */
  async listFiles(query?: ListFilesArguments): Promise<ListFilesReply> {
    return await (await this.#attempt).listFiles(query);
  }

  /** Lists the peers of a swarm, best sources first. */
  async getPeers(infoHash: InfoHash, range?: PageRange): Promise<SwarmPeersReply> {
    return await (await this.#attempt).getPeers(infoHash, range);
  }

  /** Lists all peers. */
  async getAllPeers(range?: PageRange): Promise<AllPeersReply> {
    return await (await this.#attempt).getAllPeers(range);
  }

  /**
   * Fetches a torrent file. 40 hexadecimal digits are an info-hash, anything else is a name.
   *
   * @throws {TrackerRefusedError} if the tracker does not know it, or knows several of the name
   */
  async getTorrent(nameOrHash: string): Promise<Uint8Array<ArrayBuffer>> {
    const key = /^[0-9a-f]{40}$/i.test(nameOrHash)
      ? { infoHash: infoHashFromHex(nameOrHash) }
      : { name: nameOrHash };
    return await fetchTorrent(await this.#attempt, key);
  }

  /**
   * Ends all memberships and the connection. After `"exit"` the tracker forgets us at once, after
   * `"disconnect"` when our entry expires. Can be repeated.
   */
  async close(farewell: "exit" | "disconnect" = "exit"): Promise<void> {
    if (!this.#stop.signal.aborted) {
      this.#stop.abort();
      await this.#attempt.then((connection) => this.#bid(farewell, connection), hasBeenReported);
    }
    await this.#running;
    await this.#options.transport?.ended?.();
    this.#memberships.end();
    this.#states.end();
  }

  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(): Promise<void> {
    const { random = Math.random } = this.#options;
    const { min: minMs, max: maxMs } = RECONNECT_MS;
    const backoff = new Backoff({ minMs, maxMs, random });
    while (!this.#stop.signal.aborted) {
      try {
        const connection = await this.#attempt;
        const sinceMs = this.#clock.now();
        this.#states.offer({ type: "connected", welcome: connection.welcome });
        const error = await this.#attend(connection);
        if (this.#stop.signal.aborted) return;
        if (this.#clock.now() - sinceMs >= maxMs) backoff.reset();
        this.#attempt = this.#openAfter(this.#failed(error, backoff));
      } catch (error) {
        await sleep(this.#clock, this.#failed(error, backoff), this.#stop.signal);
        this.#attempt = this.#openAfter(0);
      }
    }
  }

  /** Lets the memberships use a connection until it ends, and gives the reason. */
  async #attend(connection: TrackerConnection): Promise<Error> {
    const over = new AbortController();
    const end = (): void => over.abort();
    this.#stop.signal.addEventListener("abort", end, { once: true });
    void connection.ended.then(end);
    try {
      await this.#memberships.attend(connection, over.signal);
    } catch (error) {
      connection.close();
      if (error instanceof Error) return error;
    } finally {
      this.#stop.signal.removeEventListener("abort", end);
    }
    return this.#stop.signal.aborted ? new Error("the client was closed") : await connection.ended;
  }

  /** Takes down that there is no connection, and gives the time to wait before the next attempt. */
  #failed(error: unknown, backoff: Backoff): number {
    const retryMs = backoff.next();
    if (error instanceof Error && !this.#stop.signal.aborted) {
      this.#states.offer({ type: "unreachable", error, retryMs });
    }
    return retryMs;
  }

  #openAfter(ms: number): Promise<TrackerConnection> {
    const { signal } = this.#stop;
    const waited = ms === 0 ? Promise.resolve() : sleep(this.#clock, ms, signal);
    const attempt = waited.then(() => TrackerConnection.open({ ...this.#options, signal }));
    attempt.catch(hasBeenReported);
    return attempt;
  }

  /** Says goodbye; a tracker that does not hear it finds out by itself. */
  async #bid(farewell: "exit" | "disconnect", connection: TrackerConnection): Promise<void> {
    const message = "the tracker does not answer";
    await withDeadline(() => connection[farewell](), { clock: this.#clock, ms: LINGER_MS, message })
      .catch(hasBeenReported);
    connection.close();
  }
}

/** The loop that runs the client reports what fails, as a state. */
function hasBeenReported(): void {}
