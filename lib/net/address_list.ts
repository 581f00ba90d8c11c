import { parseAddressLine } from "./address_line.ts";
import { type AddressRanges, AddressRangesBuilder } from "./address_ranges.ts";
import { LINES_AN_UNREADABLE_ONE, MAX_TOLD_LINES } from "./limits.ts";

/** Whether the addresses of a list are shut out, or are the only ones that are let in. */
export type AddressListKind = "blocklist" | "allowlist";

/** A line of a list that says nothing that can be understood. */
export interface UnreadableLine {
  /** Its number, from 1 on. */
  readonly line: number;
  /** What is wrong, or what is right. */
  readonly reason: string;
}

/** A list of addresses as it was read. */
export interface AddressList {
  /** The addresses. */
  readonly ranges: AddressRanges;
  /** How many lines could not be read, and the first of them. */
  readonly unreadable: { readonly count: number; readonly first: readonly UnreadableLine[] };
}

/** A list of addresses cannot be used. */
export class AddressListError extends Error {
  /** The name of the class, for messages. */
  override name = "AddressListError";

  /** Makes the error of a list and its first line that is wrong. */
  constructor(list: string, { line, reason }: UnreadableLine) {
    super(`Cannot read ${list}, line ${line}: ${reason}`);
  }
}

/** How a list is read. */
export interface ParseAddressListOptions {
  /** What the list is called in messages. */
  readonly name: string;
  /** What is done with its addresses. */
  readonly kind: AddressListKind;
}

const NEWLINE = 0x0a;

/**
 * Reads a list of addresses, one entry a line as {@linkcode parseAddressLine} has them, in ASCII or any
 * extension of it.
 *
 * Of a blocklist one line in a hundred may be unreadable and is counted: public ones have such lines,
 * and nobody who uses them can mend them. Of an allow-list each line must be readable. What a DAT list
 * lets in is left out of a blocklist, and is no line of an allow-list, which lets in nobody by default.
 *
 * @throws {AddressListError} if more lines are unreadable, or there are more
 * than {@linkcode MAX_ADDRESS_RANGES} ranges
 */
export function parseAddressList(
  bytes: Uint8Array,
  { name, kind }: ParseAddressListOptions,
): AddressList {
  const builder = new AddressRangesBuilder();
  const first: UnreadableLine[] = [];
  let unreadable = 0;
  let entries = 0;
  let line = 0;
  for (let from = startOf(bytes); from < bytes.length;) {
    const found = bytes.indexOf(NEWLINE, from);
    const to = found < 0 ? bytes.length : found;
    const entry = parseAddressLine(bytes, from, to);
    line++;
    from = to + 1;
    if (entry.type === "nothing") continue;
    const reason = entry.type === "unreadable" ? entry.reason : faultOf(entry.level, kind);
    if (reason !== undefined) {
      unreadable++;
      if (first.length < MAX_TOLD_LINES) first.push({ line, reason });
      if (kind === "allowlist") throw new AddressListError(name, { line, reason });
    } else if (entry.type === "range") {
      entries++;
      if (entry.level === "let in") continue;
      try {
        builder.add(entry.first, entry.last);
      } catch (cause) {
        if (!(cause instanceof RangeError)) throw cause;
        throw new AddressListError(name, { line, reason: cause.message });
      }
    }
  }
  const [worst] = first;
  if (worst !== undefined && unreadable * LINES_AN_UNREADABLE_ONE > entries + unreadable) {
    throw new AddressListError(name, worst);
  }
  return { ranges: builder.build(), unreadable: { count: unreadable, first } };
}

function faultOf(level: "none" | "shut out" | "let in", kind: AddressListKind): string | undefined {
  if (kind === "blocklist" || level === "none") return undefined;
  return "a line of a DAT list belongs in a blocklist; here it must be an address, a network or a range";
}

/** Where a list begins: behind the mark that some editors put before UTF-8. */
function startOf(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}
