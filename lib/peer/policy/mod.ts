/**
 * The decisions of a peer as pure state machines: what to ask whom for, whom to serve, whom to
 * believe, whom to connect to.
 *
 * @module
 */
export * from "./active_piece.ts";
export * from "./address_book.ts";
export * from "./announce_rota.ts";
export * from "./assembly.ts";
export * from "./ban_list.ts";
export * from "./block_blame.ts";
export * from "./choker.ts";
export * from "./choose_link.ts";
export * from "./conductor.ts";
export * from "./distribution.ts";
export * from "./download_plan.ts";
export * from "./download_plan_options.ts";
export * from "./exchange_log.ts";
export * from "./failed_pieces.ts";
export * from "./first_pieces.ts";
export * from "./late_blocks.ts";
export * from "./metadata_assembly.ts";
export * from "./missing_pieces.ts";
export * from "./neighbours.ts";
export * from "./peer_priority.ts";
export * from "./piece_offers.ts";
export * from "./rarest_first.ts";
export * from "./rate_meter.ts";
export * from "./read_ahead.ts";
export * from "./received.ts";
export * from "./request_window.ts";
export * from "./source.ts";
