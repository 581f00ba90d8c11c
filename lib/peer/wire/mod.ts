/**
 * The peer wire protocol as pure codecs (BEP 3, BEP 10).
 *
 * @module
 */
export * from "./decode_message.ts";
export * from "./encode_message.ts";
export * from "./errors.ts";
export * from "./extended_handshake.ts";
export * from "./handshake.ts";
export * from "./message.ts";
export * from "./ping.ts";
