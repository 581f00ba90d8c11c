import { type BencodeValue, decodePrefix } from "../../lib/bencode/mod.ts";
import { concatBytes } from "../../lib/bytes/mod.ts";
import { randomBelow, randomBytes } from "../bytes/seeded_random.ts";
import { edge, pick } from "./edges.ts";
import { MAX_INPUT, mutateBytes } from "./mutate_bytes.ts";

/** A bencoded value that need not be one: lengths that lie, keys in any order and several times. */
type Node =
  | { readonly type: "raw"; readonly bytes: Uint8Array }
  | { readonly type: "list"; readonly items: Node[] }
  | { readonly type: "dictionary"; readonly entries: [key: Uint8Array, value: Node][] };

/** A place in a tree where a value stands. */
interface Slot {
  get(): Node;
  set(node: Node): void;
}

const ascii = new TextEncoder();

function raw(text: string): Node {
  return { type: "raw", bytes: ascii.encode(text) };
}

function byteString(bytes: Uint8Array, length: bigint | number = bytes.length): Uint8Array {
  return concatBytes([ascii.encode(`${length}:`), bytes]);
}

function nodeOf(value: BencodeValue): Node {
  if (value instanceof Uint8Array) return { type: "raw", bytes: byteString(value) };
  if (Array.isArray(value)) return { type: "list", items: value.map(nodeOf) };
  if (!(value instanceof Map)) return raw(`i${value}e`);
  const entries = [...value].map(([key, member]): [Uint8Array, Node] => [
    Uint8Array.from(key, (character) => character.charCodeAt(0)),
    nodeOf(member),
  ]);
  return { type: "dictionary", entries };
}

/** Writes a tree, and stops when that gets too long: parts of it may be there very often. */
class Writer {
  readonly #parts: Uint8Array[] = [];
  #room = MAX_INPUT;

  write(node: Node): void {
    if (node.type === "raw") this.#put(node.bytes);
    else if (node.type === "list") {
      this.#put(ascii.encode("l"));
      for (let at = 0; at < node.items.length && this.#room > 0; at++) this.write(node.items[at]!);
      this.#put(ascii.encode("e"));
    } else {
      this.#put(ascii.encode("d"));
      for (const [key, value] of node.entries) {
        if (this.#room <= 0) break;
        this.#put(byteString(key));
        this.write(value);
      }
      this.#put(ascii.encode("e"));
    }
  }

  toBytes(rest: Uint8Array): Uint8Array<ArrayBuffer> {
    return concatBytes([...this.#parts, rest]).slice(0, MAX_INPUT);
  }

  #put(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#room -= bytes.length;
  }
}

/** Places in a tree that are looked at. */
const MAX_SLOTS = 5_000;

/** The places in a tree, the root's first. */
function slotsOf(root: Slot): Slot[] {
  const slots = [root];
  for (let at = 0; at < slots.length && slots.length < MAX_SLOTS; at++) {
    const node = slots[at]!.get();
    if (node.type === "list") {
      const { items } = node;
      items.forEach((_, item) =>
        slots.push({ get: () => items[item]!, set: (value) => void (items[item] = value) })
      );
    } else if (node.type === "dictionary") {
      for (const entry of node.entries) {
        slots.push({ get: () => entry[1], set: (value) => void (entry[1] = value) });
      }
    }
  }
  return slots;
}

/** A value of any kind, some of them far too large or too deep. */
function anyNode(random: () => number): Node {
  switch (randomBelow(random, 9)) {
    case 0:
      return { type: "raw", bytes: byteString(randomBytes(random, randomBelow(random, 40))) };
    case 1:
      return { type: "raw", bytes: byteString(randomBytes(random, 4), edge(random)) };
    case 2: {
      const depth = pick(random, [1, 3, 99, 100, 101, 5_000]);
      const kind = pick(random, ["l", "d1:a"]);
      return raw(kind.repeat(depth) + (random() < 0.8 ? "i0e" + "e".repeat(depth) : ""));
    }
    case 3:
      return raw(`l${"i0e".repeat(pick(random, [0, 1, 200, 5_000]))}e`);
    case 4:
      return { type: "list", items: [] };
    case 5:
      return { type: "dictionary", entries: [] };
    case 6:
      return raw(`i${"9".repeat(pick(random, [16, 20, 100, 101]))}e`);
    default:
      return raw(`i${edge(random)}e`);
  }
}

function changeEntries(entries: [Uint8Array, Node][], random: () => number): void {
  const at = randomBelow(random, entries.length);
  const [key, value] = entries[at] ?? [new Uint8Array(1), raw("i1e")];
  switch (randomBelow(random, 6)) {
    case 0:
      entries.splice(at, 1);
      break;
    case 1:
      entries.splice(at, 0, [key, random() < 0.5 ? value : anyNode(random)]);
      break;
    case 2:
      entries.push(...entries.splice(at, 1));
      break;
    case 3:
      entries[at] = [mutateBytes(key, random, key).subarray(0, 64), value];
      break;
    case 4:
      entries.push([randomBytes(random, randomBelow(random, 6)), anyNode(random)]);
      break;
    default:
      entries.push([ascii.encode(pick(random, ["__proto__", "constructor", "length"])), value]);
  }
}

function changeItems(items: Node[], random: () => number): void {
  const at = randomBelow(random, items.length);
  const item = items[at] ?? anyNode(random);
  const copies = random() < 0.9 ? 1 : randomBelow(random, 500);
  if (random() < 0.3) items.splice(at, 1);
  else items.splice(at, 0, ...Array.from({ length: copies }, () => item));
}

function changeRaw(bytes: Uint8Array, random: () => number): Uint8Array {
  const colon = bytes.indexOf(0x3a);
  if (colon < 0) return ascii.encode(`i${edge(random)}e`);
  const content = bytes.subarray(colon + 1);
  if (random() < 0.2) return byteString(content, edge(random));
  return byteString(mutateBytes(content, random, content));
}

/** Changes one value of a bencoded input, so that what comes out is mostly bencode again. */
export function mutateBencode(
  bytes: Uint8Array,
  random: () => number,
  other: Uint8Array,
): Uint8Array<ArrayBuffer> {
  let value: BencodeValue;
  let rest: Uint8Array;
  try {
    ({ value, rest } = decodePrefix(bytes, { mode: "tolerant" }));
  } catch {
    return mutateBytes(bytes, random, other);
  }
  let root = nodeOf(value);
  do {
    const slot = pick(random, slotsOf({ get: () => root, set: (node) => root = node }));
    const node = slot.get();
    if (random() < 0.25) slot.set(anyNode(random));
    else if (node.type === "dictionary") changeEntries(node.entries, random);
    else if (node.type === "list") changeItems(node.items, random);
    else slot.set({ type: "raw", bytes: changeRaw(node.bytes, random) });
  } while (random() < 0.4);
  const writer = new Writer();
  writer.write(root);
  return writer.toBytes(rest);
}
