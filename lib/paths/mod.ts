/**
 * Paths of the system's files.
 *
 * @module
 */
export * from "./system_path.ts";
