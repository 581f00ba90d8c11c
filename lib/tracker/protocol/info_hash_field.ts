import type { DictionaryReader } from "../../bencode/mod.ts";
import { idBytes, type InfoHash, infoHashFromBytes } from "../../bytes/mod.ts";

/** Reads the member `info_hash`. */
export function readInfoHash(reader: DictionaryReader): InfoHash {
  return infoHashFromBytes(reader.bytes("info_hash", { length: 20 }));
}

/** Reads the member `info_hash` where there is one. */
export function readOptionalInfoHash(reader: DictionaryReader): InfoHash | undefined {
  return reader.has("info_hash") ? readInfoHash(reader) : undefined;
}

/** Writes info-hashes as a list of byte strings, and an empty list not at all. */
export function encodeInfoHashes(hashes: readonly InfoHash[]): Uint8Array[] | undefined {
  return hashes.length === 0 ? undefined : hashes.map(idBytes);
}

/**
 * Reads a list of info-hashes, none if the key is absent.
 *
 * @throws {TypeError} if an item is no byte string
 * @throws {RangeError} if an item has not 20 bytes or there are more than `maxCount`
 */
export function readInfoHashes(
  reader: DictionaryReader,
  key: string,
  maxCount: number,
): InfoHash[] {
  const items = reader.optionalList(key) ?? [];
  if (items.length > maxCount) {
    throw new RangeError(
      `Cannot read ${key}: it has ${items.length} items, at most ${maxCount} fit`,
    );
  }
  return items.map((item) => {
    if (item instanceof Uint8Array) return infoHashFromBytes(item);
    throw new TypeError(`Cannot read ${key}: each item must be the 20 bytes of an info-hash`);
  });
}
