import type { PeerSession } from "./session.ts";
import { decodeMetadataMessage, encodeMetadataMessage, METADATA_BLOCK_LENGTH } from "./wire/mod.ts";
import { MAX_METADATA_COPIES } from "./limits.ts";

/** Gives the metadata of a torrent, its info dictionary, to those who ask for it (BEP 9). */
export class MetadataUpload {
  readonly #metadata: Uint8Array;
  readonly #served = new WeakMap<PeerSession, number>();

  /** Makes one of the bytes of a verified info dictionary. */
  constructor(rawInfo: Uint8Array) {
    this.#metadata = rawInfo;
  }

  /**
   * Answers a request; one for a block that there is not, or of one who has had it all, is rejected.
   *
   * @throws {PeerProtocolError} if it is no message of BEP 9
   */
  answer(session: PeerSession, payload: Uint8Array): void {
    const message = decodeMetadataMessage(payload);
    if (message?.type !== "request") return;
    const { piece } = message;
    const totalSize = this.#metadata.length;
    const count = Math.ceil(totalSize / METADATA_BLOCK_LENGTH);
    const served = this.#served.get(session) ?? 0;
    if (piece >= count || served >= MAX_METADATA_COPIES * count) {
      return session.sendExtended("ut_metadata", encodeMetadataMessage({ type: "reject", piece }));
    }
    this.#served.set(session, served + 1);
    const start = piece * METADATA_BLOCK_LENGTH;
    const block = this.#metadata.subarray(start, start + METADATA_BLOCK_LENGTH);
    session.sendExtended(
      "ut_metadata",
      () => encodeMetadataMessage({ type: "data", piece, totalSize, block }),
    );
  }
}
