import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { assertContent, reportsOf, Scene } from "./scene.ts";
import { withoutDiscovery } from "./sluice.ts";
import { NO_TMUX, Terminal } from "./terminal.ts";

const VIDEO = await Deno.readFile(new URL("../../Original_Files/mv1.mp4", import.meta.url));
const MAIN = fromFileUrl(import.meta.resolve("../../main.ts"));
const ROWS = 40;

let opened = 0;

/** The program in a terminal of its own, with the history of its folder. */
class Screen implements Disposable {
  readonly terminal: Terminal;

  constructor(scene: Scene, name: string, args: string, columns = 100) {
    const words = withoutDiscovery(args.split(" ")).join(" ");
    const command = `'${Deno.execPath()}' run -A --no-lock '${MAIN}' ${words}; ` +
      "echo status $?; exec sleep 1000";
    this.terminal = new Terminal(`${scene.path}/${++opened}.tmux`, {
      ...{ columns, rows: ROWS, command },
      folder: join(scene.path, name),
      env: { XDG_STATE_HOME: join(scene.path, name, "state") },
    });
  }

  /** Waits for a text, and gives the lines of the screen then. */
  sees(text: string | RegExp): Promise<string[]> {
    return this.terminal.until((screen) =>
      typeof text === "string" ? screen.includes(text) : text.test(screen)
    );
  }

  /** Types a command and waits for what it says, with the prompt back behind it. */
  async says(command: string, answer: RegExp): Promise<string[]> {
    this.terminal.type(command);
    const source = `${answer.source}[\\s\\S]*\\n\\[[\\d.]+,\\d+\\]$`;
    return await this.sees(new RegExp(source));
  }

  /** The port in the prompt. */
  async port(): Promise<string> {
    const lines = await this.sees(/\n\[[\d.]+,\d+\]$/);
    return /,(\d+)\]$/.exec(lines.at(-1) ?? "")?.[1] ?? "";
  }

  [Symbol.dispose](): void {
    this.terminal[Symbol.dispose]();
  }
}

/** The folders of the report's three terminals; client 1 has the chunks. */
async function prepare(
  scene: Scene,
): Promise<{ client2: string; server: Screen; tracker: string }> {
  const client1 = await scene.library("client1", { "mv1.mp4": VIDEO });
  reportsOf(await scene.run(client1, ["chunk", "mv1.mp4", "--json"]));
  const client2 = await scene.folder("client2");
  await scene.folder("server");
  const server = new Screen(
    scene,
    "server",
    "tracker --host 127.0.0.1 --port 0 --no-http --no-udp",
  );
  const lines = await server.sees("Tracker listens at");
  const tracker = /127\.0\.0\.1:\d+/.exec(lines.join(""))?.[0] ?? "";
  return { client2, server, tracker };
}

Deno.test({
  name: `e2e: three terminals show the session of the report, and the file is the same${NO_TMUX}`,
  ignore: NO_TMUX !== "",
  async fn() {
    await using scene = await Scene.open();
    const { client2, server, tracker } = await prepare(scene);
    using _server = server;
    const shell = `shell --host 127.0.0.1 --tracker ${tracker}`;
    using one = new Screen(scene, "client1", shell);
    using two = new Screen(scene, "client2", shell);
    const [p1, p2] = [await one.port(), await two.port()];
    const [c1, c2] = [`client\\[127\\.0\\.0\\.1,${p1}\\]`, `client\\[127\\.0\\.0\\.1,${p2}\\]`];
    const established = (client: string) =>
      new RegExp(`Server established connection to C${client.slice(1)}`);

    await one.says("connect_server", established(c1));
    await server.sees(/127\.0\.0\.1:\d+ connected \(Sluice /);
    await one.says("see_chunk_status", /mv1\.mp4\.part1: 1\n[\s\S]*mv1\.mp4\.part6: 1/);
    await two.says("connect_server", established(c2));
    await two.says("get_client_set", /The server knows 2 clients/);
    await two.says("see_client_set", new RegExp(`${c1} Sluice [\\d.]+\\n {2}mv1\\.mp4: 6/6`));
    await two.says(
      `connect_client 127.0.0.1 ${p1}`,
      new RegExp(`${c1} established connection to ${c2}`),
    );
    await one.sees(new RegExp(`\\[NEW CONNECTION\\] ${c2} connected`));
    await two.says(
      `ping 127.0.0.1 ${p1}`,
      new RegExp(`${c1} received ping from ${c2}: [\\d.]+ ms`),
    );
    await one.sees(new RegExp(`\\[PING RECEIVED\\] from ${c2}`));
    await two.says("see_torrent_struct", /mv1\.mp4\.part6 {2}204695 bytes {2}[0-9a-f]{40}/);

    await two.says(
      `request_download 127.0.0.1 ${p1} mv1.mp4.part1`,
      new RegExp(
        `${c1} starts uploading chunk mv1\\.mp4\\.part1 to ${c2}\\n` +
          "File mv1\\.mp4\\.part1 received successfully!",
      ),
    );
    const sent = await one.sees("mv1.mp4.part1 sent successfully");
    assert(sent.some((line) => line.startsWith("Sending mv1.mp4.part1 to client[")));
    const part = join(client2, "Chunks", "mv1.mp4.part1");
    await assertContent(part, VIDEO.subarray(0, 512 * 1024));
    await two.says("see_chunk_status", /mv1\.mp4\.part1: 1\nmv1\.mp4\.part2: 0/);
    await two.says("merge_chunks mv1.mp4", /Not enough chunks to merge mv1\.mp4/);

    await two.says("request_download mv1.mp4", /Merge complete! \S+mv1\.mp4/);
    await assertContent(join(client2, "Original_Files", "mv1.mp4"), VIDEO);
    await two.says("update_status_to_server", /Server updated Client\[/);
    await one.says("get_client_set", /The server knows 2 clients/);
    await one.says("see_client_set", new RegExp(`${c2} Sluice [\\d.]+\\n {2}mv1\\.mp4: 111111`));
    await two.says(
      "see_this_client_info",
      /ip: 127\.0\.0\.1\nlisten_port: \d+\n[\s\S]*downloaded: 2\.70 MiB/,
    );
    await two.says(
      `disconnect_client 127.0.0.1 ${p1}`,
      new RegExp(`${c1} disconnected from ${c2}`),
    );
    await one.sees(new RegExp(`\\[DISCONNECTED\\] ${c2}`));
    await two.says("check_server_connected", /client is connected to server 127/);
    await two.says("disconnect_server", /Client\[127\.0\.0\.1,\d+\] disconnected from server/);
    await server.sees("left (disconnect)");
    for (const screen of [two, one]) {
      screen.terminal.type("quit_torrent");
      const lines = await screen.sees("status 0");
      assertMatch(lines.at(-2) ?? "", /^Client\[127\.0\.0\.1,\d+\] exited$/);
      assertEquals(screen.terminal.modes, "1 1");
    }
    await server.sees("left (exit)");
    server.terminal.press("C-c");
    await server.sees("status 0");
  },
});

Deno.test({
  name: `e2e: the shell's line is completed, remembered, and not torn by what others do${NO_TMUX}`,
  ignore: NO_TMUX !== "",
  async fn() {
    await using scene = await Scene.open();
    const { server, tracker } = await prepare(scene);
    using _server = server;
    const shell = `shell --host 127.0.0.1 --tracker ${tracker}`;
    using one = new Screen(scene, "client1", shell, 60);
    await one.port();
    await one.says("connect_server", /Server established connection/);
    const typed = "see_chunk_status of a file with a long name that goes over the edge";
    one.terminal.type(typed, "");
    one.terminal.press("Left", "Left", "Left", "Left");
    one.terminal.type("very ", "");

    {
      using two = new Screen(scene, "client2", shell);
      const p2 = await two.port();
      await two.says("connect_server", /Server established connection/);
      two.terminal.type("conn", "");
      two.terminal.press("Tab");
      await two.sees(/\] connect_$/);
      two.terminal.type("c", "");
      two.terminal.press("Tab");
      await two.sees(/\] connect_client$/);
      two.terminal.press("Tab");
      await two.sees(/\] connect_client 127\.0\.0\.1$/);
      two.terminal.press("Tab");
      await two.sees(/\] connect_client 127\.0\.0\.1 \d+$/);
      two.terminal.press("Enter");
      await two.sees(/established connection to client\[/);
      two.terminal.type("request_download mv", "");
      two.terminal.press("Tab");
      await two.sees(/\] request_download mv1\.mp4$/);
      two.terminal.press("Enter");
      await two.sees("Merge complete!");
      two.terminal.type("something else", "");
      two.terminal.press("C-c");
      await two.sees(new RegExp(`\\n\\[127\\.0\\.0\\.1,${p2}\\]$`));
      two.terminal.press("Up", "Up");
      await two.sees(/\] connect_client 127\.0\.0\.1 \d+$/);
      two.terminal.press("C-u", "C-d");
      await two.sees("status 0");
    }

    const lines = await one.sees("[DISCONNECTED]");
    const text = lines.join("\n");
    const prompt = /\[127\.0\.0\.1,\d+\] /.exec(lines.at(-2) ?? "")?.[0] ?? "";
    const edited = typed.replace(/.{4}$/, (end) => `very ${end}`);
    assertEquals(lines.slice(-2).join(""), prompt + edited, text);
    for (let part = 1; part <= 6; part++) {
      assert(lines.some((line) => line.startsWith(`Sending mv1.mp4.part${part} to client[`)), text);
      const told = new RegExp(`^mv1\\.mp4\\.part${part} sent successfully to client\\[\\S+\\]$`);
      assert(lines.some((line) => told.test(line)), text);
    }
    one.terminal.press("C-c", "C-c");
    await one.sees("status 0");

    using again = new Screen(scene, "client1", shell);
    await again.port();
    again.terminal.press("Up");
    await again.sees(/\] connect_server$/);
    again.terminal.press("Enter");
    await again.sees("Server established connection");
    again.terminal.press("C-d");
    await again.sees("status 0");
  },
});
