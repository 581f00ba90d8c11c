/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Changes, adds or removes one to four bytes, favouring those that mean something to bencode. */
export function mutate(bytes: Uint8Array, random: () => number): Uint8Array<ArrayBuffer> {
  const mutated = [...bytes];
  const below = (limit: number): number => Math.floor(random() * limit);
  for (let edits = 1 + below(4); edits > 0; edits--) {
    const at = below(mutated.length + 1);
    const byte = random() < 0.7 ? "0123456789:-ilde".charCodeAt(below(16)) : below(256);
    mutated.splice(at, below(2), ...(random() < 0.7 ? [byte] : []));
  }
  return Uint8Array.from(mutated);
}
