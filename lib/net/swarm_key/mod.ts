/**
 * Private swarms: a transport on which both sides prove that they know a key, and its key file.
 *
 * @module
 */
export * from "./errors.ts";
export * from "./generate.ts";
export * from "./keyed_transport.ts";
export * from "./limits.ts";
export * from "./swarm_key.ts";
