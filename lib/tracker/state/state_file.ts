import type { InfoHash } from "../../bytes/mod.ts";
import { MAX_TORRENT_BYTES } from "../../metainfo/mod.ts";
import { MAX_STATE_COUNTERS } from "../limits.ts";
import { migrate } from "./schema.ts";
import { inTransaction, openDatabase, type SqlDatabase, type SqlStatement } from "./sqlite.ts";
import { stateErrorOf } from "./state_error.ts";

/** A torrent as it is kept. */
export interface KeptTorrent {
  /** Which one. */
  readonly infoHash: InfoHash;
  /** What it is called; for people who look into the file. */
  readonly name: string;
  /** Its info dictionary as a torrent file. */
  readonly torrentFile: Uint8Array;
  /** How often a peer has come to hold all of it. */
  readonly completions: number;
}

/** A row of a torrent, of which nothing is sure. */
export interface TorrentRow {
  readonly infoHash: unknown;
  readonly completions: unknown;
  /** What is kept of its torrent file; `null` if that is longer than torrent files may be. */
  readonly torrentFile: unknown;
}

/** What changes together. */
export interface StateChange {
  /** Torrents that are new. */
  readonly added: readonly KeptTorrent[];
  /** Torrents that were completed: of each, how often so far. */
  readonly completed: ReadonlyMap<InfoHash, number>;
  /** Torrents that are forgotten. */
  readonly gone: readonly InfoHash[];
  /** Counts that changed, by their names. */
  readonly counts: ReadonlyMap<string, number>;
}

/** How much of a catalogue is wanted. */
export interface RowLimits {
  /** Torrents. */
  readonly torrents: number;
  /** Bytes of their torrent files. */
  readonly torrentFileBytes: number;
}

/**
 * How the database is used. The lock is held until the file is closed or the process ends, so no other
 * tracker can take it. With the write-ahead log a change is whole or not there, whenever the process is
 * killed; `NORMAL` does not wait for the disk at each change but once for many: a cut of the power, and
 * nothing else, may cost the last changes, and never the rest. Waiting would hold up announces.
 */
const SETTINGS = `
  PRAGMA synchronous = NORMAL;
  PRAGMA journal_size_limit = 16777216;
  PRAGMA trusted_schema = OFF;
  PRAGMA cell_size_check = ON;
`;

/** The file in which a tracker keeps its state. Invariant: it is locked while it is open. */
export class StateFile implements Disposable {
  /** Where it is. */
  readonly path: string;
  readonly #database: SqlDatabase;
  readonly #statements = new Map<string, SqlStatement>();

  private constructor(path: string, database: SqlDatabase) {
    this.path = path;
    this.#database = database;
  }

  /**
   * Opens a file, which is made if there is none; tests have it opened in another way.
   *
   * @throws {StateError} if it cannot be used
   */
  static open(path: string, open: (path: string) => SqlDatabase = openDatabase): StateFile {
    let database: SqlDatabase | undefined;
    try {
      database = open(path);
      database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = 8192");
      migrate(database, path);
      database.prepare("PRAGMA journal_mode = WAL").get();
      database.exec(SETTINGS);
      // Whether it can be written to is better known now than in a second.
      inTransaction(database, () => {});
      return new StateFile(path, database);
    } catch (error) {
      database?.close();
      throw stateErrorOf(path, error);
    }
  }

  /**
   * The ids of the latest torrents, no more than fit, and how many there are besides; the earliest first.
   *
   * @throws {StateError} if the file is damaged
   */
  latest({ torrents, torrentFileBytes }: RowLimits): { ids: number[]; others: number } {
    return this.#trying(() => {
      const { all } = this.#prepare("SELECT count(*) AS 'all' FROM torrents").get() ?? {};
      const rows = this.#prepare(
        "SELECT id, CAST(file_bytes AS REAL) AS bytes FROM torrents " +
          "WHERE id BETWEEN 1 AND ? ORDER BY id DESC LIMIT ?",
      ).all(Number.MAX_SAFE_INTEGER, torrents);
      let left = torrentFileBytes;
      const ids: number[] = [];
      for (const { id, bytes } of rows) {
        left -= Math.max(0, Number(bytes) || 0);
        if (left < 0) break;
        ids.push(Number(id));
      }
      return { ids: ids.reverse(), others: Number(all) - ids.length };
    });
  }

  /**
   * The row of an id, of which nothing is believed.
   *
   * @throws {StateError} if the file is damaged
   */
  read(id: number): TorrentRow {
    return this.#trying(() => {
      const row = this.#prepare(
        "SELECT info_hash, CAST(completions AS REAL) AS completions, " +
          "CASE WHEN length(content) <= ? THEN content END AS content " +
          "FROM torrents LEFT JOIN torrent_files ON torrent = id WHERE id = ?",
      ).get(MAX_TORRENT_BYTES, id);
      return {
        infoHash: row?.info_hash,
        completions: row?.completions,
        torrentFile: row?.content,
      };
    });
  }

  /**
   * The counts by their names, no more than there can be.
   *
   * @throws {StateError} if the file is damaged
   */
  counts(): Map<string, number> {
    return this.#trying(() => {
      const rows = this.#prepare(
        "SELECT name, CAST(count AS REAL) AS count FROM counters ORDER BY name LIMIT ?",
      ).all(MAX_STATE_COUNTERS);
      return new Map(rows.map(({ name, count }) => [String(name), Number(count)]));
    });
  }

  /**
   * Writes a change, whole or not at all.
   *
   * @throws {StateError} if it cannot be written
   */
  write({ added, completed, gone, counts }: StateChange): void {
    this.#trying(() =>
      inTransaction(this.#database, () => {
        for (const torrent of added) this.#add(torrent);
        const count = "UPDATE torrents SET completions = ? WHERE info_hash = ?";
        for (const [infoHash, times] of completed) this.#prepare(count).run(times, infoHash);
        for (const infoHash of gone) this.#remove(infoHash);
        const put = "INSERT OR REPLACE INTO counters (name, count) VALUES (?, ?)";
        for (const [name, value] of counts) this.#prepare(put).run(name, value);
      })
    );
  }

  /** Closes it. Can be repeated. */
  [Symbol.dispose](): void {
    this.#statements.clear();
    try {
      this.#database.close();
    } catch {
      // It is closed already.
    }
  }

  #add({ infoHash, name, torrentFile, completions }: KeptTorrent): void {
    // A row that was left out may be there.
    const row = this.#prepare(
      "INSERT INTO torrents (info_hash, name, file_bytes, completions) VALUES (?, ?, ?, ?) " +
        "ON CONFLICT (info_hash) DO UPDATE SET name = excluded.name, " +
        "file_bytes = excluded.file_bytes, completions = excluded.completions RETURNING id",
    ).get(infoHash, name, torrentFile.length, completions);
    this.#prepare("INSERT OR REPLACE INTO torrent_files (torrent, content) VALUES (?, ?)")
      .run(Number(row?.id), torrentFile);
  }

  #remove(infoHash: InfoHash): void {
    this.#prepare(
      "DELETE FROM torrent_files WHERE torrent IN (SELECT id FROM torrents WHERE info_hash = ?)",
    ).run(infoHash);
    this.#prepare("DELETE FROM torrents WHERE info_hash = ?").run(infoHash);
  }

  #prepare(sql: string): SqlStatement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #trying<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw stateErrorOf(this.path, error);
    }
  }
}
