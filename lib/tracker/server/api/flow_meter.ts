import { RateMeter } from "./rate_meter.ts";
import type { Flow } from "./shown_file.ts";

/** Bytes that were moved so far. */
export interface MovedBytes {
  readonly uploaded: number;
  readonly downloaded: number;
}

/** How fast bytes move both ways. */
export class FlowMeter {
  readonly #up: RateMeter;
  readonly #down: RateMeter;

  /** Begins with what was moved so far. */
  constructor({ uploaded, downloaded }: MovedBytes, nowMs: number) {
    this.#up = new RateMeter(uploaded, nowMs);
    this.#down = new RateMeter(downloaded, nowMs);
  }

  /** Takes down what was moved so far. */
  note({ uploaded, downloaded }: MovedBytes, nowMs: number): Flow {
    return {
      downRate: this.#down.note(downloaded, nowMs),
      upRate: this.#up.note(uploaded, nowMs),
    };
  }

  /** How fast it was when it was last noted. */
  get flow(): Flow {
    return { downRate: this.#down.rate, upRate: this.#up.rate };
  }
}
