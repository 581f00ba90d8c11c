/** The time in which both sides must have proved that they know the key, in milliseconds. */
export const PROOF_TIMEOUT_MS = 8_000;
