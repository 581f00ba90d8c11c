import type { Arguments } from "./arguments.ts";
import { UsageError } from "./cli_error.ts";
import type { Report } from "./output.ts";

/** How grave something is that a log tells of, the gravest first. */
export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;

/** How grave something is that a log tells of. */
export type LogLevel = typeof LOG_LEVELS[number];

/** The forms of a log: lines for people, or an object a line for programs. */
export const LOG_FORMATS = ["text", "json"] as const;

/** How a command tells of what happens. */
export interface LogOptions {
  readonly format: typeof LOG_FORMATS[number];
  /** What is less grave is left out. */
  readonly level: LogLevel;
}

/**
 * How the command line wants it told what happens; `--log-level` goes before `--quiet` and `--verbose`.
 *
 * @throws {UsageError} if there is no such format or level
 */
export function readLogOptions(args: Arguments): LogOptions {
  const usual = args.has("quiet") ? "error" : args.has("verbose") ? "debug" : "info";
  return {
    format: choiceOf(args, "log-format", LOG_FORMATS) ?? "text",
    level: choiceOf(args, "log-level", LOG_LEVELS) ?? usual,
  };
}

/** Whether a log of one level tells of something of another. */
export function isLogged(level: LogLevel, { level: least }: LogOptions): boolean {
  return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(least);
}

/** A report as a line of a log: when (ISO 8601), how grave, what type of thing, in words, and its fields. */
export function formatLogLine(
  level: LogLevel,
  { type, message, ...fields }: Report,
  text: string,
  at: Date,
): string {
  const head = { time: at.toISOString(), level, type, message: message ?? text };
  // Head first, to be read; and last, so that no field of a report passes for it.
  return JSON.stringify({ ...head, ...fields, ...head });
}

function choiceOf<Choice extends string>(
  args: Arguments,
  flag: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = args.text(flag);
  if (text === undefined) return undefined;
  const choice = choices.find((choice) => choice === text);
  if (choice !== undefined) return choice;
  throw new UsageError(`Cannot use --${flag} "${text}": it must be ${orOf(choices)}`);
}

function orOf(choices: readonly string[]): string {
  return `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`;
}
