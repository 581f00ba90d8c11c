import stringWidth from "string-width";

/** Lays rows out in columns, two spaces apart; numbers belong to the right. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
): string {
  const widths = head.map((title, column) =>
    Math.max(stringWidth(title), ...rows.map((row) => stringWidth(row[column] ?? "")))
  );
  return [head, ...rows].map((row) =>
    row.map((cell, column) => {
      const padding = " ".repeat((widths[column] ?? 0) - stringWidth(cell));
      return right.includes(head[column] ?? "") ? padding + cell : cell + padding;
    }).join("  ").trimEnd()
  ).join("\n");
}
