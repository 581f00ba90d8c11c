import { MAX_PIECE_LENGTH, MIN_PIECE_LENGTH } from "../metainfo/mod.ts";
import type { Arguments } from "./arguments.ts";
import { UsageError } from "./cli_error.ts";

/**
 * The length of pieces that the command line asks for, if it does.
 *
 * @throws {UsageError} if it is not a power of two from 16 KiB to 64 MiB
 */
export function choosePieceLength(args: Arguments): number | undefined {
  const bytes = args.bytes("piece-length");
  if (bytes === undefined) return undefined;
  const isPower = Number.isInteger(Math.log2(bytes));
  if (!isPower || bytes < MIN_PIECE_LENGTH || bytes > MAX_PIECE_LENGTH) {
    throw new UsageError(
      `Cannot use --piece-length ${args.text("piece-length")}: ` +
        "it must be a power of two from 16K to 64M",
    );
  }
  return bytes;
}
