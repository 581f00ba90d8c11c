import { NOISE_MESSAGE_LENGTH, NOISE_TAG_LENGTH } from "./noise.ts";

/** The time in which both sides must have proved that they know the key, in milliseconds. */
export const PROOF_TIMEOUT_MS = 8_000;

/** Bytes of one who dials that are waited for before it is looked at whether he knows the key. */
export const MAX_UNPROVEN_BYTES: number = NOISE_MESSAGE_LENGTH;

/** Bytes of data in one record at most: a message of Noise has 65,535 with its tag. */
export const MAX_RECORD_DATA: number = 65_535 - NOISE_TAG_LENGTH;
