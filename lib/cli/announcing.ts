import type { PeerNode } from "../peer/mod.ts";
import {
  AnnounceClient,
  type AnnounceClientOptions,
  type AnnounceState,
  announceTiers,
  randomUint32,
  trackerName,
  type TrackerUsage,
} from "../tracker/client/mod.ts";
import type { Output } from "./output.ts";
import { printable } from "./printable.ts";
import { VERSION } from "./version.ts";

/** Announce URLs in tiers (BEP 12). */
export type Tiers = readonly (readonly string[])[];

/** Which announce URLs may be asked, and what asks them. */
export type AskingRules = Pick<AnnounceClientOptions, "isNamed" | "urls" | "get">;

/** What announces torrents of a node to trackers of any kind, until it is disposed of. */
export class Announcers implements AsyncDisposable {
  readonly #node: PeerNode;
  readonly #output: Output;
  readonly #rules: AskingRules;
  readonly #key = randomUint32();
  readonly #clients = new Map<string, AnnounceClient>();
  readonly #reporting: Promise<void>[] = [];

  /** Makes one that announces nothing yet. */
  constructor(node: PeerNode, output: Output, rules: AskingRules = {}) {
    this.#node = node;
    this.#output = output;
    this.#rules = rules;
  }

  /**
   * The client for tiers, of which there must be one. For the same tiers it is the same: what it was
   * told of a torrent comes to the trackers in its order.
   */
  open(tiers: Tiers, usage: TrackerUsage = "first answer"): AnnounceClient {
    const name = JSON.stringify([usage, tiers]);
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
    const { peerId, address: { port } } = this.#node;
    const agent = `Sluice/${VERSION}`;
    const client = new AnnounceClient({
      ...{ peerId, port, tiers, agent, usage, key: this.#key, ...this.#rules },
      onSwitch: (infoHash) => {
        if (usage === "one at a time") this.#node.torrents.get(infoHash)?.forgetPeers();
      },
    });
    this.#clients.set(name, client);
    this.#reporting.push(reportAnnounces(client.states, this.#output));
    return client;
  }

  /** Waits until the trackers know that we are gone, but not for long. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
    await Promise.all(this.#reporting);
  }
}

/** The tiers without the trackers that are announced to anyhow. */
export function otherTiers(tiers: Tiers, urls: readonly string[]): Tiers {
  return announceTiers(tiers).map((tier) => tier.filter((url) => !urls.includes(url)))
    .filter((tier) => tier.length > 0);
}

/** Tells when the trackers of torrents are lost and found, and what they have to say to people. */
async function reportAnnounces(
  states: ReadableStream<AnnounceState>,
  output: Output,
): Promise<void> {
  const last = new Map<string, string>();
  const warnings = new Set<string>();
  for await (const state of states) {
    const news = state.type === "announced" ? state.url : state.error.message;
    // What is true of many torrents is said once.
    const isNew = ![...last.values()].includes(news);
    last.set(state.infoHash, news);
    if (state.type === "announced") {
      const address = trackerName(state.url);
      const { warning, externalHost } = state.result;
      const report = { type: "tracker", address, state: "connected", externalHost };
      const place = externalHost === undefined ? "" : ` and sees us at ${externalHost}`;
      if (isNew) output.detail(report, `Tracker ${address} is there${place}`);
      if (warning === undefined || warnings.has(warning)) continue;
      warnings.add(warning);
      const text = printable(warning);
      output.note({ type: "tracker-warning", address, text }, `Tracker ${address} says: ${text}`);
    } else if (isNew) {
      const addresses = state.urls.map(trackerName);
      const reason = printable(state.error.message);
      output.note(
        { type: "tracker", address: addresses.join(", "), state: "unreachable", reason },
        `${reason}; trying again`,
      );
    }
  }
}
