import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { type RunningTracker, Scene } from "./scene.ts";
import { soon } from "./sluice.ts";
import { NO_TMUX, Terminal } from "./terminal.ts";

const FILMS = { "film.bin": 3_000_000, "\u8b1b\u7fa9 \u{1f3ac} and a long name.mp4": 2_000_000 };
const MAIN = fromFileUrl(import.meta.resolve("../../main.ts"));

/** The first line of a transfer: a name, perhaps a map, percents. */
const HEAD = /^\S.* {1,4}\d{1,3}%$/;

/** Any line of a display. */
const RATE = /\d [KM]?i?B\/s/;

/** Opens a terminal in which the program runs, and then its status is told. */
function run(
  scene: Scene,
  args: string,
  options: { columns: number; rows?: number; folder: string; before?: string },
): Terminal {
  const { before = "" } = options;
  const command =
    `${before} '${Deno.execPath()}' run -A --no-lock '${MAIN}' ${args} --no-discovery; ` +
    "echo status $?; exec sleep 1000";
  return new Terminal(join(scene.path, `${crypto.randomUUID()}.tmux`), { ...options, command });
}

/** A tracker, and alice, who has two films. */
async function prepare(scene: Scene): Promise<{ tracker: RunningTracker; alice: string }> {
  const random = seededRandom(7);
  const films = Object.entries(FILMS).map(([name, length]) => [name, randomBytes(random, length)]);
  const [tracker, alice] = await Promise.all([
    scene.tracker(),
    scene.library("alice", Object.fromEntries(films)),
  ]);
  return { tracker, alice };
}

const NAMES = Object.keys(FILMS);
const QUOTED = NAMES.map((name) => `'${name}'`).join(" ");

for (const columns of [80, 40]) {
  Deno.test({
    name:
      `e2e: in ${columns} columns people see two lines for each file, totals, and notes above${NO_TMUX}`,
    ignore: NO_TMUX !== "",
    async fn() {
      await using scene = await Scene.open();
      const { tracker, alice } = await prepare(scene);
      const flags = [...tracker.flags, "--piece-length", "64K"];
      const share = scene.start(alice, ["share", ...NAMES, ...flags, "--json"]);
      for (const name of NAMES) await share.report("seeding", (report) => report.name === name);
      const folder = await scene.folder("bob");
      // It lasts for half a minute: there is time to look on a busy machine.
      const args = `get ${QUOTED} ${tracker.flags.join(" ")} --down 150K`;
      using terminal = run(scene, args, { columns, folder });

      const isShown = (text: string): boolean =>
        text.split("\n").slice(-5).filter((line) => /[KM]iB\/s/.test(line)).length === 3;
      const shown = (await terminal.until(isShown)).slice(-5);
      for (const at of [0, 2]) {
        assertMatch(shown[at] ?? "", HEAD);
        assertMatch(shown[at] ?? "", /[\u2588\u2591\u2592\u2593\u00b7]{10}/);
        assertMatch(shown[at + 1] ?? "", /^ {2}.*[KM]iB\/s {2}.*(?:s|--) left$/);
        if (columns === 80) assertMatch(shown[at + 1] ?? "", / of [12]\.\d+ MiB .* 1 peer /);
      }
      assert(shown.some((line) => line.startsWith("film.bin ")));
      assertMatch(shown[4] ?? "", /^0 of 2 done {2}\d.*iB\/s .* left$/);

      tracker.process.kill("SIGKILL");
      const noted = await terminal.until((text) => text.includes("Cannot reach") && isShown(text));
      const note = noted.slice(0, -5).map((line) => line.padEnd(columns)).join("").trimEnd();
      assertMatch(note, /^Cannot reach tracker 127\.0\.0\.1:\d+: .*; trying again$/);
      assertMatch(noted.at(-5) ?? "", HEAD);

      terminal.press("C-c");
      const ended = await terminal.until((text) => text.includes("status 7"));
      assertEquals(ended.filter((line) => line.startsWith("sluice: Interrupted at ")).length, 2);
      assertEquals(ended.filter((line) => RATE.test(line)), [], "a line is left");
      assertEquals(terminal.modes, "1 1");
      share.kill("SIGINT");
      await soon("the end of the share", share.outcome());
    },
  });
}

Deno.test({
  name:
    `e2e: one who shares sees what is served, to how many, how fast, and what the tracker says${NO_TMUX}`,
  ignore: NO_TMUX !== "",
  async fn() {
    await using scene = await Scene.open();
    const { tracker, alice } = await prepare(scene);
    const args = `share ${QUOTED} ${tracker.flags.join(" ")} --piece-length 64K --up 100K`;
    using terminal = run(scene, args, { columns: 110, rows: 30, folder: alice });
    await terminal.until((text) => /2 files {2}0 B\/s up {2}0 peers {2}0 B sent/.test(text));
    const get = scene.start(await scene.folder("bob"), [
      ...["get", "film.bin", ...tracker.flags, "--json"],
    ]);
    const lines = await terminal.until((text) =>
      /serving {2}\d+ KiB\/s up {2}1 peer .* sent {2}swarm: 1 seeder, 1 leecher, 1\.\d\d copies/
        .test(text)
    );
    const serving = lines.findIndex((line) => line.startsWith("Serving at port "));
    assertEquals(lines.length, serving + 6, lines.join("\n"));
    assertMatch(lines[serving + 1] ?? "", /^film\.bin .*\u2588{10} {2}100%$/);
    const progress = await get.report("progress", ({ bytes }) => Number(bytes) > 0);
    assertEquals(Number(progress.secondsLeft) > 0, true);
    const peers = progress.peerList as Record<string, unknown>[];
    assertEquals(peers.map(({ client, chunks }) => [String(client).split(" ")[0], chunks]), [
      ["Sluice", 46],
    ]);
    get.kill("SIGINT");
    await soon("the end of the download", get.outcome());
    terminal.press("C-c");
    const ended = await terminal.until((text) => text.includes("status 0"));
    assertEquals(ended.filter((line) => RATE.test(line)), [], "a line is left");
    assertEquals(terminal.modes, "1 1");
  },
});

Deno.test({
  name:
    `e2e: Ctrl-Z stops a get with the terminal as it was, and it goes on where it was${NO_TMUX}`,
  ignore: NO_TMUX !== "",
  async fn() {
    await using scene = await Scene.open();
    const { tracker, alice } = await prepare(scene);
    await scene.share(alice, "film.bin", tracker, ["--up", "300K"]);
    const get =
      `'${Deno.execPath()}' run -A --no-lock '${MAIN}' get film.bin ${tracker.flags.join(" ")} ` +
      "--no-discovery; echo status $?";
    const folder = await scene.folder("bob");
    using terminal = new Terminal(join(scene.path, "stopped.tmux"), {
      ...{ columns: 100, rows: 14, folder, env: { NO_COLOR: "1" } },
      command: "sh -i",
    });
    await terminal.until((text) => /[#$]$/.test(text));
    terminal.type("PS1=ready:");
    terminal.type(`alias g="${get}"`);
    terminal.type("clear; g");
    await terminal.until((text) => /^film\.bin .*[1-9]%$/m.test(text));
    assertEquals(terminal.modes, "0 0");
    terminal.press("C-z");
    const stopped = await terminal.until((text) =>
      text.endsWith("ready:") && /stopped/i.test(text)
    );
    assertEquals(stopped.filter((line) => RATE.test(line)), [], "a line is left");
    assertEquals(terminal.modes, "1 1");
    terminal.type("fg");
    await terminal.until((text) => /^film\.bin .*\d%$/m.test(text));
    assertEquals(terminal.modes, "0 0");
    await terminal.until((text) => /film\.bin \(2\.86 MiB in/.test(text));
    await terminal.until((text) => text.endsWith("ready:"));
    assertEquals(terminal.modes, "1 1");
  },
});

Deno.test({
  name: `e2e: programs that listen to a share hear of what it sends and to whom`,
  async fn() {
    await using scene = await Scene.open();
    const { tracker, alice } = await prepare(scene);
    const { process } = await scene.share(alice, "film.bin", tracker, ["--up", "100K"]);
    const get = scene.start(await scene.folder("bob"), ["get", "film.bin", ...tracker.flags]);
    const upload = await process.report(
      "upload",
      ({ upRate, peers, swarm }) => Number(upRate) > 0 && peers === 1 && swarm !== undefined,
    );
    assert(Number(upload.uploaded) > 0);
    assertEquals((upload.peerList as unknown[]).length, 1);
    assertEquals(Object.keys(upload.swarm as object), ["seeders", "leechers", "copies"]);
    get.kill("SIGINT");
    await soon("the end of the download", get.outcome());
  },
});

Deno.test({
  name:
    `e2e: a display is drawn anew when its window gets narrower, and leaves nothing behind${NO_TMUX}`,
  ignore: NO_TMUX !== "",
  async fn() {
    await using scene = await Scene.open();
    const { tracker, alice } = await prepare(scene);
    await scene.share(alice, "film.bin", tracker, ["--piece-length", "64K"]);
    const folder = await scene.folder("bob");
    const args = `get film.bin ${tracker.flags.join(" ")} --down 50K -v`;
    // As a screen is that was used for a while; of one that is half empty tmux keeps a page.
    const before = "seq 30;";
    using terminal = run(scene, args, { columns: 100, rows: 24, folder, before });
    const lines = await terminal.until((text) =>
      text.includes("connected with 46 chunks") && / left$/.test(text)
    );
    const above = lines.slice(0, -2).join("");
    for (const columns of [60, 30, 20, 90]) {
      terminal.resize(columns, 24);
      const seen = await terminal.until((text) => {
        const [head = "", facts = ""] = text.split("\n").slice(-2);
        return /%$/.test(head) && / left$/.test(facts) && facts.length < columns &&
          (columns < 30 || head.length === columns - 1);
      });
      // With no space at its ends a text is the same wherever it is broken.
      const squeeze = (text: string): string => text.replaceAll(/\s/g, "");
      const kept = squeeze(seen.slice(0, -2).join(""));
      assert(
        kept !== "" && squeeze(above).endsWith(kept),
        `${columns} columns: ${seen.join("\n")}`,
      );
    }
    terminal.press("C-c");
    await terminal.until((text) => text.includes("status 7"));
  },
});

Deno.test({
  name: `e2e: the cursor is back however a download ends${NO_TMUX}`,
  ignore: NO_TMUX !== "" || Deno.build.os === "windows",
  async fn() {
    await using scene = await Scene.open();
    const { tracker, alice } = await prepare(scene);
    await scene.share(alice, "film.bin", tracker, ["--piece-length", "64K"]);
    const ends = [
      { keys: ["C-c"], status: 7 },
      { keys: ["C-\\"], status: 131 },
      { signal: "TERM", status: 7 },
    ];
    for (const [at, { keys, signal, status }] of ends.entries()) {
      const folder = await scene.folder(`bob ${at}`);
      const pid = join(folder, "pid");
      // The shell that tells its number becomes the program.
      const args = `get film.bin ${tracker.flags.join(" ")} --down 50K --no-discovery`;
      using terminal = new Terminal(join(scene.path, `${at}.tmux`), {
        ...{ columns: 80, folder },
        command:
          `sh -c 'echo $$ > pid; exec "${Deno.execPath()}" run -A --no-lock "${MAIN}" ${args}'; ` +
          "echo status $?; exec sleep 1000",
      });
      await terminal.until((text) => / left$/.test(text));
      assertEquals(terminal.modes, "0 0");
      if (keys !== undefined) terminal.press(...keys);
      else Deno.kill(Number(await Deno.readTextFile(pid)), `SIG${signal}` as Deno.Signal);
      const ended = await terminal.until((text) => text.includes("status "));
      assertEquals(ended.at(-1), `status ${status}`);
      assertEquals(ended.filter((line) => RATE.test(line)), [], "a line is left");
      assertEquals(terminal.modes, "1 1");
    }
  },
});

Deno.test({
  name: `e2e: a terminal that understands no control sequences gets plain lines${NO_TMUX}`,
  ignore: NO_TMUX !== "",
  async fn() {
    await using scene = await Scene.open();
    const { tracker, alice } = await prepare(scene);
    await scene.share(alice, "film.bin", tracker, ["--piece-length", "64K"]);
    const folder = await scene.folder("bob");
    const args = `get film.bin ${tracker.flags.join(" ")} --down 100K`;
    const dumb = { columns: 100, folder, before: "TERM=dumb" };
    using terminal = run(scene, args, dumb);
    const lines = await terminal.until((text) => text.split("\n").length >= 2);
    for (const line of lines) assertMatch(line, /^film\.bin: \d+%, \d+ of 46 chunks, .* left$/);
    assertEquals(terminal.modes, "1 1");
  },
});

Deno.test({
  name: `e2e: there are colours on a terminal, and none with NO_COLOR${NO_TMUX}`,
  ignore: NO_TMUX !== "",
  async fn() {
    await using scene = await Scene.open();
    const { tracker, alice } = await prepare(scene);
    await scene.share(alice, "film.bin", tracker, ["--piece-length", "64K"]);
    const get = `get film.bin ${tracker.flags.join(" ")} --down 50K`;
    const top = `top ${tracker.flags.join(" ")}`;
    for (const args of [get, top]) {
      for (
        const [before, isColoured] of [["env -u NO_COLOR", true], ["NO_COLOR=1", false]] as const
      ) {
        const folder = await scene.folder(crypto.randomUUID());
        using terminal = run(scene, args, { columns: 80, folder, before });
        await terminal.until((text) => / left$|film\.bin +2\.86 MiB/.test(text));
        assertEquals(terminal.styled.includes("\x1b["), isColoured, terminal.styled);
      }
    }
  },
});

Deno.test({
  name: `e2e: the cursor is back after an error that nobody caught${NO_TMUX}`,
  ignore: NO_TMUX !== "",
  async fn() {
    await using scene = await Scene.open();
    const lib = import.meta.resolve("../../lib/");
    const config = fromFileUrl(import.meta.resolve("../../deno.json"));
    for (
      const end of [
        "setTimeout(() => { throw new Error('oh') }",
        "setTimeout(() => void Promise.reject(new Error('oh'))",
      ]
    ) {
      const script = join(scene.path, "crash.ts");
      await Deno.writeTextFile(
        script,
        `
        import { LiveLines } from "${lib}cli/live_lines.ts";
        import { stderrTerminal } from "${lib}cli/terminal.ts";
        import { systemClock } from "${lib}net/mod.ts";
        new LiveLines(stderrTerminal, systemClock).show(() => ["a line", "another"]);
        Deno.stdin.read(new Uint8Array(1)).then(() => ${end}));
      `,
      );
      using terminal = new Terminal(join(scene.path, `${crypto.randomUUID()}.tmux`), {
        ...{ columns: 80, folder: scene.path },
        command:
          `'${Deno.execPath()}' run -A --no-lock --no-check --config '${config}' ${script}; echo status $?; exec sleep 1000`,
      });
      await terminal.until((text) => text.includes("another"));
      assertEquals(terminal.modes, "0 0");
      terminal.press("Enter");
      await terminal.until((text) => text.includes("status 1"));
      assertEquals(terminal.modes, "1 1");
    }
  },
});
