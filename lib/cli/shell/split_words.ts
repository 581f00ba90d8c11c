import { UsageError } from "../cli_error.ts";

const WORD = /(?:"[^"]*"|'[^']*'|[^\s"'])+/g;

/**
 * Splits a line of the shell into words at white space. What is in single or double quotes stays
 * together, so that names may have spaces.
 *
 * @throws {UsageError} if a quote is not closed
 */
export function splitWords(line: string): string[] {
  const words = line.match(WORD) ?? [];
  if (line.replace(WORD, "").trim() !== "") {
    throw new UsageError(`Cannot read ${line.trim()}: a quote is opened and not closed`);
  }
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}

/** Writes a word so that {@linkcode splitWords} reads it as one. */
export function quoteWord(word: string): string {
  if (word !== "" && !/[\s"']/.test(word)) return word;
  return word.includes('"') ? `'${word}'` : `"${word}"`;
}
