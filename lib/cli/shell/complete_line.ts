import type { OperandKind, ShellCommand } from "./shell_command.ts";
import { quoteWord, splitWords } from "./split_words.ts";

/** The words that can be completed, as they are now. */
export interface Vocabulary {
  /** All commands. */
  readonly commands: readonly ShellCommand[];
  /** Names of files. */
  readonly names: readonly string[];
  /** The chunks of a file that are worth fetching, by their names. */
  readonly chunksOf: (name: string) => readonly string[];
  /** Addresses of clients. */
  readonly clients: readonly { readonly host: string; readonly port: number }[];
}

/** Words that are offered at most; they must fit on a screen. */
const MAX_WORDS = 200;

/**
 * The words that may stand in place of the last one of a line, which may be empty, and that last one.
 * A word that is the only one has a space behind it.
 */
export function completeLine(
  line: string,
  vocabulary: Vocabulary,
): [words: string[], last: string] {
  const last = /(?:"[^"]*|'[^']*|\S*)$/.exec(line)?.[0] ?? "";
  const before = wordsOf(line.slice(0, line.length - last.length));
  const typed = last.replace(/^["']/, "");
  const found = [...new Set(candidates(before, typed, vocabulary))]
    .filter((word) => word.startsWith(typed)).slice(0, MAX_WORDS);
  const words = found.map((word) => last.startsWith("'") ? `'${word}'` : quoteWord(word));
  return [words.length === 1 ? words.map((word) => `${word} `) : words, last];
}

function wordsOf(line: string): string[] {
  try {
    return splitWords(line);
  } catch {
    // A quote within the line is not closed: there is nothing to offer behind it.
    return ["", ""];
  }
}

function candidates(
  before: readonly string[],
  typed: string,
  vocabulary: Vocabulary,
): readonly string[] {
  const [name, ...operands] = before;
  const { commands } = vocabulary;
  if (name === undefined) return commands.map((command) => command.name);
  const command = commands.find((command) => command.name === name);
  return (command?.forms ?? []).flatMap((form) => {
    const kind = form[operands.length];
    return kind === undefined ? [] : wordsOfKind(kind, { typed, operands, vocabulary });
  });
}

function wordsOfKind(
  kind: OperandKind,
  { typed, operands, vocabulary }: {
    readonly typed: string;
    readonly operands: readonly string[];
    readonly vocabulary: Vocabulary;
  },
): readonly string[] {
  const { clients, names, commands, chunksOf } = vocabulary;
  switch (kind) {
    case "IP":
      return clients.map(({ host }) => host);
    case "PORT":
      return clients.filter(({ host }) => host === operands.at(-1)).map(({ port }) => String(port));
    case "NAME":
      return names;
    case "COMMAND":
      return commands.map((command) => command.name);
    case "CHUNK": {
      const begun = names.filter((name) => typed.startsWith(`${name}.`));
      const fitting = begun.length > 0 ? begun : names.filter((name) => name.startsWith(typed));
      return fitting.flatMap((name) => chunksOf(name));
    }
    default:
      return kind satisfies never;
  }
}
