/**
 * Bencode, the encoding of BEP 3: a decoder for what strangers send, an encoder, and typed access to
 * what was decoded.
 *
 * @example
 * ```ts
 * import { decode, DictionaryReader, encode } from "./mod.ts";
 *
 * const bytes = encode({ q: "ping", t: 7 });
 * const query = new DictionaryReader(decode(bytes), "query");
 * if (query.text("q") !== "ping" || query.integer("t") !== 7) throw new Error("not a ping");
 * ```
 *
 * @module
 */
export * from "./bencode_error.ts";
export * from "./decode.ts";
export * from "./dictionary_reader.ts";
export * from "./encode.ts";
export * from "./limits.ts";
export * from "./value.ts";
