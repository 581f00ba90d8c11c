import { decodeHex, encodeHex } from "../../bytes/mod.ts";

/** Bytes of the key of a private swarm. */
export const SWARM_KEY_LENGTH = 32;

/** How a key file begins, and the version that is written and read. */
const TITLE = "Sluice swarm key, version ";
const VERSION = 1;

/** A key that the peers of a private swarm have in common: 32 bytes that nobody can guess. */
export type SwarmKey = Uint8Array & { readonly brand: "SwarmKey" };

/**
 * Takes 32 random bytes as the key of a private swarm; of a password it must not be made.
 *
 * @throws {RangeError} if it has another length, or is the same byte over and over
 */
export function createSwarmKey(random: Uint8Array): SwarmKey {
  if (random.length !== SWARM_KEY_LENGTH) {
    throw new RangeError(`Cannot use a swarm key of ${random.length} bytes: it must have 32`);
  }
  if (random.every((byte) => byte === random[0])) {
    throw new RangeError("Cannot use this swarm key: it is one byte 32 times, not random");
  }
  return random.slice() as SwarmKey;
}

/**
 * Writes a key as the text of a key file.
 *
 * ```text
 * Sluice swarm key, version 1
 * <64 hexadecimal digits>
 * ```
 */
export function formatSwarmKey(key: SwarmKey): string {
  return `${TITLE}${VERSION}\n${encodeHex(key)}\n`;
}

/**
 * Reads the text of a key file, with line ends of any system. What is wrong is said without a word of
 * what stands there, which may be a secret.
 *
 * @throws {SyntaxError} if it is no key file, of another version, or its key has another length
 */
export function parseSwarmKey(text: string): SwarmKey {
  const [title = "", digits = "", ...rest] = text.trimEnd().split(/\r?\n/);
  if (!title.startsWith(TITLE)) {
    throw new SyntaxError(`it is no key file, whose first line is "${TITLE}${VERSION}"`);
  }
  if (title !== `${TITLE}${VERSION}`) {
    throw new SyntaxError(`it is of another version; this program reads version ${VERSION}`);
  }
  if (rest.length > 0) throw new SyntaxError("it has more than two lines");
  if (/[^0-9a-f]/i.test(digits)) {
    throw new SyntaxError("its second line has something else than hexadecimal digits");
  }
  if (digits.length !== 2 * SWARM_KEY_LENGTH) {
    throw new SyntaxError(`its key has ${digits.length} hexadecimal digits, it must have 64`);
  }
  try {
    return createSwarmKey(decodeHex(digits));
  } catch (cause) {
    throw new SyntaxError("its key is one byte over and over, not random", { cause });
  }
}
