/**
 * What the engine is told wherever we say how the program is started: no more than 4 MiB for each half of
 * what was made lately. The longer a transfer lasts the more of it there is else, up to 32 MiB for each,
 * all of it garbage of messages; it makes nothing faster.
 */
export const V8_FLAGS = "--v8-flags=--max-semi-space-size=4";
