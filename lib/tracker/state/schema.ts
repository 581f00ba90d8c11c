import { inTransaction, type SqlDatabase } from "./sqlite.ts";
import { StateError } from "./state_error.ts";

/** What stands in the head of the file, so that it is not taken for that of another program: "Slui". */
export const APPLICATION_ID = 0x53_6c_75_69;

/**
 * What makes a file of each version from one of the version before it; the first begins with an empty
 * one. What was released never changes: another shape of the tables is another entry.
 *
 * The files of torrents have a table of their own, so that to count a completion rewrites no file.
 */
export const MIGRATIONS: readonly string[] = [
  `
  PRAGMA application_id = ${APPLICATION_ID};
  CREATE TABLE torrents (
    id INTEGER PRIMARY KEY,
    info_hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    file_bytes INTEGER NOT NULL,
    completions INTEGER NOT NULL
  );
  CREATE TABLE torrent_files (
    torrent INTEGER PRIMARY KEY,
    content BLOB NOT NULL
  );
  CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    count INTEGER NOT NULL
  ) WITHOUT ROWID;
  `,
];

/**
 * Makes sure that a database is one of ours, and brings it to the version of this program, each step whole
 * or not at all. A database without anything in it becomes one of ours.
 *
 * @throws {StateError} if it is of something else, or of a newer program
 */
export function migrate(
  database: SqlDatabase,
  path: string,
  migrations: readonly string[] = MIGRATIONS,
): void {
  const application = numberIn(database, "PRAGMA application_id");
  const version = numberIn(database, "PRAGMA user_version");
  const isEmpty = application === 0 && version === 0 &&
    numberIn(database, "SELECT count(*) FROM sqlite_schema") === 0;
  if (application !== APPLICATION_ID && !isEmpty) {
    const problem =
      "it is the database of another program and was left as it is; name another file";
    throw new StateError("foreign", path, problem);
  }
  if (version > migrations.length) {
    const problem = `it is of a newer Sluice (version ${version}, this one knows ` +
      `${migrations.length}); use that one, or name another file`;
    throw new StateError("newer", path, problem);
  }
  for (const [at, migration] of migrations.entries()) {
    if (at < version) continue;
    inTransaction(database, () => {
      database.exec(migration);
      database.exec(`PRAGMA user_version = ${at + 1}`);
    });
  }
}

/** The number that a statement gives. */
function numberIn(database: SqlDatabase, sql: string): number {
  return Number(Object.values(database.prepare(sql).get() ?? {})[0]);
}
