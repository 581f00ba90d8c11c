import { isAbsolute } from "../../paths/mod.ts";

/** What a database keeps in one place of a row. */
export type SqlValue = null | number | string | Uint8Array;

/** A row, by the names of its columns; it may be anything, whatever the schema says. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** A statement that was read once and runs many times. */
export interface SqlStatement {
  /** Runs it for what it does. */
  run(...values: readonly SqlValue[]): unknown;
  /** Runs it for its first row, if there is one. */
  get(...values: readonly SqlValue[]): SqlRow | undefined;
  /** Runs it for all its rows. */
  all(...values: readonly SqlValue[]): SqlRow[];
}

/** A database of the runtime's `node:sqlite`, as far as it is used here. */
export interface SqlDatabase {
  /** Runs statements for what they do. */
  exec(sql: string): void;
  /** Reads a statement. */
  prepare(sql: string): SqlStatement;
  /** Closes it, with all statements. */
  close(): void;
}

interface Runtime {
  readonly process: {
    getBuiltinModule(name: "node:sqlite"): {
      readonly DatabaseSync: new (path: string) => SqlDatabase;
    };
  };
}

/**
 * Opens the database in a file, which is made if there is none. It needs the permissions `--allow-read`
 * and `--allow-write` for the file; those that SQLite puts beside it need none.
 */
export function openDatabase(path: string): SqlDatabase {
  const { DatabaseSync } = (globalThis as unknown as Runtime).process.getBuiltinModule(
    "node:sqlite",
  );
  // Some names mean something else to SQLite than files, as `:memory:` and `file:` do.
  return new DatabaseSync(isAbsolute(path) ? path : `./${path}`);
}

/**
 * Makes a change of a database whole or not at all.
 *
 * @throws whatever the change throws, and what keeps it from being written
 */
export function inTransaction(database: SqlDatabase, change: () => void): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    change();
    database.exec("COMMIT");
  } catch (error) {
    try {
      database.exec("ROLLBACK");
    } catch {
      // A full disk has it taken back already; the first error is the one that counts.
    }
    throw error;
  }
}
