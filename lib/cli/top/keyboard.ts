import { holdTerminal } from "../terminal.ts";
import { decodeKeys, type Key } from "./keys.ts";

/**
 * Calls `onKey` for each key that somebody presses, until it is disposed of. Ctrl-C goes on to end the
 * program. Where standard input is no terminal there are no keys.
 */
export function listenToKeys(onKey: (key: Key) => void): Disposable {
  if (!Deno.stdin.isTerminal()) return { [Symbol.dispose]() {} };
  const restore = (): void => Deno.stdin.setRaw(false);
  // Windows has no mode in which Ctrl-C is still a signal; there it is a key.
  Deno.stdin.setRaw(true, { cbreak: Deno.build.os !== "windows" });
  const hold = holdTerminal(restore);
  const reader = Deno.stdin.readable.getReader();
  void read(reader, onKey);
  return {
    [Symbol.dispose]() {
      hold[Symbol.dispose]();
      restore();
      reader.cancel().catch(() => undefined); // the program ends, whatever becomes of its input
    },
  };
}

async function read(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  onKey: (key: Key) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  try {
    while (true) {
      const { value, done } = await reader.read();
      if (done) return;
      for (const key of decodeKeys(decoder.decode(value, { stream: true }))) onKey(key);
    }
  } catch (error) {
    // A terminal that has gone away presses no keys; the end of the program comes by a signal.
    if (!(error instanceof Error)) throw error;
  }
}
