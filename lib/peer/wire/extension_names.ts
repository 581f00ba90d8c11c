/** The extensions of BEP 10 that are spoken here, each with the id under which we take its messages. */
export const EXTENSION_ID = {
  /** Our ping. */
  sl_ping: 1,
  /** Metadata (BEP 9). */
  ut_metadata: 2,
  /** Peer exchange (BEP 11). */
  ut_pex: 3,
  /** Which pieces to fetch from the sender, between two of ours. */
  sl_guide: 4,
  /** Which pieces to fetch from others, between two of ours. */
  sl_conduct: 5,
  /** A piece that is no longer there (BEP 54). */
  lt_donthave: 7,
} as const;

/** The name of an extension that is spoken here. */
export type ExtensionName = keyof typeof EXTENSION_ID;

/** The id of the extended handshake itself (BEP 10). */
export const EXTENDED_HANDSHAKE_ID = 0;
