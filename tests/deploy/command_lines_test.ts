import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { Arguments } from "../../lib/cli/arguments.ts";
import { COMMANDS } from "../../lib/cli/command_table.ts";
import { COMMON_FLAGS } from "../../lib/cli/flags.ts";
import { readLogOptions } from "../../lib/cli/log_line.ts";
import { compileArguments } from "../../tools/compile.ts";
import { V8_FLAGS } from "../../tools/v8_flags.ts";
import { Scene } from "../e2e/scene.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));
const DEPLOY = join(ROOT, "deploy");
const UNIT = "sluice-tracker.service";

async function textOf(name: string): Promise<string> {
  const text = await Deno.readTextFile(join(DEPLOY, name));
  return text.replace(/\\\n\s*/g, " ");
}

/** The words of the command line that a unit starts, without the program. */
function startedBy(unit: string): string[] {
  const [, line = ""] = /^ExecStart=\S+ (.+)$/m.exec(unit) ?? [];
  return line.split(" ");
}

/** The words of an instruction of a container file. */
function wordsOf(file: string, instruction: string): string[] {
  const [, list = "[]"] = new RegExp(`^${instruction} (\\[.*\\])$`, "m").exec(file) ?? [];
  return JSON.parse(list);
}

/** Reads a command line as the program does, which refuses what it does not know. */
function read([name, ...rest]: readonly string[]): Arguments {
  const command = COMMANDS.find((command) => command.name === name);
  assert(command !== undefined, `${name} is no command`);
  const args = new Arguments(rest, [...COMMON_FLAGS, ...command.flags]);
  readLogOptions(args);
  assertEquals(args.operands, []);
  return args;
}

/** Whether a program can be started. */
function isThere(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
}

Deno.test("deploy: unit, container and README use no command and no flag that there is not", async () => {
  const [unit, container, readme] = await Promise.all(
    [UNIT, "Containerfile", "README.md"].map(textOf),
  );
  const lines = [startedBy(unit ?? ""), wordsOf(container ?? "", "CMD")];
  for (const [, words = ""] of (readme ?? "").matchAll(/ sluice (tracker(?: \S+)*)$/gm)) {
    lines.push(words.split(" "));
  }
  assertEquals(lines.length, 3);
  for (const line of lines) {
    const args = read(line);
    assertEquals([args.text("log-format"), args.durationMs("drain")], ["json", 5_000]);
    assert(args.has("no-discovery"));
  }
});

Deno.test("deploy: the container's runtime is the one that is tested, and its user is nobody", async () => {
  const [container, run] = await Promise.all([
    textOf("Containerfile"),
    Deno.readTextFile(join(ROOT, ".ci/run")),
  ]);
  const [, tested] = /^readonly DENO='(deno@[\d.]+)'$/m.exec(run) ?? [];
  assert(tested !== undefined && container.includes(`npm install --global ${tested} `));
  assert(/^USER 65532:65532$/m.test(container));
  const [, image = ""] = /^FROM (\S+)$/m.exec(container) ?? [];
  assert(image !== "", "the last stage has no image");
  for (const [, paths = ""] of container.matchAll(/^COPY ((?:[\w./]+ )+)[\w./]+$/gm)) {
    for (const path of paths.trim().split(" ")) await Deno.stat(join(ROOT, path));
  }
});

Deno.test("deploy: the container tells the engine what the executable is compiled with, which it knows", async () => {
  for (
    const words of [
      wordsOf(await textOf("Containerfile"), "ENTRYPOINT").slice(1),
      await compileArguments("main.ts", "sluice"),
    ]
  ) {
    const [flags, program] = [words.indexOf(V8_FLAGS), words.indexOf("main.ts")];
    assert(flags > 0 && flags < program, words.join(" "));
  }
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", V8_FLAGS, join(ROOT, "main.ts"), "--version"],
    ...{ stdin: "null", stdout: "null" },
  }).output();
  assertEquals([success, new TextDecoder().decode(stderr)], [true, ""]);
});

Deno.test("deploy: the permissions of the container are enough, and its check tells when a tracker is ready", async () => {
  await using scene = await Scene.open();
  const container = await textOf("Containerfile");
  const permissions = wordsOf(container, "ENTRYPOINT").filter((word) => word.startsWith("--allow"))
    .map((word) => word.replace("/sluice", ROOT.replace(/\/$/, "")));
  const [, ...flags] = wordsOf(container, "CMD");
  const ports = ["--host", "127.0.0.1", "--port", "0", "--http-port", "0", "--udp-port", "0"];
  const words = ["tracker", ...flags, "--drain", "1h", ...ports, "--json"];
  const drains = words.indexOf("--drain");
  words.splice(drains, 2);
  const tracker = scene.start(scene.path, words, { permissions });
  const { port } = await tracker.report("listening", ({ door }) => door === "http");
  const check = /CMD (\[.*\])$/m.exec(/^HEALTHCHECK.*$/m.exec(container)?.[0] ?? "")?.[1] ?? "[]";
  const [, ...args]: string[] = JSON.parse(check);
  async function probe(): Promise<number> {
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...args.map((word) => word.replace("127.0.0.1:6969", `127.0.0.1:${port}`)),
        `http://127.0.0.1:${port}/ready`,
      ],
      ...{ cwd: ROOT, stdout: "null", stderr: "null" },
    }).output();
    return code;
  }
  assertEquals(await probe(), 0);
  const metrics = await fetch(`http://127.0.0.1:${port}/metrics`);
  assertEquals(metrics.status, 200);
  await metrics.body?.cancel();
  tracker.kill("SIGTERM");
  await tracker.report("draining");
  assertEquals(await probe(), 1);
  tracker.kill("SIGTERM");
  await tracker.outcome();
  assertEquals(await probe(), 1);
});

const systemd = isThere("systemd-analyze") ? undefined : "systemd-analyze is missing";

Deno.test({
  name: `deploy: systemd understands the unit, and finds little that it could do${
    systemd === undefined ? "" : ` (${systemd})`
  }`,
  ignore: systemd !== undefined,
  async fn() {
    await using scene = await Scene.open();
    const unit = join(scene.path, UNIT);
    // The program need not be installed here.
    const text = await Deno.readTextFile(join(DEPLOY, UNIT));
    await Deno.writeTextFile(unit, text.replace("=/usr/local/bin/sluice ", "=/bin/true "));
    const analyze = async (...args: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command("systemd-analyze", {
        args: ["--no-pager", ...args, unit],
      }).output();
      const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      return { code, out, err };
    };
    const { code, err } = await analyze("verify");
    assertEquals({ code, err }, { code: 0, err: "" });
    // Tenths of what systemd calls exposure; a unit without any of this has 96.
    const { code: exposed, out } = await analyze("security", "--offline=true", "--threshold=20");
    assertEquals(exposed, 0, out);
  },
});
