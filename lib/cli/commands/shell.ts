import { systemClock } from "../../net/mod.ts";
import { openLibrary } from "../../storage/mod.ts";
import { UsageError } from "../cli_error.ts";
import { openNode } from "../cli_node.ts";
import { chooseOwnTracker, chooseTrackers, transportTo } from "../cli_trackers.ts";
import type { Context } from "../command.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { untilAborted } from "../interrupt.ts";
import { Neighbourhood } from "../neighbourhood.ts";
import { openUi } from "../peer_page/open_ui.ts";
import { printable } from "../printable.ts";
import { capitalize, clientName } from "../shell/client_name.ts";
import { executeLine } from "../shell/execute_line.ts";
import { Narrator } from "../shell/narrator.ts";
import { openPipedInput, type ShellInput } from "../shell/piped_input.ts";
import { reportFaults } from "../shell/report_faults.ts";
import { ServerLink } from "../shell/server_link.ts";
import { ShellClient } from "../shell/shell_client.ts";
import { chooseToken } from "../token.ts";

/** Runs the prompt until it is quit; the chunks of the library are served all the while. */
export async function run(context: Context): Promise<ExitCode> {
  const { args, output, interrupted } = context;
  using narrator = new Narrator({ clock: systemClock, say: output.note.bind(output) });
  const client = await openClient(context, narrator);
  await using _node = client.node;
  await using _page = await openUi(context, client.node);
  // The server is the one that is named; only peers are looked for.
  await using _neighbourhood = new Neighbourhood({ context, node: client.node, trackers: [] });
  output.note(
    { type: "shell", ip: client.self.host, port: client.self.port },
    `This is ${clientName(client.self)}; help lists the commands, quit_torrent ends`,
  );
  reportFaults(await client.openAll(interrupted), output.note.bind(output));
  const failures = await readCommands(context, client);
  // What happens from here on is no news.
  narrator[Symbol.dispose]();
  await leave(context, client);
  return failures > 0 && args.has("strict") ? EXIT.error : EXIT.done;
}

async function openClient(
  context: Context,
  narrator: Narrator,
): Promise<ShellClient> {
  const { args, output } = context;
  const tracker = chooseOwnTracker(args);
  const { trackers, announceUrls } = chooseTrackers(args);
  if (trackers.length + announceUrls.length > 1) {
    throw new UsageError("Cannot use several trackers: the shell speaks with one server at a time");
  }
  const library = await openLibrary(args.text("library") ?? ".");
  const node = openNode(context);
  const server = new ServerLink({
    node,
    address: tracker.address,
    transport: transportTo(tracker, args),
    token: chooseToken({ args, output }),
    onState(state) {
      if (state.type === "connected") {
        output.note({ type: "server", state: "connected" }, "The server is there again");
      } else {
        const reason = printable(state.error.message);
        output.note({ type: "server", state: state.type, reason }, reason);
      }
    },
  });
  return new ShellClient({ library, node, server, narrator });
}

/** Carries out the commands that are typed, one after the other; gives how many have failed. */
async function readCommands(context: Context, client: ShellClient): Promise<number> {
  const { output, interrupted } = context;
  const quit = new AbortController();
  if (interrupted.aborted) quit.abort();
  interrupted.addEventListener("abort", () => quit.abort(), { once: true });
  let running: AbortController | undefined;
  using input = await openInput(context, client, () => (running ?? quit).abort());
  const reader = input.lines.getReader();
  const isOver = untilAborted(quit.signal).then(() => ({ value: undefined }));
  let failures = 0;
  while (true) {
    input.prompt(`[${client.self.host},${client.self.port}] `);
    const { value: line } = await Promise.race([reader.read(), isOver]);
    input.prompt("");
    if (line === undefined) break;
    running = new AbortController();
    const outcome = await executeLine(line, {
      client,
      signal: AbortSignal.any([running.signal, quit.signal]),
      say: output.result.bind(output),
      fail: output.error.bind(output),
    });
    running = undefined;
    if (outcome === "failed") failures++;
    if (outcome === "quit") break;
  }
  return failures;
}

/** The terminal with a line editor, or whatever else standard input is. */
async function openInput(
  { output }: Context,
  client: ShellClient,
  onInterrupt: () => void,
): Promise<ShellInput> {
  const isTyped = Deno.stdin.isTerminal() && Deno.stdout.isTerminal() && output.format === "text";
  if (!isTyped) return openPipedInput();
  // Only here the editor is needed, and it takes a while to load.
  const { openTerminalInput } = await import("../shell/terminal_input.ts");
  return await openTerminalInput({ client, output, onInterrupt });
}

/** Says goodbye to the server and to everybody else. */
async function leave({ output }: Context, client: ShellClient): Promise<void> {
  const self = capitalize(clientName(client.self));
  const server = await client.server.exit();
  await client.node.close();
  const unheard = "; the server was not reached, and forgets it when its entry expires";
  output.result(
    { type: "exited", server },
    `${self} exited${server === "not reached" ? unheard : ""}`,
  );
}
