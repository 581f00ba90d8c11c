import { type PeerId, peerIdFromBytes } from "../bytes/mod.ts";
import type { TorrentInfo } from "../metainfo/mod.ts";
import {
  Backoff,
  connectInMemory,
  describeFetchFailure,
  type PeerAddress,
  RedirectError,
  sleep,
  urlParts,
  UrlRefusedError,
} from "../net/mod.ts";
import type { Refusal } from "./admission.ts";
import type { EventFeed, TorrentEvent } from "./events.ts";
import { UselessServerError } from "./fetch_range.ts";
import type { GreetedConnection } from "./open_session.ts";
import type { TorrentSurroundings } from "./surroundings.ts";
import { WebSeedPeer } from "./web_seed_peer.ts";
import { webSeedName } from "./web_seed_url.ts";
import { MAX_WEB_SEEDS } from "./limits.ts";

/** The shortest and the longest wait after a failure, and that between two looks, in milliseconds. */
const RETRY_MS = { minMs: 1_000, maxMs: 60_000 };
const LOOK_MS = 1_000;

/** How the names of web seeds as peers begin, in the style of BEP 20. */
const PEER_ID_PREFIX = "-WS0100-";

/** What {@linkcode WebSeeds} need. */
export interface WebSeedsOptions {
  /** The torrent. */
  readonly info: TorrentInfo;
  /** What the torrent shares with others. */
  readonly around: TorrentSurroundings;
  /** Whether pieces are wanted. */
  readonly appetite: () => "pieces" | "nothing";
  /** Takes a connection to a web seed over, like one to any other peer. */
  readonly adopt: (greeted: GreetedConnection) => Promise<void> | Refusal;
  /** Is told of failures. */
  readonly feed: EventFeed<TorrentEvent>;
  /** Ends all of them. */
  readonly signal: AbortSignal;
}

/** The web servers that have the data of a torrent (BEP 19), each a peer while pieces are wanted. */
export class WebSeeds {
  readonly #options: WebSeedsOptions;
  readonly #urls = new Set<string>();

  /** Makes one that knows no server. */
  constructor(options: WebSeedsOptions) {
    this.#options = options;
  }

  /**
   * Fetches from these, too, and gives the end of that, which never rejects; what is no URL of HTTP is
   * passed over, as BEP 19 wants it.
   */
  async use(urls: readonly string[]): Promise<void> {
    const fresh: string[] = [];
    for (const url of urls) {
      if (this.#urls.size === MAX_WEB_SEEDS) break;
      if (this.#urls.has(url) || !isHttp(url)) continue;
      this.#urls.add(url);
      fresh.push(url);
    }
    await Promise.all(fresh.map((url) => this.#keep(url)));
  }

  /** Keeps to one until it is of no use, or there is no torrent any more. */
  async #keep(url: string): Promise<void> {
    const { around: { clock, random }, appetite, signal, feed } = this.#options;
    const backoff = new Backoff({ ...RETRY_MS, random });
    const name = webSeedName(url);
    const peerId = createWebSeedId(random);
    while (!signal.aborted) {
      if (appetite() === "nothing") {
        await sleep(clock, LOOK_MS, signal);
        continue;
      }
      const outcome = await this.#serve(url, peerId);
      if (signal.aborted) return;
      if (outcome === "banned") {
        return feed.emit({ type: "web-seed-dropped", url: name, reason: "it sent corrupt data" });
      }
      const { state, failure } = outcome;
      if (state === "well") backoff.reset();
      if (failure !== undefined) {
        const isUseless = failure instanceof UselessServerError ||
          failure instanceof RedirectError || failure instanceof UrlRefusedError;
        const type = isUseless ? "web-seed-dropped" : "web-seed-failed";
        feed.emit({ type, url: name, reason: describeFetchFailure(failure) });
        if (isUseless) return;
      }
      await sleep(clock, backoff.next(), signal);
    }
  }

  /** Lets a web seed be a peer of the torrent once. */
  async #serve(
    url: string,
    peerId: PeerId,
  ): Promise<"banned" | { state: "well" | "ill"; failure: unknown }> {
    const { info, around, adopt, signal } = this.#options;
    const { hostname, port, protocol } = new URL(url);
    const remote: PeerAddress = {
      host: hostname,
      port: Number(port) || (protocol === "https:" ? 443 : 80),
    };
    const [ours, theirs] = connectInMemory({ host: hostname, port: 0 }, remote);
    const peer = new WebSeedPeer({
      ...{ connection: theirs, info, url, signal },
      ...{ clock: around.clock, fetch: around.fetch, urls: around.urls, agent: around.client },
      name: `web seed ${webSeedName(url)}`,
    });
    const serving = peer.serve().then(() => undefined, (failure: unknown) => failure);
    const extensions = new Set(["extension-protocol", "fast"] as const);
    const adopted = adopt({
      connection: ours,
      theirs: { infoHash: info.infoHash, peerId, extensions },
      direction: "outgoing",
    });
    await adopted;
    const failure = await serving;
    if (adopted === "banned") return "banned";
    // One of which nothing was asked, while the disk was full say, has not failed.
    const isWell = peer.servedBytes > 0 || typeof adopted !== "string" && failure === undefined;
    return { state: isWell ? "well" : "ill", failure };
  }
}

/** A name for one web seed as a peer, by which it is known again. */
function createWebSeedId(random: () => number): PeerId {
  const digits = Array.from({ length: 12 }, () => Math.floor(random() * 16).toString(16));
  return peerIdFromBytes(new TextEncoder().encode(PEER_ID_PREFIX + digits.join("")));
}

function isHttp(url: string): boolean {
  return /^https?$/.test(urlParts(url)?.scheme ?? "");
}
