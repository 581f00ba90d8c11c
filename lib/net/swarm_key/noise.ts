import { concatBytes } from "../../bytes/mod.ts";

/** The name of what is spoken, as it goes into the first hash. */
const PROTOCOL_NAME = "Noise_NNpsk0_25519_AESGCM_SHA256";

/** Bytes of a key of X25519, of a digest, and of the key that both sides share. */
export const NOISE_KEY_LENGTH = 32;

/** Bytes that a cipher adds to what it encrypts, so that nobody changes it unseen. */
export const NOISE_TAG_LENGTH = 16;

/** Bytes of each of the two messages of a handshake, but for its payload: a key and a tag. */
export const NOISE_MESSAGE_LENGTH: number = NOISE_KEY_LENGTH + NOISE_TAG_LENGTH;

/** Messages that one key encrypts; JavaScript counts exactly no further, and no connection gets there. */
const MAX_MESSAGES = Number.MAX_SAFE_INTEGER;

const NOTHING = new Uint8Array(0);

/** A key pair of X25519, of which the secret part stays with who made it. */
export interface NoiseKeyPair {
  /** The part that is sent, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The secret that we share with the owner of a public key, 32 bytes; may fail for a bad one. */
  agree(theirs: Uint8Array): Promise<Uint8Array>;
}

/** AES-256-GCM with one key. */
export interface NoiseCipher {
  /** Encrypts and appends the tag; what is given may be overwritten once this has returned. */
  encrypt(nonce: Uint8Array, data: Uint8Array, ad: Uint8Array): Promise<Uint8Array>;
  /** Decrypts; fails if anything is not as it was encrypted. */
  decrypt(nonce: Uint8Array, data: Uint8Array, ad: Uint8Array): Promise<Uint8Array>;
  /** Encrypts at once, without additional data; `undefined` where the runtime cannot. */
  encryptNow(nonce: Uint8Array, data: Uint8Array): Uint8Array | undefined;
}

/** What Noise is made of. */
export interface NoisePrimitives {
  /** A new key pair of X25519. */
  generateKeyPair(): Promise<NoiseKeyPair>;
  /** SHA-256. */
  hash(data: Uint8Array): Promise<Uint8Array>;
  /** HMAC-SHA-256. */
  hmac(key: Uint8Array, data: Uint8Array): Promise<Uint8Array>;
  /** AES-256-GCM with a key of 32 bytes. */
  cipher(key: Uint8Array): Promise<NoiseCipher>;
}

/** What both sides must have alike, or they do not understand each other. */
export interface NoiseOptions {
  /** The key that both know, 32 bytes. */
  readonly psk: Uint8Array;
  /** What both take for granted. */
  readonly prologue: Uint8Array;
  /** What it is made of. */
  readonly primitives: NoisePrimitives;
}

/** What a side has when the handshake is over. */
export interface NoiseOutcome {
  /** What the other side sent along in its message. */
  readonly payload: Uint8Array;
  /** Encrypts what we send. */
  readonly sending: NoiseCounter;
  /** Decrypts what the other side sends. */
  readonly receiving: NoiseCounter;
  /** The hash of all that was said; nobody else has the same. */
  readonly hash: Uint8Array;
}

/** A handshake of which the first message is made and the answer awaited. */
export interface NoiseInitiation {
  /** What to send: 48 bytes and the payload. */
  readonly message: Uint8Array;
  /**
   * Takes the answer.
   *
   * @throws {NoiseError} if whoever made it does not know the key, or did not see our message
   */
  finish(answer: Uint8Array): Promise<NoiseOutcome>;
}

/** Something was not made by one who knows the key, or not in this place. */
export class NoiseError extends Error {
  /** The name of the class. */
  override name = "NoiseError";
}

/**
 * One direction's cipher with its counter: each message is encrypted and decrypted under its number, so
 * that none can be left out, repeated or moved. Messages may be under way at once; they are numbered in
 * the order of the calls.
 */
export class NoiseCounter {
  readonly #cipher: NoiseCipher;
  #count = 0;

  /** Makes one that stands before its first message. */
  constructor(cipher: NoiseCipher) {
    this.#cipher = cipher;
  }

  /** Encrypts the next message; what is given may be overwritten once this has returned. */
  encrypt(data: Uint8Array, ad: Uint8Array = NOTHING): Promise<Uint8Array> {
    return this.#cipher.encrypt(this.#next(), data, ad);
  }

  /** Encrypts the next message at once; `undefined` where the runtime cannot. */
  encryptNow(data: Uint8Array): Uint8Array | undefined {
    return this.#cipher.encryptNow(this.#next(), data);
  }

  /**
   * Decrypts the next message. After a failure the counter is of no use.
   *
   * @throws {NoiseError} if it is not the next message of the other side
   */
  async decrypt(data: Uint8Array, ad: Uint8Array = NOTHING): Promise<Uint8Array> {
    const nonce = this.#next();
    if (data.length < NOISE_TAG_LENGTH) {
      throw new NoiseError(`Cannot decrypt ${data.length} bytes: the tag alone has 16`);
    }
    try {
      return await this.#cipher.decrypt(nonce, data, ad);
    } catch (cause) {
      throw new NoiseError("Cannot decrypt: it was not encrypted so", { cause });
    }
  }

  /** Four bytes of 0 and the number of the message, 64 bits big-endian (Noise, 12.4). */
  #next(): Uint8Array {
    if (this.#count >= MAX_MESSAGES) throw new NoiseError("Cannot go on: the key is used up");
    const nonce = new Uint8Array(12);
    new DataView(nonce.buffer).setBigUint64(4, BigInt(this.#count++));
    return nonce;
  }
}

/**
 * Makes the first message of `Noise_NNpsk0_25519_AESGCM_SHA256` (The Noise Protocol Framework,
 * revision 34), which only who knows the key can read: `-> psk, e`.
 *
 * ```text
 * <our public key: 32 bytes><encrypted payload><tag: 16 bytes>
 * ```
 */
export async function initiateNoise(
  options: NoiseOptions,
  payload: Uint8Array = NOTHING,
): Promise<NoiseInitiation> {
  const state = await NoiseState.start(options);
  const ours = await options.primitives.generateKeyPair();
  await state.mixPublicKey(ours.publicKey);
  const message = concatBytes([ours.publicKey, await state.encrypt(payload)]);
  return {
    message,
    async finish(answer) {
      checkLength(answer);
      const theirs = answer.subarray(0, NOISE_KEY_LENGTH);
      await state.mixPublicKey(theirs);
      await state.mixKey(await agree(ours, theirs));
      const payload = await state.decrypt(answer.subarray(NOISE_KEY_LENGTH));
      const [sending, receiving] = await state.split();
      return { payload, sending, receiving, hash: state.hash };
    },
  };
}

/**
 * Reads a first message and makes the answer, of the same form: `<- e, ee`. That the message is no
 * repeated one is certain only when the first one of `receiving` is decrypted.
 *
 * @throws {NoiseError} if whoever made it does not know the key
 */
export async function answerNoise(
  options: NoiseOptions,
  message: Uint8Array,
  answerPayload: Uint8Array = NOTHING,
): Promise<NoiseOutcome & { readonly answer: Uint8Array }> {
  checkLength(message);
  const state = await NoiseState.start(options);
  const theirs = message.subarray(0, NOISE_KEY_LENGTH);
  await state.mixPublicKey(theirs);
  const payload = await state.decrypt(message.subarray(NOISE_KEY_LENGTH));
  const ours = await options.primitives.generateKeyPair();
  await state.mixPublicKey(ours.publicKey);
  await state.mixKey(await agree(ours, theirs));
  const answer = concatBytes([ours.publicKey, await state.encrypt(answerPayload)]);
  const [receiving, sending] = await state.split();
  return { payload, answer, sending, receiving, hash: state.hash };
}

function checkLength({ length }: Uint8Array): void {
  if (length >= NOISE_MESSAGE_LENGTH) return;
  throw new NoiseError(`Cannot read a handshake of ${length} bytes: it has at least 48`);
}

/** The secret of two key pairs; never the one that every secret key gives with a bad public key. */
async function agree(ours: NoiseKeyPair, theirs: Uint8Array): Promise<Uint8Array> {
  let secret: Uint8Array;
  try {
    secret = await ours.agree(theirs);
  } catch (cause) {
    throw new NoiseError("Cannot agree on a secret: the public key is bad", { cause });
  }
  if (secret.some((byte) => byte !== 0)) return secret;
  throw new NoiseError("Cannot agree on a secret: the public key is bad");
}

/**
 * The state of a handshake of this one pattern: a chaining key and a hash of all that was said
 * (SymmetricState of Noise, 5.2).
 *
 * Invariant: both sides' states are alike after the same message, and the cipher's key is of the psk
 * from the start, so that nothing is ever sent or taken unencrypted but public keys.
 */
class NoiseState {
  readonly #primitives: NoisePrimitives;
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #cipher: NoiseCounter | undefined;

  private constructor(primitives: NoisePrimitives, name: Uint8Array) {
    this.#primitives = primitives;
    // The name has as many bytes as a digest, so it is taken as it is.
    this.#chainingKey = this.#hash = name;
  }

  /** Takes in the name, the prologue and the psk. */
  static async start({ primitives, prologue, psk }: NoiseOptions): Promise<NoiseState> {
    if (psk.length !== NOISE_KEY_LENGTH) {
      throw new RangeError(`Cannot use a key of ${psk.length} bytes: it must have 32`);
    }
    const state = new NoiseState(primitives, new TextEncoder().encode(PROTOCOL_NAME));
    await state.#mixHash(prologue);
    const [chainingKey, hash, key] = await state.#derive(psk);
    state.#chainingKey = chainingKey;
    await state.#mixHash(hash);
    state.#cipher = new NoiseCounter(await primitives.cipher(key));
    return state;
  }

  get hash(): Uint8Array {
    return this.#hash;
  }

  /** Takes in a public key, which counts as a key, too, where there is a psk (Noise, 9.2). */
  async mixPublicKey(publicKey: Uint8Array): Promise<void> {
    await this.#mixHash(publicKey);
    await this.mixKey(publicKey);
  }

  async mixKey(input: Uint8Array): Promise<void> {
    const [chainingKey, key] = await this.#derive(input);
    this.#chainingKey = chainingKey;
    this.#cipher = new NoiseCounter(await this.#primitives.cipher(key));
  }

  async encrypt(payload: Uint8Array): Promise<Uint8Array> {
    const encrypted = await this.#keyed.encrypt(payload, this.#hash);
    await this.#mixHash(encrypted);
    return encrypted;
  }

  async decrypt(encrypted: Uint8Array): Promise<Uint8Array> {
    const payload = await this.#keyed.decrypt(encrypted, this.#hash);
    await this.#mixHash(encrypted);
    return payload;
  }

  /** The counters of the two directions, that of the initiator first. */
  async split(): Promise<[NoiseCounter, NoiseCounter]> {
    const [there, back] = await this.#derive(NOTHING);
    return [
      new NoiseCounter(await this.#primitives.cipher(there)),
      new NoiseCounter(await this.#primitives.cipher(back)),
    ];
  }

  get #keyed(): NoiseCounter {
    if (this.#cipher === undefined) throw new NoiseError("Cannot encrypt: there is no key yet");
    return this.#cipher;
  }

  async #mixHash(data: Uint8Array): Promise<void> {
    this.#hash = await this.#primitives.hash(concatBytes([this.#hash, data]));
  }

  /** Three keys of the chaining key and an input (HKDF, RFC 5869, as in Noise, 4.3). */
  async #derive(input: Uint8Array): Promise<[Uint8Array, Uint8Array, Uint8Array]> {
    const { hmac } = this.#primitives;
    const secret = await hmac(this.#chainingKey, input);
    const one = await hmac(secret, Uint8Array.of(1));
    const two = await hmac(secret, concatBytes([one, Uint8Array.of(2)]));
    const three = await hmac(secret, concatBytes([two, Uint8Array.of(3)]));
    return [one, two, three];
  }
}
