import {
  type Connection,
  type Listener,
  type PeerAddress,
  serveConnections,
  setRepeating,
  sleep,
} from "../../net/mod.ts";
import { DRAIN_MS, PUSH_DELAY_MS, STATE_SAVE_MS, SWEEP_MS } from "../limits.ts";
import type { StateKeeper } from "../state/state_keeper.ts";
import type { SwarmRegistry } from "../swarm/mod.ts";
import type { TrackerContext } from "./context.ts";
import type { Door, OpenDoor } from "./door.ts";
import { watchLag } from "./metrics/watch_lag.ts";
import { pushChanges } from "./push_changes.ts";
import { showOut } from "./show_out.ts";
import { serveConnection } from "./serve_connection.ts";
import type { TrackerStatistics } from "./statistics.ts";
import { noteTooFast } from "./too_fast.ts";
import type { TrackerEvent } from "./tracker_event.ts";

/** Whether a connection from an address is one of not too many; if not, that is taken down. */
function mayConnect(host: string, context: TrackerContext): boolean {
  if (context.visitors.mayConnect(host, context.clock.now())) return true;
  noteTooFast(
    { host, port: 0 },
    "Cannot connect: too many connections come from this address",
    context,
  );
  return false;
}

function asOpen({ name, address, tls }: Door): OpenDoor {
  return { door: name, ...address, tls };
}

/** A tracker that is being served. */
export class TrackerServer implements AsyncDisposable {
  readonly #listener: Listener;
  readonly #context: TrackerContext;
  readonly #stop = new AbortController();
  readonly #doors: readonly Door[];
  readonly #connections = new Set<Connection>();
  readonly #timers: readonly Disposable[];
  readonly #served: Promise<void>;
  readonly #ignoreAbort: () => void;
  readonly #keeper: StateKeeper | undefined;
  /** Of the lists of addresses by which all were let in who are here. */
  #generation: number;

  /** Serves whoever comes to a listener, which it closes in the end; {@linkcode serveTracker} makes one. */
  constructor(
    listener: Listener,
    options: Omit<TrackerContext, "signal" | "doors"> & {
      /** Whether the TCP door speaks TLS. */
      readonly tls: boolean;
      /** Opens the other doors. */
      readonly openDoors: (context: TrackerContext) => readonly Door[];
      readonly abort?: AbortSignal | undefined;
      /** Writes down what outlives the tracker, if something is to. */
      readonly keeper?: StateKeeper | undefined;
    },
  ) {
    const { abort, openDoors, tls, keeper, ...shared } = options;
    const opened: OpenDoor[] = [];
    const context = { ...shared, doors: opened, signal: this.#stop.signal };
    const close = (): void => void this.close();
    try {
      this.#doors = openDoors(context);
    } catch (error) {
      listener.close();
      throw error;
    }
    opened.push({ door: "tcp", ...listener.address, tls }, ...this.#doors.map(asOpen));
    abort?.addEventListener("abort", close, { once: true });
    this.#ignoreAbort = () => abort?.removeEventListener("abort", close);
    this.#listener = listener;
    this.#context = context;
    this.#keeper = keeper;
    this.#generation = context.addresses.generation;
    this.#timers = [
      setRepeating(context.clock, () => this.#sweep(), SWEEP_MS),
      setRepeating(context.clock, () => pushChanges(context), PUSH_DELAY_MS),
      watchLag(context.clock, context.counters.lag),
      ...keeper === undefined
        ? []
        : [setRepeating(context.clock, () => void keeper.save(), STATE_SAVE_MS)],
    ];
    const { connections: total, connectionsPerAddress: perAddress } = context.limits;
    this.#served = serveConnections({
      listener,
      limits: { total, perAddress },
      clock: context.clock,
      signal: context.signal,
      admits: (host) => mayConnect(host, context),
      serve: (connection) => this.#serve(connection),
    });
  }

  /** Where it listens, with the port that it got. */
  get address(): PeerAddress {
    return this.#listener.address;
  }

  /** The other doors, each with its address. */
  get doors(): readonly Door[] {
    return this.#doors;
  }

  /** Who holds what. */
  get registry(): SwarmRegistry {
    return this.#context.registry;
  }

  /** What happens, for a log; a reader that is too slow misses some of it. */
  get events(): ReadableStream<TrackerEvent> {
    return this.#context.events.readable;
  }

  /** What has happened so far. */
  statistics(): TrackerStatistics {
    return this.#context.counters.snapshot();
  }

  /**
   * Closes it without breaking off an answer. From now on it is not ready, and nobody new comes in at the
   * TCP door; all that was there before goes on for so many milliseconds, for those who must learn of it
   * first. Then conversations end behind the answer that is being made, and after 5 s all is cut off.
   */
  async drain(keepMs = 0): Promise<void> {
    const { clock, readiness, signal } = this.#context;
    readiness.leave();
    this.#listener.close();
    await sleep(clock, keepMs, signal);
    readiness.sayFarewell();
    using _cut = clock.setTimer(() => void this.close(), DRAIN_MS);
    await this.#served;
    await this.close();
  }

  /** Closes all connections and waits until nothing of it runs any more. Can be repeated. */
  async close(): Promise<void> {
    this.#ignoreAbort();
    this.#stop.abort();
    this.#listener.close();
    for (const timer of this.#timers) timer[Symbol.dispose]();
    for (const connection of this.#connections) connection.close();
    await Promise.all(this.#doors.map((door) => door.close()));
    await this.#served;
    await this.#listener.ended?.();
    this.#keeper?.saveAll();
    this.#context.events.end();
  }

  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serve(connection: Connection): Promise<void> {
    this.#connections.add(connection);
    this.#context.counters.connections++;
    try {
      await serveConnection(connection, this.#context);
    } finally {
      this.#context.counters.connections--;
      this.#connections.delete(connection);
    }
  }

  #sweep(): void {
    const { clock, addresses: { generation } } = this.#context;
    const nowMs = clock.now();
    if (generation !== this.#generation) showOut(this.#connections, this.#context);
    this.#generation = generation;
    this.#context.sessions.sweep(nowMs);
    const before = this.registry.peers.size;
    this.registry.sweep(nowMs);
    this.#context.counters.expired += before - this.registry.peers.size;
  }
}
