import { assert, assertEquals } from "@std/assert";
import { holdsTest, namedTests } from "./docs/named_tests.ts";

const ROOT = new URL("../", import.meta.url);

/** The layers that have limits, and these. */
const LAYERS: Readonly<Record<string, () => Promise<Record<string, unknown>>>> = {
  bytes: () => import("../lib/bytes/limits.ts"),
  bencode: () => import("../lib/bencode/limits.ts"),
  metainfo: () => import("../lib/metainfo/limits.ts"),
  net: async () => ({
    ...await import("../lib/net/limits.ts"),
    ...await import("../lib/net/swarm_key/limits.ts"),
  }),
  storage: () => import("../lib/storage/limits.ts"),
  web: () => import("../lib/web/limits.ts"),
  tracker: async () => ({
    ...await import("../lib/tracker/limits.ts"),
    ...await import("../lib/tracker/api_limits.ts"),
    ...await import("../lib/tracker/tracker_limits.ts"),
  }),
  peer: () => import("../lib/peer/limits.ts"),
  cli: () => import("../lib/cli/limits.ts"),
};

/** Bounds of what we do ourselves, or what a format fixes: nobody outside can push them. */
const OWN_BOUNDS: ReadonlySet<string> = new Set([
  ...["bencode/key_text.ts: MAX_KNOWN_LENGTH", "net/address_line.ts: MAX_DIGITS"],
  ...["net/buffer_pool.ts: MAX_WAITING", "net/dns_sd/service_message.ts: MAX_KNOWN_LENGTH"],
  "net/ipv6_words.ts: MAX_LENGTH",
  ...["net/swarm_key/noise.ts: MAX_MESSAGES", "net/swarm_key/records.ts: MAX_AT_ONCE"],
  "net/tls_terminator.ts: MAX_ARRIVED",
  ...["storage/each_piece.ts: MAX_SIDE_BY_SIDE", "storage/file_pool.ts: MAX_BUSY"],
  ...["storage/file_pool.ts: MAX_IDLE", "storage/piece_hasher.ts: MAX_LENGTH"],
  ...["storage/store_lock.ts: MAX_ATTEMPTS", "tracker/protocol/http_announce.ts: MAX_COUNT"],
  ...["tracker/protocol/message.ts: MAX_CODE", "tracker/protocol/message.ts: MAX_TRANSACTION"],
  "tracker/protocol/udp_client_messages.ts: MAX_OPTION_LENGTH",
  ...["tracker/swarm/rank_sources.ts: MAX_CANDIDATES", "peer/run_reader.ts: MAX_RUN_LENGTH"],
  ...["peer/conducting.ts: MAX_PIECES_EACH", "peer/conducting.ts: MAX_WORK"],
  ...["peer/outgoing.ts: MAX_WAITING_ALONG", "peer/web_seed_peer.ts: MAX_RANGE_LENGTH"],
  ...["peer/policy/address_book.ts: MAX_FAILURES", "peer/policy/address_book.ts: MAX_RETRY_MS"],
  "peer/policy/address_book.ts: MAX_LONELY_RETRY_MS",
  ...["peer/policy/late_blocks.ts: MAX_DUPLICATES", "cli/disk_news.ts: MAX_NAMED"],
  "peer/policy/failed_pieces.ts: MAX_DOUBLINGS",
  ...[
    "peer/policy/request_window.ts: MAX_JOURNEY_MS",
    "peer/policy/request_window.ts: MAX_ANSWER_MS",
    "cli/commands/verify.ts: MAX_LISTED",
  ],
  ...["cli/shell/chunk_commands.ts: MAX_NAMED_CHUNKS", "cli/shell/see_commands.ts: MAX_DIGITS"],
  ...["cli/shell/chunk_commands.ts: MAX_TOLD_CHUNKS", "cli/shell/history_file.ts: MAX_FILE_LINES"],
]);

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  bytes: 1,
  KiB: 1_024,
  MiB: 1_024 ** 2,
  s: 1_000,
  h: 3_600_000,
};

/** A row of a table of limits. */
interface Row {
  readonly constant: string;
  readonly value: number;
}

/** What stands under the heading of a layer: the rows of its table, and the names beside it. */
function sectionOf(markdown: string, layer: string): { rows: Row[]; beside: string[] } {
  const section = markdown.split(/^## /m).find((part) => part.startsWith(`${layer}\n`)) ?? "";
  const rows = [...section.matchAll(/^\| [^|]+ \| ([^|]+) \| `([\w.]+)` \|/gm)]
    .map(([, value = "", constant = ""]) => ({ constant, value: valueOf(value) }));
  const [, text = ""] = /^Beside them: ([\s\S]*?)\.$/m.exec(section) ?? [];
  return { rows, beside: [...text.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name) };
}

/** A number as people write it: `1,000`, `2^21`, `16 KiB`, `5 s`. */
function valueOf(text: string): number {
  const [, digits = "", power = "1", unit = ""] = /^([\d,]+)(?:\^(\d+))?(?: (\w+))?$/.exec(text) ??
    [];
  return Number(digits.replaceAll(",", "")) ** Number(power) * (UNITS[unit] ?? NaN);
}

/** The limits of a layer by their names; of those that an operator may set each on its own. */
function constantsOf(limits: Record<string, unknown>): Map<string, unknown> {
  const { DEFAULT_LIMITS, ...others } = limits;
  return new Map([
    ...Object.entries(others),
    ...Object.entries(DEFAULT_LIMITS ?? {}).map(([name, value]) =>
      [`DEFAULT_LIMITS.${name}`, value] as const
    ),
  ]);
}

/** The paths of all source files under a folder, from it. */
async function* sourcesIn(folder: URL, above = ""): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sourcesIn(new URL(`${name}/`, folder), `${above}${name}/`);
    else if (name.endsWith(".ts")) yield `${above}${name}`;
  }
}

/** The bounds that a source names, on lines of their own. */
function boundsOf(source: string): string[] {
  return [...source.matchAll(/^(?:export )?const (MAX_\w+)/gm)].map(([, name = ""]) => name);
}

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, ROOT));
}

Deno.test("limits: every layer that has limits is among those whose limits are documented", async () => {
  const layers: string[] = [];
  for await (const { name } of Deno.readDir(new URL("lib/", ROOT))) {
    const exists = await Deno.stat(new URL(`lib/${name}/limits.ts`, ROOT)).then(
      () => true,
      () => false,
    );
    if (exists) layers.push(name);
  }
  assertEquals(layers.sort(), Object.keys(LAYERS).sort());
});

Deno.test("limits: what is bounded elsewhere than among the limits is nothing that others push", async () => {
  const found: string[] = [];
  for await (const path of sourcesIn(new URL("lib/", ROOT))) {
    if (/(^|\/|_)limits\.ts$/.test(path)) continue;
    for (const name of boundsOf(await read(`lib/${path}`))) found.push(`${path}: ${name}`);
  }
  assertEquals(found.sort(), [...OWN_BOUNDS].sort());
  const source =
    "const MAX_A = 1;\nexport const MAX_B: number = 2;\n// const MAX_C\nconst MIN = 1;";
  assertEquals(boundsOf(source), ["MAX_A", "MAX_B"]);
});

for (const [layer, load] of Object.entries(LAYERS)) {
  Deno.test(`limits: the document has each limit of ${layer} with its value, and no other`, async () => {
    const { rows, beside } = sectionOf(await read("docs/limits.md"), layer);
    const constants = constantsOf(await load());
    const documented = new Set([...rows.map(({ constant }) => constant), ...beside]);
    assertEquals([...documented].sort(), [...constants.keys()].sort());
    for (const { constant, value } of rows) {
      assertEquals(constants.get(constant), value, `the value of ${constant}`);
      assert(!beside.includes(constant), `${constant} is both a limit and none`);
    }
  });
}

Deno.test("limits: every test that tries a limit is in the file beside it", async () => {
  const markdown = await read("docs/limits.md");
  const missing: string[] = [];
  for (const layer of Object.keys(LAYERS)) {
    for (const { name, file, line } of namedTests(markdown, layer)) {
      const source = await read(`tests/${file}`).catch(() => "");
      if (!holdsTest(source, name)) missing.push(`docs/limits.md, line ${line}: ${file}: ${name}`);
    }
  }
  assertEquals(missing, []);
});

Deno.test({
  name: "limits: numbers are read as people write them",
  permissions: "none",
  fn() {
    const numbers = { "120": 120, "1,000": 1_000, "2^21": 2 ** 21, "16 KiB": 16_384, "5 s": 5_000 };
    for (const [text, value] of Object.entries(numbers)) assertEquals(valueOf(text), value);
    assertEquals([valueOf("many"), valueOf("5 apples")], [0, NaN]);
  },
});
