import { concatBytes } from "../../bytes/mod.ts";
import type { NoiseCipher, NoiseKeyPair, NoisePrimitives } from "./noise.ts";

const KEY_AGREEMENT = "X25519";
const CIPHER = "AES-GCM";

/** The part of Node's ciphers that is used here. */
interface NodeCrypto {
  createCipheriv(name: "aes-256-gcm", key: Uint8Array, nonce: Uint8Array): {
    update(data: Uint8Array): Uint8Array;
    final(): Uint8Array;
    getAuthTag(): Uint8Array;
  };
}

interface RuntimeWithNode {
  readonly process?: { getBuiltinModule?(name: "node:crypto"): NodeCrypto | undefined };
}

/**
 * What Noise is made of, by the runtime's own WebCrypto.
 *
 * Its ciphers work on other threads, several messages at once. Only what must be encrypted at once, a
 * few bytes a connection, goes to Node's cipher, which is a third as fast in Deno 2.9.
 */
export const webCryptoPrimitives: NoisePrimitives = {
  async generateKeyPair(): Promise<NoiseKeyPair> {
    const pair = await crypto.subtle.generateKey({ name: KEY_AGREEMENT }, false, ["deriveBits"]);
    if (!("privateKey" in pair)) throw new TypeError("Cannot make a key pair: it has one part");
    const { privateKey, publicKey } = pair;
    return {
      publicKey: new Uint8Array(await crypto.subtle.exportKey("raw", publicKey)),
      agree: async (theirs) => {
        const bytes = new Uint8Array(theirs);
        const key = await crypto.subtle.importKey("raw", bytes, KEY_AGREEMENT, false, []);
        const algorithm = { name: KEY_AGREEMENT, public: key };
        return new Uint8Array(await crypto.subtle.deriveBits(algorithm, privateKey, 256));
      },
    };
  },

  async hash(data): Promise<Uint8Array> {
    return new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(data)));
  },

  async hmac(key, data): Promise<Uint8Array> {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const imported = await crypto.subtle.importKey("raw", new Uint8Array(key), algorithm, false, [
      "sign",
    ]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", imported, new Uint8Array(data)));
  },

  async cipher(key): Promise<NoiseCipher> {
    const bytes = new Uint8Array(key);
    const imported = await crypto.subtle.importKey("raw", bytes, CIPHER, false, [
      "encrypt",
      "decrypt",
    ]);
    return new AesGcm(imported, bytes);
  },
};

class AesGcm implements NoiseCipher {
  readonly #key: CryptoKey;
  readonly #bytes: Uint8Array;

  constructor(key: CryptoKey, bytes: Uint8Array) {
    this.#key = key;
    this.#bytes = bytes;
  }

  async encrypt(nonce: Uint8Array, data: Uint8Array, ad: Uint8Array): Promise<Uint8Array> {
    return new Uint8Array(
      await crypto.subtle.encrypt(parameters(nonce, ad), this.#key, viewOf(data)),
    );
  }

  async decrypt(nonce: Uint8Array, data: Uint8Array, ad: Uint8Array): Promise<Uint8Array> {
    return new Uint8Array(
      await crypto.subtle.decrypt(parameters(nonce, ad), this.#key, viewOf(data)),
    );
  }

  encryptNow(nonce: Uint8Array, data: Uint8Array): Uint8Array | undefined {
    const node = (globalThis as RuntimeWithNode).process?.getBuiltinModule?.("node:crypto");
    const cipher = node?.createCipheriv("aes-256-gcm", this.#bytes, nonce);
    if (cipher === undefined) return undefined;
    const encrypted = concatBytes([cipher.update(data), cipher.final()]);
    return concatBytes([encrypted, cipher.getAuthTag()]);
  }
}

function parameters(nonce: Uint8Array, ad: Uint8Array): AesGcmParams {
  return { name: CIPHER, iv: viewOf(nonce), additionalData: viewOf(ad), tagLength: 128 };
}

/** The same bytes, as a type that says what all of ours are: not shared with other threads. */
function viewOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}
