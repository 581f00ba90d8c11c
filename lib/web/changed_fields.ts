/** The fields of a thing that are not as they were; those that have parts are compared by their JSON. */
export function changedFields<T extends object>(before: T, after: T): Partial<T> {
  const earlier = new Map<string, unknown>(Object.entries(before));
  const fields = Object.entries(after).filter(([name, value]) => {
    const former = earlier.get(name);
    if (typeof value !== "object" || value === null) return value !== former;
    return JSON.stringify(value) !== JSON.stringify(former);
  });
  return Object.fromEntries(fields) as Partial<T>;
}
