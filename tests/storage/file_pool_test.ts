import { assert, assertEquals, assertRejects } from "@std/assert";
import { StorageError } from "../../lib/storage/mod.ts";
import type { FileHandle } from "../../lib/storage/mod.ts";
import { FilePool } from "../../lib/storage/file_pool.ts";

/** Handles that only know whether they are open. */
class FakeFiles {
  readonly open = new Set<FileHandle>();
  opened = 0;
  /** Opening rejects with `EMFILE` while so many are open. */
  limit = Infinity;

  openFile = (path: string): Promise<FileHandle> => {
    if (this.open.size >= this.limit) {
      return Promise.reject(new StorageError(`Cannot open ${path}`, path, { code: "EMFILE" }));
    }
    this.opened++;
    const unused = () => Promise.reject(new Error("not used"));
    const handle: FileHandle = {
      readAt: unused,
      writeAt: unused,
      sync: unused,
      truncate: unused,
      tryLock: unused,
      stat: () => ({ kind: "file", size: 0, mtimeMs: 0, id: path }),
      close: () => void this.open.delete(handle),
    };
    this.open.add(handle);
    return Promise.resolve(handle);
  };
}

function nothing(): Promise<void> {
  return Promise.resolve();
}

Deno.test({
  name: "FilePool opens a file once for uses after each other",
  permissions: "none",
  async fn() {
    const files = new FakeFiles();
    const pool = new FilePool(files.openFile);
    for (let turn = 0; turn < 3; turn++) {
      assertEquals(await pool.use("a", (handle) => Promise.resolve(handle.stat().id)), "a");
    }
    assertEquals(files.opened, 1);
    pool.forget();
    assertEquals(files.open.size, 0);
  },
});

Deno.test({
  name: "FilePool never lends a handle to two, nor more than 8 handles",
  permissions: "none",
  async fn() {
    const files = new FakeFiles();
    const pool = new FilePool(files.openFile);
    const lent = new Set<FileHandle>();
    const gates: (() => void)[] = [];
    const uses = Array.from({ length: 40 }, () =>
      pool.use("a", async (handle) => {
        assert(!lent.has(handle));
        lent.add(handle);
        await new Promise<void>((resolve) => gates.push(resolve));
        lent.delete(handle);
      }));
    let most = 0;
    for (let done = 0; done < 40; done++) {
      while (gates.length === 0) await nothing();
      most = Math.max(most, lent.size);
      gates.shift()?.();
    }
    await Promise.all(uses);
    assertEquals(most, 8);
    assertEquals(files.opened, 8);
  },
});

Deno.test({
  name: "FilePool keeps at most 32 files open, the last used ones",
  permissions: "none",
  async fn() {
    const files = new FakeFiles();
    const pool = new FilePool(files.openFile);
    for (let file = 0; file < 200; file++) await pool.use(`${file}`, nothing);
    assertEquals(files.open.size, 32);
    for (let file = 199; file > 200 - 32; file--) await pool.use(`${file}`, nothing);
    assertEquals(files.opened, 200);
    await pool.use("0", nothing);
    assertEquals(files.opened, 201);
  },
});

Deno.test({
  name: "FilePool closes idle files when the process may open no more",
  permissions: "none",
  async fn() {
    const files = new FakeFiles();
    files.limit = 3;
    const pool = new FilePool(files.openFile);
    for (let file = 0; file < 20; file++) await pool.use(`${file}`, nothing);
    assert(files.open.size <= 3);
    files.limit = 0;
    pool.forget();
    await assertRejects(() => pool.use("a", nothing), StorageError);
  },
});

Deno.test({
  name: "FilePool leaves room for others once it has met the limit of open files",
  permissions: "none",
  async fn() {
    const files = new FakeFiles();
    files.limit = 20;
    const pool = new FilePool(files.openFile);
    for (let file = 0; file < 21; file++) await pool.use(`${file}`, nothing);
    files.limit = Infinity;
    for (let file = 0; file < 40; file++) await pool.use(`${file}`, nothing);
    assertEquals(files.open.size, 16);
  },
});

Deno.test({
  name:
    "FilePool keeps half as many files once eight openers have met the limit at once, and all again later",
  permissions: "none",
  async fn() {
    const files = new FakeFiles();
    const pool = new FilePool(files.openFile);
    for (let file = 0; file < 32; file++) await pool.use(`${file}`, nothing);
    files.limit = 32;
    await Promise.all(
      Array.from({ length: 8 }, (_, file) => pool.use(`other ${file}`, nothing)),
    );
    files.limit = Infinity;
    for (let file = 0; file < 50; file++) await pool.use(`${file}`, nothing);
    assertEquals(files.open.size, 16);
    let most = 0;
    for (let file = 0; file < 2_000; file++) {
      await pool.use(`${file}`, nothing);
      most = Math.max(most, files.open.size);
    }
    assertEquals([files.open.size, most], [32, 32]);
  },
});

Deno.test({
  name: "FilePool makes room for each of many who open files at once",
  permissions: "none",
  async fn() {
    const files = new FakeFiles();
    files.limit = 9;
    const pool = new FilePool(files.openFile);
    const uses = Array.from({ length: 200 }, (_, file) => pool.use(`${file}`, nothing));
    await Promise.all(uses);
    assert(files.open.size <= 9);
  },
});

Deno.test({
  name: "FilePool goes on after work that fails, and forgets one file alone",
  permissions: "none",
  async fn() {
    const files = new FakeFiles();
    const pool = new FilePool(files.openFile);
    for (let turn = 0; turn < 20; turn++) {
      await assertRejects(
        () => pool.use("a", () => Promise.reject(new SyntaxError("no"))),
        SyntaxError,
      );
    }
    await pool.use("b", nothing);
    assertEquals(files.opened, 2);
    pool.forget("a");
    await pool.use("b", nothing);
    assertEquals(files.opened, 2);
    await pool.use("a", nothing);
    assertEquals(files.opened, 3);
  },
});
