/**
 * The peer wire protocol as pure codecs (BEP 3, 6, 9, 10, 11, 14, 54).
 *
 * @module
 */
export * from "./allowed_fast_set.ts";
export * from "./conduct_message.ts";
export * from "./decode_message.ts";
export * from "./dont_have.ts";
export * from "./encode_message.ts";
export * from "./errors.ts";
export * from "./extended_handshake.ts";
export * from "./extension_names.ts";
export * from "./guide_message.ts";
export * from "./handshake.ts";
export * from "./local_announce.ts";
export * from "./message.ts";
export * from "./metadata_message.ts";
export * from "./peer_exchange_message.ts";
export * from "./ping.ts";
