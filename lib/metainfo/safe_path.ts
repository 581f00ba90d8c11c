import { MAX_NAME_BYTES, MAX_PATH_DEPTH } from "./limits.ts";
import { quoteText } from "../bytes/mod.ts";

/** The rule that an unsafe path breaks. */
export type PathRule =
  | "empty"
  | "dots"
  | "absolute"
  | "separator"
  | "control character"
  | "invisible character"
  | "malformed text"
  | "device name"
  | "trailing dot or space"
  | "too long"
  | "too deep"
  | "own name"
  | "collision";

/** A path that strangers chose would lead, or could be made to look, somewhere else. */
export class UnsafePathError extends RangeError {
  /** The name of the class, for messages. */
  override name = "UnsafePathError";
  /** What is wrong, in a clause that names the path; safe to show. */
  readonly reason: string;

  /** Makes the error of a path and the rule that it breaks. */
  constructor(
    /** The components of the path, as they came. */
    readonly path: readonly string[],
    /** The rule that the path breaks. */
    readonly rule: PathRule,
    problem: string,
  ) {
    const shown = quoteText(path.join("/"));
    super(`Cannot use path ${shown}: it ${problem}`);
    this.reason = `path ${shown} ${problem}`;
  }
}

interface NameRule {
  readonly rule: PathRule;
  readonly broken: RegExp;
  readonly problem: string;
}

/** Rules for every system at once, so that a torrent made on one can be fetched on any other. */
const NAME_RULES: readonly NameRule[] = [
  { rule: "empty", broken: /^$/, problem: "has an empty component" },
  { rule: "dots", broken: /^\.\.?$/, problem: 'has a component "." or ".."' },
  { rule: "absolute", broken: /^(?:[/\\]|[a-z]:)/i, problem: "is absolute" },
  { rule: "separator", broken: /[/\\]/, problem: "has a separator inside a component" },
  { rule: "control character", broken: /\p{Cc}/u, problem: "has a control character" },
  {
    rule: "invisible character",
    broken: /[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/,
    problem: "has a character that hides or reorders text",
  },
  { rule: "malformed text", broken: /\p{Cs}/u, problem: "has half of a character" },
  {
    rule: "device name",
    broken:
      /^(?:con|prn|aux|nul|clock\$|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3]) *(?:\.|$)/i,
    problem: "has a component that names a device on Windows",
  },
  {
    rule: "trailing dot or space",
    broken: /[. ]$/,
    problem: "has a component that ends in a dot or a space",
  },
];

/** What stands beside NAME in the library folder while it is shared or fetched: NAME.part1 and so on. */
const OWN_NAME = /\.(?:part[0-9]+|partial|partial\.(?:aside|journal)|(?:partial|parts)\.lock)$/i;

/** Stands for a file where a folder has its number. */
const FILE = -1;

const utf8 = new TextEncoder();

/**
 * Makes sure that the name of a torrent is safe as the name of a file or folder on every system, and
 * is not one that Sluice gives to files of its own.
 *
 * @throws {UnsafePathError} if it is not
 */
export function checkName(name: string): void {
  checkComponent(name, [name]);
  if (OWN_NAME.test(name)) {
    throw new UnsafePathError([name], "own name", "ends as the names of unfinished files here do");
  }
}

/**
 * Makes sure that a path leads to a place below the folder that it is joined to, on every system,
 * and looks like what it is.
 *
 * @throws {UnsafePathError} if it does not, or it has no components
 */
export function checkPath(path: readonly string[]): void {
  if (path.length === 0) throw new UnsafePathError(path, "empty", "has no components");
  if (path.length > MAX_PATH_DEPTH) {
    throw new UnsafePathError(path, "too deep", `has more than ${MAX_PATH_DEPTH} components`);
  }
  for (const name of path) checkComponent(name, path);
}

/**
 * Makes sure that the paths of files can stand side by side on every system: no two are the same but
 * for case or Unicode normalization, and none leads through a file.
 *
 * @throws {UnsafePathError} if they cannot
 */
export function checkTree(paths: Iterable<readonly string[]>): void {
  const entries = new Map<string, number>();
  let folders = 0;
  for (const path of paths) {
    let folder = 0;
    path.forEach((name, depth) => {
      const key = `${folder}/${fold(name)}`;
      const known = entries.get(key);
      const entry = depth === path.length - 1 ? FILE : known ?? ++folders;
      if (known !== undefined && entry === FILE) {
        throw new UnsafePathError(path, "collision", "is also the path of another file or folder");
      }
      entries.set(key, entry);
      folder = entry;
    });
  }
}

function checkComponent(name: string, path: readonly string[]): void {
  if (isTooLong(name)) {
    throw new UnsafePathError(path, "too long", `has a component over ${MAX_NAME_BYTES} bytes`);
  }
  for (const { rule, broken, problem } of NAME_RULES) {
    if (broken.test(name)) throw new UnsafePathError(path, rule, problem);
  }
}

function isTooLong(name: string): boolean {
  if (name.length * 3 <= MAX_NAME_BYTES) return false;
  return name.length > MAX_NAME_BYTES || utf8.encode(name).length > MAX_NAME_BYTES;
}

/** One text for all names that some file system takes for the same. */
function fold(name: string): string {
  return name.normalize("NFC").toUpperCase();
}
