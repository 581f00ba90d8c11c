import { MAX_PIECES } from "../../metainfo/mod.ts";
import { formatAddress } from "../../net/mod.ts";
import type { Output } from "../output.ts";
import { printable } from "../printable.ts";
import { formatChunkName } from "./chunk_name.ts";
import { completeLine, type Vocabulary } from "./complete_line.ts";
import { HistoryFile } from "./history_file.ts";
import type { ShellInput } from "./piped_input.ts";
import type { ShellClient } from "./shell_client.ts";
import { SHELL_COMMANDS } from "./shell_table.ts";
import { TerminalEditor } from "./terminal_editor.ts";

/** What {@linkcode openTerminalInput} needs. */
export interface TerminalInputOptions {
  /** Whose clients and chunks are completed. */
  readonly client: ShellClient;
  /** What is printed on the same terminal. */
  readonly output: Output;
  /** Is called when Ctrl-C is pressed and nothing is typed that it could clear. */
  readonly onInterrupt: () => void;
}

/** The lines that somebody types at the terminal, edited, completed and remembered. */
export async function openTerminalInput(options: TerminalInputOptions): Promise<ShellInput> {
  const { client, output, onInterrupt } = options;
  const history = HistoryFile.ofUser();
  const editor = new TerminalEditor({
    history: await history.read(),
    complete: (line) => completeLine(line, vocabularyOf(client)),
    onInterrupt,
  });
  const printing = output.printBy((print) => editor.above(print));
  const remember = new TransformStream<string, string>({
    transform(line, controller) {
      // Another shell may hold the file for a while; this one need not wait.
      void history.add(line);
      controller.enqueue(line);
    },
  });
  return {
    lines: editor.lines.pipeThrough(remember),
    prompt: (text) => editor.prompt(text),
    [Symbol.dispose]() {
      editor[Symbol.dispose]();
      printing[Symbol.dispose]();
    },
  };
}

function vocabularyOf(client: ShellClient): Vocabulary {
  const { clients } = client.server;
  const known = new Map(
    clients.flatMap(({ torrents }) => torrents.map(({ name = "", chunks }) => [name, chunks])),
  );
  const connected = client.links.map(({ link }) => link.address);
  const self = formatAddress(client.self);
  return {
    commands: SHELL_COMMANDS,
    // What cannot be shown as it is cannot be typed either.
    names: [...client.torrents.keys(), ...known.keys()]
      .filter((name) => name !== "" && printable(name) === name),
    clients: [...connected, ...clients.filter((known) => formatAddress(known) !== self)],
    *chunksOf(name) {
      const held = client.torrents.get(name)?.store.held;
      const count = held?.length ?? Math.min(known.get(name) ?? 0, MAX_PIECES);
      for (let index = 0; index < count; index++) {
        if (held === undefined || !held.has(index)) yield formatChunkName({ name }, index);
      }
    },
  };
}
