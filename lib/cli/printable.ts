/** Control, format (bidirectional, zero-width) and separator characters, and halves of pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The first half of a character that was cut through. */
const HALF_CHARACTER = /[\ud800-\udbff]$/;

/** Makes text that came from elsewhere safe to show: what is not printable becomes `?`. */
export function printable(text: string, maxLength: number = 256): string {
  const safe = text.replace(UNPRINTABLE, "?");
  if (safe.length <= maxLength) return safe;
  return `${safe.slice(0, maxLength - 3).replace(HALF_CHARACTER, "")}...`;
}
