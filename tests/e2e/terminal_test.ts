import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { Scene } from "./scene.ts";
import { soon } from "./sluice.ts";
import { NO_TMUX, Terminal } from "./terminal.ts";

const FILMS = { "film.bin": 3_000_000, "\u8b1b\u7fa9 \u{1f3ac} and a long name.mp4": 2_000_000 };
const MAIN = fromFileUrl(import.meta.resolve("../../main.ts"));

/** A bar: a name, perhaps a map, percents and other parts. */
const BAR = /^\S.* {1,4}\d{1,3}%(?: {2}\S.*)?$/;

for (const columns of [80, 40]) {
  Deno.test({
    name:
      `e2e: in ${columns} columns people see a bar for each file, and notes above them${NO_TMUX}`,
    ignore: NO_TMUX !== "",
    async fn() {
      await using scene = await Scene.open();
      const tracker = await scene.tracker();
      const random = seededRandom(columns);
      const alice = await scene.library(
        "alice",
        Object.fromEntries(
          Object.entries(FILMS).map(([name, length]) => [name, randomBytes(random, length)]),
        ),
      );
      const names = Object.keys(FILMS);
      const flags = [...tracker.flags, "--piece-length", "64K"];
      const share = scene.start(alice, ["share", ...names, ...flags, "--json"]);
      for (const name of names) await share.report("seeding", (report) => report.name === name);
      const quoted = names.map((name) => `'${name}'`).join(" ");
      const get = `'${Deno.execPath()}' run -A --no-lock '${MAIN}' get ${quoted} ` +
        `--no-discovery ${tracker.flags.join(" ")} --down 400K; echo status $?; exec sleep 1000`;
      const folder = await scene.folder("bob");
      using terminal = new Terminal(`${scene.path}/tmux`, { columns, folder, command: get });

      const hasBars = (text: string): boolean => text.match(/[KM]iB\/s/g)?.length === 2;
      const bars = await terminal.until(hasBars);
      assertEquals(bars.length, 2, bars.join("\n"));
      for (const bar of bars) {
        assertMatch(bar, BAR);
        assertMatch(bar, /[KM]iB\/s {2}.*(?:s|--) left$/);
        if (columns === 80) assertMatch(bar, /[\u2588\u2591\u2592\u2593\u00b7]{10}.* 1 peer /);
      }
      assert(bars.some((bar) => bar.startsWith("film.bin ")));

      tracker.process.kill("SIGKILL");
      const noted = await terminal.until((text) => text.includes("Cannot reach") && hasBars(text));
      const note = noted.slice(0, -2).map((line) => line.padEnd(columns)).join("").trimEnd();
      assertMatch(note, /^Cannot reach tracker 127\.0\.0\.1:\d+: .*; trying again$/);
      for (const bar of noted.slice(-2)) assertMatch(bar, BAR);

      terminal.press("C-c");
      const ended = await terminal.until((text) => text.includes("status 7"));
      assertEquals(ended.filter((line) => line.startsWith("sluice: Interrupted at ")).length, 2);
      assertEquals(ended.filter((line) => /iB\/s/.test(line)), [], "a bar is left");
      assertEquals(terminal.modes, "1 1");
      share.kill("SIGINT");
      await soon("the end of the share", share.outcome());
    },
  });
}
