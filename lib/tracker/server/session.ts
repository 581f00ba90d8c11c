import { type Connection, isLoopback, type PeerAddress } from "../../net/mod.ts";
import type { PeerContact } from "../protocol/mod.ts";
import type { Asker, Peer, Swarm } from "../swarm/mod.ts";
import type { TrackerContext } from "./context.ts";
import type { Outbox } from "../outbox.ts";
import { PartialFile } from "./partial_file.ts";
import { RateLimiter } from "./rate_limiter.ts";
import type { Farewell } from "./tracker_event.ts";

/** What a {@linkcode Session} is made of. */
export interface SessionOptions {
  /** The connection, of which the first frame was read. */
  readonly connection: Connection;
  /** The connection's way out. */
  readonly outbox: Outbox;
  /** The peer that was let in; nobody, if it only looks on. */
  readonly peer: Peer | undefined;
}

/** One connection that was let in. */
export class Session {
  /** The connection, which whoever accepted it closes in the end. */
  readonly connection: Connection;
  /** The connection's way out. */
  readonly outbox: Outbox;
  /** Who it is; nobody, if it only looks on and can hold nothing. */
  readonly peer: Peer | undefined;
  /** The torrent file that it is handing in. */
  readonly partialFile: PartialFile;
  /** How fast it may ask. */
  readonly rate: RateLimiter;
  /** How it ends if the connection ends now. */
  farewell: Farewell = "vanished";
  readonly #seed: number;
  #heardAtMs: number;
  #state: "heard" | "pinged" = "heard";

  /** Makes the session of a connection that has just been let in. */
  constructor(options: SessionOptions, context: TrackerContext) {
    const { clock, limits, random } = context;
    this.connection = options.connection;
    this.outbox = options.outbox;
    this.peer = options.peer;
    this.partialFile = new PartialFile(context.partialFiles);
    this.rate = new RateLimiter(
      { burst: limits.queryBurst, perSecond: limits.queriesPerSecond },
      clock.now(),
    );
    this.#seed = Math.floor(random() * 2 ** 32);
    this.#heardAtMs = clock.now();
  }

  /** Where the other side is. */
  get remote(): PeerAddress {
    return this.connection.remote;
  }

  /** Takes down that something was heard. */
  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#state = "heard";
  }

  /** Asks whether the other side is alive if it has long been silent, and then gives it up. */
  checkSilence(nowMs: number, limits: { readonly pingMs: number; readonly closeMs: number }): void {
    const silentMs = nowMs - this.#heardAtMs;
    if (silentMs >= limits.closeMs) this.end("silent");
    else if (silentMs >= limits.pingMs && this.#state === "heard") {
      this.#state = "pinged";
      void this.outbox.send({ type: "query", transaction: 0, name: "ping", content: {} });
    }
  }

  /** Closes the connection. */
  end(farewell: Farewell): void {
    this.farewell = farewell;
    this.connection.close();
  }

  /** What sources are worth is seen from here. */
  askerIn(swarm: Swarm): Asker {
    return { holding: this.peer?.membershipIn(swarm)?.holding ?? "nothing", seed: this.#seed };
  }

  /**
   * Where this one can reach a peer. One that reached the tracker over loopback runs on the tracker's
   * machine, so it is where this one itself reached the tracker.
   */
  contactOf(peer: Peer): PeerContact {
    const { local } = this.connection;
    const isLocal = isLoopback(peer.host) && !isLoopback(local.host);
    return { id: peer.id, host: isLocal ? local.host : peer.host, port: peer.port };
  }
}
