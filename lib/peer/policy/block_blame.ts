import { equalBytes } from "../../bytes/mod.ts";
import { type ActivePiece, type PeerKey, UNIT_LENGTH } from "./active_piece.ts";
import { MAX_BAD_BYTES, MAX_BAD_COPIES } from "../limits.ts";

/**
 * Finds out who sent bad blocks.
 *
 * A bad piece that one peer alone sent convicts it at once. A bad piece of several senders is kept,
 * and when a good copy of it has come, exactly those are convicted whose blocks differ. Nobody is
 * convicted for having had a part in many bad pieces: an honest peer has, if liars add a block to
 * each of its pieces. A piece that failed must be fetched from one peer alone the next time, so that
 * either this convicts or there is a good copy.
 */
export class BlockBlame {
  readonly #badCopies = new Map<number, ActivePiece>();

  /** Takes a piece whose hash was wrong and gives the peers that are convicted by it. */
  failed(piece: ActivePiece): PeerKey[] {
    const senders = new Set(piece.senders.filter((sender) => sender !== undefined));
    if (senders.size === 1) return [...senders];
    this.#badCopies.delete(piece.index);
    this.#badCopies.set(piece.index, piece);
    const room = Math.floor(MAX_BAD_BYTES / piece.data.length);
    const kept = Math.max(1, Math.min(MAX_BAD_COPIES, room));
    for (const oldest of this.#badCopies.keys()) {
      if (this.#badCopies.size <= kept) break;
      this.#badCopies.delete(oldest);
    }
    return [];
  }

  /** Takes a piece whose hash was right and gives the peers that a kept bad copy of it convicts. */
  passed(piece: ActivePiece): PeerKey[] {
    const bad = this.#badCopies.get(piece.index);
    if (bad === undefined) return [];
    this.#badCopies.delete(piece.index);
    const convicted = new Set<PeerKey>();
    bad.senders.forEach((sender, unit) => {
      const begin = unit * UNIT_LENGTH;
      const end = begin + UNIT_LENGTH;
      const same = equalBytes(bad.data.subarray(begin, end), piece.data.subarray(begin, end));
      if (sender !== undefined && !same) convicted.add(sender);
    });
    return [...convicted];
  }
}
