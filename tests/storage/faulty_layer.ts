import {
  denoFileLayer,
  type FileHandle,
  type FileLayer,
  type FileStat,
  type OpenMode,
} from "../../lib/storage/mod.ts";
import { storageError } from "../../lib/storage/errors.ts";

/** The calls that can be made to fail; `stat` is that of a path. */
export type FileCall = Exclude<keyof FileLayer | keyof FileHandle, "close">;

/** What the layer of this machine says that it could not do when a call fails. */
const ACTIONS: Readonly<Record<FileCall, string>> = {
  ...{ open: "open", resolve: "open", tryLock: "lock" },
  ...{ readAt: "read", stat: "read", list: "read", freeSpace: "read" },
  ...{ writeAt: "write", sync: "write", truncate: "write", syncFolder: "write" },
  ...{ makeFolder: "create", rename: "create", link: "create", remove: "remove" },
};

/** What happens at a call. */
export type Fault =
  /** This call fails with the code, the ones after it do not. */
  | { readonly kind: "error"; readonly code: string }
  /** The process is gone: of this call a half is done if it is a write, all after it come to nothing. */
  | { readonly kind: "kill" }
  /** The machine is off: as `kill`, and every second write is lost that was not synced. */
  | { readonly kind: "power cut" };

/** Chooses the fault of a call by what it is, how many came up to it, and the path. */
export type FaultPlan = (call: FileCall, count: number, path: string) => Fault | undefined;

/** The files of this machine, where some calls go wrong; keeps the names of all calls. */
export class FaultyLayer implements FileLayer {
  /** The calls so far, but for looks at paths. */
  readonly calls: FileCall[] = [];
  /** The faults so far, with the path of each. */
  readonly faults: { readonly call: FileCall; readonly path: string }[] = [];
  readonly #plan: FaultPlan;
  readonly #lookPlan: FaultPlan;
  #looks = 0;
  readonly #handles = new Set<FileHandle>();
  readonly #pending = new Set<Promise<unknown>>();
  /** What takes back the writes to a path that were not synced, given the path. */
  readonly #unsynced = new Map<string, ((path: string) => Promise<void>)[]>();
  /** Settles when all is done that a kill or a power cut does; nothing can be called from then on. */
  #ended: Promise<void> | undefined;

  /** Makes a layer with a plan for all calls, and one for looks at paths. */
  constructor(plan: FaultPlan = () => undefined, lookPlan: FaultPlan = () => undefined) {
    this.#plan = plan;
    this.#lookPlan = lookPlan;
  }

  /** A layer whose n-th call of these kinds (from 1) fails; looks at paths are not among all. */
  static nth(n: number, kinds: readonly FileCall[] | "all", fault: Fault): FaultyLayer {
    let count = 0;
    const plan: FaultPlan = (call) => {
      if (kinds !== "all" && !kinds.includes(call)) return undefined;
      return ++count === n ? fault : undefined;
    };
    return kinds !== "all" && kinds.includes("stat")
      ? new FaultyLayer(plan, plan)
      : new FaultyLayer(plan);
  }

  /** How many calls of one kind there were. */
  count(kind: FileCall): number {
    return kind === "stat" ? this.#looks : this.calls.filter((call) => call === kind).length;
  }

  /** Files that are open now. */
  get openFiles(): number {
    return this.#handles.size;
  }

  /** What the system does when a process is gone: its files are closed, its locks are free. */
  kill(): Promise<void> {
    return this.#ended ??= this.#end("kill");
  }

  async #end(kind: "kill" | "power cut"): Promise<void> {
    await Promise.allSettled(this.#pending);
    for (const handle of this.#handles) handle.close();
    this.#handles.clear();
    if (kind === "kill") return;
    for (const [path, undos] of this.#unsynced) {
      const lost = undos.filter((_, at) => (at + this.calls.length) % 2 === 0);
      for (const undo of lost.toReversed()) await undo(path);
    }
  }

  open(path: string, mode: OpenMode): Promise<FileHandle> {
    return this.#run("open", path, async () => {
      const handle = await denoFileLayer.open(path, mode);
      this.#handles.add(handle);
      return this.#wrap(path, handle);
    });
  }

  stat(path: string): Promise<FileStat | undefined> {
    return this.#run("stat", path, () => denoFileLayer.stat(path));
  }

  resolve(path: string): Promise<string> {
    return this.#run("resolve", path, () => denoFileLayer.resolve(path));
  }

  list(path: string): ReturnType<FileLayer["list"]> {
    return this.#run("list", path, () => denoFileLayer.list(path));
  }

  makeFolder(path: string): Promise<void> {
    return this.#run("makeFolder", path, () => denoFileLayer.makeFolder(path));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#run("rename", to, async () => {
      await denoFileLayer.rename(from, to);
      this.#unsynced.set(to, this.#unsynced.get(from) ?? []);
      this.#unsynced.delete(from);
    });
  }

  link(from: string, to: string): Promise<void> {
    return this.#run("link", to, () => denoFileLayer.link(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#run("remove", path, () => denoFileLayer.remove(path));
  }

  syncFolder(path: string): Promise<void> {
    return this.#run("syncFolder", path, () => denoFileLayer.syncFolder(path));
  }

  freeSpace(path: string): Promise<number | undefined> {
    return this.#run("freeSpace", path, () => denoFileLayer.freeSpace(path));
  }

  #wrap(path: string, handle: FileHandle): FileHandle {
    const write = async (data: Uint8Array, offset: number) => {
      await this.#noteWrite(path, handle, offset, data.length);
      await handle.writeAt(data, offset);
    };
    return {
      readAt: (target, offset) => this.#run("readAt", path, () => handle.readAt(target, offset)),
      writeAt: (data, offset) =>
        this.#run(
          "writeAt",
          path,
          () => write(data, offset),
          () => write(data.subarray(0, data.length >> 1), offset),
        ),
      sync: () =>
        this.#run("sync", path, async () => {
          const before = this.#unsynced.get(path)?.length ?? 0;
          await handle.sync();
          this.#unsynced.get(path)?.splice(0, before);
        }),
      truncate: (length) => this.#run("truncate", path, () => handle.truncate(length)),
      stat: () => handle.stat(),
      tryLock: () => this.#run("tryLock", path, () => handle.tryLock()),
      close: () => {
        this.#handles.delete(handle);
        handle.close();
      },
    };
  }

  /** Keeps what is needed to take a write back. */
  async #noteWrite(path: string, handle: FileHandle, offset: number, length: number) {
    const undos = this.#unsynced.get(path) ?? [];
    this.#unsynced.set(path, undos);
    const { size } = handle.stat();
    const before = new Uint8Array(length);
    await handle.readAt(before, offset);
    undos.push(async (pathNow) => {
      if (await denoFileLayer.stat(pathNow) === undefined) return;
      const file = await denoFileLayer.open(pathNow, "update");
      try {
        await file.writeAt(before, offset);
        if (offset + length > size) await file.truncate(Math.max(size, offset));
      } finally {
        file.close();
      }
    });
  }

  async #run<T>(
    call: FileCall,
    path: string,
    whole: () => Promise<T>,
    half: () => Promise<void> = () => Promise.resolve(),
  ): Promise<T> {
    if (this.#ended !== undefined) throw storageError("use", path, new Error("killed"));
    if (call === "stat") this.#looks++;
    else this.calls.push(call);
    const fault = call === "stat"
      ? this.#lookPlan(call, this.#looks, path)
      : this.#plan(call, this.calls.length, path);
    if (fault === undefined) return await this.#tracked(whole());
    this.faults.push({ call, path });
    await this.#tracked(half());
    if (fault.kind === "error") {
      const cause = Object.assign(new Error(`injected ${fault.code}`), { code: fault.code });
      throw storageError(ACTIONS[call], path, cause);
    }
    await (this.#ended ??= this.#end(fault.kind));
    throw storageError("use", path, new Error("killed"));
  }

  async #tracked<T>(work: Promise<T>): Promise<T> {
    this.#pending.add(work);
    try {
      return await work;
    } finally {
      this.#pending.delete(work);
    }
  }
}
