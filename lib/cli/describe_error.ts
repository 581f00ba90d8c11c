import { MagnetError, TorrentError } from "../metainfo/mod.ts";
import { ChunkMismatchError, FileExistsError, NoSpaceError } from "../storage/mod.ts";
import { TrackerRefusedError, TrackerUnreachableError } from "../tracker/client/mod.ts";
import { CliError } from "./cli_error.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { printable } from "./printable.ts";
import { MAX_SHOWN_MESSAGE } from "./limits.ts";

/** The exit status that an error calls for. */
export function exitCodeOf(error: unknown): ExitCode {
  if (missingPermission(error) !== undefined) return EXIT.permissionMissing;
  if (error instanceof CliError) return error.exitCode;
  if (isAbort(error)) return EXIT.interrupted;
  if (error instanceof NoSpaceError) return EXIT.diskFull;
  if (error instanceof FileExistsError) return EXIT.fileExists;
  if (error instanceof ChunkMismatchError) return EXIT.hashCheckFailed;
  if (error instanceof MagnetError) return EXIT.badMagnet;
  if (error instanceof TorrentError) return EXIT.badTorrent;
  if (error instanceof TrackerRefusedError) return EXIT.trackerRefused;
  if (error instanceof TrackerUnreachableError) return EXIT.timeout;
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? exitCodeOf(cause) : EXIT.error;
}

/** The missing permission that is at the bottom of an error, if that is what it comes from. */
export function missingPermission(error: unknown): Error | undefined {
  if (error instanceof Deno.errors.NotCapable) return error;
  return error instanceof Error ? missingPermission(error.cause) : undefined;
}

/** Whether work was given up because its signal was aborted, which only an interrupt does. */
function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** One line that says what went wrong; for a missing permission it names the flag. */
export function describeError(error: unknown): string {
  if (isAbort(error)) return "Interrupted before it was done";
  const cause = missingPermission(error) ?? error;
  const message = cause instanceof Error ? cause.message : String(cause);
  // Names from a torrent and texts from a tracker may stand in it.
  return printable(message.replace(/\s*\n\s*/g, " ").trim(), MAX_SHOWN_MESSAGE);
}
