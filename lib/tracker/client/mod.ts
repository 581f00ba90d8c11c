/**
 * The tracker as a client sees it: one connection, and a client that keeps one alive.
 *
 * @module
 */
export * from "./announce_client.ts";
export * from "./announce_error.ts";
export * from "./announce_url.ts";
export * from "./connect_peer.ts";
export * from "./discovery.ts";
export * from "./random_uint32.ts";
export * from "./tracker_client.ts";
export * from "./tracker_connection.ts";
export * from "./tracker_state.ts";
export * from "./tracker_unreachable_error.ts";
