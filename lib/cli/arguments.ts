import { parseArgs } from "@std/cli/parse-args";
import { parseAddress, type PeerAddress } from "../net/mod.ts";
import { UsageError } from "./cli_error.ts";
import type { Flag } from "./flags.ts";
import { parseBytes, parseDuration } from "./units.ts";

/** The words of a command line, taken apart and checked against the flags that a command knows. */
export class Arguments {
  /** The words that are no flags. */
  readonly operands: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;
  readonly #switches: ReadonlySet<string>;

  /**
   * Takes the words apart.
   *
   * @throws {UsageError} if a flag is unknown, lacks its value or is given twice
   */
  constructor(words: readonly string[], flags: readonly Flag[]) {
    const switches = flags.filter((flag) => flag.kind === "switch").map((flag) => flag.name);
    const valued = flags.filter((flag) => flag.kind !== "switch").map((flag) => flag.name);
    const parsed = parseArgs(words, {
      boolean: switches,
      string: ["_", ...valued],
      collect: valued,
      alias: shortNames(flags),
      "--": true,
      unknown: (word, key) => {
        if (key !== undefined) {
          // A value behind a misspelt flag may be a token.
          const name = word.replace(/=.*/s, "");
          throw new UsageError(`Cannot use ${name}: there is no such flag; --help lists them`);
        }
      },
    });
    this.operands = [...parsed._, ...(parsed["--"] ?? [])].map(String);
    this.#switches = new Set(switches.filter((name) => parsed[name] === true));
    this.#values = new Map(valued.map((name) => [name, (parsed[name] ?? []) as string[]]));
    for (const flag of flags) this.#check(flag);
  }

  /** Whether a switch is given. */
  has(name: string): boolean {
    return this.#switches.has(name);
  }

  /** Every value of a flag that can be repeated. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** The value of a flag, if it is given. */
  text(name: string): string | undefined {
    return this.all(name)[0];
  }

  /** The value of a flag as a port, if it is given. */
  port(name: string): number | undefined {
    return this.#number(name, 65_535);
  }

  /** The value of a flag as a number of things, if it is given. */
  count(name: string): number | undefined {
    return this.#number(name, Number.MAX_SAFE_INTEGER);
  }

  /** The value of a flag as bytes, if it is given. */
  bytes(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parseBytes(text, `--${name}`);
  }

  /** The value of a flag in milliseconds, if it is given. */
  durationMs(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parseDuration(text, `--${name}`);
  }

  /** The values of a flag as addresses. */
  addresses(name: string): PeerAddress[] {
    return this.all(name).map((text) => {
      try {
        const address = parseAddress(text);
        if (address.port === 0) throw new RangeError("nobody listens at port 0");
        return address;
      } catch (cause) {
        throw new UsageError(
          `Cannot read --${name} "${text}": it must be HOST:PORT, as in 192.0.2.7:6881`,
          { cause },
        );
      }
    });
  }

  #check(flag: Flag): void {
    if (flag.kind === "switch") return;
    const values = this.all(flag.name);
    if (values.includes("")) {
      throw new UsageError(
        `Cannot use --${flag.name}: it needs a value, --${flag.name} ${flag.value}`,
      );
    }
    if (values.length > 1 && flag.repeatable === undefined) {
      throw new UsageError(`Cannot use --${flag.name} twice: it takes one value`);
    }
    if (flag.kind === "port") this.port(flag.name);
    if (flag.kind === "count") this.count(flag.name);
    if (flag.kind === "bytes") this.bytes(flag.name);
    if (flag.kind === "duration") this.durationMs(flag.name);
    if (flag.kind === "address") this.addresses(flag.name);
  }

  #number(name: string, max: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\d+$/.test(text) || value > max) {
      throw new UsageError(`Cannot read --${name} "${text}": it must be a number from 0 to ${max}`);
    }
    return value;
  }
}

function shortNames(flags: readonly Flag[]): Record<string, string> {
  const names = flags.flatMap((flag) =>
    flag.kind === "switch" && flag.short !== undefined ? [[flag.name, flag.short]] : []
  );
  return Object.fromEntries(names);
}
