import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { join } from "@std/path";
import {
  denoFileLayer,
  type FileHandle,
  NoSpaceError,
  StorageError,
} from "../../lib/storage/mod.ts";
import { isDataError, storageError } from "../../lib/storage/errors.ts";
import { temporaryFolder } from "./samples.ts";

function withCode(code: string): Error {
  return Object.assign(new Error(`os says ${code}`), { code });
}

Deno.test({
  name: "storageError() names the action, the file and the way out, and keeps code and cause",
  permissions: "none",
  fn() {
    const cause = withCode("EROFS");
    const error = storageError("write", "a/b", cause);
    assertInstanceOf(error, StorageError);
    assertEquals(
      error.message,
      "Cannot write a/b: the file system is read-only; choose another folder",
    );
    assertEquals([error.path, error.code, error.cause], ["a/b", "EROFS", cause]);
  },
});

Deno.test({
  name: "storageError() makes a full disk and a used-up quota one error",
  permissions: "none",
  fn() {
    for (const code of ["ENOSPC", "EDQUOT"]) {
      const error = storageError("write", "a/b", withCode(code));
      assertInstanceOf(error, NoSpaceError);
      assertEquals(
        error.message,
        "Cannot write a/b: the disk is full; free some space and try again",
      );
      assertEquals(error.code, "ENOSPC");
    }
  },
});

Deno.test({
  name: "storageError() leaves missing permissions and its own errors as they are",
  permissions: "none",
  fn() {
    for (
      const error of [
        new Deno.errors.NotCapable("run again with --allow-read"),
        new NoSpaceError("x"),
      ]
    ) {
      assertStrictEquals(storageError("read", "x", error), error);
    }
  },
});

Deno.test({
  name: "storageError() passes on what the system says where it knows no better",
  permissions: "none",
  fn() {
    const error = storageError("read", "x", withCode("ESTRANGE"));
    assertInstanceOf(error, StorageError);
    assertEquals([error.message, error.code], ["Cannot read x: os says ESTRANGE", "ESTRANGE"]);
    assertInstanceOf(storageError("read", "x", "text"), StorageError);
  },
});

Deno.test({
  name: "isDataError() tells data that is gone from data that cannot be reached now",
  permissions: "none",
  fn() {
    for (const code of ["ENOENT", "EIO", "EISDIR", "ENOTDIR"]) {
      assert(isDataError(storageError("read", "x", withCode(code))), code);
    }
    for (const code of ["EMFILE", "EACCES", "ENOSPC", "EBUSY"]) {
      assert(!isDataError(storageError("read", "x", withCode(code))), code);
    }
    assert(!isDataError(withCode("ENOENT")));
  },
});

Deno.test("the errors of the machine's files have the codes that the stores go by", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "file");
  const full = join(folder.path, "full");
  await Deno.writeTextFile(file, "x");
  await Deno.mkdir(full);
  await Deno.writeTextFile(join(full, "y"), "y");
  await Deno.symlink("loop", join(folder.path, "loop"));
  const cases: readonly [string, () => Promise<unknown>][] = [
    ["ENOENT", () => denoFileLayer.open(join(folder.path, "none"), "read")],
    ["ENOENT", () => denoFileLayer.open(join(folder.path, "none"), "update")],
    ["ENOTDIR", () => denoFileLayer.open(join(file, "below"), "create")],
    ["EISDIR", () => denoFileLayer.open(full, "update")],
    ["EISDIR", () => withHandle(full, (handle) => handle.readAt(new Uint8Array(1), 0))],
    ["ELOOP", () => denoFileLayer.open(join(folder.path, "loop"), "read")],
    ["EEXIST", () => denoFileLayer.link(file, join(full, "y"))],
    ["ENOTEMPTY", () => denoFileLayer.rename(join(folder.path, "empty"), full)],
    ["ENAMETOOLONG", () => denoFileLayer.open(join(folder.path, "x".repeat(256)), "create")],
  ];
  await Deno.mkdir(join(folder.path, "empty"));
  for (const [code, call] of cases) {
    const error = await assertRejects(call, StorageError);
    assertEquals(error.code, code);
  }
});

async function withHandle<T>(path: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await denoFileLayer.open(path, "read");
  try {
    return await work(handle);
  } finally {
    handle.close();
  }
}

Deno.test({
  name: "the device that is always full gives a NoSpaceError",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const handle = await denoFileLayer.open("/dev/full", "update");
    try {
      await assertRejects(() => handle.writeAt(new Uint8Array(10), 0), NoSpaceError, "/dev/full");
    } finally {
      handle.close();
    }
  },
});
