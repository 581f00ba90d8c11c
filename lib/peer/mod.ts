/**
 * Peers: nodes that serve and fetch the pieces of many torrents at once over the BitTorrent wire
 * protocol.
 *
 * @module
 */
export * from "./add_options.ts";
export * from "./admission.ts";
export type { DiskChange, DiskObstacle } from "./disk_wait.ts";
export * from "./dial_rules.ts";
export * from "./discovery.ts";
export * from "./events.ts";
export * from "./limits.ts";
export * from "./file_progress.ts";
export * from "./guidance.ts";
export * from "./link.ts";
export * from "./link_table.ts";
export * from "./local_discovery.ts";
export * from "./local_group.ts";
export * from "./metadata_search.ts";
export * from "./metadata_upload.ts";
export * from "./motion.ts";
export * from "./node.ts";
export * from "./open_session.ts";
export * from "./open_torrents.ts";
export * from "./outgoing.ts";
export * from "./peer_exchange.ts";
export * from "./piece_orders.ts";
export * from "./policy/mod.ts";
export * from "./public_only.ts";
export * from "./readings.ts";
export * from "./run_reader.ts";
export * from "./session.ts";
export * from "./status.ts";
export * from "./surroundings.ts";
export * from "./torrent.ts";
export * from "./web_seed_url.ts";
export * from "./wire/mod.ts";
