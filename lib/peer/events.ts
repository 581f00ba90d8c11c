import type { PieceIndex } from "../bytes/mod.ts";
import type { PeerAddress } from "../net/mod.ts";
import type { DiskChange } from "./disk_wait.ts";
import { MAX_WATCHED_EVENTS } from "./limits.ts";
import type { Direction, PeerKey } from "./policy/mod.ts";

/** Who did something. */
export interface EventSource {
  /** Where the peer listens, as far as known. */
  readonly peer: PeerAddress;
  /** The number of its connection, which no other of the torrent has. */
  readonly link: PeerKey;
}

/** Something that happened in a torrent, for whoever watches. */
export type TorrentEvent =
  /** A peer is connected and has said something; what it has may not be known yet. */
  | EventSource & { readonly type: "greeted"; readonly direction: Direction }
  | EventSource & { readonly type: "connected"; readonly held: number }
  | EventSource & { readonly type: "disconnected"; readonly reason: string }
  | EventSource & { readonly type: "banned" }
  | EventSource & { readonly type: "pinged" }
  | EventSource & {
    readonly type: "uploaded";
    readonly index: PieceIndex;
    /** Where in the piece the bytes begin. */
    readonly begin: number;
    readonly bytes: number;
  }
  | {
    readonly type: "held";
    readonly index: PieceIndex;
    /** Those who sent a block of it, in the order of the blocks. */
    readonly from: readonly PeerAddress[];
  }
  /** A piece that was held is gone or bad: others have changed its files, or the disk does not give it. */
  | { readonly type: "lost"; readonly index: PieceIndex }
  | { readonly type: "corrupt"; readonly index: PieceIndex; readonly from: readonly PeerAddress[] }
  /** A web server (BEP 19) does not give what it should; one that is dropped is not asked any more. */
  | {
    readonly type: "web-seed-failed" | "web-seed-dropped";
    readonly url: string;
    readonly reason: string;
  }
  /** A file cannot be written, and so nothing is fetched; or both go on by themselves. */
  | DiskChange & {
    /** Bytes of the wanted pieces that are not held. */
    readonly missingBytes: number;
  }
  | { readonly type: "complete"; readonly path: string };

/** Gives every watcher each event from the time at which it began to watch. */
export class EventFeed<T> {
  readonly #watchers = new Set<ReadableStreamDefaultController<T>>();
  #state: "open" | "closed" = "open";

  /** The events from now on; cancel the stream to stop watching. It ends when the feed is closed. */
  watch(): ReadableStream<T> {
    let own: ReadableStreamDefaultController<T>;
    return new ReadableStream<T>({
      start: (controller) => {
        own = controller;
        if (this.#state === "open") this.#watchers.add(controller);
        else controller.close();
      },
      cancel: () => void this.#watchers.delete(own),
    }, { highWaterMark: MAX_WATCHED_EVENTS });
  }

  /** Tells every watcher; one that does not keep up misses it. */
  emit(event: T): void {
    for (const watcher of this.#watchers) {
      if ((watcher.desiredSize ?? 0) > 0) watcher.enqueue(event);
    }
  }

  /** Ends every watcher's stream. */
  close(): void {
    this.#state = "closed";
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers.clear();
  }
}
