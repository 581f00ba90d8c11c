/**
 * The messages of the tracker's doors: bytes to values and back, without a socket.
 *
 * @module
 */
export * from "./announce.ts";
export * from "./announce_query.ts";
export * from "./announce_result.ts";
export * from "./connect.ts";
export * from "./get_peers.ts";
export * from "./http_announce.ts";
export * from "./list_files.ts";
export * from "./message.ts";
export * from "./page.ts";
export * from "./peer_contact.ts";
export * from "./peers_changed.ts";
export * from "./queries.ts";
export * from "./query_codec.ts";
export * from "./query_string.ts";
export * from "./torrent_files.ts";
export * from "./udp_client_messages.ts";
export * from "./udp_reply.ts";
export * from "./udp_request.ts";
export * from "./update_status.ts";
