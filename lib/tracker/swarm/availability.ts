/**
 * How many of a swarm's unfinished members hold each piece.
 *
 * Invariant: `#pieces[n]` is the number of pieces that n of them hold, and `#fewest` the least n for
 * which there is one. Each change of one piece costs the same, however large the swarm.
 */
export class Availability {
  readonly #holders: Uint16Array;
  readonly #pieces: number[];
  #fewest = 0;

  /** Makes the counters of a torrent of which nobody holds anything. */
  constructor(pieceCount: number) {
    this.#holders = new Uint16Array(pieceCount);
    this.#pieces = [pieceCount];
  }

  /** Counts one more holder of a piece. */
  add(piece: number): void {
    const holders = this.#holders[piece] ?? 0;
    this.#move(piece, holders, holders + 1);
    if (holders === this.#fewest && this.#pieces[holders] === 0) this.#fewest++;
  }

  /** Counts one holder less; must be called for one who was counted. */
  remove(piece: number): void {
    const holders = this.#holders[piece] ?? 0;
    this.#move(piece, holders, holders - 1);
    this.#fewest = Math.min(this.#fewest, holders - 1);
  }

  /**
   * The copies that are there besides those of finished members, in thousandths: how often the rarest
   * piece is there, and of the next copy the share of pieces that are.
   */
  get copies(): number {
    const pieces = this.#holders.length;
    if (pieces === 0) return 0;
    const held = pieces - (this.#pieces[this.#fewest] ?? 0);
    return this.#fewest * 1000 + Math.floor(held * 1000 / pieces);
  }

  /** How often the rarest of some pieces is there, from one up to but not including another. */
  rarestIn(from: number, to: number): number {
    let rarest = Infinity;
    for (let piece = from; piece < to; piece++) {
      rarest = Math.min(rarest, this.#holders[piece] ?? 0);
    }
    return rarest === Infinity ? 0 : rarest;
  }

  #move(piece: number, from: number, to: number): void {
    this.#holders[piece] = to;
    this.#pieces[from] = (this.#pieces[from] ?? 0) - 1;
    this.#pieces[to] = (this.#pieces[to] ?? 0) + 1;
  }
}
