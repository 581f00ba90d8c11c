/**
 * Bytes and the names made of them: ids, bitfields, a queue of chunks.
 *
 * @module
 */
export * from "./bitfield.ts";
export * from "./byte_queue.ts";
export * from "./concat.ts";
export * from "./hex.ts";
export * from "./ids.ts";
export * from "./quote_text.ts";
export * from "./secret.ts";
