import { join } from "@std/path";
import {
  DEFAULT_LIMITS,
  LastingState,
  type RegistryLimits,
  type SqlDatabase,
  SwarmRegistry,
} from "../../../lib/tracker/mod.ts";
import { openDatabase, type SqlValue } from "../../../lib/tracker/state/sqlite.ts";
import { StateKeeper } from "../../../lib/tracker/state/state_keeper.ts";
import { temporaryFolder } from "../../storage/samples.ts";
import { sampleInfo } from "../sample_torrents.ts";

/** A folder of its own, and the path of a state file in it that is not there yet. */
export async function statePath(): Promise<{ path: string; folder: string } & AsyncDisposable> {
  const folder = await temporaryFolder();
  return {
    ...{ path: join(folder.path, "tracker.db"), folder: folder.path },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** A state, a registry that goes on from it, and what keeps it, until it is closed. */
export interface OpenedState extends Disposable {
  readonly state: LastingState;
  readonly registry: SwarmRegistry;
  readonly keeper: StateKeeper;
  /** What was told of the file, in order. */
  readonly told: string[];
  /** What is counted. */
  readonly counts: Map<string, number>;
}

/** Opens a state as a tracker does. */
export async function openedState(
  path: string,
  options: { open?: typeof openDatabase; limits?: Partial<RegistryLimits> } = {},
): Promise<OpenedState> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { open = openDatabase } = options;
  const state = await LastingState.open({ path, limits, open });
  const registry = new SwarmRegistry(limits);
  state.restoreTo(registry);
  const told: string[] = [];
  const counts = new Map(state.counts);
  const keeper = new StateKeeper({
    ...{ file: state.file, registry, counts: () => counts },
    onFailure: (error) => void told.push(String(error)),
    onRecovery: () => void told.push("recovered"),
  });
  return { state, registry, keeper, told, counts, [Symbol.dispose]: () => state[Symbol.dispose]() };
}

/** Publishes torrents of these names. */
export async function publish(registry: SwarmRegistry, ...names: string[]): Promise<void> {
  for (const name of names) registry.publish({ info: await sampleInfo(name, 2) });
}

/** The names of the torrents that a registry knows, in their order. */
export function namesOf(registry: SwarmRegistry): string[] {
  return [...registry.swarms.values()].map(({ torrent }) =>
    torrent.state === "unnamed" ? "" : torrent.shape.name
  );
}

/** A file that has these torrents in it. */
export async function written(path: string, ...names: string[]): Promise<void> {
  using opened = await openedState(path);
  await publish(opened.registry, ...names);
  opened.keeper.saveAll();
}

/** Changes a file behind the program's back. */
export function meddle(path: string, sql: string, ...values: SqlValue[]): void {
  const database = openDatabase(path);
  try {
    database.prepare(sql).run(...values);
  } finally {
    database.close();
  }
}

/** Opens databases in which statements that begin so fail in the way of SQLite's code, while it is set. */
export function failing(
  beginning: string,
): { errcode: number | undefined; statements: string[]; open: (path: string) => SqlDatabase } {
  const faults = {
    errcode: undefined as number | undefined,
    statements: [] as string[],
    open(path: string): SqlDatabase {
      const database = openDatabase(path);
      return {
        prepare: (sql) => database.prepare(sql),
        close: () => database.close(),
        exec(sql) {
          faults.statements.push(sql);
          if (faults.errcode !== undefined && sql.startsWith(beginning)) {
            const { errcode } = faults;
            throw Object.assign(new Error("it fails"), { code: "ERR_SQLITE_ERROR", errcode });
          }
          database.exec(sql);
        },
      };
    },
  };
  return faults;
}
