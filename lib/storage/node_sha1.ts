/** The part of Node's digests that is used here. */
interface NodeCrypto {
  createHash(name: "sha1"): Sha1Digest;
}

interface RuntimeWithNode {
  readonly process?: { getBuiltinModule?(name: "node:crypto"): NodeCrypto | undefined };
}

/** A SHA-1 that is reckoned where it is asked for, of bytes that come in parts. */
export interface Sha1Digest {
  /** Takes the next bytes. */
  update(data: Uint8Array): Sha1Digest;
  /** The hash of all of them; the last call. */
  digest(): Uint8Array;
}

/**
 * Loads what hashes at once where it is called, which takes some milliseconds. Gives what begins a
 * hash, or nothing where the runtime has no such thing.
 */
export function loadNodeSha1(): (() => Sha1Digest) | undefined {
  const crypto = (globalThis as RuntimeWithNode).process?.getBuiltinModule?.("node:crypto");
  return crypto === undefined ? undefined : () => crypto.createHash("sha1");
}
