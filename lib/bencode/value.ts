/**
 * What {@linkcode decode} gives. Integers are numbers where a number holds them exactly and bigints
 * beyond that, byte strings are views of the input.
 */
export type BencodeValue = number | bigint | Uint8Array | BencodeValue[] | BencodeDictionary;

/**
 * A decoded dictionary in the order of its keys. Keys are byte strings; each byte is one character
 * of the key here (U+0000 to U+00FF), so that every key has exactly one text and "info" is `"info"`.
 */
export type BencodeDictionary = Map<string, BencodeValue>;

/**
 * What {@linkcode encode} takes: everything that was decoded, and text and plain objects, both
 * written as UTF-8. Members that are `undefined` are left out.
 */
export type Encodable =
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Encodable[]
  | ReadonlyMap<string, Encodable>
  | { readonly [key: string]: Encodable | undefined };
