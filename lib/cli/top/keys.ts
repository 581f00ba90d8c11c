/** A key that somebody pressed: a name of one that has no letter, or the letter. */
export type Key = string;

/** What terminals send for keys that have no letter, after the escape. */
const NAMES: Readonly<Record<string, Key>> = {
  "[A": "up",
  "[B": "down",
  "[C": "right",
  "[D": "left",
  "[H": "home",
  "[F": "end",
  "OA": "up",
  "OB": "down",
  "OC": "right",
  "OD": "left",
  "OH": "home",
  "OF": "end",
  "[1~": "home",
  "[4~": "end",
  "[5~": "page up",
  "[6~": "page down",
};

/** Letters by other names, and those that mean the same as a key that has none. */
const LETTERS: Readonly<Record<string, Key>> = {
  "\r": "enter",
  "\n": "enter",
  "\x7f": "left",
  "\x03": "q",
  k: "up",
  j: "down",
  " ": "page down",
};

/** The keys that were pressed, by what a terminal sent at once; those it does not know are left out. */
export function decodeKeys(text: string): Key[] {
  // deno-lint-ignore no-control-regex
  const tokens = text.match(/\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Z])|[^]/gu) ?? [];
  return tokens.flatMap((token) => {
    if (token === "\x1b") return ["escape"];
    if (token.startsWith("\x1b")) return NAMES[token.slice(1)] ?? [];
    return [LETTERS[token] ?? token];
  });
}
