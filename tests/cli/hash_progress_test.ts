import { assert, assertEquals, assertMatch } from "@std/assert";
import { widthOf } from "../../lib/cli/fit_text.ts";
import { hashLine } from "../../lib/cli/hash_line.ts";
import { hashProgress } from "../../lib/cli/hash_progress.ts";
import type { LiveBlock } from "../../lib/cli/live_lines.ts";
import { FakeClock } from "../../lib/net/mod.ts";

const GIBIBYTE = 1024 ** 3;
const QUARTER = { doneBytes: GIBIBYTE, totalBytes: 4 * GIBIBYTE };

Deno.test({
  name: "checking: a line says of what, how much, how fast and how long, and is never too wide",
  permissions: "none",
  fn() {
    const progress = { ...QUARTER, seconds: 2 };
    assertEquals(
      hashLine("film.bin", progress, { cells: 100 }),
      "Checking  film.bin  25%  1.00 GiB of 4.00 GiB  512 MiB/s  6.00 s left",
    );
    assertEquals(
      hashLine("film.bin", progress, { cells: 40 }),
      "Checking  film.bin  25%  6.00 s left",
    );
    assertEquals(hashLine("a\x1b[2J", progress, { cells: 14 }), "a?[2J  25%");
    for (const name of ["", "x".repeat(240), "\u8b1b\u7fa9\u30d3\u30c7\u30aa \u{1f3ac}.mp4"]) {
      for (let cells = 0; cells <= 300; cells++) {
        for (const seconds of [0, 2]) {
          const line = hashLine(name, { ...QUARTER, seconds }, { cells });
          assert(widthOf(line) <= cells, `${cells}: ${line}`);
        }
      }
    }
  },
});

Deno.test("checking: on a terminal nothing is printed, and the line goes when all is hashed", async () => {
  const clock = new FakeClock();
  const shown = Promise.withResolvers<LiveBlock>();
  let state = "never shown";
  const progress = hashProgress(
    {
      isLive: true,
      note: () => assert(false, "something was printed"),
      show(block) {
        state = "shown";
        shown.resolve(block);
        return { [Symbol.dispose]: () => void (state = "gone") };
      },
    },
    "film.bin",
    clock,
  );
  await clock.advance(999);
  progress(QUARTER); // what is short is not told of
  assertEquals(state, "never shown");
  await clock.advance(1);
  progress(QUARTER);
  const [line = ""] = (await shown.promise)({ columns: 100, rows: 9 });
  assertMatch(line, /film\.bin.* 25%.* {2}1\.00 GiB of 4\.00 GiB/);
  progress({ doneBytes: 4 * GIBIBYTE, totalBytes: 4 * GIBIBYTE });
  assertEquals(state, "gone");
});

Deno.test("checking: elsewhere a line a second says how far it is", async () => {
  const clock = new FakeClock();
  const told: string[] = [];
  const progress = hashProgress(
    {
      isLive: false,
      note: (report, text) => told.push(`${report.type}: ${text}`),
      show: () => assert(false, "something was shown") as never,
    },
    "a\x1bb",
    clock,
  );
  for (let count = 0; count < 25; count++) {
    progress(QUARTER);
    await clock.advance(100);
  }
  assertEquals(told, Array(2).fill("checking: Checking a?b: 1.00 GiB of 4.00 GiB"));
});
