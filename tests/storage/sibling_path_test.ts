import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { basename, dirname, join } from "@std/path";
import { siblingPath } from "../../lib/storage/sibling_path.ts";

Deno.test({
  name: "siblingPath() appends the suffix where the name stays short enough",
  permissions: "none",
  fn() {
    assertEquals(siblingPath("a/b.mp4", ".partial"), "a/b.mp4.partial");
    const longest = "x".repeat(255 - ".partial".length);
    assertEquals(siblingPath(longest, ".partial"), `${longest}.partial`);
  },
});

Deno.test({
  name: "siblingPath() never makes a name that is too long, nor cuts a character in two",
  permissions: "none",
  fn() {
    for (const character of ["x", "\u00e9", "\u6f22", "\u{1f3ac}"]) {
      for (let count = 1; count <= 255; count++) {
        const name = character.repeat(count);
        const path = siblingPath(join("folder", name), ".partial.journal");
        assertEquals(dirname(path), "folder");
        assert(path.endsWith(".partial.journal"));
        assert(!path.includes("\ufffd"));
        assert(new TextEncoder().encode(basename(path)).length <= 255);
      }
    }
  },
});

Deno.test({
  name: "siblingPath() keeps names apart that differ only where they are cut",
  permissions: "none",
  fn() {
    const one = siblingPath(`${"x".repeat(250)}1`, ".partial");
    assertNotEquals(one, siblingPath(`${"x".repeat(250)}2`, ".partial"));
    assertEquals(one, siblingPath(`${"x".repeat(250)}1`, ".partial"));
  },
});
