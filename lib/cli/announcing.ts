import type { PeerNode } from "../peer/mod.ts";
import { AnnounceClient, type AnnounceState, isAnnounceUrl, trackerName } from "../tracker/mod.ts";
import type { Output } from "./output.ts";
import { printable } from "./printable.ts";

/** Announce URLs in tiers (BEP 12). */
export type Tiers = readonly (readonly string[])[];

/** The tiers without what cannot be announced to. */
export function usableTiers(tiers: Tiers): Tiers {
  return tiers.map((tier) => tier.filter(isAnnounceUrl)).filter((tier) => tier.length > 0);
}

/** What announces torrents of a node to trackers of any kind, until it is disposed of. */
export class Announcer implements AsyncDisposable {
  /** Hears of peers. */
  readonly client: AnnounceClient;
  readonly #reporting: Promise<void>;

  /** Makes a client for the trackers of these tiers, of which there must be one. */
  constructor({ peerId, address }: PeerNode, tiers: Tiers, output: Output) {
    this.client = new AnnounceClient({ peerId, port: address.port, tiers });
    this.#reporting = reportAnnounces(this.client.states, output);
  }

  /** Waits until the trackers know that we are gone, but not for long. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    await this.#reporting;
  }
}

/** Tells when the trackers of a torrent are lost and found. */
async function reportAnnounces(
  states: ReadableStream<AnnounceState>,
  output: Output,
): Promise<void> {
  const last = new Map<string, string>();
  for await (const state of states) {
    const { infoHash } = state;
    const news = state.type === "announced" ? state.url : state.error.message;
    const isNew = last.get(infoHash) !== news;
    last.set(infoHash, news);
    if (!isNew) continue;
    if (state.type === "announced") {
      const address = trackerName(state.url);
      output.detail(
        { type: "tracker", address, infoHash, state: "connected" },
        `Tracker ${address} is there`,
      );
    } else {
      const [url = ""] = state.urls;
      const reason = printable(state.error.message);
      output.note(
        { type: "tracker", address: trackerName(url), infoHash, state: "unreachable", reason },
        `${reason}; trying again`,
      );
    }
  }
}
