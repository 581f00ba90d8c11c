import { assert, assertEquals, assertMatch } from "@std/assert";
import { COMMANDS, COMPLETED_SHELLS } from "../../lib/cli/command_table.ts";
import { bashCompletions } from "../../lib/cli/completions/bash.ts";
import { flagsOf, spellingsOf } from "../../lib/cli/completions/completion_words.ts";
import { fishCompletions } from "../../lib/cli/completions/fish.ts";
import { zshCompletions } from "../../lib/cli/completions/zsh.ts";

const NAMES = COMMANDS.map(({ name }) => name);
const FIRST = [...NAMES, "help", "--help", "--version"];
const FILE_COMMANDS = ["share", "seed", "get", "chunk", "create", "info", "verify"];

/** What a shell prints for a script of its own. */
async function printed(shell: string, script: string, cwd?: string): Promise<string[]> {
  const args =
    { bash: ["--norc", "--noprofile", "-c"], zsh: ["-f", "-c"], fish: ["-N", "-c"] }[shell];
  const home = await Deno.makeTempDir({ prefix: "sluice-completions-" });
  try {
    const { code, stdout, stderr } = await new Deno.Command(shell, {
      args: [...args ?? [], script],
      env: { HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home, LC_ALL: "C.UTF-8" },
      stdin: "null",
      ...(cwd !== undefined && { cwd }),
    }).output();
    assertEquals(
      [code, new TextDecoder().decode(stderr)],
      [0, ""],
      `${shell}: ${script.slice(-300)}`,
    );
    return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

function missing(shell: string): string {
  try {
    new Deno.Command(shell, { args: ["--version"], stdin: "null" }).outputSync();
    return "";
  } catch {
    return ` (ignored: there is no ${shell})`;
  }
}

function shellTest(shell: "bash" | "zsh" | "fish", promise: string, fn: () => Promise<void>): void {
  const reason = missing(shell);
  Deno.test({ name: `completions: ${shell} ${promise}${reason}`, ignore: reason !== "", fn });
}

/** What bash would offer for words of which the last is being typed. */
async function bashOffers(
  lines: readonly (readonly string[])[],
  cwd?: string,
): Promise<string[][]> {
  const calls = lines.map((words) => {
    const list = words.map((word) => `'${word}'`).join(" ");
    return `COMP_WORDS=(sluice ${list}); COMP_CWORD=${words.length}; _sluice; ` +
      'printf "%s\\n" "${COMPREPLY[@]}" --next--';
  });
  const script = [bashCompletions(COMMANDS), ...calls].join("\n");
  return (await printed("bash", script, cwd)).join("\n").split("--next--").slice(0, -1)
    .map((text) => text.split("\n").filter((line) => line !== ""));
}

shellTest("bash", "offers every command, and every flag of each", async () => {
  const lines = [[""], ...COMMANDS.map(({ name }) => [name, "-"])];
  const [first, ...flags] = await bashOffers(lines);
  assertEquals(first?.toSorted(), FIRST.toSorted());
  for (const [at, command] of COMMANDS.entries()) {
    const expected = flagsOf(command).flatMap(spellingsOf);
    assertEquals(flags[at]?.toSorted(), expected.toSorted(), command.name);
  }
});

shellTest(
  "bash",
  "offers files where files belong, words where there are some, or nothing",
  async () => {
    const cwd = await Deno.makeTempDir({ prefix: "sluice-files-" });
    try {
      const films = ["film one.mp4", "film2.mp4", "film[2].mp4"];
      for (const name of [...films, "notes.txt"]) await Deno.writeTextFile(`${cwd}/${name}`, "");
      const cases: readonly (readonly [words: readonly string[], offers: readonly string[]])[] = [
        [["sh"], ["share", "shell"]],
        [["get", "--chu"], ["--chunks"]],
        [["get", "--out", "fi"], films],
        [["get", "--timeout", "fi"], []],
        [["list", "fi"], []],
        [["list", "--library", "fi"], films],
        [["list", "--library", "=", "fi"], films],
        [["get", "--library", "="], [...films, "notes.txt"]],
        [["get", "--timeout", "=", "fi"], []],
        [["get", "film["], ["film[2].mp4"]],
        [["completions", ""], [...COMPLETED_SHELLS]],
        [["help", "sh"], ["share", "shell"]],
        [["dance", ""], []],
        ...FILE_COMMANDS.map((name) => [[name, "fi"], films] as const),
      ];
      const offers = await bashOffers(cases.map(([words]) => words), cwd);
      for (const [at, [words, expected]] of cases.entries()) {
        assertEquals(offers[at]?.toSorted(), expected.toSorted(), words.join(" "));
      }
    } finally {
      await Deno.remove(cwd, { recursive: true });
    }
  },
);

shellTest("zsh", "is given every command, and every flag of each", async () => {
  const calls = [["", 2], ...COMMANDS.map(({ name }) => [name, 3])].map(([name, current]) =>
    `words=(sluice ${name} ''); CURRENT=${current}; _sluice; print -r -- --next--`
  );
  const stubs = 'compdef() {}\n_arguments() { print -rl -- "$@" }\n' +
    "_describe() { print -rl -- ${(P)4} }\n";
  const script = stubs + zshCompletions(COMMANDS) + calls.join("\n");
  const [first = [], ...specs] = (await printed("zsh", script)).join("\n").split("--next--")
    .map((text) => text.split("\n").filter((line) => line !== ""));
  const words = first.map((line) => line.split(":")[0] ?? "");
  assertEquals(words.toSorted(), FIRST.toSorted());
  for (const [at, command] of COMMANDS.entries()) {
    const given = (specs[at] ?? []).map((spec) => /^\*?(--?[a-z-]+)=?\[/.exec(spec)?.[1] ?? "");
    const expected = flagsOf(command).flatMap(spellingsOf);
    assertEquals(given.filter((flag) => flag !== "").toSorted(), expected.toSorted(), command.name);
    const hasFiles = (specs[at] ?? []).some((spec) => /^\*:.*:_files$/.test(spec));
    assertEquals(hasFiles, FILE_COMMANDS.includes(command.name), command.name);
  }
});

shellTest("zsh", "completes with its own machinery", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sluice-zsh-" });
  try {
    await Deno.writeTextFile(`${folder}/_sluice`, zshCompletions(COMMANDS));
    // A shell in a terminal of its own is typed to, and shows what it makes of it.
    const script = `
zmodload zsh/zpty
zpty -b inner 'zsh -f -i'
send() { zpty -w -n inner "$1" }
expect() {
  local all='' part at
  for ((at = 0; at < 200; at++)); do
    while zpty -r -t inner part; do all+=$part; done
    [[ $all == *$1* ]] && { print -r -- "saw $1"; return }
    sleep 0.05
  done
  print -r -- "never saw $1 but" \${(V)all}
}
zpty -w inner "fpath=(${folder} \\$fpath); autoload -U compinit; compinit -D -u; PS1='ready''> '"
expect 'ready> '
send $'sluice compl\\t'
expect 'completions'
send $'fi\\t'
expect 'fish'
send $'\\C-usluice get --chu\\t'
expect '--chunks'
zpty -d inner`;
    const lines = await printed("zsh", script);
    const saw = ["ready> ", "completions", "fish", "--chunks"].map((text) => `saw ${text}`);
    assertEquals(lines, saw);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

shellTest("fish", "offers every command, and every flag of each", async () => {
  const lines = ["", ...COMMANDS.map(({ name }) => `${name} --`)];
  const calls = lines.map((line) => `complete -C 'sluice ${line}'; echo --next--`);
  const script = [fishCompletions(COMMANDS), ...calls].join("\n");
  const [first, ...flags] = (await printed("fish", script)).join("\n").split("--next--")
    .map((text) => text.split("\n").filter((line) => line !== "").map((line) => line.split("\t")));
  assertEquals(first?.map(([word]) => word).toSorted(), [...NAMES, "help"].toSorted());
  for (const [at, command] of COMMANDS.entries()) {
    const offered = new Map(flags[at]?.map(([flag = "", summary]) => [flag, summary]));
    const expected = flagsOf(command).map(({ name }) => `--${name}`);
    assertEquals([...offered.keys()].toSorted(), expected.toSorted(), command.name);
    for (const { name, summary } of flagsOf(command)) {
      assertEquals(offered.get(`--${name}`), summary);
    }
  }
});

shellTest(
  "fish",
  "offers files where files belong, words where there are some, or nothing",
  async () => {
    const cwd = await Deno.makeTempDir({ prefix: "sluice-files-" });
    try {
      for (const name of ["film1.mp4", "film2.mp4"]) await Deno.writeTextFile(`${cwd}/${name}`, "");
      const films = ["film1.mp4", "film2.mp4"];
      const cases: readonly (readonly [line: string, offers: readonly string[]])[] = [
        ["get --out fi", films],
        ["get --timeout fi", []],
        ["list fi", []],
        ["completions ", [...COMPLETED_SHELLS]],
        ["get completions fi", films],
        ["get -", ["-h", "-q", "-v"]],
        ...FILE_COMMANDS.map((name) => [`${name} fi`, films] as const),
      ];
      const calls = cases.map(([line]) => `complete -C 'sluice ${line}'; echo --next--`);
      const lines = await printed("fish", [fishCompletions(COMMANDS), ...calls].join("\n"), cwd);
      const offers = lines.join("\n").split("--next--").map((text) =>
        text.split("\n").filter((line) => line !== "").map((line) => line.split("\t")[0])
      );
      for (const [at, [line, expected]] of cases.entries()) {
        const found = offers[at]?.filter((word) => !word?.startsWith("--"));
        assertEquals(found?.toSorted(), expected.toSorted(), line);
      }
    } finally {
      await Deno.remove(cwd, { recursive: true });
    }
  },
);

Deno.test({
  name: "completions: the scripts are for the shells that the command knows, and end with a line",
  permissions: "none",
  fn() {
    const scripts = [
      bashCompletions(COMMANDS),
      zshCompletions(COMMANDS),
      fishCompletions(COMMANDS),
    ];
    for (const script of scripts) assert(script.endsWith("\n"));
    assertEquals(scripts.length, COMPLETED_SHELLS.length);
    assertMatch(scripts[1] ?? "", /^#compdef sluice\n/);
  },
});
