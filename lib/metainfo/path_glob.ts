/** Stands for any number of values, none included. */
const STAR = "star";

/** A test of one value, or {@linkcode STAR}. */
type Token<T> = typeof STAR | ((value: T) => boolean);

/**
 * Makes the test of whether a pattern names a path or a folder that it lies in. A pattern with a `/`
 * is for the path from its start, one without for any component. `*` stands for any characters of a
 * component and `?` for one, `[a-z]` for one of these and `[!a-z]` for one of all others; `**` stands
 * for any components, and `\` takes the meaning from what follows. A component that is the pattern's
 * to the letter is named, too, whatever characters it has.
 *
 * The time is bounded by the product of the two lengths, so that no path can be made to take long.
 */
export function parsePathGlob(pattern: string): (path: readonly string[]) => boolean {
  const trimmed = pattern.normalize("NFC").replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "");
  const components = trimmed.split("/").map(parseComponent);
  const tokens = trimmed.includes("/") ? components : [STAR, ...components] as const;
  return (path) => matches([...tokens, STAR], path);
}

function parseComponent(glob: string): Token<string> {
  if (glob === "**") return STAR;
  const tokens = parseCharacters(glob);
  return (name) => {
    const text = name.normalize("NFC");
    return text === glob || matches(tokens, [...text]);
  };
}

function parseCharacters(glob: string): Token<string>[] {
  const tokens: Token<string>[] = [];
  const parts = /\\(.)|\[(!?)([^\]]+)\]|([^])/gu;
  for (const [, escaped, not, set, plain] of glob.matchAll(parts)) {
    if (plain === "*") tokens.push(STAR);
    else if (plain === "?") tokens.push(() => true);
    else if (set !== undefined) tokens.push(setTest(set, not === "!" ? "none" : "one"));
    else tokens.push((character) => character === (escaped ?? plain));
  }
  return tokens;
}

/** Tests a character against a set such as `a-z_`. */
function setTest(set: string, wanted: "one" | "none"): (character: string) => boolean {
  const ranges = [...set.matchAll(/([^])-([^])|([^])/gu)].map(([, first, last, only]) => ({
    first: first ?? only ?? "",
    last: last ?? only ?? "",
  }));
  return (character) => {
    const isIn = ranges.some(({ first, last }) => first <= character && character <= last);
    return isIn === (wanted === "one");
  };
}

/** Every star takes as little as it can; where that fails, only the last one must take more. */
function matches<T>(tokens: readonly Token<T>[], values: readonly T[]): boolean {
  let token = 0;
  let star = -1;
  let starEnd = 0;
  for (let at = 0; at < values.length;) {
    const test = tokens[token];
    const value = values[at] as T;
    if (test === STAR) {
      star = token++;
      starEnd = at;
    } else if (test?.(value)) {
      token++;
      at++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++starEnd;
    } else {
      return false;
    }
  }
  while (tokens[token] === STAR) token++;
  return token === tokens.length;
}
