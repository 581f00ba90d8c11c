import type { InfoHash } from "../bytes/mod.ts";
import {
  formatAddress,
  type MulticastChannel,
  type MulticastTransport,
  type PeerAddress,
} from "../net/mod.ts";
import { formatLocalAnnounce, type LocalAnnounce, parseLocalAnnounce } from "./wire/mod.ts";

/** Whether a group can be reached, and why not. */
export type LocalGroupState =
  | { readonly type: "joined"; readonly group: PeerAddress }
  | { readonly type: "silent"; readonly group: PeerAddress; readonly error: Error };

/** What a {@linkcode LocalGroup} needs. */
export interface LocalGroupOptions {
  /** The group. */
  readonly group: PeerAddress;
  /** How it is reached. */
  readonly transport: MulticastTransport;
  /** Where we listen for peers, and so by which interfaces neighbours reach us. */
  readonly listen: PeerAddress;
  /** Whether we are told of to the group, or only hear it: we may not listen at its kind of address. */
  readonly role: "announces" | "hears";
  /** What shows us that an announce is our own. */
  readonly cookie: string;
  /** Is told of an announce of another, and the address of who sent it. */
  readonly onHeard: (announce: LocalAnnounce, host: string) => void;
  /** Is told whenever it is another. */
  readonly onState: (state: LocalGroupState) => void;
}

/**
 * One of the groups of BEP 14. Whatever keeps it from working is a state, not an error; it is tried
 * again with the next announce.
 */
export class LocalGroup {
  readonly #options: LocalGroupOptions;
  #channel: MulticastChannel | undefined;
  #state = "";
  #hearing: Promise<void> = Promise.resolve();
  #phase: "open" | "closed" = "open";

  /** Makes a group that is not joined. */
  constructor(options: LocalGroupOptions) {
    this.#options = options;
  }

  /** Announces torrents, after joining the group if need be; tells whether that was done. */
  async announce(infoHashes: readonly InfoHash[]): Promise<"announced" | "silent"> {
    const { group, listen, role, cookie } = this.#options;
    try {
      const channel = this.#channel ?? await this.#join();
      if (channel === undefined || role === "hears") return "silent";
      const host = formatAddress(group);
      await channel.send(formatLocalAnnounce({ host, port: listen.port, infoHashes, cookie }));
      this.#report({ type: "joined", group });
      return "announced";
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      this.#report({ type: "silent", group, error });
      return "silent";
    }
  }

  /** Leaves the group. */
  async close(): Promise<void> {
    this.#phase = "closed";
    this.#channel?.close();
    await this.#hearing;
  }

  async #join(): Promise<MulticastChannel | undefined> {
    const { group, listen: { host }, transport, role } = this.#options;
    const channel = await transport.join({ group, host, sendFrom: "any port" });
    if (this.#phase === "closed") {
      channel.close();
      return undefined;
    }
    this.#channel = channel;
    this.#hearing = this.#hear(channel);
    if (role === "hears") this.#report({ type: "joined", group });
    return channel;
  }

  async #hear(channel: MulticastChannel): Promise<void> {
    try {
      for await (const { bytes, sender } of channel.datagrams) {
        const announce = announceIn(bytes);
        if (announce === undefined || announce.cookie === this.#options.cookie) continue;
        this.#options.onHeard(announce, sender.host);
      }
    } catch (cause) {
      // The socket broke: the next announce opens another.
      const error = cause instanceof Error ? cause : new Error(String(cause));
      this.#report({ type: "silent", group: this.#options.group, error });
    } finally {
      channel.close();
      if (this.#channel === channel) this.#channel = undefined;
    }
  }

  #report(state: LocalGroupState): void {
    const news = state.type === "joined" ? state.type : state.error.message;
    if (news === this.#state || this.#phase === "closed") return;
    this.#state = news;
    this.#options.onState(state);
  }
}

/** What a datagram says; nothing if it is none of ours: anybody may send anything to a group. */
function announceIn(bytes: Uint8Array): LocalAnnounce | undefined {
  try {
    return parseLocalAnnounce(bytes);
  } catch {
    return undefined;
  }
}
