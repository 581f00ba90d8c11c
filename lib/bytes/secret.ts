/**
 * A secret that others try to show. To compare takes as many steps whatever is shown, so that the time of an
 * answer tells nothing of where, or whether, it is right; the length of what is shown is no secret.
 */
export class Secret {
  /** The bytes with zeros behind them. */
  readonly #padded: Uint8Array;
  readonly #length: number;

  /** Keeps a secret that is compared over so many bytes, or over its own if it has more. */
  constructor(bytes: Uint8Array, room: number) {
    this.#padded = new Uint8Array(Math.max(room, bytes.length));
    this.#padded.set(bytes);
    this.#length = bytes.length;
  }

  /** Whether these bytes are the secret. Each byte of the room is looked at, also behind one that is wrong. */
  is(shown: ArrayLike<number>): boolean {
    const padded = this.#padded;
    let difference = shown.length ^ this.#length;
    for (let at = 0; at < padded.length; at++) difference |= (padded[at] ?? 0) ^ (shown[at] ?? 0);
    return difference === 0;
  }
}
