import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { deadPort } from "./dead_port.ts";
import { refusalOf, reportsOf, Scene } from "./scene.ts";
import { soon } from "./sluice.ts";
import { NO_TMUX, Terminal } from "./terminal.ts";

const MAIN = fromFileUrl(import.meta.resolve("../../main.ts"));
const FILM = randomBytes(seededRandom(3), 3_000_000);

/** Opens a terminal in which `top` runs after something was printed, and then its status is told. */
function open(
  scene: Scene,
  args: string,
  size: { columns: number; rows: number } = { columns: 110, rows: 14 },
): Terminal {
  const top = `'${Deno.execPath()}' run -A --no-lock '${MAIN}' top ${args} --no-discovery`;
  return new Terminal(join(scene.path, `${crypto.randomUUID()}.tmux`), {
    ...{ ...size, folder: scene.path },
    command: `echo before; ${top}; echo status $?; exec sleep 1000`,
  });
}

/** A tracker, alice who shares two files, and bob who fetches one of them slowly. */
async function prepare(scene: Scene) {
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM, "other.bin": FILM.slice(9) });
  const args = ["--piece-length", "64K"];
  await scene.share(alice, "film.bin", tracker, args);
  await scene.share(alice, "other.bin", tracker, args);
  const bob = scene.start(await scene.folder("bob"), [
    ...["get", "film.bin", ...tracker.flags, "--down", "60K", "--json"],
  ]);
  await bob.report("progress", ({ chunks }) => Number(chunks) > 1);
  return { tracker, bob, flags: tracker.flags.join(" ") };
}

Deno.test({
  name: `e2e: top shows the files, and the peers of one as it is fetched, in any window${NO_TMUX}`,
  ignore: NO_TMUX !== "",
  async fn() {
    await using scene = await Scene.open();
    const { bob, flags } = await prepare(scene);
    using terminal = open(scene, flags);
    const list = await terminal.until((text) => /> film\.bin .*KiB\/s/.test(text));
    assertMatch(list[0] ?? "", /^sluice top {2}tracker 127\.0\.0\.1:\d+ {2}connected$/);
    assertMatch(list[1] ?? "", /^2 files {2}5\.72 MiB {2}3 peers {2}2 seeders {2}1 leecher {2}\d/);
    assertMatch(list[4] ?? "", /^> film\.bin +2\.86 MiB +1 +1 +1\.\d\d +.*[\u2581-\u2588]{20}$/);
    assertMatch(list[5] ?? "", /^ {2}other\.bin +2\.86 MiB +1 +0 +1\.00/);
    assertMatch(list.at(-1) ?? "", /q quit$/);

    terminal.press("Enter");
    const peers = await terminal.until((text) => /\/46 +\d+% +[\d.]+ KiB\/s .* s$/m.test(text));
    assertMatch(peers[1] ?? "", /^film\.bin {2}2\.86 MiB {2}46 chunks {2}1 seeder {2}1 leecher/);
    assertMatch(peers[5] ?? "", /^127\.0\.0\.1:\d+ +Sluice \S+ +\u2588+ +46\/46 +100% .* done$/);
    assertMatch(peers[6] ?? "", /^127\.0\.0\.1:\d+ +Sluice .*\u00b7.* \d+\/46 +\d+% /);

    for (const [columns, rows] of [[40, 10], [20, 6], [120, 40]] as const) {
      terminal.resize(columns, rows);
      const lines = await terminal.until((text) =>
        text.includes("100%") && text.split("\n").every((line) => line.length <= columns) &&
        text.includes("q quit") === rows >= 8 &&
        text.split("\n").length === rows
      );
      assert(lines.some((line) => line.startsWith("film.bin")), lines.join("\n"));
    }
    terminal.press("Escape");
    await terminal.until((text) => text.includes("> film.bin"));
    terminal.press("Down", "n");
    await terminal.until((text) => text.includes("> other.bin") && text.includes("by name"));
    terminal.press("?");
    await terminal.until((text) => text.includes("sort files by"));
    terminal.press("x", "q");
    const ended = await terminal.until((text) => text.includes("status"));
    assertEquals(ended, ["before", "status 0"]);
    assertEquals(terminal.modes, "1 1");
    bob.kill("SIGINT");
    await soon("the end of the download", bob.outcome());
  },
});

Deno.test({
  name: `e2e: top says that its tracker is lost, and goes on when it is back${NO_TMUX}`,
  ignore: NO_TMUX !== "",
  async fn() {
    await using scene = await Scene.open();
    const { tracker, flags } = await prepare(scene);
    using terminal = open(scene, `film.bin ${flags}`);
    await terminal.until((text) => text.includes("connected") && text.includes("46/46"));
    tracker.process.kill("SIGKILL");
    const lost = await terminal.until((text) => text.startsWith("Lost the tracker: "));
    assertMatch(lost[0] ?? "", /^Lost the tracker: .* 127\.0\.0\.1:\d+: .*; trying again$/);
    assertMatch(lost.join("\n"), /46\/46 +100%/);
    await tracker.process.outcome();
    await scene.tracker(tracker.port);
    await terminal.until((text) => text.includes("connected") && text.includes("46/46"));
  },
});

Deno.test({
  name: `e2e: the terminal is as it was however top ends${NO_TMUX}`,
  ignore: NO_TMUX !== "" || Deno.build.os === "windows",
  async fn() {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    for (const [key, status] of [["C-c", 0], ["q", 0], ["C-\\", 131]] as const) {
      using terminal = open(scene, tracker.flags.join(" "));
      await terminal.until((text) => text.includes("The tracker knows no files"));
      assertEquals(terminal.modes, "0 0");
      terminal.press(key);
      const ended = await terminal.until((text) => text.includes("status"));
      assertEquals([ended[0], ended.at(-1)], ["before", `status ${status}`]);
      assertEquals(terminal.modes, "1 1");
      terminal.press("a"); // what is typed is seen again
      await terminal.until((text) => text.endsWith("\na"));
    }
  },
});

Deno.test({
  name: `e2e: the terminal is as it was when SIGHUP ends top or a get${NO_TMUX}`,
  ignore: NO_TMUX !== "" || Deno.build.os === "windows",
  async fn() {
    await using scene = await Scene.open();
    const { bob, flags } = await prepare(scene);
    const get = "get other.bin --out there --down 50K";
    for (const [command, sign] of [["top", "> film.bin"], [get, " left"]] as const) {
      const pid = join(scene.path, `${crypto.randomUUID()}.pid`);
      const words = `run -A --no-lock '${MAIN}' ${command} ${flags} --no-discovery`;
      using terminal = new Terminal(`${pid}.tmux`, {
        ...{ columns: 110, rows: 14, folder: scene.path },
        command: `sh -c 'echo $$ > ${pid}; exec "$@"' sh '${Deno.execPath()}' ${words}; ` +
          "echo status $?; exec sleep 1000",
      });
      await terminal.until((text) => text.includes(sign));
      assertEquals(terminal.modes, "0 0");
      Deno.kill(Number(await Deno.readTextFile(pid)), "SIGHUP");
      await terminal.until((text) => text.endsWith("status 129"));
      assertEquals(terminal.modes, "1 1");
    }
    bob.kill("SIGINT");
    await soon("the end of the download", bob.outcome());
  },
});

Deno.test("e2e: where there is no terminal top prints lines, or objects with all that it shows", async () => {
  await using scene = await Scene.open();
  const { bob, tracker } = await prepare(scene);
  const flags = [...tracker.flags];
  const once = await scene.run(scene.path, ["top", ...flags, "--once"]);
  assertEquals([once.code, once.stderr], [0, []]);
  assertMatch(once.stdout[0] ?? "", /^Tracker 127\.0\.0\.1:\d+$/);
  assertMatch(once.stdout[1] ?? "", /^2 files, 3 peers, 2 seeders, 1 leecher, /);
  assertMatch(once.stdout[3] ?? "", /^film\.bin +2\.86 MiB +1 +1 +1\.\d\d .*[\u2581-\u2588]{20}$/);

  const watching = scene.start(scene.path, [
    ...["top", "film.bin", ...flags, "--json", "--interval", "200ms"],
  ]);
  const top = await watching.report(
    "top",
    ({ peers }) => (peers as { downRate: number }[]).some(({ downRate }) => downRate > 0),
  );
  assertEquals([top.state, (top.files as unknown[]).length], ["connected", 2]);
  const peers = top.peers as { chunks: number; map: string; secondsLeft: number }[];
  assertEquals(peers.map(({ chunks }) => chunks === 46).toSorted(), [false, true]);
  for (const { map, secondsLeft } of peers) {
    assertEquals(atob(map).length, 46);
    assert(secondsLeft >= 0);
  }
  tracker.process.kill("SIGKILL");
  const lost = await watching.report("top", ({ state }) => state === "lost");
  assertEquals((lost.files as unknown[]).length, 2);
  watching.kill("SIGINT");
  assertEquals((await watching.outcome()).code, 0);
  bob.kill("SIGINT");
  await soon("the end of the download", bob.outcome());
});

Deno.test("e2e: top --once looks at every swarm of a list of some length, and says how many it saw", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const names = Array.from({ length: 70 }, (_, at) => `${at}.bin`);
  const files = names.map((name) => [name, new TextEncoder().encode(name)]);
  const alice = await scene.library("alice", Object.fromEntries(files));
  const share = scene.start(alice, ["share", ...names, ...tracker.flags, "--json"]);
  for (const name of names) {
    await share.report("seeding", (report) => report.name === name);
  }
  let listed: { copiesMap?: number[] }[] = [];
  let swarmsSeen: unknown;
  while (listed.length < names.length) { // on a busy machine the tracker hears of some of them later
    const run = await scene.run(scene.path, ["top", "--once", "--json", ...tracker.flags]);
    const [top] = reportsOf(run);
    ({ swarmsSeen } = top ?? {});
    listed = top?.files as typeof listed;
  }
  assertEquals(swarmsSeen, names.length);
  assertEquals(listed.filter(({ copiesMap }) => copiesMap?.length !== 1), []);
});

Deno.test("e2e: top refuses what it cannot watch", async () => {
  await using scene = await Scene.open();
  const nobody = ["--tracker", `127.0.0.1:${deadPort()}`];
  assertMatch(
    refusalOf(await scene.run(scene.path, ["top", ...nobody]), 2),
    /Cannot reach tracker/,
  );
  const tracker = await scene.tracker();
  const unknown = await scene.run(scene.path, ["top", "film.bin", ...tracker.flags]);
  assertMatch(
    refusalOf(unknown, 33),
    /Cannot show peers of film\.bin: the tracker knows no such file/,
  );
  const hasty = await scene.run(scene.path, ["top", ...tracker.flags, "--interval", "1ms"]);
  assertMatch(refusalOf(hasty, 28), /Cannot use --interval: it must be 100ms or more/);
  const empty = reportsOf(
    await scene.run(scene.path, ["top", "--once", "--json", ...tracker.flags]),
  );
  assertEquals(empty.map(({ type, files }) => [type, files]), [["top", []]]);
});

Deno.test({
  name: `e2e: Ctrl-Z stops top with the terminal as it was, and it goes on where it was${NO_TMUX}`,
  ignore: NO_TMUX !== "" || Deno.build.os === "windows",
  async fn() {
    await using scene = await Scene.open();
    const { flags, bob } = await prepare(scene);
    const top = `${Deno.execPath()} run -A --no-lock ${MAIN} top ${flags} --no-discovery`;
    using terminal = new Terminal(join(scene.path, "stopped.tmux"), {
      ...{ columns: 100, rows: 14, folder: scene.path },
      command: "sh -i",
    });
    await terminal.until((text) => /[#$]$/.test(text));
    terminal.type("PS1=ready:");
    terminal.type(`alias t='${top}'`);
    terminal.type("clear; t");
    await terminal.until((text) => text.includes("> film.bin"));
    terminal.press("C-z");
    const stopped = await terminal.until((text) =>
      text.endsWith("ready:") && /stopped/i.test(text)
    );
    assertEquals(stopped.filter((line) => line.includes("film.bin")), []);
    assertEquals(terminal.modes, "1 1");
    terminal.type("fg");
    await terminal.until((text) => text.includes("> film.bin"));
    assertEquals(terminal.modes, "0 0");
    terminal.press("Down");
    await terminal.until((text) => text.includes("> other.bin"));
    terminal.press("q");
    const ended = await terminal.until((text) => text.endsWith("ready:"));
    assertEquals(ended.filter((line) => line.includes("film.bin")), []);
    bob.kill("SIGINT");
    await soon("the end of the download", bob.outcome());
  },
});

Deno.test({
  name: `e2e: top can be left at once while its tracker does not answer${NO_TMUX}`,
  ignore: NO_TMUX !== "" || Deno.build.os === "windows",
  async fn() {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    const flags = tracker.flags.join(" ");
    using terminal = open(scene, flags);
    const lines = scene.start(scene.path, ["top", ...tracker.flags, "--interval", "200ms"]);
    await lines.line("0 files, 0 peers");
    await terminal.until((text) => text.includes("The tracker knows no files"));
    tracker.process.kill("SIGSTOP");
    try {
      const startMs = performance.now();
      lines.kill("SIGINT");
      assertEquals((await lines.outcome()).code, 0);
      terminal.press("q");
      await terminal.until((text) => text.endsWith("status 0"));
      assert(performance.now() - startMs < 10_000, "it waited for an answer");
    } finally {
      tracker.process.kill("SIGCONT");
    }
  },
});
