import type { InfoHash } from "../../bytes/mod.ts";

/** How often a {@linkcode Patience} lets the same thing be done. */
export interface PatienceOptions {
  /** The time between the first and the second time, in milliseconds; each further wait is twice as long. */
  readonly minMs: number;
  /** The longest wait, in milliseconds. */
  readonly maxMs: number;
}

/** Bounds how often something is done for a torrent, however often a tracker asks for it. */
export class Patience {
  readonly #options: PatienceOptions;
  readonly #waits = new Map<InfoHash, { untilMs: number; waitMs: number }>();

  /** Makes one for which nothing was done yet. */
  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /** Whether it may be done now; if so, this counts as doing it. Ask for torrents of ours only. */
  allows(infoHash: InfoHash, nowMs: number): boolean {
    const { minMs, maxMs } = this.#options;
    const last = this.#waits.get(infoHash);
    if (last !== undefined && nowMs < last.untilMs) return false;
    const waitMs = last === undefined ? minMs : Math.min(maxMs, last.waitMs * 2);
    this.#waits.set(infoHash, { untilMs: nowMs + waitMs, waitMs });
    return true;
  }

  /** Forgets a torrent. */
  forget(infoHash: InfoHash): void {
    this.#waits.delete(infoHash);
  }

  /** Forgets everything. */
  reset(): void {
    this.#waits.clear();
  }
}
