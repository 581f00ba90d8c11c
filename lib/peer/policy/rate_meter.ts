const SLOT_MS = 250;
const SLOTS = 12;

/** Measures a rate over the last three seconds, and counts all that was added. */
export class RateMeter {
  readonly #slots = new Float64Array(SLOTS);
  #slot = 0;
  #startMs: number | undefined;
  #lastMs = -Infinity;
  #total = 0;

  /** All bytes that were added. */
  get total(): number {
    return this.#total;
  }

  /** Adds bytes that were moved now. */
  add(bytes: number, nowMs: number): void {
    this.#startMs ??= nowMs;
    this.#lastMs = nowMs;
    this.#advance(nowMs);
    this.#slots[this.#slot % SLOTS]! += bytes;
    this.#total += bytes;
  }

  /** When something was added last, in milliseconds; `-Infinity` if nothing was. */
  get movedMs(): number {
    return this.#lastMs;
  }

  /** Whether something was added in the last three seconds. */
  isMoving(nowMs: number): boolean {
    return nowMs - this.#lastMs < SLOTS * SLOT_MS;
  }

  /** Bytes a second, over the last three seconds or since the first byte if that is less. */
  rate(nowMs: number): number {
    if (this.#startMs === undefined) return 0;
    this.#advance(nowMs);
    const slotMs = nowMs - this.#slot * SLOT_MS;
    const spanMs = Math.min((SLOTS - 1) * SLOT_MS + slotMs, nowMs - this.#startMs);
    let bytes = 0;
    for (const slot of this.#slots) bytes += slot;
    return bytes * 1000 / Math.max(spanMs, SLOT_MS);
  }

  #advance(nowMs: number): void {
    const slot = Math.floor(nowMs / SLOT_MS);
    const passed = slot - this.#slot;
    if (passed >= SLOTS) this.#slots.fill(0);
    else for (let next = 1; next <= passed; next++) this.#slots[(this.#slot + next) % SLOTS] = 0;
    this.#slot = Math.max(this.#slot, slot);
  }
}
