import { fileSample, PIECE_LENGTH, type Sample } from "./samples.ts";

/** Large enough that its fetch can be killed at many moments. */
export function killSample(): Promise<Sample> {
  return fileSample({ name: "big.bin", length: 300.25 * PIECE_LENGTH, seed: 3 });
}
