import type { InfoHash } from "../../bytes/mod.ts";
import {
  type AddressFilter,
  type Clock,
  EVERYBODY,
  filterTransport,
  type PeerAddress,
  systemClock,
  tcpTransport,
  type TlsIdentity,
  tlsTransport,
  type Transport,
} from "../../net/mod.ts";
import { Feed } from "../feed.ts";
import {
  DEFAULT_ANNOUNCE_PORT,
  DEFAULT_PORT,
  GRACE_MS,
  INTERVAL_MS,
  MAX_WAITING_EVENTS,
} from "../limits.ts";
import { StateKeeper } from "../state/state_keeper.ts";
import type { LastingState } from "../state/lasting_state.ts";
import { DEFAULT_LIMITS, type TrackerLimits } from "../tracker_limits.ts";
import { SwarmRegistry } from "../swarm/mod.ts";
import { Fetching } from "./fetching.ts";
import type { HttpDoorOptions } from "./http_door.ts";
import { openDoors } from "./open_doors.ts";
import { PartialFileBudget } from "./partial_file.ts";
import { Readiness } from "./readiness.ts";
import { Sessions } from "./sessions.ts";
import { Counters } from "./statistics.ts";
import { TokenGate } from "./token_gate.ts";
import type { TrackerContext } from "./context.ts";
import type { TrackerEvent } from "./tracker_event.ts";
import { TrackerServer } from "./tracker_server.ts";
import { Visitors } from "./visitors.ts";

/** How a tracker is served. */
export interface ServeTrackerOptions {
  /** Where to listen; at all addresses of the machine by default. */
  readonly host?: string;
  /** The port of the TCP door, 6789 by default; 0 picks a free one. */
  readonly port?: number;
  /** Where the HTTP door is to be, if there is to be one; at port 6969 unless another is named. */
  readonly http?: Partial<HttpDoorOptions> | undefined;
  /** Where the UDP door is to be, if there is to be one; at port 6969 unless another is named. */
  readonly udp?: Partial<PeerAddress> | undefined;
  /** Who the tracker is, if it speaks TLS at the TCP and the HTTP door. */
  readonly tls?: TlsIdentity | undefined;
  /** The torrents that the tracker is for, if it is not for all. */
  readonly torrents?: ReadonlySet<InfoHash> | undefined;
  /** Whose address is let in; everybody's by default. */
  readonly addresses?: AddressFilter;
  /** What every client must know, if not all are let in. */
  readonly token?: string | undefined;
  /** What is known of a tracker that was here before, and is kept for one that comes after this one. */
  readonly state?: LastingState | undefined;
  /** Limits that differ from the default ones. */
  readonly limits?: Partial<TrackerLimits>;
  /** How often a client is to be heard, in milliseconds; 30 s by default. */
  readonly intervalMs?: number;
  /** How long a peer is kept that vanished without a word, in milliseconds; 30 s by default. */
  readonly graceMs?: number;
  /** Closes the tracker. */
  readonly signal?: AbortSignal;
  /** How clients reach the TCP door; TCP by default, or TLS. */
  readonly transport?: Transport;
  /** The time; that of the machine by default. */
  readonly clock?: Clock;
  /** Numbers from 0 up to but not including 1, for choices among equals. */
  readonly random?: () => number;
}

/**
 * Serves a tracker until it is closed. With TCP it needs the permission `--allow-net`.
 *
 * @throws {Deno.errors.AddrInUse} if somebody else listens at the port of the TCP door
 * @throws {TlsError} if certificate and key cannot be used
 * @throws {DoorError} if another door cannot be opened
 */
export function serveTracker(options: ServeTrackerOptions = {}): TrackerServer {
  const { host = "0.0.0.0", port = DEFAULT_PORT, tls: identity, signal } = options;
  const { addresses = EVERYBODY } = options;
  const {
    transport = identity === undefined ? tcpTransport : tlsTransport({ identity, addresses }),
  } = options;
  signal?.throwIfAborted();
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const times = {
    intervalMs: options.intervalMs ?? INTERVAL_MS,
    graceMs: options.graceMs ?? GRACE_MS,
  };
  const registry = new SwarmRegistry(limits, options.torrents);
  const counters = new Counters();
  const events = new Feed<TrackerEvent>({ capacity: MAX_WAITING_EVENTS });
  const visitors = new Visitors(limits);
  const place = { host, port: DEFAULT_ANNOUNCE_PORT };
  const { http, udp } = options;
  return new TrackerServer(filterTransport(transport, addresses).listen({ host, port }), {
    registry,
    addresses,
    sessions: new Sessions(registry, times),
    ...{ visitors, gate: new TokenGate(options.token, visitors) },
    limits,
    times,
    fetching: new Fetching(),
    partialFiles: new PartialFileBudget(limits.partialFileBytes),
    readiness: new Readiness(),
    ...{ counters, events },
    keeper: options.state && keep(options.state, { registry, counters, events }),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    abort: signal,
    tls: identity !== undefined,
    openDoors: (context) =>
      openDoors(context, {
        ...(http !== undefined && { http: { ...place, ...http, tls: http.tls ?? identity } }),
        ...(udp !== undefined && { udp: { ...place, ...udp } }),
      }),
  });
}

/** Goes on from a state, and keeps it. */
function keep(
  state: LastingState,
  { registry, counters, events }: Pick<TrackerContext, "registry" | "counters" | "events">,
): StateKeeper {
  state.restoreTo(registry);
  counters.resume(state.counts);
  return new StateKeeper({
    ...{ file: state.file, registry, counts: () => counters.lasting() },
    onFailure: (error) => events.offer({ type: "state-failed", error }),
    onRecovery: () => events.offer({ type: "state-saved" }),
  });
}
