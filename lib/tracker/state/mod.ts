/**
 * What outlives a tracker: its catalogue and its counts, in a file.
 *
 * @module
 */
export { type StateChange, StateFile } from "./state_file.ts";
export type { KeptTorrent, RowLimits, TorrentRow } from "./state_file.ts";
export type { SqlDatabase, SqlRow, SqlStatement, SqlValue } from "./sqlite.ts";
export { StateError, type StateFault } from "./state_error.ts";
export { LastingState, type LastingStateOptions, type LeftOut } from "./lasting_state.ts";
