import type { KeyedHash } from "../swarm/mod.ts";

/** Bytes of the key. */
const KEY_LENGTH = 32;

/** The part of the runtime's `node:crypto` that is used: its hashes need no waiting. */
interface Runtime {
  readonly process: {
    getBuiltinModule(name: "node:crypto"): {
      createHmac(algorithm: string, key: Uint8Array): {
        update(text: string): { digest(): Uint8Array };
      };
    };
  };
}

/** HMAC-SHA-256 with a key of its own, which nobody else ever learns. */
export function createKeyedHash(): KeyedHash {
  const { createHmac } = (globalThis as unknown as Runtime).process.getBuiltinModule("node:crypto");
  const key = crypto.getRandomValues(new Uint8Array(KEY_LENGTH));
  return (message) => createHmac("sha256", key).update(message).digest();
}
