import { encodeEvent, type EventStream } from "../../../web/mod.ts";
import { MAX_WAYS_HERE } from "../../api_limits.ts";

/** One who is told of events. */
export interface Listener {
  /** By which they come to him. */
  readonly stream: EventStream;
  /** Where he can announce himself to this tracker. */
  readonly announceUrls: readonly string[];
}

/** What an event says, to those who find the tracker at some URLs. */
export type EventContent = (announceUrls: readonly string[]) => string;

/** Those who are told the same events. Each event is encoded once for all who find the tracker alike. */
export class Listeners {
  readonly #all = new Set<Listener>();
  readonly #nextId: () => number;

  /** Makes none, whose events are numbered. */
  constructor(nextId: () => number) {
    this.#nextId = nextId;
  }

  /** How many there are. */
  get size(): number {
    return this.#all.size;
  }

  /** Adds one. */
  add(listener: Listener): void {
    this.#all.add(listener);
  }

  /** Removes one. */
  delete(listener: Listener): void {
    this.#all.delete(listener);
  }

  /** Tells all of something. */
  tellAll(event: string, content: EventContent): void {
    if (this.#all.size === 0) return;
    const id = this.#nextId();
    const encoded = new Map<string, Uint8Array>();
    for (const { stream, announceUrls } of this.#all) {
      const key = announceUrls.join(" ");
      let bytes = encoded.get(key);
      if (bytes === undefined) {
        bytes = encodeEvent({ event, id, json: content(announceUrls) });
        encoded.set(key, bytes);
      }
      stream.send(bytes);
    }
  }
}

/**
 * What those are told who come: the same for all who come before something changes. Invariant: `forget`
 * was called since the last change.
 */
export class Greeting {
  readonly #event: string;
  readonly #content: EventContent;
  readonly #nextId: () => number;
  readonly #encoded = new Map<string, Uint8Array>();

  /** Makes a greeting, whose content is asked for again after each change. */
  constructor(event: string, content: EventContent, nextId: () => number) {
    this.#event = event;
    this.#content = content;
    this.#nextId = nextId;
  }

  /** Takes down that something has changed. */
  forget(): void {
    this.#encoded.clear();
  }

  /** Tells one who has come. */
  tell({ stream, announceUrls }: Listener): void {
    const key = announceUrls.join(" ");
    let bytes = this.#encoded.get(key);
    if (bytes === undefined) {
      const id = this.#nextId();
      bytes = encodeEvent({ event: this.#event, id, json: this.#content(announceUrls) });
      // Those who find the tracker in other ways may have come and gone since the last change.
      if (this.#encoded.size > MAX_WAYS_HERE) this.#encoded.clear();
      this.#encoded.set(key, bytes);
    }
    stream.send(bytes);
  }
}
