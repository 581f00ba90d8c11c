import type { Command } from "../command.ts";
import type { Flag } from "../flags.ts";
import { flagsOf, OTHER_FIRST_WORDS, quote, spellingsOf } from "./completion_words.ts";

/** The completion script for bash, from version 3.2 on. */
export function bashCompletions(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name);
  const first = [...names, ...OTHER_FIRST_WORDS.map(([word]) => word)];
  return `# Completes the commands and flags of sluice in bash.
_sluice() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  local flags='' valued='' paths='' operands='' file='' IFS=$' \\t\\n'
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W ${quote(first.join(" "))} -- "$word"))
    return
  fi
  case \${COMP_WORDS[1]} in
${commands.map(formatCase).join("\n")}
    help) operands=${quote(names.join(" "))} ;;
  esac
  # Readline makes three words of --flag=value.
  if [[ $before == '=' ]]; then
    before=\${COMP_WORDS[COMP_CWORD-2]}
  elif [[ $word == '=' ]]; then
    word=''
  fi
  if [[ " $paths " == *" $before "* ]]; then
    operands=files
  elif [[ " $valued " == *" $before "* ]]; then
    return
  elif [[ $word == -* ]]; then
    operands=$flags
  fi
  if [[ $operands == files ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "$word")
  else
    COMPREPLY=($(compgen -W "$operands" -- "$word"))
  fi
}
complete -F _sluice sluice
`;
}

function formatCase(command: Command): string {
  const flags = flagsOf(command);
  const operands = command.completes ?? [];
  return `    ${command.name})
      flags=${quote(flags.flatMap(spellingsOf).join(" "))}
      valued=${wordsOf(flags, (flag) => flag.kind !== "switch" && flag.kind !== "path")}
      paths=${wordsOf(flags, (flag) => flag.kind === "path")}
      operands=${quote(typeof operands === "string" ? operands : operands.join(" "))}
      ;;`;
}

function wordsOf(flags: readonly Flag[], isWanted: (flag: Flag) => boolean): string {
  return quote(flags.filter(isWanted).flatMap(spellingsOf).join(" "));
}
