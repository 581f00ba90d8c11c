/**
 * Length-prefixed frames over streams of bytes, for the peer wire and for the tracker's TCP door.
 *
 * @module
 */
export * from "./errors.ts";
export * from "./frame_decoder.ts";
export * from "./frame_decoder_stream.ts";
export * from "./frame_encoder.ts";
export * from "./frame_encoder_stream.ts";
export * from "./read_exactly.ts";
