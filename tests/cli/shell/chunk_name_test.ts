import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../../lib/cli/cli_error.ts";
import { formatChunkName, parseChunkName, pieceOf } from "../../../lib/cli/shell/chunk_name.ts";
import { createTorrent } from "../../peer/simulation.ts";

Deno.test({
  name: "chunk name: NAME.partN is the piece N - 1 of NAME, and is written so again",
  permissions: "none",
  fn() {
    const texts: readonly [string, string, number][] = [
      ["mv1.mp4.part1", "mv1.mp4", 0],
      ["mv1.mp4.part12", "mv1.mp4", 11],
      ["a.part999999999", "a", 999_999_998],
      ["a.part1.part2", "a.part1", 1],
      ["a lecture.mp4.part10", "a lecture.mp4", 9],
      ["caf\u00e9 \u6f22\u{1f3ac}.part3", "caf\u00e9 \u6f22\u{1f3ac}", 2],
    ];
    for (const [text, name, index] of texts) {
      assertEquals(parseChunkName(text), { name, index });
      assertEquals(formatChunkName({ name }, index), text);
    }
  },
});

Deno.test({
  name: "chunk name: what is none is refused with an example, and nothing that a terminal obeys",
  permissions: "none",
  fn() {
    const texts = ["", "mv1.mp4", "mv1.mp4.part", ".part1", "part1", "mv1.mp4.part0"];
    const numbers = ["01", "-1", "1.5", "1e3", "+1", " 1", "1 ", "1000000000", "0x1", "one"];
    for (const text of [...texts, ...numbers.map((number) => `mv1.mp4.part${number}`)]) {
      const error = assertThrows(() => parseChunkName(text), UsageError, undefined, text);
      assertEquals(
        error.message,
        `Cannot read chunk ${text}: it must be NAME.partN, as in mv1.mp4.part1`,
      );
    }
    const error = assertThrows(() => parseChunkName("a\x1b[2J\n\u202eb.part"), UsageError);
    assertStringIncludes(error.message, "Cannot read chunk a?[2J??b.part: ");
  },
});

Deno.test({
  name: "chunk name: the name of a torrent is made safe to show",
  permissions: "none",
  fn() {
    assertEquals(formatChunkName({ name: "a\x1b[2J\u202eb" }, 0), "a?[2J?b.part1");
  },
});

Deno.test({
  name: "chunk name: a chunk that the torrent does not have is refused with the name of the last",
  permissions: "none",
  async fn() {
    const { info } = await createTorrent({ name: "mv1.mp4" });
    const last = info.layout.pieceCount - 1;
    for (const index of [0, 3, last]) {
      assertEquals<number>(pieceOf(info, { name: "", index }), index);
    }
    for (const index of [last + 1, 999_999_998]) {
      const error = assertThrows(() => pieceOf(info, { name: "mv1.mp4", index }), UsageError);
      assertEquals(
        error.message,
        `Cannot find mv1.mp4.part${index + 1}: mv1.mp4 has only chunks up to mv1.mp4.part8`,
      );
    }
  },
});

Deno.test({
  name: "chunk name: of a file that is empty it is said that it has none, and no last one is named",
  permissions: "none",
  async fn() {
    const { info } = await createTorrent({ name: "a\u00adb", length: 0 });
    for (const index of [0, 12]) {
      const error = assertThrows(() => pieceOf(info, { name: "", index }), UsageError);
      assertEquals(
        error.message,
        `Cannot find a?b.part${index + 1}: a?b is empty and has no chunks`,
      );
    }
  },
});
