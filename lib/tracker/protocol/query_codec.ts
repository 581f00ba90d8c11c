import type { DictionaryReader } from "../../bencode/mod.ts";
import type { Body } from "./message.ts";

/**
 * Both directions of one query, so that client and tracker cannot disagree about it.
 *
 * The decoders throw a `TypeError`, `RangeError` or `SyntaxError` that says what is wrong with what
 * the other side sent.
 */
export interface QueryCodec<Arguments, Reply> {
  /** Writes what is asked with. */
  encodeArguments(query: Arguments): Body;
  /** Reads what is asked with. */
  decodeArguments(reader: DictionaryReader): Arguments;
  /** Writes the answer. */
  encodeReply(reply: Reply): Body;
  /** Reads the answer. */
  decodeReply(reader: DictionaryReader): Reply;
}

/** What is said by a query, or a reply, that has nothing to add to its name. */
export type Nothing = Readonly<Record<string, never>>;

/** The codec of a query that needs no arguments and no answer but that it was heard: `{}` and `{}`. */
export const nothingCodec: QueryCodec<Nothing, Nothing> = {
  encodeArguments: () => ({}),
  decodeArguments: () => ({}),
  encodeReply: () => ({}),
  decodeReply: () => ({}),
};
