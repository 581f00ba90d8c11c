import { type Clock, formatAddress } from "../../net/mod.ts";
import type { Torrent, TorrentEvent } from "../../peer/mod.ts";
import type { Report } from "../output.ts";
import { printable } from "../printable.ts";
import { formatChunkName } from "./chunk_name.ts";
import { clientName } from "./client_name.ts";

/** Chunks told of one by one in a second; those beyond are counted. */
const MAX_CHUNKS_A_SECOND = 20;

const SECOND_MS = 1_000;

/** What a {@linkcode Narrator} needs. */
export interface NarratorOptions {
  /** Measures how much is told. */
  readonly clock: Clock;
  /** Says something to the user. */
  readonly say: (report: Report, text: string) => void;
}

/** Tells what the others do while the user types: who comes and goes, what they are sent. */
export class Narrator implements Disposable {
  readonly #options: NarratorOptions;
  /** Bytes sent of chunks that are not sent whole, by peer and chunk. */
  readonly #sending = new Map<string, number>();
  /** Peers with whom the user ended it; their going is no news. */
  readonly #dismissed = new Set<string>();
  #told = 0;
  #untold = 0;
  #second: Disposable | undefined = undefined;
  #state: "telling" | "silent" = "telling";

  /** Makes a narrator that follows nothing. */
  constructor(options: NarratorOptions) {
    this.#options = options;
  }

  /** Tells what happens in a torrent until it is closed. */
  async follow(torrent: Torrent): Promise<void> {
    for await (const event of torrent.watch()) {
      if (this.#state === "telling") this.#tell(torrent, event);
    }
  }

  /** Does not tell that these go, whom the user sends away. */
  dismiss(address: Parameters<typeof formatAddress>[0]): void {
    this.#dismissed.add(formatAddress(address));
  }

  /** Tells nothing more. */
  [Symbol.dispose](): void {
    this.#state = "silent";
    this.#second?.[Symbol.dispose]();
  }

  #tell(torrent: Torrent, event: TorrentEvent): void {
    const { say } = this.#options;
    if (event.type === "uploaded") return this.#tellUpload(torrent, event);
    if (event.type === "held" || event.type === "corrupt" || event.type === "complete") return;
    const { host, port } = event.peer;
    const peer = formatAddress(event.peer);
    const client = clientName(event.peer);
    const report = { type: event.type, host, port, name: torrent.store.info.name };
    switch (event.type) {
      case "greeted":
        this.#dismissed.delete(peer);
        if (event.direction === "incoming") say(report, `[NEW CONNECTION] ${client} connected`);
        return;
      case "connected":
        return;
      case "pinged":
        return say(report, `[PING RECEIVED] from ${client}`);
      case "banned":
        return say(report, `${client} is banned: it sent corrupt data`);
      case "disconnected": {
        const reason = printable(event.reason);
        for (const key of this.#sending.keys()) {
          if (key.startsWith(`${peer} `)) this.#sending.delete(key);
        }
        if (this.#dismissed.has(peer)) return;
        return say({ ...report, reason }, `[DISCONNECTED] ${client}: ${reason}`);
      }
      default:
        event satisfies never;
    }
  }

  #tellUpload(torrent: Torrent, event: Extract<TorrentEvent, { type: "uploaded" }>): void {
    const { info } = torrent.store;
    const { peer, index, bytes } = event;
    const chunk = formatChunkName(info, index);
    const key = `${formatAddress(peer)} ${info.infoHash} ${index}`;
    const sent = (this.#sending.get(key) ?? 0) + bytes;
    const report = { chunk, host: peer.host, port: peer.port };
    if (sent === bytes && this.#isHeard()) {
      this.#options.say(
        { type: "sending", ...report },
        `Sending ${chunk} to ${clientName(peer)}...`,
      );
    }
    if (sent < info.layout.pieceSize(index)) return void this.#sending.set(key, sent);
    this.#sending.delete(key);
    if (this.#isHeard()) {
      this.#options.say(
        { type: "sent", ...report },
        `${chunk} sent successfully to ${clientName(peer)}`,
      );
    }
  }

  /** Whether one more line of a chunk is not too much; if it is, it is counted. */
  #isHeard(): boolean {
    this.#second ??= this.#options.clock.setTimer(() => this.#endSecond(), SECOND_MS);
    if (this.#told++ < MAX_CHUNKS_A_SECOND * 2) return true;
    this.#untold++;
    return false;
  }

  #endSecond(): void {
    this.#second = undefined;
    this.#told = 0;
    const lines = this.#untold;
    this.#untold = 0;
    if (lines === 0) return;
    const chunks = Math.ceil(lines / 2);
    this.#options.say({ type: "sent-more", chunks }, `... and about ${chunks} more chunks sent`);
  }
}
