import type { Command } from "../command.ts";
import { COMMON_FLAGS, type Flag } from "../flags.ts";

/** The flags that a command takes, its own before the common ones. */
export function flagsOf(command: Command): readonly Flag[] {
  return [...command.flags, ...COMMON_FLAGS];
}

/** How a flag is written: `--help`, `-h`. */
export function spellingsOf(flag: Flag): readonly string[] {
  const long = `--${flag.name}`;
  return flag.kind === "switch" && flag.short !== undefined ? [long, `-${flag.short}`] : [long];
}

/** The words that stand in the place of a command and are none. */
export const OTHER_FIRST_WORDS: readonly (readonly [word: string, summary: string])[] = [
  ["help", "list the commands, or tell more of one"],
  ["--help", "list the commands"],
  ["--version", "name the version"],
];

/** A word that a shell takes as it is, whatever is in it. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
