import { type Clock, formatAddress, type PeerAddress } from "../../net/mod.ts";
import type { PeerKey, Torrent, TorrentEvent } from "../../peer/mod.ts";
import { describeDisk, isDiskEvent } from "../disk_news.ts";
import type { Report } from "../output.ts";
import { printable } from "../printable.ts";
import { formatChunkName } from "./chunk_name.ts";
import { clientName } from "./client_name.ts";
import { LineBudget } from "./line_budget.ts";

/** What a {@linkcode Narrator} needs. */
export interface NarratorOptions {
  /** Measures how much is told. */
  readonly clock: Clock;
  /** Says something to the user. */
  readonly say: (report: Report, text: string) => void;
}

/** What of a chunk was sent to one peer: the lengths of its blocks by their beginnings. */
type Sent = Map<number, number>;

/** Tells what the others do while the user types: who comes and goes, what they are sent. */
export class Narrator implements Disposable {
  readonly #options: NarratorOptions;
  readonly #budget: LineBudget<"chunks" | "clients">;
  /** The peers that were introduced, by torrent and link, and the chunks that are not sent whole. */
  readonly #introduced = new Map<string, { address: string; chunks: Map<number, Sent> }>();
  /** Peers with whom the user ended it; their going is no news. */
  readonly #dismissed = new Set<string>();
  #state: "telling" | "silent" = "telling";

  /** Makes a narrator that follows nothing. */
  constructor(options: NarratorOptions) {
    this.#options = options;
    this.#budget = new LineBudget(options.clock, (kind, lines) => {
      const text = `... and ${lines} more lines about ${kind}`;
      options.say({ type: "unsaid", kind, lines }, text);
    });
  }

  /** Tells what happens in a torrent until it is closed. */
  async follow(torrent: Torrent): Promise<void> {
    for await (const event of torrent.watch()) {
      if (this.#state === "telling") this.#tell(torrent, event);
    }
  }

  /** Does not tell that this one goes, whom the user sends away. */
  dismiss(address: PeerAddress): void {
    this.#dismissed.add(formatAddress(address));
  }

  /** Tells of something that went wrong beside what was asked for. */
  tellFault(error: unknown): void {
    const message = printable(error instanceof Error ? error.message : String(error), 500);
    this.#options.say({ type: "fault", message }, message);
  }

  /** Tells nothing more. */
  [Symbol.dispose](): void {
    this.#state = "silent";
    this.#budget[Symbol.dispose]();
  }

  #tell(torrent: Torrent, event: TorrentEvent): void {
    if (event.type === "uploaded") return this.#tellUpload(torrent, event);
    if (isDiskEvent(event)) {
      return this.#options.say(...describeDisk(torrent.store.info.name, event));
    }
    if (event.type === "lost") {
      const chunk = formatChunkName(torrent.store.info, event.index);
      const text = `${chunk} has changed or cannot be read on the disk, and is not served any more`;
      return this.#say("chunks", { type: "lost", chunk }, text);
    }
    if (!("link" in event)) return;
    const { host, port } = event.peer;
    const client = clientName(event.peer);
    const key = keyOf(torrent, event.link);
    const report = { type: event.type, host, port, name: torrent.store.info.name };
    switch (event.type) {
      case "greeted":
        this.#introduced.set(key, { address: formatAddress(event.peer), chunks: new Map() });
        this.#dismissed.delete(formatAddress(event.peer));
        // One that comes for several torrents is told of once.
        if (event.direction === "outgoing" || this.#isKnown(event.peer, key)) return;
        return this.#say("clients", report, `[NEW CONNECTION] ${client} connected`);
      case "connected":
        return;
      case "pinged":
        return this.#say("clients", report, `[PING RECEIVED] from ${client}`);
      case "banned":
        return this.#say("clients", report, `${client} is banned: it sent corrupt data`);
      case "disconnected": {
        const isNews = this.#introduced.delete(key) && !this.#isKnown(event.peer, key) &&
          !this.#dismissed.has(formatAddress(event.peer));
        if (!isNews) return;
        const reason = printable(event.reason);
        return this.#say("clients", { ...report, reason }, `[DISCONNECTED] ${client}: ${reason}`);
      }
      default:
        event satisfies never;
    }
  }

  #tellUpload(torrent: Torrent, event: Extract<TorrentEvent, { type: "uploaded" }>): void {
    const { info } = torrent.store;
    const { peer, link, index, begin, bytes } = event;
    const chunks = this.#introduced.get(keyOf(torrent, link))?.chunks;
    if (chunks === undefined) return;
    const chunk = formatChunkName(info, index);
    const client = clientName(peer);
    const report = { chunk, host: peer.host, port: peer.port };
    const sent: Sent = chunks.get(index) ?? new Map();
    if (sent.size === 0) {
      this.#say("chunks", { type: "sending", ...report }, `Sending ${chunk} to ${client}...`);
    }
    sent.set(begin, Math.max(bytes, sent.get(begin) ?? 0));
    chunks.set(index, sent);
    const total = sent.values().reduce((sum, length) => sum + length, 0);
    if (total < info.layout.pieceSize(index)) return;
    chunks.delete(index);
    this.#say("chunks", { type: "sent", ...report }, `${chunk} sent successfully to ${client}`);
  }

  /** Whether a peer is connected for another torrent, or by another connection. */
  #isKnown(peer: PeerAddress, except: string): boolean {
    const wanted = formatAddress(peer);
    return [...this.#introduced].some(([key, { address }]) => key !== except && address === wanted);
  }

  #say(kind: "chunks" | "clients", report: Report, text: string): void {
    if (this.#budget.take(kind)) this.#options.say(report, text);
  }
}

function keyOf(torrent: Torrent, link: PeerKey): string {
  return `${torrent.store.info.infoHash} ${link}`;
}
