import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { usageOf } from "../../../lib/cli/shell/shell_command.ts";
import { SHELL_COMMANDS } from "../../../lib/cli/shell/shell_table.ts";
import { deadPort } from "../../e2e/dead_port.ts";
import { Desk, NEVER } from "./desk.ts";

Deno.test("executeLine() does nothing for an empty line and a comment", async () => {
  await using desk = await Desk.open();
  const blank = ["", "  ", "\t\r"];
  const comments = ["#", "# ping 192.0.2.7 9021", "   #dance", `# "quoted"`];
  const unfinished = ["# it's not a command", `#"`, "\t# a path: C:\\", `# 3 o'clock, "quoted" \\`];
  for (const line of [...blank, ...comments, ...unfinished]) {
    assertEquals(await desk.run(line), "done", line);
  }
  assertEquals([desk.said, desk.failed], [[], []]);
});

Deno.test("executeLine() says in one line that there is no such command, whatever it is", async () => {
  await using desk = await Desk.open();
  const lines: readonly [string, string][] = [
    ["dance", "dance"],
    ["dance with me", "dance"],
    [`"see connected"`, "see connected"],
    ["\x1b[2J\u202edance\x07", "?[2J?dance?"],
    [`"two\nlines" x`, "two?lines"],
    [`"# dance"`, "# dance"],
    [`\\#`, "#"],
    [`""`, ""],
  ];
  for (const [line, name] of lines) {
    const message = `Cannot run "${name}": there is no such command; help lists them`;
    assertEquals(await desk.refused(line, 28), message);
  }
  assert((await desk.refused("x".repeat(100_000), 28)).length < 200);
});

Deno.test("executeLine() says how a command is called that has more or fewer operands", async () => {
  await using desk = await Desk.open();
  for (const command of SHELL_COMMANDS) {
    const counts = command.forms.map((form) => form.length);
    for (let count = 0; count <= 5; count++) {
      if (counts.includes(count)) continue;
      const line = [command.name, ...Array(count).fill("1")].join(" ");
      assertEquals(await desk.refused(line, 28), `Usage: ${usageOf(command).join(", or ")}`);
    }
  }
  assertEquals(desk.said, []);
});

Deno.test("executeLine() refuses a quote that is not closed, and does nothing of the line", async () => {
  await using desk = await Desk.open();
  for (const line of [`see_connected "`, `help 'ping`, `quit_torrent "`, `"`, "quit_torrent \\"]) {
    assertEquals(
      await desk.refused(line, 28),
      `Cannot read ${line}: a quote is opened and not closed, or a backslash comes last`,
    );
  }
  assertMatch(await desk.refused(`\x1b[2J "`, 28), /^Cannot read \?\[2J ": /);
  assert((await desk.refused(`"${"x".repeat(100_000)}`, 28)).length <= 2_000);
  assertEquals(desk.said, []);
});

Deno.test("executeLine() tells that the user quits, but not in the company of an operand", async () => {
  await using desk = await Desk.open();
  for (const line of ["quit_torrent", "  quit_torrent ", `"quit_torrent"`, "quit\\_torrent"]) {
    assertEquals(await desk.run(line), "quit", line);
  }
  assertEquals([desk.said, desk.failed], [[], []]);
  assertEquals(await desk.refused("quit_torrent now", 28), "Usage: quit_torrent");
});

Deno.test("executeLine() says that the server is not there, and what needs it says so", async () => {
  await using desk = await Desk.open();
  const { server } = desk.client;
  assertEquals(
    await desk.refused("connect_server", 2),
    `Cannot reach tracker 127.0.0.1:${server.address.port}: nobody listens there`,
  );
  for (const line of ["get_client_set", "update_status_to_server", "disconnect_server"]) {
    assertEquals(
      await desk.refused(line, 1),
      "client is not connected to server; connect_server connects it",
    );
  }
  assertEquals(await desk.told("check_server_connected"), "client is not connected to server");
  assertMatch(await desk.told("see_client_set"), /^No clients are known; /);
  assertEquals(server.state, "not connected");
  assertEquals(await server.exit(), "unknown there");
});

Deno.test("executeLine() says that a client is not there, or not connected", async () => {
  await using desk = await Desk.open();
  const dead = deadPort();
  const target = `client[127.0.0.1,${dead}]`;
  const self = `client[127.0.0.1,${desk.client.node.address.port}]`;
  const line = `connect_client 127.0.0.1 ${dead}`;
  assertMatch(await desk.refused(line, 1), /: no torrent is open here; chunk a file, or /);
  await desk.cutFilm();
  assertEquals(await desk.client.openAll(NEVER), []);
  assertEquals(
    await desk.refused(line, 1),
    `Cannot connect to ${target}: nobody listens there`,
  );
  const ourselves = `connect_client 127.0.0.1 ${desk.client.node.address.port}`;
  assertMatch(await desk.refused(ourselves, 1), /: ourselves$/);
  const absent = `Target ${target} is not connected to current ${self}`;
  for (const name of ["ping", "disconnect_client"]) {
    const message = await desk.refused(`${name} 127.0.0.1 ${dead}`, 1);
    assertEquals(message, `${absent}; connect_client connects it`);
  }
  const request = `request_download 127.0.0.1 ${dead} mv1.mp4.part1`;
  assertEquals(await desk.refused(request, 1), `${absent}; connect_client connects it`);
  const check = `check_target_client_connected 127.0.0.1 ${dead}`;
  assertEquals(await desk.told(check), absent);
  assertMatch(await desk.told("see_connected"), /^No clients are connected; /);
  for (const words of ["127.0.0.1 x", "127.0.0.1 0", "300.1.1.1 80", `"\x1b[2J" 80`]) {
    assertMatch(await desk.refused(`ping ${words}`, 28), /^Cannot read address /);
  }
});

Deno.test("executeLine() says that a file or chunk is not here, and leads nowhere else", async () => {
  await using desk = await Desk.open();
  const path = join(desk.client.library.chunks, "mv1.mp4.torrent");
  const cases: readonly [string, string][] = [
    ["merge_chunks mv1.mp4", `Cannot merge mv1.mp4: there is no ${path}`],
    ["see_chunk_status mv1.mp4", `Cannot show mv1.mp4: there is no ${path}`],
    ["see_torrent_struct mv1.mp4", `Cannot show mv1.mp4: there is no ${path}`],
    ["request_download mv1.mp4", `Cannot find mv1.mp4: there is no ${path}; `],
    ["request_download 127.0.0.1 1 mv1.mp4.part1", `Cannot find mv1.mp4: there is no ${path}; `],
    ["see_chunk_status", "No torrent is open: "],
  ];
  for (const [line, start] of cases) {
    const message = await desk.refused(line, 1);
    assert(message.startsWith(start), message);
  }
  for (const name of ["../mv1.mp4", "/etc/passwd", `""`, `"a\x1b[2Jb"`, "mv1.mp4.part1"]) {
    for (const command of ["merge_chunks", "see_chunk_status", "request_download"]) {
      assertMatch(await desk.refused(`${command} ${name}`, 1), /^Cannot use path /);
    }
  }
});

Deno.test("executeLine() goes on after a failure, with what there is", async () => {
  await using desk = await Desk.open();
  await desk.cutFilm();
  const { library } = desk.client;
  await Deno.remove(library.partPath("mv1.mp4", 12));
  assertEquals(await desk.client.openAll(NEVER), []);
  assertEquals(
    await desk.refused("merge_chunks mv1.mp4", 1),
    "Not enough chunks to merge mv1.mp4; missing: mv1.mp4.part13",
  );
  const beyond = await desk.refused("request_download 127.0.0.1 1 mv1.mp4.part14", 28);
  assertMatch(beyond, /^Cannot find mv1\.mp4\.part14: .* only chunks up to mv1\.mp4\.part13$/);
  assertMatch(await desk.refused("request_download mv1.mp4", 1), /nobody is known who has it/);
  const status = await desk.told("see_chunk_status");
  assertEquals(status.split("\n").map((line) => line.slice(-1)).join(""), "1111111111110");
  assertMatch(await desk.told("see_this_client_info"), /mv1\.mp4: 1111111111110 \(12\/13\)/);
  assertMatch(await desk.told("help ping"), /^Usage: ping IP PORT\n/);
});

Deno.test("executeLine() ends a command early that the user does not want to wait for", async () => {
  await using desk = await Desk.open();
  await desk.cutFilm();
  assertEquals(await desk.client.openAll(NEVER), []);
  const signal = AbortSignal.abort();
  for (const line of ["connect_server", `connect_client 127.0.0.1 ${deadPort()}`]) {
    assertEquals(await desk.run(line, signal), "failed");
    const message = "Interrupted before it was done";
    assertEquals(desk.failed.splice(0), [[{ type: "error", code: 7, message }, message]]);
  }
  assertEquals(desk.client.server.state, "not connected");
});
