import type { Clock } from "../../net/mod.ts";

/** How long the rest of an escape sequence may be on its way, in milliseconds; an Esc is known then. */
const REST_MS = 100;

/** What may be the beginning of an escape sequence, at the end of what has come. */
// deno-lint-ignore no-control-regex
const UNFINISHED = /\x1b(?:\[[0-9;]{0,16}|O)?$/;

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

/**
 * Tells which keys were pressed by what a terminal sends, in however many parts that comes; those it
 * does not know are left out.
 *
 * Invariant: what is kept is the beginning of one escape sequence, or nothing.
 */
export class KeyDecoder implements Disposable {
  readonly #clock: Clock;
  readonly #onKey: (key: Key) => void;
  #begun = "";
  #timer: Disposable | undefined;

  /** Makes one to which nothing has come. */
  constructor(clock: Clock, onKey: (key: Key) => void) {
    this.#clock = clock;
    this.#onKey = onKey;
  }

  /** Takes what has come. */
  take(text: string): void {
    if (text === "") return;
    this.#timer?.[Symbol.dispose]();
    const all = this.#begun + text;
    this.#begun = UNFINISHED.exec(all)?.[0] ?? "";
    const complete = all.slice(0, all.length - this.#begun.length);
    if (this.#begun !== "") this.#timer = this.#clock.setTimer(() => this.#giveUp(), REST_MS);
    for (const key of decodeKeys(complete)) this.#onKey(key);
  }

  /** Waits for nothing any more. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }

  /** Takes a lone escape for the key; of a longer sequence the rest was lost. */
  #giveUp(): void {
    const begun = this.#begun;
    this.#begun = "";
    if (begun === "\x1b") this.#onKey("escape");
  }
}

/** The keys of whole sequences; those that nobody knows are left out. */
function decodeKeys(text: string): Key[] {
  // deno-lint-ignore no-control-regex
  const tokens = text.match(/\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Z])|[^]/gu) ?? [];
  return tokens.flatMap((token) => {
    if (token === "\x1b") return ["escape"];
    if (token.startsWith("\x1b")) return NAMES[token.slice(1)] ?? [];
    return [LETTERS[token] ?? token];
  });
}
