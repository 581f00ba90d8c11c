/** A number of 32 bits that nobody can guess. */
export function randomUint32(): number {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return number;
}
