import { concatBytes, idBytes, type InfoHash } from "../../bytes/mod.ts";
import { ipBytes, IPV4_LENGTH } from "../../net/mod.ts";

/** Pieces that a peer which has next to nothing may fetch while it is choked (BEP 6, `k`). */
export const ALLOWED_FAST_COUNT = 10;

/** For whom an allowed-fast set is, and of what. */
export interface AllowedFastOptions {
  /** The IP address of the peer that may fetch the pieces. */
  readonly host: string;
  /** The torrent. */
  readonly infoHash: InfoHash;
  /** How many pieces the torrent has. */
  readonly pieceCount: number;
  /** How many pieces to choose; all if there are fewer. {@linkcode ALLOWED_FAST_COUNT} by default. */
  readonly count?: number;
}

/**
 * The pieces that a peer may fetch while it is choked, by the canonical algorithm of BEP 6: all who
 * compute it for one network of 256 addresses choose the same. Empty for an IPv6 address, of which
 * BEP 6 says nothing.
 */
export async function allowedFastSet(options: AllowedFastOptions): Promise<Set<number>> {
  const { infoHash, pieceCount } = options;
  const count = Math.min(options.count ?? ALLOWED_FAST_COUNT, pieceCount);
  const chosen = new Set<number>();
  const address = ipBytes(options.host);
  if (address?.length !== IPV4_LENGTH) return chosen;
  address[3] = 0;
  let seed: Uint8Array<ArrayBuffer> = concatBytes([address, idBytes(infoHash)]);
  while (chosen.size < count) {
    seed = new Uint8Array(await crypto.subtle.digest("SHA-1", seed));
    const view = new DataView(seed.buffer);
    for (let at = 0; at < seed.length && chosen.size < count; at += 4) {
      chosen.add(view.getUint32(at) % pieceCount);
    }
  }
  return chosen;
}
