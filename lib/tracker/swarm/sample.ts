/** Some of the items, each as likely as any other, in no order; all of them if there are no more. */
export function sample<T>(items: readonly T[], count: number, random: () => number): T[] {
  if (items.length <= count) return [...items];
  // Floyd's algorithm: each pass takes one of the first `last + 1` items, or that last one.
  const chosen = new Set<number>();
  for (let last = items.length - count; last < items.length; last++) {
    const index = Math.floor(random() * (last + 1));
    chosen.add(chosen.has(index) ? last : index);
  }
  return [...chosen].flatMap((index) => items.slice(index, index + 1));
}
