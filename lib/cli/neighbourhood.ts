import { formatAddress, isLoopback, reachableIpv4, sleep, systemClock } from "../net/mod.ts";
import {
  type Discovery,
  LocalDiscovery,
  type PeerNode,
  publicOnly,
  type SwarmTicket,
} from "../peer/mod.ts";
import { connectPeer, type TrackerClient } from "../tracker/client/mod.ts";
import { type ChosenTracker, nameOf, reportStates, transportTo } from "./cli_trackers.ts";
import type { Context } from "./command.ts";
import { MAX_FOUND_PER_MACHINE, MAX_FOUND_TRACKERS, MAX_TRIED_TRACKERS } from "./limits.ts";
import { browseTrackers, type LocalTracker } from "./local_trackers.ts";
import type { Output } from "./output.ts";
import { VERSION } from "./version.ts";

/** The time in which a tracker on this network answers, if need be the second question, in milliseconds. */
export const LOOK_AROUND_MS = 1_250;

/** The time in which all have answered a question that one has answered, in milliseconds. */
const ANSWER_SPREAD_MS = 150;

/** How long the usual tracker may take until we are connected with it, and the time between two looks. */
const USUAL_PATIENCE = { looks: 10, ms: 500 } as const;

/** A tracker of ours with the client that speaks with it. */
export type ClientOfTracker = ChosenTracker & { readonly client: TrackerClient };

/** What a neighbourhood needs. */
export interface NeighbourhoodOptions {
  /** The command. */
  readonly context: Context;
  /** Who looks around. */
  readonly node: PeerNode;
  /** The trackers that it knows; those that are found are added once they have let us in. */
  readonly trackers: ClientOfTracker[];
  /** Finds trackers; by DNS-SD unless tests replace it. */
  readonly browse?: typeof browseTrackers;
}

/**
 * What a node finds by itself on the networks that it is in: peers by BEP 14, and, unless trackers were
 * named, trackers by DNS-SD. Neither is trusted: private torrents are kept from both, and no token is
 * given away. Where nothing can be found, that is a detail.
 */
export class Neighbourhood implements AsyncDisposable {
  /** Resolves when trackers were found, or had the time to tell of themselves. */
  readonly lookedAround: Promise<void>;
  readonly #options: NeighbourhoodOptions;
  /** The trackers that were found, by their addresses. */
  readonly #clients = new Map<string, ClientOfTracker>();
  /** Addresses of trackers that were met, and need not be met again. */
  readonly #met = new Set<string>();
  #tried = 0;
  readonly #reporting: Promise<void>[] = [];
  readonly #ended = new AbortController();
  readonly #looking: Promise<void>;
  #local: LocalDiscovery | undefined;

  /** Looks around, unless the command line forbids it. */
  constructor(options: NeighbourhoodOptions) {
    this.#options = options;
    const { context: { args }, trackers } = options;
    if (!args.has("no-discovery")) this.#findPeers();
    const isNamed = !trackers.some(({ origin }) => origin === "default");
    if (args.has("no-discovery") || isNamed) {
      this.#looking = this.lookedAround = Promise.resolve();
      return;
    }
    const first = Promise.withResolvers<void>();
    const over = AbortSignal.any([this.#ended.signal, options.context.interrupted]);
    void sleep(systemClock, LOOK_AROUND_MS, over).then(first.resolve);
    this.lookedAround = first.promise;
    this.#looking = this.#findTrackers(first.resolve).finally(first.resolve);
  }

  /** Looks no longer, and leaves the trackers that were found. The node is to be closed before. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#looking;
    await this.#local?.close();
    await Promise.all([...this.#clients.values()].map(({ client }) => client.close()));
    await Promise.all(this.#reporting);
  }

  #findPeers(): void {
    const { node, context: { output } } = this.#options;
    this.#local = new LocalDiscovery({
      address: node.address,
      onState(state) {
        const group = formatAddress(state.group);
        const [reason, text] = state.type === "joined"
          ? [undefined, `Peers on this network are heard at ${group}`]
          : [state.error.message, `No peers are heard at ${group}: ${state.error.message}`];
        output.detail({ type: "local-peers", group, state: state.type, reason }, text);
      },
    });
    node.discoverBy(unconfirmed(this.#local));
  }

  async #findTrackers(onFirst: () => void): Promise<void> {
    const { node: { address: { host } }, context: { output, addresses }, browse } = this.#options;
    const signal = this.#ended.signal;
    try {
      for await (const tracker of (browse ?? browseTrackers)({ host, signal })) {
        if (++this.#tried > MAX_TRIED_TRACKERS) return;
        // A tracker that was restarted tells of itself under another name.
        const where = formatAddress(tracker.address);
        if (this.#met.has(where)) continue;
        this.#met.add(where);
        if (addresses?.admits(tracker.address.host) === false) continue;
        if (!isUsable(tracker, output)) continue;
        const answered = this.#meet(tracker)
          .then(() => sleep(systemClock, ANSWER_SPREAD_MS, this.#ended.signal));
        this.#reporting.push(answered.then(onFirst));
      }
    } catch (error) {
      reportDeafness(error, output);
    }
  }

  /** Whether it is the one of this machine that is asked anyhow. */
  async #isUsual({ address: { host, port } }: LocalTracker): Promise<boolean> {
    if (!isLoopback(host) && !reachableIpv4("0.0.0.0").includes(host)) return false;
    const usual = this.#options.trackers.find(({ origin, address }) =>
      origin === "default" && address.port === port
    );
    // One that does not listen at the usual address is another; but it may only just have begun.
    for (let look = 0; usual !== undefined && look < USUAL_PATIENCE.looks; look++) {
      if (await usual.client.connected().then(() => true, () => false)) return true;
      await sleep(systemClock, USUAL_PATIENCE.ms, this.#ended.signal);
    }
    return false;
  }

  /** Works with a tracker unless it is the usual one, or there are enough. */
  async #meet(tracker: LocalTracker): Promise<void> {
    if (await this.#isUsual(tracker) || this.#ended.signal.aborted) return;
    const { host } = tracker.address;
    // Those count, too, with whom we are about to connect.
    const near = [...this.#clients.values()].filter(({ address }) => address.host === host);
    const isFull = near.length >= MAX_FOUND_PER_MACHINE ||
      this.#clients.size >= MAX_FOUND_TRACKERS;
    if (!isFull) await this.#use(tracker);
  }

  /** Works with a tracker from now on, if it lets us in. */
  async #use({ address, security }: LocalTracker): Promise<void> {
    const { node, trackers, context: { args, output } } = this.#options;
    // Without the token of the command line: whoever says that he is a tracker would get it.
    let entry: Disposable | undefined;
    const client = connectPeer(
      {
        peerId: node.peerId,
        address: node.address,
        discoverBy: (client) => void (entry = node.discoverBy(publicOnly(client))),
      },
      address,
      { agent: `Sluice ${VERSION}`, transport: transportTo({ security }, args) },
    );
    const where = formatAddress(address);
    const tracker = { address, security, origin: "found", client } as const;
    this.#clients.set(where, tracker);
    this.#reporting.push(reportStates(client, tracker, "detail", output));
    try {
      await client.connected();
    } catch {
      // It is a state, and was reported. It may be met again, and another one may have its place.
      this.#clients.delete(where);
      this.#met.delete(where);
      entry?.[Symbol.dispose]();
      return await client.close();
    }
    reportFound(tracker, output);
    trackers.push(tracker);
  }
}

/** Tells that a command works with a tracker that nobody named. */
export function reportFound(
  tracker: Pick<LocalTracker, "address" | "security">,
  output: Output,
): void {
  const where = nameOf(tracker);
  output.note(
    { type: "tracker", address: where, state: "found" },
    `Tracker ${where} was found on this network`,
  );
}

/** Whether a tracker that was found may be asked; one that wants a token must be named. */
export function isUsable(tracker: LocalTracker, output: Output): boolean {
  if (tracker.admission === "open") return true;
  const where = nameOf(tracker);
  output.note(
    { type: "tracker", address: where, state: "closed" },
    `Tracker ${where} on this network wants a token; name it with --tracker, and the token with --token-file`,
  );
  return false;
}

/** Tells, to those who want the details, why no trackers are found. */
export function reportDeafness(error: unknown, output: Output): void {
  const reason = error instanceof Error ? error.message : String(error);
  output.detail(
    { type: "local-trackers", state: "silent", reason },
    `No trackers are found on this network: ${reason}`,
  );
}

/** A discovery that others may have missed: that it has announced something does not count. */
function unconfirmed(local: LocalDiscovery): Discovery {
  return {
    join: (member) => unconfirmedTicket(local.join(member)),
    seek: (infoHash) => unconfirmedTicket(local.seek(infoHash)),
  };
}

function unconfirmedTicket(ticket: SwarmTicket): SwarmTicket {
  const left = Promise.withResolvers<void>();
  return {
    peers: ticket.peers,
    announced: left.promise,
    pieceHeld: (index) => ticket.pieceHeld(index),
    [Symbol.dispose]() {
      left.resolve();
      ticket[Symbol.dispose]();
    },
  };
}
