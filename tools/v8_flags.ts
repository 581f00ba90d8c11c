/**
 * What the engine is told wherever we say how the program is started: that its part for new objects has at
 * most twice 4 MiB. It grows to twice 32 MiB else, as long as a transfer lasts or peers come to a tracker,
 * nearly all of it garbage of messages, and makes nothing faster.
 */
export const V8_FLAGS = "--v8-flags=--max-semi-space-size=4";
