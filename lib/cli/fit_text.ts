import stringWidth from "string-width";

const characters = new Intl.Segmenter();

/** The cells of a terminal that a text takes. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** The text, or as much of its beginning as fits into so many cells with `...` behind it. */
export function fitText(text: string, cells: number): string {
  if (widthOf(text) <= cells) return text;
  const dots = ".".repeat(Math.max(0, Math.min(3, cells)));
  let fitting = "";
  for (const { segment } of characters.segment(text)) {
    if (widthOf(fitting + segment) + dots.length > cells) break;
    fitting += segment;
  }
  return fitting + dots;
}
