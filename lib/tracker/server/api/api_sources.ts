import type { TrackerContext } from "../context.ts";
import { TooFastError } from "../too_fast.ts";
import type { Uploads } from "../uploads.ts";
import type { ClientAddress } from "../visitors.ts";
import { EventHub } from "./event_hub.ts";
import { History } from "./history.ts";
import { lastingSums, type ShownTracker } from "./shown_tracker.ts";
import { SwarmFlows } from "./swarm_flows.ts";
import { TrackerTotals } from "./tracker_totals.ts";

/** What {@linkcode ApiSources} are made of. */
export interface ApiSourcesOptions {
  readonly context: TrackerContext;
  /** The version of the program. */
  readonly version: string;
  /** What takes in files, if something does. */
  readonly uploads?: Uploads | undefined;
  /** How a visitor's address is told; by his connection unless this says otherwise. */
  readonly toldBy?: ClientAddress | undefined;
  /** When the tracker started, in milliseconds of the Unix clock; now unless this says otherwise. */
  readonly startedAtMs?: number | undefined;
}

/** From where the API has what it tells. */
export class ApiSources {
  /** What the tracker knows. */
  readonly context: TrackerContext;
  /** How fast bytes move in the swarms that are watched. */
  readonly flows: SwarmFlows = new SwarmFlows();
  /** The last hour. */
  readonly history: History;
  /** Tells of what changes. */
  readonly hub: EventHub;
  /** What takes in files, if something does. */
  readonly uploads: Uploads | undefined;
  /** How a visitor's address is told. */
  readonly toldBy: ClientAddress;
  readonly #totals: TrackerTotals;
  readonly #version: string;
  readonly #startedAtMs: number;

  /** Makes the sources of a tracker. */
  constructor(options: ApiSourcesOptions) {
    const { context, version, uploads } = options;
    const { toldBy = "connection", startedAtMs = Date.now() } = options;
    this.context = context;
    this.uploads = uploads;
    this.toldBy = toldBy;
    this.#startedAtMs = startedAtMs;
    this.#version = version;
    this.#totals = new TrackerTotals(context);
    this.history = new History(context, this.#totals);
    const { flows, history } = this;
    this.hub = new EventHub({ context, flows, history, toldBy, shown: () => this.shown() });
  }

  /**
   * Takes down that somebody at an address asks for what takes as long as so many entries of a list.
   *
   * @throws {TooFastError} if that is too much
   */
  charge({ host }: { readonly host: string }, entries: number): void {
    const { visitors, clock } = this.context;
    if (visitors.mayList(host, clock.now(), entries, this.toldBy)) return;
    throw new TooFastError("Cannot answer: this address asks for too much at once; wait");
  }

  /** Begins to take down what happens, until what it gives is disposed of; that ends all events. */
  begin(): Disposable {
    const taking = this.history.begin();
    return {
      [Symbol.dispose]: () => {
        taking[Symbol.dispose]();
        this.hub[Symbol.dispose]();
      },
    };
  }

  /** Who the tracker is, and what it has. */
  shown(): ShownTracker {
    return {
      ...{ client: "Sluice", version: this.#version, startedAtMs: this.#startedAtMs },
      doors: this.context.doors,
      uploads: { enabled: this.uploads !== undefined, maxBytes: this.uploads?.maxBytes ?? 0 },
      totals: this.#totals.now(),
      sinceFirst: lastingSums(this.context),
    };
  }
}
