import { Arguments } from "../../../lib/cli/arguments.ts";
import { UsageError } from "../../../lib/cli/cli_error.ts";
import { chooseFiles } from "../../../lib/cli/choose_files.ts";
import { chooseTrackers } from "../../../lib/cli/cli_trackers.ts";
import { COMMANDS } from "../../../lib/cli/command_table.ts";
import { run as runInfo } from "../../../lib/cli/commands/info.ts";
import { describeError, exitCodeOf } from "../../../lib/cli/describe_error.ts";
import { EXIT } from "../../../lib/cli/exit_code.ts";
import { parseWanted } from "../../../lib/cli/find_torrent.ts";
import { COMMON_FLAGS } from "../../../lib/cli/flags.ts";
import type { Output, Report } from "../../../lib/cli/output.ts";
import { choosePieceLength } from "../../../lib/cli/piece_length.ts";
import { completeLine } from "../../../lib/cli/shell/complete_line.ts";
import { executeLine } from "../../../lib/cli/shell/execute_line.ts";
import { Narrator } from "../../../lib/cli/shell/narrator.ts";
import { ServerLink } from "../../../lib/cli/shell/server_link.ts";
import { ShellClient } from "../../../lib/cli/shell/shell_client.ts";
import { SHELL_COMMANDS } from "../../../lib/cli/shell/shell_table.ts";
import { quoteWord, splitUnfinished, splitWords } from "../../../lib/cli/shell/split_words.ts";
import { encodeTorrent } from "../../../lib/metainfo/mod.ts";
import { FakeClock, MemoryNetwork } from "../../../lib/net/mod.ts";
import { PeerNode } from "../../../lib/peer/mod.ts";
import { openLibrary } from "../../../lib/storage/mod.ts";
import { fileSample, folderSample, pieceOf } from "../../storage/samples.ts";
import { MAGNET_LINKS } from "../../vectors/magnet_links.ts";
import { MKTORRENT_FILES } from "../../vectors/torrent_by_mktorrent.ts";
import { textOf } from "../mutate_text.ts";
import { type Attempt, BrokenPromise, checkLine, type FuzzTarget, promise } from "../target.ts";

const utf8 = new TextEncoder();
const SAMPLE = await fileSample({ name: "film.mp4", length: 3.5 * 16 * 1024 });
const COURSE = await folderSample();

/** An error that a command may end with; it is shown as one line, and says with which status. */
function shown(error: unknown, ...statuses: readonly number[]): Attempt {
  if (error instanceof BrokenPromise) throw error;
  const status = exitCodeOf(error);
  const line = describeError(error);
  if (!statuses.includes(status)) {
    throw new BrokenPromise(`it ends with status ${status}: ${line}`, { cause: error });
  }
  checkLine(line, error);
  return { outcome: "refused", made: line };
}

/** Command lines of every command, by their examples, one word a line. */
const COMMAND_LINES = COMMANDS.flatMap(({ examples }) => examples)
  .map((example) => utf8.encode(splitWords(example).slice(1).join("\n")));

const VALUED = [...COMMON_FLAGS, ...COMMANDS.flatMap(({ flags }) => flags)]
  .flatMap((flag) => flag.kind === "switch" ? [] : [`--${flag.name}\n${flag.value}`]);

/** What a command makes of its words before it does anything. */
function attemptCommandLine(bytes: Uint8Array): Attempt {
  const [name, ...words] = textOf(bytes).split("\n");
  const command = COMMANDS.find((command) => command.name === name) ?? COMMANDS[0]!;
  try {
    const args = new Arguments(words, [...COMMON_FLAGS, ...command.flags]);
    for (const flag of command.flags) {
      if (flag.kind === "port") promise((args.port(flag.name) ?? 0) <= 65_535, "a port");
      else if (flag.kind === "count") args.count(flag.name);
      else if (flag.kind === "bytes") {
        promise(Number.isSafeInteger(args.bytes(flag.name) ?? 0), "a size");
      } else if (flag.kind === "duration") {
        promise(Number.isFinite(args.durationMs(flag.name) ?? 0), "a time");
      } else if (flag.kind === "address") args.addresses(flag.name);
    }
    choosePieceLength(args);
    chooseTrackers(args);
    if (args.all("select").length > 0) {
      chooseFiles(COURSE.info, { peers: [], tiers: [], webSeeds: [] }, args);
    }
    const made = args.operands.map(parseWanted);
    return { outcome: "accepted", made };
  } catch (error) {
    return shown(error, EXIT.usage, EXIT.badMagnet);
  }
}

/** Takes down what a command prints, and makes sure that each line is fit for a terminal. */
function listener(): { output: Output; said: string[] } {
  const said: string[] = [];
  const take = (report: Report, text: string): void => {
    promise(!JSON.stringify(report).includes("\n"), "a report is not one line");
    for (const line of text.split("\n")) if (line !== "") checkPrinted(line);
    said.push(text);
  };
  const output = { format: "text", loudness: "normal", result: take, note: take, error: take };
  return { output: output as unknown as Output, said };
}

function checkPrinted(line: string): void {
  promise(!/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(line), `a line is not printable: ${line}`);
}

const interrupted = new AbortController().signal;

async function attemptInfo(what: string): Promise<Attempt> {
  const { output, said } = listener();
  try {
    const args = new Arguments(["--", what], COMMON_FLAGS);
    await runInfo({ args, output, interrupted });
    return { outcome: "accepted", made: said };
  } catch (error) {
    return shown(error, EXIT.badMagnet, EXIT.badTorrent, EXIT.error);
  }
}

async function attemptInfoFile(bytes: Uint8Array): Promise<Attempt> {
  const path = await Deno.makeTempFile({ suffix: ".torrent" });
  try {
    await Deno.writeFile(path, bytes);
    return await attemptInfo(path);
  } finally {
    await Deno.remove(path);
  }
}

function attemptWords(bytes: Uint8Array): Attempt {
  const line = textOf(bytes);
  const { before, last, typed } = splitUnfinished(line);
  promise(line.endsWith(last), "the last word is not the last");
  const [words] = completeLine(line, {
    commands: SHELL_COMMANDS,
    names: ["film.mp4", 'it\'s "a" film.mp4'],
    chunksOf: (name) => [1, 2, 3].map((number) => `${name}.part${number}`),
    clients: [{ host: "192.0.2.7", port: 9_021 }, { host: "::1", port: 1 }],
  });
  promise(words.length <= 200, "there are too many words to choose from");
  try {
    const split = splitWords(line);
    const again = splitWords(split.map(quoteWord).join(" "));
    promise(again.join("\0") === split.join("\0"), "quoted and read again they are others");
    return { outcome: "accepted", made: [before, typed, split] };
  } catch (error) {
    promise(error instanceof UsageError, `it threw ${error}`);
    return shown(error, EXIT.usage);
  }
}

/** Lines of the shell, of a client whose library has chunk files and whose network is in memory. */
async function attemptLines(bytes: Uint8Array): Promise<Attempt> {
  const folder = await Deno.makeTempDir({ prefix: "sluice-fuzz-" });
  try {
    const library = await openLibrary(folder);
    await Deno.mkdir(library.chunks);
    await Deno.writeFile(library.torrentPath("film.mp4"), encodeTorrent({ info: SAMPLE.info }));
    for (const index of SAMPLE.info.layout.pieceIndices()) {
      await Deno.writeFile(library.partPath("film.mp4", index), pieceOf(SAMPLE, index));
    }
    const clock = new FakeClock();
    const transport = new MemoryNetwork().host("192.0.2.1");
    await using node = new PeerNode({ host: "192.0.2.1", transport, clock });
    using narrator = new Narrator({ clock, say: () => {} });
    // Nobody can listen at that port.
    const address = { host: "127.0.0.1", port: 0 };
    const server = new ServerLink({ node, address, token: undefined, onState: () => {} });
    const client = new ShellClient({ library, node, server, narrator });
    const outcomes: string[] = [];
    const said: string[] = [];
    for (const line of textOf(bytes).split("\n").slice(0, 8)) {
      const stop = new AbortController();
      const timer = setTimeout(() => stop.abort(), 300);
      const say = (_: Report, text: string): void => {
        text.split("\n").forEach(checkPrinted);
        said.push(text);
      };
      const fail = (report: Report, text: string): void => {
        checkLine(text);
        const known = Object.values(EXIT).some((code) => code === report["code"]);
        promise(known, `the code is ${report["code"]}`);
      };
      outcomes.push(await executeLine(line, { client, signal: stop.signal, say, fail }));
      clearTimeout(timer);
      if (outcomes.at(-1) === "quit") break;
    }
    return { outcome: outcomes.includes("failed") ? "refused" : "accepted", made: said };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const LINES = [
  'see_torrent_struct film.mp4\nsee_chunk_status "film.mp4"\nsee_connected',
  "merge_chunks film.mp4\nmerge_chunks ../x\nsee_this_client_info",
  "connect_client 192.0.2.7 9021\nping 192.0.2.7 9021\nhelp ping",
  "request_download 192.0.2.7 9021 film.mp4.part1\nrequest_download film.mp4",
  "check_target_client_connected ::1 1\nsee_client_set\n# a comment\nquit_torrent",
];

/** What users and scripts type: command lines, lines of the shell; and what `info` shows of others. */
export const CLI: FuzzTarget = {
  quick: 60,
  kinds: {
    argv: {
      form: "text",
      corpus: [
        ...COMMAND_LINES,
        ...VALUED.map((flag) => utf8.encode(`get\n${flag}\nmv1.mp4`)),
        ...VALUED.map((flag) => utf8.encode(`tracker\n${flag}`)),
      ],
      attempt: attemptCommandLine,
    },
    "info-link": {
      form: "text",
      corpus: MAGNET_LINKS.map(([text]) => utf8.encode(text)),
      attempt: (bytes) =>
        attemptInfo(`magnet:${textOf(bytes)}`.replace(/^magnet:magnet:/i, "magnet:")),
    },
    "info-file": {
      form: "bencode",
      corpus: MKTORRENT_FILES.map(({ torrent }) => torrent),
      attempt: attemptInfoFile,
    },
    words: { form: "text", corpus: LINES.map((text) => utf8.encode(text)), attempt: attemptWords },
    lines: { form: "text", corpus: LINES.map((text) => utf8.encode(text)), attempt: attemptLines },
  },
};
