/**
 * The pages of a tracker and of a peer with all that they load, embedded. They are large: a program that
 * may have to show none imports this when it has to.
 *
 * @module
 */
export * from "./assets.ts";
export * from "./peer_table.ts";
export * from "./shared_table.ts";
export * from "./tracker_table.ts";
