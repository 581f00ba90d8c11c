import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
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
      assertEquals(error.message, `${name}: there is no such command; help lists them`);
    }
  },
});

Deno.test({
  name: "shell table: a wrong name is shown without what a terminal obeys, and not without end",
  permissions: "none",
  fn() {
    const hostile = assertThrows(() => findShellCommand("\x1b[2J\u202edance"), UsageError);
    assertEquals(hostile.message, "?[2J?dance: there is no such command; help lists them");
    const long = assertThrows(() => findShellCommand("x".repeat(10_000)), UsageError);
    assertEquals(long.message.indexOf(": there is no such command"), 64);
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
    const lines = (await help()).split("\n");
    const usages = lines.map((line) => line.trim().split("  ")[0]);
    assertEquals(usages, SHELL_COMMANDS.flatMap((command) => usageOf(command)));
    const summaries = lines.map((line) => line.slice(2).split(/ {2,}/)[1]);
    const said = summaries.filter((summary) => summary !== undefined);
    assertEquals(said, SHELL_COMMANDS.map(({ summary }) => summary));
    const columns = lines.map((line) => line.search(/(?<=\S {2,})\S/));
    assertEquals(new Set(columns.filter((column) => column > 2)).size, 1, "one column");
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
      const [summary = "", ...details] = lines;
      assertMatch(summary, /^[A-Z].*\.$/);
      assertStringIncludes(summary, command.summary.slice(1));
      assert(summary.length <= WIDTH && first.length + 7 <= WIDTH, summary);
      assertEquals(details, [...command.details]);
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
    assertThrows(() => run(task as Task), UsageError, "dance: there is no such command");
  },
});
