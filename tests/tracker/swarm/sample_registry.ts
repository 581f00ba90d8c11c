import type { InfoHash } from "../../../lib/bytes/mod.ts";
import {
  DEFAULT_LIMITS,
  type HeldPieces,
  type Peer,
  type RegistryLimits,
  SwarmRegistry,
  type TorrentReport,
  type TorrentShape,
} from "../../../lib/tracker/mod.ts";
import { samplePeerId } from "../sample_torrents.ts";

/** A registry with the default limits, or others. */
export function registryWith(limits: Partial<RegistryLimits> = {}): SwarmRegistry {
  return new SwarmRegistry({ ...DEFAULT_LIMITS, ...limits });
}

/** Admits the peer of a number, at an address of its own. */
export function admit(registry: SwarmRegistry, number: number): Peer {
  const host = `10.0.${number >> 8}.${number & 255}`;
  return registry.admit({ host, port: 6881, id: samplePeerId(number), agent: "Test/1" });
}

/** Everything is held. */
export const COMPLETE: HeldPieces = { kind: "complete" };

/** Pieces as a bitfield of eight: `0b1010_0000` are the pieces 0 and 2. */
export function eight(bits: number): HeldPieces {
  return { kind: "bitfield", bytes: Uint8Array.of(bits) };
}

/** Pieces besides those told before. */
export function have(...pieces: number[]): HeldPieces {
  return { kind: "have", pieces };
}

/** A report of a torrent, with what it is if that is told. */
export function report(
  infoHash: InfoHash,
  held: HeldPieces,
  shape?: TorrentShape,
): TorrentReport {
  return { infoHash, held, shape };
}
