import { type Clock, setRepeating } from "../net/mod.ts";
import { EVENT_KEEP_ALIVE_MS, EVENT_RETRY_MS, MAX_WAITING_EVENT_BYTES } from "./limits.ts";

const utf8 = new TextEncoder();

/** One event for a page. */
export interface ServerEvent {
  /** What kind it is, a word. */
  readonly event: string;
  /** Tells it from the others of its stream. */
  readonly id: number;
  /** Its content as JSON. */
  readonly json: string;
}

/**
 * Writes an event as it is sent (HTML Standard, server-sent events). JSON has no line ends but escaped
 * ones, or between its parts, where they may be left out.
 *
 * Layout: `event: <event>\nid: <id>\ndata: <json>\n\n`
 */
export function encodeEvent({ event, id, json }: ServerEvent): Uint8Array {
  return utf8.encode(`event: ${event}\nid: ${id}\ndata: ${json.replace(/[\r\n]+/g, "")}\n\n`);
}

/** What an {@linkcode EventStream} needs. */
export interface EventStreamOptions {
  /** The time. */
  readonly clock: Clock;
  /** Is called once when nobody reads any more, or it was ended. */
  readonly ended?: () => void;
}

/**
 * Events for one page, as the body of an answer by HTTP. What waits is bounded: of a reader so slow that
 * more than 4 MiB would wait the answer breaks off, and he may ask again. A comment every 10 s keeps the
 * connection open.
 */
export class EventStream implements Disposable {
  readonly #body: ReadableStream<Uint8Array>;
  readonly #ended: () => void;
  readonly #keepAlive: Disposable;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined = undefined;

  /** Begins a stream with nothing in it. */
  constructor({ clock, ended = () => {} }: EventStreamOptions) {
    this.#ended = ended;
    this.#body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => this.#release(),
    }, { highWaterMark: MAX_WAITING_EVENT_BYTES, size: ({ length }) => length });
    this.#keepAlive = setRepeating(
      clock,
      () => this.send(utf8.encode(":\n\n")),
      EVENT_KEEP_ALIVE_MS,
    );
    this.send(utf8.encode(`retry: ${EVENT_RETRY_MS}\n\n`));
  }

  /** Whether events reach somebody. */
  get isOpen(): boolean {
    return this.#controller !== undefined;
  }

  /** The answer that brings the events; to be given once. */
  respond(): Response {
    return new Response(this.#body as BodyInit, {
      headers: {
        // Compression would hold events back until there is enough of them.
        "cache-control": "no-store, no-transform",
        "content-type": "text/event-stream",
        "cross-origin-resource-policy": "same-origin",
        "x-accel-buffering": "no",
        "x-content-type-options": "nosniff",
      },
    });
  }

  /** Sends an event that is encoded; the same bytes may be sent to many. */
  send(event: Uint8Array): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    if ((controller.desiredSize ?? 0) >= event.length) return controller.enqueue(event);
    // What waits is let go, too: a stream that is closed would keep it for as long as nobody reads.
    this.#release();
    controller.error(new Error("Cannot send event: too many wait for their reader"));
  }

  /** Ends the stream behind what waits in it. Can be repeated. */
  end(): void {
    const controller = this.#controller;
    this.#release();
    controller?.close();
  }

  /** The same as `end`. */
  [Symbol.dispose](): void {
    this.end();
  }

  #release(): void {
    if (this.#controller === undefined) return;
    this.#controller = undefined;
    this.#keepAlive[Symbol.dispose]();
    this.#ended();
  }
}
