/** Whether a torrent moves: its user may suspend it, whatever it was opened for. */
export class Motion {
  readonly #onChange: () => void;
  #state: "going" | "suspended" = "going";

  /** Makes one that goes; `onChange` is called after each change. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Whether it moves. */
  get state(): "going" | "suspended" {
    return this.#state;
  }

  /**
   * Has nothing asked for, no piece sent and nobody dialled from now on; connections stay, with a choke.
   * What has come whole is still checked and kept. Pieces that were ordered are not waited for any more.
   */
  suspend(): void {
    this.#change("suspended");
  }

  /** Goes on as before {@linkcode Motion.suspend}. */
  proceed(): void {
    this.#change("going");
  }

  #change(state: "going" | "suspended"): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#onChange();
  }
}
