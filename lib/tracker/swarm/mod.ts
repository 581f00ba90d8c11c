/**
 * Who holds what: peers, swarms and their torrents, as pure state, for all doors of the tracker.
 *
 * @module
 */
export * from "./availability.ts";
export { type RegistryLimits } from "./budget.ts";
export * from "./choose_peers.ts";
export * from "./connection_ids.ts";
export * from "./moved.ts";
export * from "./packed_members.ts";
export * from "./peer.ts";
export * from "./rank_sources.ts";
export * from "./registry.ts";
export * from "./sample.ts";
export * from "./swarm.ts";
export * from "./swarm_changes.ts";
export * from "./torrent_report.ts";
export { type Catalogue, publishedFrom } from "./torrent_table.ts";
