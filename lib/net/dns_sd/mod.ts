/**
 * Services on the same networks: told of and found by multicast DNS (RFC 6762, RFC 6763).
 *
 * @module
 */
export * from "./advertisement.ts";
export * from "./browse.ts";
export type * from "./service_message.ts";
