import { EXIT } from "./exit_code.ts";
import { type LiveTerminal, RESTORE_TERMINAL } from "./live_lines.ts";

/** What is taken for the size of a terminal that does not tell. */
const USUAL_SIZE = { columns: 80, rows: 24 };

const encoder = new TextEncoder();

/** Standard error as a terminal; what is written there must not be there if it is none. */
export const stderrTerminal: LiveTerminal = {
  write: (text) => writeWhole(Deno.stderr, text),
  size: consoleSize,
};

/**
 * Writes a text whole. A reader that has gone away ends the program quietly, as with any tool, and as
 * an interrupt does: nobody knows whether it was done.
 */
export function writeWhole(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) exitAtOnce(EXIT.interrupted);
    throw error;
  }
}

/** Ends the program at once, but leaves the terminal as it was. */
export function exitAtOnce(code: number): never {
  if (Deno.stderr.isTerminal()) Deno.stderr.writeSync(encoder.encode(RESTORE_TERMINAL));
  Deno.exit(code);
}

function consoleSize(): { readonly columns: number; readonly rows: number } {
  try {
    const { columns, rows } = Deno.consoleSize();
    if (columns > 0 && rows > 0) return { columns, rows };
  } catch {
    // A pseudo-terminal without a size: the classic one will do.
  }
  return USUAL_SIZE;
}
