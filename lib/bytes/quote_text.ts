import { MAX_QUOTED_LENGTH } from "./limits.ts";

/**
 * Puts text that a stranger wrote into quotes for people: what would move the cursor, hide, or
 * reorder what stands beside it is written as an escape, and text of more than 120 characters is cut.
 */
export function quoteText(text: string): string {
  const shown = text.length > MAX_QUOTED_LENGTH ? `${text.slice(0, MAX_QUOTED_LENGTH)}...` : text;
  return JSON.stringify(shown).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escape);
}

function escape(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
