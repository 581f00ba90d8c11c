/** About how many bytes a value takes that a parser made, objects with private fields not counted. */
export function weigh(value: unknown): number {
  let weight = 0;
  const seen = new Set<unknown>();
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const one = waiting.pop();
    if (typeof one === "string") weight += 2 * one.length;
    else if (typeof one === "bigint") weight += one.toString(16).length / 2;
    else if (typeof one !== "object" || one === null) weight += 8;
    else if (!seen.has(one)) {
      seen.add(one);
      weight += 16;
      if (ArrayBuffer.isView(one)) weight += one.byteLength;
      else for (const item of partsOf(one)) waiting.push(item);
    }
  }
  return weight;
}

function* partsOf(value: object): Iterable<unknown> {
  if (value instanceof Map) {
    yield* value.keys();
    yield* value.values();
  } else if (value instanceof Set || Array.isArray(value)) yield* value;
  else yield* Object.values(value);
}

/** The most that may be made of an input: texts and numbers take more room than their bytes. */
export function mostOf(inputLength: number): number {
  return 512 * 1024 + 200 * inputLength;
}
