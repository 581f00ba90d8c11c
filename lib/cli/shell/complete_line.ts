import type { OperandKind, ShellCommand } from "./shell_command.ts";
import { quoteWord, splitUnfinished } from "./split_words.ts";
import { MAX_COMPLETIONS } from "../limits.ts";

/** The words that can be completed, as they are now. */
export interface Vocabulary {
  /** All commands. */
  readonly commands: readonly ShellCommand[];
  /** Names of files. */
  readonly names: readonly string[];
  /** The chunks of a file that are worth fetching, by their names. */
  readonly chunksOf: (name: string) => Iterable<string>;
  /** Addresses of clients. */
  readonly clients: readonly { readonly host: string; readonly port: number }[];
}

/**
 * The words that may stand in place of the last one of a line, which may be empty, and that last one.
 * A word that is the only one has a space behind it.
 */
export function completeLine(
  line: string,
  vocabulary: Vocabulary,
): [words: string[], last: string] {
  const { before, last, typed } = splitUnfinished(line);
  const quote = /^["']/.exec(last)?.[0] ?? "";
  const found = new Set(
    candidates(before, typed, vocabulary).filter((word) => word.startsWith(typed)),
  );
  const words = [...found].slice(0, MAX_COMPLETIONS).map((word) =>
    quote === "" || word.includes(quote) ? quoteWord(word) : quote + word + quote
  );
  return [words.length === 1 ? words.map((word) => `${word} `) : words, last];
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
    case "CHUNK":
      return names.filter((name) => name.startsWith(typed) || typed.startsWith(`${name}.`))
        .flatMap((name) => firstFitting(chunksOf(name), typed));
    default:
      return kind satisfies never;
  }
}

/** The first words that begin as it was typed; there may be very many. */
function firstFitting(words: Iterable<string>, typed: string): string[] {
  const fitting: string[] = [];
  for (const word of words) {
    if (word.startsWith(typed)) fitting.push(word);
    if (fitting.length === MAX_COMPLETIONS) break;
  }
  return fitting;
}
