import { concatBytes, decodeHex } from "../../../lib/bytes/mod.ts";
import type { NoiseKeyPair, NoisePrimitives } from "../../../lib/net/swarm_key/noise.ts";
import { webCryptoPrimitives } from "../../../lib/net/swarm_key/web_crypto.ts";

/** What stands before the 32 bytes of a secret key of X25519 in PKCS #8 (RFC 8410). */
const PKCS8_PREFIX = decodeHex("302e020100300506032b656e04220420");

const BASE_POINT = Uint8Array.from({ length: 32 }, (_, at) => at === 0 ? 9 : 0);

/** The primitives of the runtime, but for the key pair, which is always of this secret key. */
export function withSecretKey(secret: string): NoisePrimitives {
  return { ...webCryptoPrimitives, generateKeyPair: () => keyPairOf(decodeHex(secret)) };
}

async function keyPairOf(secret: Uint8Array): Promise<NoiseKeyPair> {
  const pkcs8 = concatBytes([PKCS8_PREFIX, secret]);
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, "X25519", false, ["deriveBits"]);
  const agree = async (theirs: Uint8Array): Promise<Uint8Array> => {
    const bytes = new Uint8Array(theirs);
    const publicKey = await crypto.subtle.importKey("raw", bytes, "X25519", false, []);
    const algorithm = { name: "X25519", public: publicKey };
    return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 256));
  };
  return { publicKey: await agree(BASE_POINT), agree };
}
