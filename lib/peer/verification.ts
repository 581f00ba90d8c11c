import type { PeerAddress } from "../net/mod.ts";
import type { PieceStore } from "../storage/mod.ts";
import type { TorrentEvent } from "./events.ts";
import type { PeerLink } from "./link.ts";
import { type ActivePiece, BlockBlame, type DownloadPlan, type PeerKey } from "./policy/mod.ts";

/** What a {@linkcode Verification} needs. */
export interface VerificationOptions {
  /** Where the pieces go. */
  readonly store: PieceStore;
  /** Has the store check a piece and keep it, now or when it can. */
  readonly put: PieceStore["put"];
  /** Is told what became of each piece. */
  readonly plan: DownloadPlan;
  /** The connected peers, live. */
  readonly links: ReadonlyMap<PeerKey, PeerLink>;
  /** Is told of pieces. */
  readonly onEvent: (event: TorrentEvent) => void;
  /** Is called when a peer has sent what it should not have. */
  readonly onConviction: (link: PeerLink) => void;
}

/** Has pieces checked and kept, and finds out who sent what was wrong. */
export class Verification {
  readonly #options: VerificationOptions;
  readonly #blame = new BlockBlame();

  /** Makes a verification that has seen no piece. */
  constructor(options: VerificationOptions) {
    this.#options = options;
  }

  /**
   * Checks a whole piece and keeps it if it is right.
   *
   * @throws {StorageError} if it cannot be written; it is missing again then
   */
  async verify(piece: ActivePiece): Promise<"held" | "corrupt"> {
    const { store, put, plan, onEvent } = this.#options;
    const index = store.info.layout.pieceIndex(piece.index);
    const from = this.#addresses(piece);
    try {
      if (await put(index, piece.data) === "held") {
        const liars = this.#blame.passed(piece);
        plan.markHeld(piece);
        this.#convict(liars);
        onEvent({ type: "held", index, from });
        return "held";
      }
    } catch (error) {
      plan.markMissing(index);
      throw error;
    }
    plan.markMissing(index);
    onEvent({ type: "corrupt", index, from });
    this.#convict(this.#blame.failed(piece));
    return "corrupt";
  }

  #convict(keys: readonly PeerKey[]): void {
    for (const key of keys) {
      const link = this.#options.links.get(key);
      if (link !== undefined) this.#options.onConviction(link);
    }
  }

  #addresses(piece: ActivePiece): PeerAddress[] {
    const addresses: PeerAddress[] = [];
    for (const key of new Set(piece.senders)) {
      const link = key === undefined ? undefined : this.#options.links.get(key);
      if (link !== undefined) addresses.push(link.address);
    }
    return addresses;
  }
}
