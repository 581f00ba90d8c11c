/** Lines of help are no longer than this, so that they fit on any terminal. */
export const LINE_WIDTH = 80;

/** Lays out two columns; what is too long in the second goes on in the next line. */
export function formatColumns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.flatMap(([left, right]) =>
    wrapWords(right, LINE_WIDTH - width - 4).map((text, line) =>
      `  ${(line === 0 ? left : "").padEnd(width)}  ${text}`
    )
  );
}

/** Breaks a text into lines. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
