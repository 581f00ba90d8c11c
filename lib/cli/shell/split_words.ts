import { UsageError } from "../cli_error.ts";
import { printable } from "../printable.ts";

/** A word, which may end within a quote or behind a backslash if the line does. */
const WORD = /(?:"[^"]*(?:"|$)|'[^']*(?:'|$)|\\(?:.|$)|[^\s"'\\])+/gs;

/** What stands for something else within a word. */
const QUOTED = /"([^"]*)(?:"|$)|'([^']*)(?:'|$)|\\(.|$)/gs;

/** What is left of a word that is whole once its quotes are taken out: no quote and no backslash. */
const WHOLE = /^(?:"[^"]*"|'[^']*'|\\.|[^"'\\])*$/s;

/**
 * Splits a line of the shell into words at white space. What is in single or double quotes stays
 * together, and so does what has a backslash before it, so that names may have spaces.
 *
 * @throws {UsageError} if a quote is not closed, or nothing comes behind a backslash
 */
export function splitWords(line: string): string[] {
  if (!WHOLE.test(line)) {
    throw new UsageError(
      `Cannot read ${printable(line.trim(), 80)}: ` +
        "a quote is opened and not closed, or a backslash comes last",
    );
  }
  return (line.match(WORD) ?? []).map(unquote);
}

/** A line that is still being typed. */
export interface UnfinishedLine {
  /** The words before the last one. */
  readonly before: readonly string[];
  /** The last word as it stands in the line; empty behind white space. */
  readonly last: string;
  /** What it says so far. */
  readonly typed: string;
}

/** Splits a line that is still being typed, in whose last word a quote may be open. */
export function splitUnfinished(line: string): UnfinishedLine {
  const words = [...line.matchAll(WORD)];
  const end = words.at(-1);
  const isAtEnd = end !== undefined && end.index + end[0].length === line.length;
  const last = isAtEnd ? end[0] : "";
  const before = (isAtEnd ? words.slice(0, -1) : words).map(([word]) => unquote(word));
  return { before, last, typed: unquote(last) };
}

/** Writes a word so that {@linkcode splitWords} reads it as one. */
export function quoteWord(word: string): string {
  return word === "" ? '""' : word.replace(/[\s"'\\]/g, "\\$&");
}

function unquote(word: string): string {
  return word.replace(QUOTED, "$1$2$3");
}
