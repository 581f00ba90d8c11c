import { type Clock, DeadlineError } from "../../net/mod.ts";
import { FRAME_TIMEOUT_MS } from "../limits.ts";

/**
 * Passes bytes on and fails if they do not make a frame in time, so that a sender of one byte now and
 * then cannot keep a connection busy with that. Whoever reads the frames must say when it has got some
 * and when it waits for more: the time that it takes itself does not count.
 */
export class FrameDeadline extends TransformStream<Uint8Array, Uint8Array> implements Disposable {
  readonly #clock: Clock;
  #reader: "waits" | "works" = "waits";
  /** Fails the stream, if bytes came of which the reader has got no frame yet. */
  #fail: (() => void) | undefined = undefined;
  #timer: Disposable | undefined = undefined;

  /** Makes one whose reader waits. */
  constructor(clock: Clock) {
    super({
      transform: (bytes, controller) => {
        controller.enqueue(bytes);
        const message = `Cannot read frame: it was not whole in ${FRAME_TIMEOUT_MS / 1000} s`;
        this.#fail = () => controller.error(new DeadlineError(message));
        this.#start();
      },
    });
    this.#clock = clock;
  }

  /** The reader has got frames and works on them. */
  pause(): void {
    this[Symbol.dispose]();
    this.#reader = "works";
    this.#fail = undefined;
  }

  /** The reader waits for more frames. */
  resume(): void {
    this.#reader = "waits";
    this.#start();
  }

  /** Stops the time. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #start(): void {
    if (this.#reader === "works" || this.#fail === undefined) return;
    this.#timer ??= this.#clock.setTimer(this.#fail, FRAME_TIMEOUT_MS);
  }
}
