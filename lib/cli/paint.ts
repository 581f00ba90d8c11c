/** Sets parts of a line off by colour, which says nothing that the text does not say. */
export interface Paint {
  /** What a line is about. */
  strong(text: string): string;
  /** What matters less. */
  faint(text: string): string;
  /** What is there. */
  good(text: string): string;
  /** What moves. */
  busy(text: string): string;
  /** What is wrong. */
  bad(text: string): string;
  /** What is chosen. */
  chosen(text: string): string;
}

/** Leaves the text as it is. */
export const NO_PAINT: Paint = {
  strong: (text) => text,
  faint: (text) => text,
  good: (text) => text,
  busy: (text) => text,
  bad: (text) => text,
  chosen: (text) => text,
};

/** Colours of which each terminal has its own shade, fit for its background. */
export const COLOURS: Paint = {
  strong: (text) => `\x1b[1m${text}\x1b[22m`,
  faint: (text) => `\x1b[2m${text}\x1b[22m`,
  good: (text) => `\x1b[32m${text}\x1b[39m`,
  busy: (text) => `\x1b[36m${text}\x1b[39m`,
  bad: (text) => `\x1b[31m${text}\x1b[39m`,
  chosen: (text) => `\x1b[7m${text}\x1b[27m`,
};

/** The paint that the user wants: none if `NO_COLOR` is set. */
export function usualPaint(): Paint {
  return Deno.noColor ? NO_PAINT : COLOURS;
}
