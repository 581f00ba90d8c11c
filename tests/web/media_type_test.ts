import { assertEquals } from "@std/assert";
import { mediaOf } from "../../lib/web/mod.ts";

Deno.test({
  name: "A file is media by the ending of its name, and nothing that may run scripts is",
  permissions: "none",
  fn() {
    assertEquals(mediaOf("Lecture 1.MP4"), { kind: "video", type: "video/mp4" });
    assertEquals(mediaOf("a.b.flac"), { kind: "audio", type: "audio/flac" });
    for (
      const name of ["mp4", "x.html", "x.svg", "x.mp4.svg", "x.xhtml", "x.mp4 ", "", ".", "x.js"]
    ) {
      assertEquals(mediaOf(name), undefined, name);
    }
  },
});
