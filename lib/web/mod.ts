/**
 * What the pages of a tracker and of a peer have in common: who may see them, and how they are answered.
 *
 * @module
 */
export * from "./api_error.ts";
export * from "./byte_range.ts";
export * from "./changed_fields.ts";
export * from "./event_stream.ts";
export * from "./limits.ts";
export * from "./media_type.ts";
export * from "./page_guard.ts";
export * from "./piece_cells.ts";
export * from "./responses.ts";
