/** A test that a table names beside the file that must hold it, and where it does. */
export interface NamedTest {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

/** A row whose last two cells are a test and its file. */
const ROW = /^\|.*\| `([^`|]+)` \| `([^`|]+)` \|$/;

/**
 * Finds the tests that the tables under a heading name, up to the next heading.
 *
 * @throws {Error} if there is no such heading, or a row under it does not end in a test and its file
 */
export function namedTests(markdown: string, heading: string): NamedTest[] {
  const lines = markdown.split("\n");
  const start = lines.indexOf(`## ${heading}`) + 1;
  if (start === 0) throw new Error(`there is no heading "${heading}"`);
  const next = lines.findIndex((line, at) => at >= start && line.startsWith("#"));
  const found: NamedTest[] = [];
  for (let at = start; at < (next < 0 ? lines.length : next); at++) {
    const isHead = lines[at + 1]?.startsWith("| --- ") || lines[at]?.startsWith("| --- ");
    if (!lines[at]?.startsWith("|") || isHead) continue;
    const [, name, file] = ROW.exec(lines[at]!) ?? [];
    if (name === undefined || file === undefined) {
      throw new Error(`line ${at + 1} does not end in a test and its file`);
    }
    found.push({ name, file, line: at + 1 });
  }
  return found;
}

/**
 * Whether a source has a test of that name: as a whole string, or as a template up to what is put into
 * it last.
 */
export function holdsTest(source: string, name: string): boolean {
  return source.includes(`"${name}"`) || source.includes(`\`${name}\``) ||
    source.includes(`\`${name}\${`);
}
