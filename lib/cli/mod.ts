/**
 * The command line tool.
 *
 * @module
 */
export * from "./exit_code.ts";
export * from "./run.ts";
