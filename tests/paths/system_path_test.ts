import { assertEquals } from "@std/assert";
import * as std from "@std/path";
import { basename } from "@std/path/windows/basename";
import { dirname } from "@std/path/windows/dirname";
import { isAbsolute } from "@std/path/windows/is-absolute";
import { join } from "@std/path/windows/join";
import * as paths from "../../lib/paths/mod.ts";

const PLACES = ["", ".", "a", "a/b/../c", "/", "/a//b/", "../a", "a\\b", "C:\\a\\b", "\\\\host\\x"];

Deno.test("Paths are those of the standard library for this system", () => {
  assertEquals(paths.SEPARATOR, std.SEPARATOR);
  for (const one of PLACES) {
    assertEquals(paths.dirname(one), std.dirname(one));
    assertEquals(paths.basename(one), std.basename(one));
    assertEquals(paths.isAbsolute(one), std.isAbsolute(one));
    for (const other of PLACES) {
      assertEquals(paths.join(one, other), std.join(one, other));
      assertEquals(paths.resolve(one, other), std.resolve(one, other));
    }
  }
  assertEquals(paths.resolve(), std.resolve());
  assertEquals(paths.basename("a/b.torrent", ".torrent"), "b");
  assertEquals(paths.fromFileUrl(import.meta.url), std.fromFileUrl(import.meta.url));
});

Deno.test("Paths are had without what the runtime has for Node, which takes time to load", async () => {
  const child = std.fromFileUrl(import.meta.resolve("./without_node.ts"));
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", child],
  }).output();
  const text = new TextDecoder().decode(success ? stdout : stderr);
  assertEquals(text.trim().split("\n"), [
    ...[std.join("a", "..", "b"), "a", "b", "false"],
    ...[std.resolve("a"), std.resolve("/a", "b"), "true"],
  ]);
});

Deno.test("Paths are those of Windows on Windows", async () => {
  const child = std.fromFileUrl(import.meta.resolve("./on_windows.ts"));
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", child, ...PLACES],
  }).output();
  assertEquals(JSON.parse(new TextDecoder().decode(stdout)), [
    ...["\\", "C:\\a\\b"],
    ...PLACES.map((one) => [basename(one), dirname(one), isAbsolute(one), join(one, "..", "x")]),
  ]);
});
