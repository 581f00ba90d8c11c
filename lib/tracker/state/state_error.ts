import { dirname } from "../../paths/mod.ts";

/** What is wrong with a file of a tracker's state. */
export type StateFault =
  | "busy"
  | "foreign"
  | "newer"
  | "damaged"
  | "full"
  | "unwritable"
  | "unreachable"
  | "unusable";

/** The state of a tracker cannot be read from its file, or written to it. The file was left as it is. */
export class StateError extends Error {
  /** The name of the class, for messages. */
  override name = "StateError";

  /** Makes the error of a file; the problem is a clause that ends with the way out. */
  constructor(
    /** What is wrong. */
    readonly fault: StateFault,
    /** The file. */
    readonly path: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`Cannot use state file ${path}: ${problem}`, options);
  }
}

/** Codes of SQLite besides 11 of a file that is damaged: tables that are not ours, an unknown format. */
const OF_DAMAGE: readonly (number | undefined)[] = [1, 24];

/** How what is said of tables that are not ours begins. */
const NOT_OURS = /^(?:no such |table \S+ (?:already|has no) )/;

/** What a result of SQLite means for an operator, and the way out; by its code and by its text. */
interface Meaning {
  readonly code: number;
  readonly text: string;
  readonly fault: StateFault;
  readonly problem: string;
}

const DAMAGED: Meaning = {
  ...{ code: 11, text: "database disk image is malformed", fault: "damaged" },
  problem: "it is damaged; move it away, and a new one fills as peers publish",
};

const CANNOT_OPEN = 14;

const MEANINGS: readonly Meaning[] = [
  DAMAGED,
  {
    ...{ code: 5, text: "database is locked", fault: "busy" },
    problem: "another tracker or program has it open; give each tracker a file of its own",
  },
  {
    ...{ code: 8, text: "attempt to write a readonly database", fault: "unwritable" },
    problem: "it can only be read; check who owns it and its folder",
  },
  {
    ...{ code: 10, text: "disk I/O error", fault: "unreachable" },
    problem: "its disk reports an error, or can only be read; check the disk",
  },
  {
    ...{ code: 13, text: "database or disk is full", fault: "full" },
    problem: "the disk is full; free some space",
  },
  {
    ...{ code: CANNOT_OPEN, text: "unable to open database file", fault: "unreachable" },
    problem:
      "it cannot be opened; check who owns it and its folder, and that they can be written to",
  },
  {
    ...{ code: 26, text: "file is not a database", fault: "foreign" },
    problem: "it is no state of a tracker and was left as it is; name another file",
  },
];

/**
 * The error to throw when something failed on a state file. A missing permission (`Deno.errors.NotCapable`)
 * stays what it is, as its message names the flag.
 */
export function stateErrorOf(path: string, cause: unknown): unknown {
  if (cause instanceof StateError || cause instanceof Deno.errors.NotCapable) return cause;
  const meaning = meaningOf(cause);
  if (meaning === undefined) return cause;
  const { code, fault } = meaning;
  const problem = (code === CANNOT_OPEN ? whyUnreachable(path) : undefined) ?? meaning.problem;
  return new StateError(fault, path, problem, { cause });
}

/** What an error of `node:sqlite` means; nothing if it is none of those. */
function meaningOf(error: unknown): Meaning | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errcode, message } = error as Error & { code?: unknown; errcode?: unknown };
  if (code !== "ERR_SQLITE_ERROR") return undefined;
  // The runtime gives the code with some errors only, an extended one whose low byte is meant.
  const primary = typeof errcode === "number" ? errcode & 0xff : undefined;
  const known = MEANINGS.find((each) => each.code === primary || message.startsWith(each.text));
  if (known !== undefined) return known;
  const isDamage = OF_DAMAGE.includes(primary) || primary === undefined && NOT_OURS.test(message);
  return isDamage ? DAMAGED : {
    ...{ code: primary ?? 0, text: message, fault: "unusable" },
    // What is not known to be damage is no reason to give up what is in the file.
    problem: `SQLite says "${message}"; try again, and keep the file`,
  };
}

/** Why a file cannot be opened, where that can be seen from here. */
function whyUnreachable(path: string): string | undefined {
  try {
    if (Deno.statSync(path).isDirectory) return "it is a folder; name a file in it";
  } catch {
    // There is no such file yet, or it is out of reach: its folder says more.
  }
  const folder = dirname(path);
  try {
    if (Deno.statSync(folder).isDirectory) return undefined;
    return `${folder} is a file; name a file in a folder`;
  } catch (error) {
    return error instanceof Deno.errors.NotFound
      ? `there is no folder ${folder}; make it first`
      : undefined;
  }
}
