import { MAX_EVENT_BYTES } from "../../api_limits.ts";

/** The parts of an event, as JSON, as long as there is room for them in it. */
export class ChangedEntries {
  readonly #parts: string[] = [];
  #length = 0;

  /** Whether there is room for another one: the last one may go beyond it. */
  get hasRoom(): boolean {
    return this.#length < MAX_EVENT_BYTES;
  }

  /** Whether nothing was added. */
  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  /** Adds one. */
  add(json: string): void {
    this.#parts.push(json);
    this.#length += json.length;
  }

  /** All of them as a list in JSON. */
  toJson(): string {
    return `[${this.#parts.join(",")}]`;
  }
}
