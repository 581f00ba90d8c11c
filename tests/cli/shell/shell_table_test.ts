import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { UsageError } from "../../../lib/cli/cli_error.ts";
import type { Report } from "../../../lib/cli/output.ts";
import { type Task, usageOf } from "../../../lib/cli/shell/shell_command.ts";
import { findShellCommand, QUIT, SHELL_COMMANDS } from "../../../lib/cli/shell/shell_table.ts";

/** The widest line that fits everywhere. */
const WIDTH = 80;

/** What the help says, which needs no client for it. */
async function help(...operands: readonly string[]): Promise<string> {
  const said: [Report, string][] = [];
  const task: Partial<Task> = { operands, say: (report, text) => said.push([report, text]) };
  await findShellCommand("help").run(task as Task);
  assertEquals(said.length, 1);
  const [report, text] = said[0]!;
  assertEquals(report, { type: "help", text });
  return text;
}

Deno.test({
  name: "shell table: there is every command of the original, with its operands",
  permissions: "none",
  fn() {
    const promised: Record<string, string[]> = {
      connect_server: ["connect_server"],
      get_client_set: ["get_client_set"],
      update_status_to_server: ["update_status_to_server"],
      disconnect_server: ["disconnect_server"],
      quit_torrent: ["quit_torrent"],
      connect_client: ["connect_client IP PORT"],
      ping: ["ping IP PORT"],
      request_download: ["request_download IP PORT CHUNK", "request_download NAME"],
      disconnect_client: ["disconnect_client IP PORT"],
      merge_chunks: ["merge_chunks NAME"],
      see_this_client_info: ["see_this_client_info"],
      see_client_set: ["see_client_set"],
      see_connected: ["see_connected"],
      see_torrent_struct: ["see_torrent_struct"],
      see_chunk_status: ["see_chunk_status"],
      check_server_connected: ["check_server_connected"],
      check_target_client_connected: ["check_target_client_connected IP PORT"],
      help: ["help"],
    };
    for (const [name, usages] of Object.entries(promised)) {
      const known = usageOf(findShellCommand(name));
      for (const usage of usages) assert(known.includes(usage), `${usage} is not in ${known}`);
    }
    assertEquals(QUIT, "quit_torrent");
  },
});

Deno.test({
  name: "shell table: each command is found by its name and by nothing else",
  permissions: "none",
  fn() {
    for (const command of SHELL_COMMANDS) assertEquals(findShellCommand(command.name), command);
    assertEquals(new Set(SHELL_COMMANDS.map(({ name }) => name)).size, SHELL_COMMANDS.length);
    for (const name of ["dance", "pin", "PING", "ping ", "toString", "__proto__", "constructor"]) {
      const error = assertThrows(() => findShellCommand(name), UsageError, undefined, name);
      assertEquals(
        error.message,
        `Cannot run "${name}": there is no such command; help lists them`,
      );
    }
  },
});

Deno.test({
  name: "shell table: a wrong name is shown without what a terminal obeys, and not without end",
  permissions: "none",
  fn() {
    const hostile = assertThrows(() => findShellCommand("\x1b[2J\u202edance"), UsageError);
    assertEquals(
      hostile.message,
      `Cannot run "?[2J?dance": there is no such command; help lists them`,
    );
    const long = assertThrows(() => findShellCommand("x".repeat(10_000)), UsageError);
    const shown = `"${"x".repeat(61)}..."`;
    assertEquals(long.message, `Cannot run ${shown}: there is no such command; help lists them`);
  },
});

Deno.test({
  name: "shell table: the ways to call a command differ in how many operands they have",
  permissions: "none",
  fn() {
    for (const { name, forms } of SHELL_COMMANDS) {
      assert(forms.length > 0, name);
      assertEquals(new Set(forms.map((form) => form.length)).size, forms.length, name);
    }
  },
});

Deno.test({
  name: "shell table: the help lists every way to call each command, and says what each does",
  permissions: "none",
  async fn() {
    const rows: [usage: string, summary: string][] = [];
    for (const line of (await help()).split("\n")) {
      const [, usage, text = ""] = /^ {2}(\S.*?)(?: {2,}(\S.*))?$/.exec(line) ?? [];
      if (usage !== undefined) rows.push([usage, text]);
      else rows.at(-1)![1] += ` ${line.trim()}`;
    }
    const promised = SHELL_COMMANDS.flatMap((command) =>
      usageOf(command).map((usage, at) => [usage, at === 0 ? command.summary : ""])
    );
    assertEquals<string[][]>(rows, promised);
  },
});

Deno.test({
  name: "shell table: the help fits on a terminal of 80 columns, with all summaries in one column",
  permissions: "none",
  async fn() {
    const lines = (await help()).split("\n");
    for (const line of lines) assert(line.length <= WIDTH, `${line.length} columns: ${line}`);
    const width = Math.max(...SHELL_COMMANDS.flatMap(usageOf).map((usage) => usage.length));
    const continued = lines.filter((line) => !/^ {2}\S/.test(line));
    assert(continued.length > 0, "some summaries are longer than a line");
    for (const line of continued) assertEquals(line.search(/\S/), 2 + width + 2, line);
    for (const line of lines) {
      assertEquals(line, line.trimEnd());
      if (line.length > 2 + width) assertMatch(line.slice(2 + width), /^ {2}\S/, line);
    }
  },
});

for (const command of SHELL_COMMANDS) {
  Deno.test({
    name: `shell table: the help of ${command.name} says how it is called and what it does`,
    permissions: "none",
    async fn() {
      const text = await help(command.name);
      const [first = "", ...others] = usageOf(command);
      const lines = text.split("\n");
      assertEquals(lines.shift(), `Usage: ${first}`);
      for (const usage of others) assertEquals(lines.shift(), `       ${usage}`);
      const summary = `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`;
      assertEquals(lines.join(" "), `${summary} ${command.details}`.trim());
      const { details } = command;
      if (details !== "") assert(lines.some((line, at) => at > 0 && details.startsWith(line)));
      for (const line of text.split("\n")) assert(line.length <= WIDTH, line);
      assertMatch(text, /\.$/, "it ends in the middle of a sentence");
      assertMatch(text, /^[\n\x20-\x7e]+$/, "what every terminal can show");
    },
  });
}

Deno.test({
  name: "shell table: the help of a command that there is not is refused",
  permissions: "none",
  fn() {
    const { run } = findShellCommand("help");
    const task: Partial<Task> = { operands: ["dance"], say: () => {} };
    assertThrows(() => run(task as Task), UsageError, `"dance": there is no such command`);
  },
});
