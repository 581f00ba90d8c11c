import { encodeHex } from "../../../lib/bytes/mod.ts";

const WIDTH = 16;

/** Writes bytes as the protocol document shows them: sixteen a line, in hexadecimal and as ASCII. */
export function hexDump(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += WIDTH) {
    const line = bytes.subarray(at, at + WIDTH);
    const digits = Array.from(line, (byte) => encodeHex(Uint8Array.of(byte))).join(" ");
    const shown = Array.from(line, (byte) => byte > 0x20 && byte < 0x7f ? byte : 0x2e);
    text += `${digits.padEnd(WIDTH * 3)} ${String.fromCharCode(...shown)}\n`;
  }
  return text;
}
