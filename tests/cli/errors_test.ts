import { assertEquals } from "@std/assert";
import { CliError, UsageError } from "../../lib/cli/cli_error.ts";
import { describeError, exitCodeOf } from "../../lib/cli/describe_error.ts";
import { EXIT } from "../../lib/cli/exit_code.ts";
import { MagnetError, TorrentError } from "../../lib/metainfo/mod.ts";
import {
  ChunkMismatchError,
  ChunkMissingError,
  FileExistsError,
  NoSpaceError,
  StorageError,
  StoreInUseError,
} from "../../lib/storage/mod.ts";
import { TrackerRefusedError, TrackerUnreachableError } from "../../lib/tracker/mod.ts";

const FAULTS = { missing: ["a.part1"], wrong: [] };

Deno.test({
  name: "errors: the exit statuses are those that are documented",
  permissions: "none",
  fn() {
    assertEquals({ ...EXIT }, {
      done: 0,
      error: 1,
      timeout: 2,
      interrupted: 7,
      diskFull: 9,
      fileExists: 13,
      badTorrent: 26,
      badMagnet: 27,
      usage: 28,
      hashCheckFailed: 32,
      trackerRefused: 33,
      permissionMissing: 77,
    });
  },
});

Deno.test({
  name: "errors: each kind of error has its exit status, also as the cause of another",
  permissions: "none",
  fn() {
    const address = { host: "127.0.0.1", port: 1 };
    const kinds: readonly [unknown, number][] = [
      [new Error("any"), 1],
      ["not an error", 1],
      [undefined, 1],
      [new StorageError("any", "a"), 1],
      [new StoreInUseError("a", 5), 1],
      [new ChunkMissingError("a", FAULTS), 1],
      [new CliError(EXIT.timeout, "any"), 2],
      [new TrackerUnreachableError(address, new Error("any")), 2],
      [new DOMException("any", "AbortError"), 7],
      [new NoSpaceError("a"), 9],
      [new FileExistsError("a"), 13],
      [new TorrentError("Cannot read a", "any"), 26],
      [new MagnetError("any"), 27],
      [new UsageError("any"), 28],
      [new ChunkMismatchError("a", FAULTS), 32],
      [new TrackerRefusedError(404, "any"), 33],
      [new Deno.errors.NotCapable("any"), 77],
    ];
    for (const [error, code] of kinds) {
      assertEquals(exitCodeOf(error), code, String(error));
      assertEquals(exitCodeOf(new Error("outer", { cause: error })), code, `in ${error}`);
    }
  },
});

Deno.test({
  name: "errors: a missing permission comes before what was made of it",
  permissions: "none",
  fn() {
    const missing = new Deno.errors.NotCapable("run again with the --allow-net flag");
    const outer = new CliError(EXIT.timeout, "no tracker", {
      cause: new TrackerUnreachableError({ host: "127.0.0.1", port: 1 }, missing),
    });
    assertEquals(exitCodeOf(outer), 77);
    assertEquals(describeError(outer), "run again with the --allow-net flag");
  },
});

Deno.test({
  name: "errors: a message is one line without anything that a terminal obeys",
  permissions: "none",
  fn() {
    assertEquals(describeError(new Error("one\n  two\r\nthree \n")), "one two three");
    assertEquals(describeError(new Error("\x1b[31mred\u202e\x07")), "?[31mred??");
    assertEquals(describeError("text"), "text");
    assertEquals(describeError(new Error("x".repeat(5_000))).length, 2_000);
  },
});
