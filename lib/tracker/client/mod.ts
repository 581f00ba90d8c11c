/**
 * The tracker as a client sees it: one connection, and a client that keeps one alive. Whoever only asks
 * need not load what serves.
 *
 * @module
 */
export { TlsError, type TlsIdentity, type TlsOptions, tlsTransport } from "../../net/mod.ts";
export { DEFAULT_PORT, MAX_TOKEN_BYTES } from "../limits.ts";
export { MalformedMessageError, PROTOCOL_VERSION } from "../protocol/mod.ts";
export { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
export * from "./announce_client.ts";
export * from "./announce_error.ts";
export * from "./announce_url.ts";
export * from "./connect_peer.ts";
export * from "./discovery.ts";
export * from "./random_uint32.ts";
export * from "./tracker_client.ts";
export * from "./tracker_connection.ts";
export * from "./tracker_state.ts";
export { TrackerUnreachableError } from "./tracker_unreachable_error.ts";
