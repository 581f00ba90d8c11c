import type { TorrentInfo } from "../metainfo/mod.ts";
import { isLoopback, type PeerAddress } from "../net/mod.ts";
import type { PeerLink } from "./link.ts";
import { ExchangeLog, type PeerKey } from "./policy/mod.ts";
import {
  decodePeerExchange,
  encodePeerExchange,
  type ExchangedPeer,
  type PeerTrait,
} from "./wire/mod.ts";

/** What a {@linkcode PeerExchange} needs. */
export interface PeerExchangeOptions {
  /** The torrent; of a private one nobody is told (BEP 27). */
  readonly info: TorrentInfo;
  /** The connected peers, live. */
  readonly links: ReadonlyMap<PeerKey, PeerLink>;
  /** Whether pieces are still wanted of others. */
  readonly appetite: () => "pieces" | "nothing";
  /** Is given addresses at which peers may be, by the word of a peer. */
  readonly onHearsay: (addresses: readonly PeerAddress[]) => void;
}

/** Tells the connected peers of each other, and hears of others from them (BEP 11). */
export class PeerExchange {
  readonly #options: PeerExchangeOptions;
  readonly #logs = new WeakMap<PeerLink, ExchangeLog>();

  /** Makes one that has told nobody of anybody. */
  constructor(options: PeerExchangeOptions) {
    this.#options = options;
  }

  /** Tells each peer what has changed since it was told; should be called every second. */
  tell(nowMs: number): void {
    if (this.#options.info.privacy === "private") return;
    const all = [...this.#options.links.values()];
    for (const link of all) {
      const log = this.#logOf(link);
      if (!link.session.knows("ut_pex") || !log.isDue(nowMs)) continue;
      const others = all.filter((other) => other !== link).flatMap((other) =>
        describe(other, link)
      );
      const message = log.next(others, nowMs);
      if (message !== undefined) link.session.sendExtended("ut_pex", encodePeerExchange(message));
    }
  }

  /**
   * Takes a message in.
   *
   * @throws {PeerProtocolError} if it is none, or they come far too often
   */
  hear(link: PeerLink, payload: Uint8Array, nowMs: number): void {
    const log = this.#logOf(link);
    if (!log.mayHear(nowMs)) return;
    const message = decodePeerExchange(payload);
    const heard = log.heard(message, link.session.remote.host, nowMs);
    // Two that want nothing have nothing to say to each other.
    const isContent = this.#options.appetite() === "nothing";
    const useful = heard.filter(({ traits }) => !isContent || !traits.has("upload-only"));
    if (useful.length > 0) this.#options.onHearsay(useful);
  }

  #logOf(link: PeerLink): ExchangeLog {
    const known = this.#logs.get(link);
    if (known !== undefined) return known;
    const log = new ExchangeLog();
    this.#logs.set(link, log);
    return log;
  }
}

/** A peer as another one is told of it; nothing if it is not known where it listens, or of no use. */
function describe(link: PeerLink, listener: PeerLink): ExchangedPeer[] {
  const { session, dialled } = link;
  const port = dialled?.port ?? session.extended.port;
  const { host } = session.remote;
  const isHidden = isLoopback(host) && !isLoopback(listener.session.remote.host);
  if (port === undefined || isHidden) return [];
  const traits = new Set<PeerTrait>();
  if (!link.isHungry) traits.add("upload-only");
  if (dialled !== undefined) traits.add("reachable");
  return [{ host, port, traits }];
}
