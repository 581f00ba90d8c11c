import type { Clock } from "./clock.ts";
import type { ExpectedBody } from "./http_front.ts";
import {
  HTTP_ANSWER_TIMEOUT_MS,
  HTTP_IDLE_TIMEOUT_MS,
  MAX_HTTP_UNANSWERED_BYTES,
  MIN_HTTP_BODY_BYTES,
} from "./limits.ts";

/** What an {@linkcode HttpWatch} is made of. */
export interface HttpWatchOptions {
  readonly clock: Clock;
  /** Ends the connection. */
  readonly expire: () => void;
  /** Bytes that may be sent without an answer. */
  readonly unansweredBytes: number;
}

/** A long request that is coming. */
interface Body {
  /** Bytes that may still come. */
  left: number;
  /** Bytes that have come since there was time given last. */
  sinceDue: number;
  /** Who has to do something: what the web server takes is not the time of the client. */
  turn: "client" | "server" | "server, for all has come";
  /** When the web server was given what came last. */
  handedOverAtMs: number;
}

/**
 * Ends a connection whose time is over, or on which too much is asked. Invariant: until it is disposed of
 * a timer is set that is due no later than that time.
 */
export class HttpWatch implements Disposable {
  readonly #options: HttpWatchOptions;
  #dueMs: number;
  #phase: "asked" | "quiet" | "disposed" = "asked";
  #timer: Disposable;
  /** Bytes that were sent since the last answer. */
  #unanswered = 0;
  #body: Body | undefined = undefined;

  /** Begins with the time of a request that has not come yet. */
  constructor(options: HttpWatchOptions) {
    const { clock } = options;
    this.#options = options;
    this.#dueMs = clock.now() + HTTP_ANSWER_TIMEOUT_MS;
    this.#timer = clock.setTimer(() => this.#look(), HTTP_ANSWER_TIMEOUT_MS);
  }

  /** Something was sent to the server: more of the same does not give more time. */
  asked(bytes: number): void {
    if (bytes === 0 || this.#phase === "disposed") return;
    if (this.#body !== undefined) return this.#came(this.#body, bytes);
    this.#unanswered += bytes;
    if (this.#unanswered > this.#options.unansweredBytes) return this.#options.expire();
    if (this.#phase === "asked") return;
    this.#phase = "asked";
    this.#restart();
  }

  /** What was sent last has been taken by the server. */
  passedOn(): void {
    const body = this.#body;
    if (body?.turn !== "server") return;
    body.turn = "client";
    this.#dueMs += this.#options.clock.now() - body.handedOverAtMs;
  }

  /** The server has answered something. */
  answered(): void {
    if (this.#phase === "disposed") return;
    this.#phase = "quiet";
    this.#unanswered = 0;
    this.#dueMs = this.#options.clock.now() + HTTP_IDLE_TIMEOUT_MS;
  }

  /** Expects a request of so many bytes, besides what a request may have anyhow. */
  expect(bytes: number): ExpectedBody {
    const body: Body = {
      left: bytes + MAX_HTTP_UNANSWERED_BYTES,
      ...{ sinceDue: 0, turn: "client", handedOverAtMs: 0 },
    };
    this.#body = body;
    this.#giveTime();
    return {
      received: () => void (body.turn = "server, for all has come"),
      [Symbol.dispose]: () => {
        if (this.#body !== body) return;
        this.#body = undefined;
        this.#unanswered = 0;
        this.#giveTime();
      },
    };
  }

  [Symbol.dispose](): void {
    this.#phase = "disposed";
    this.#timer[Symbol.dispose]();
  }

  /** Takes down what came of a long request; enough of it gives more time. */
  #came(body: Body, bytes: number): void {
    body.left -= bytes;
    if (body.left < 0) return this.#options.expire();
    if (body.turn === "client") body.turn = "server";
    body.handedOverAtMs = this.#options.clock.now();
    body.sinceDue += bytes;
    if (body.sinceDue < MIN_HTTP_BODY_BYTES) return;
    body.sinceDue = 0;
    this.#giveTime();
  }

  /** Later times are only noted, so that no timer is set for each chunk of bytes. */
  #giveTime(): void {
    if (this.#phase !== "disposed") {
      this.#dueMs = this.#options.clock.now() + HTTP_ANSWER_TIMEOUT_MS;
    }
  }

  #restart(): void {
    const { clock } = this.#options;
    this.#giveTime();
    this.#timer[Symbol.dispose]();
    this.#timer = clock.setTimer(() => this.#look(), HTTP_ANSWER_TIMEOUT_MS);
  }

  #look(): void {
    const { clock, expire } = this.#options;
    const leftMs = this.#dueMs - clock.now();
    const isOurTurn = (this.#body?.turn ?? "client") !== "client";
    if (leftMs <= 0 && !isOurTurn) return expire();
    this.#timer = clock.setTimer(
      () => this.#look(),
      leftMs > 0 ? leftMs : HTTP_ANSWER_TIMEOUT_MS,
    );
  }
}
