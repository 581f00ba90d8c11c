import type { Command } from "../command.ts";
import type { Flag } from "../flags.ts";
import { flagsOf, OTHER_FIRST_WORDS, quote, spellingsOf } from "./completion_words.ts";

/** The completion script for zsh, to be put into a folder of `fpath` or to be sourced. */
export function zshCompletions(commands: readonly Command[]): string {
  const first = [
    ...commands.map(({ name, summary }) => [name, summary] as const),
    ...OTHER_FIRST_WORDS,
  ];
  const names = commands.map(({ name }) => name).join(" ");
  return `#compdef sluice
# Completes the commands and flags of sluice in zsh.
_sluice() {
  if ((CURRENT == 2)); then
    local -a first=(
${first.map(([word, summary]) => `      ${quote(`${escape(word)}:${summary}`)}`).join("\n")}
    )
    _describe -t commands command first
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${commands.map(formatCase).join("\n")}
    help) _arguments ${quote(`*:command:(${names})`)} ;;
  esac
}
if [[ $funcstack[1] == _sluice ]]; then
  _sluice "$@"
else
  compdef _sluice sluice
fi
`;
}

function formatCase(command: Command): string {
  const specs = [...flagsOf(command).flatMap(formatFlag), ...formatOperands(command)];
  return `    ${command.name})
      _arguments -S \\
${specs.map((spec) => `        ${quote(spec)}`).join(" \\\n")}
      ;;`;
}

function formatFlag(flag: Flag): string[] {
  const summary = `[${escape(flag.summary)}]`;
  if (flag.kind === "switch") return spellingsOf(flag).map((spelling) => spelling + summary);
  const action = flag.kind === "path" ? "_files" : " ";
  const repeat = flag.repeatable === undefined ? "" : "*";
  return [`${repeat}--${flag.name}=${summary}:${escape(flag.value)}:${action}`];
}

function formatOperands({ completes, operands }: Command): string[] {
  if (completes === undefined) return [];
  const action = completes === "files" ? "_files" : `(${completes.join(" ")})`;
  return [`*:${escape(operands)}:${action}`];
}

/** Text in which nothing means anything to `_arguments` and `_describe`. */
function escape(text: string): string {
  return text.replace(/[\\:[\]]/g, (character) => `\\${character}`);
}
