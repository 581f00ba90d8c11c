import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { ChunkError, StorageError } from "../../../lib/storage/mod.ts";
import { type Fault, FaultyLayer, type FileCall } from "../../storage/faulty_layer.ts";
import { temporaryFolder } from "../../storage/samples.ts";
import { filesIn } from "../../storage/selection.ts";
import type { Ledger, Operation } from "./operation.ts";

/** More faults of one kind than the longest work has calls: one that never comes to an end fails. */
const MAX_RUNS = 3_000;

/** A file system in memory, where there is one: on a disk, thousands of syncs take minutes. */
const FAST = await Deno.stat("/dev/shm").then(() => "/dev/shm", () => undefined);

/** Every call that can fail. */
export const CALLS: readonly FileCall[] = [
  ...["open", "readAt", "writeAt", "sync", "truncate", "tryLock", "stat", "resolve"] as const,
  ...["list", "makeFolder", "rename", "link", "remove", "syncFolder", "freeSpace"] as const,
];

/** What each of them fails with. */
export const CODES = ["ENOSPC", "EIO", "EMFILE", "EACCES"] as const;

/** Lays an operation's files ready once, to be copied for each run. */
export class Stage implements AsyncDisposable {
  readonly operation: Operation;
  /** Pieces that are lost without any fault: those that another selection lays out anew. */
  lost = 0;
  readonly #folder: Folder;
  readonly #held: ReadonlySet<number>;
  readonly #files: number;

  private constructor(operation: Operation, folder: Folder, found: Found) {
    this.operation = operation;
    this.#folder = folder;
    this.#held = found.held;
    this.#files = found.files;
  }

  static async open(operation: Operation): Promise<Stage> {
    const folder = await temporaryFolder(FAST);
    const held = new Set(await operation.prepare(folder.path));
    const found = { held, files: (await filesIn(folder.path)).length };
    const stage = new Stage(operation, folder, found);
    await using run = await stage.copy();
    stage.lost = await run.complete();
    return stage;
  }

  /** A copy of the files, with what is known to be held in them. */
  async copy(): Promise<Run> {
    const folder = await temporaryFolder(FAST);
    await copyFolder(this.#folder.path, folder.path);
    return new Run(this.operation, folder, { held: new Set(this.#held), files: this.#files });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

type Folder = Awaited<ReturnType<typeof temporaryFolder>>;

interface Found {
  readonly held: Ledger;
  readonly files: number;
}

/** Work that goes wrong in a folder of its own, and then does not. */
export class Run implements AsyncDisposable {
  readonly #operation: Operation;
  readonly #folder: Folder;
  readonly #ledger: Ledger;
  readonly #files: number;

  constructor(operation: Operation, folder: Folder, found: Found) {
    this.#operation = operation;
    this.#folder = folder;
    this.#ledger = found.held;
    this.#files = found.files;
  }

  /** The path of the folder. */
  get path(): string {
    return this.#folder.path;
  }

  /** Does the work with a layer; gives what it rejected with, and fails if anything stays open. */
  async attempt(layer: FaultyLayer): Promise<StorageError | undefined> {
    const outcome = await this.#operation.work(layer, this.#folder.path, this.#ledger)
      .then(() => undefined, (error) => error);
    if (outcome !== undefined) assertInstanceOf(outcome, StorageError);
    assertEquals(layer.openFiles, 0, "files are left open");
    await this.#assertFewFiles();
    return outcome;
  }

  /** Ends the work without a fault; gives how many pieces were lost that had been held. */
  async complete(): Promise<number> {
    const lost = await this.#operation.complete(this.#folder.path, this.#ledger);
    const files = await filesIn(this.#folder.path);
    assertEquals(files, [...this.#operation.leaves].sort());
    return lost;
  }

  /** Forgets what was held: it need not be any more. */
  forget(): void {
    this.#ledger.clear();
  }

  /** What is left of one file is at most its data, its lock, its journal, and a new one of each. */
  async #assertFewFiles(): Promise<void> {
    const files = await filesIn(this.#folder.path);
    const most = this.#files + 2 * this.#operation.leaves.length + 4;
    assert(files.length <= most, `${files.length} files: ${files.join()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (!isDirectory) await Deno.copyFile(join(from, name), join(to, name));
    else {
      await Deno.mkdir(join(to, name));
      await copyFolder(join(from, name), join(to, name));
    }
  }
}

/** What became of the faults of one kind. */
export interface Tally {
  /** Faults that came. */
  faults: number;
  /** Faults that the work outlived. */
  tolerated: number;
  /** Pieces that must be fetched again. */
  lost: number;
}

/** Lets the n-th call of some kinds fail, for every n until there is none. */
export async function failEach(
  stage: Stage,
  kinds: readonly FileCall[] | "all",
  fault: Fault,
): Promise<Tally> {
  const tally: Tally = { faults: 0, tolerated: 0, lost: 0 };
  for (let n = 1;; n++) {
    assert(n < MAX_RUNS, "no end of file calls");
    await using run = await stage.copy();
    const layer = FaultyLayer.nth(n, kinds, fault);
    const what = `${fault.kind === "error" ? fault.code : fault.kind} at ${kinds} ${n}`;
    try {
      const outcome = await attemptOnce(run, layer, fault);
      const isOver = layer.faults.length === 0;
      if (!isOver) tally.faults++;
      if (!isOver && outcome === undefined) tally.tolerated++;
      if (fault.kind === "power cut") run.forget();
      const lost = await run.complete();
      const most = stage.lost + mayLose(fault, layer);
      assert(lost <= most, `${lost} pieces that were held are lost`);
      tally.lost += lost;
      if (isOver) return tally;
    } catch (cause) {
      throw new Error(`${stage.operation.name}: ${what}: ${cause}`, { cause });
    }
  }
}

async function attemptOnce(
  run: Run,
  layer: FaultyLayer,
  fault: Fault,
): Promise<StorageError | undefined> {
  const outcome = await run.attempt(layer);
  await layer.kill();
  if (outcome !== undefined && fault.kind === "error") assertTells(outcome, fault.code);
  if (layer.faults.length === 0) assertEquals(outcome, undefined);
  return outcome;
}

/** An error in one line that says what could not be done, with which file, and why. */
function assertTells(error: StorageError, code: string): void {
  if (error instanceof ChunkError) { // chunk files that cannot be read are of no use, whatever the reason
    assertEquals(code, "EIO");
    return assertStringIncludes(error.message, ".part");
  }
  assertMatch(error.message, /^Cannot [a-z]+ [^\n]*\/sluice-[^\n]+: [^\n]+$/);
  assertEquals(error.code, code, error.message);
}

/** A piece whose bytes the disk did not give is not there, as far as anybody can tell. */
function mayLose(fault: Fault, layer: FaultyLayer): number {
  const [failed] = layer.faults;
  const isRead = failed?.call === "readAt" || failed?.call === "open";
  return fault.kind === "error" && fault.code === "EIO" && isRead ? 1 : 0;
}
