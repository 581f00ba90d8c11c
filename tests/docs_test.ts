import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { holdsTest, namedTests } from "./docs/named_tests.ts";
import { namedPaths, pathExists } from "./docs/paths.ts";

const ROOT = new URL("../", import.meta.url);
const NOT_OURS: ReadonlySet<string> = new Set([".git", "node_modules", "dist", "Chunks"]);
const EXAMPLE_TIMEOUT_MS = 60_000;
/** The heading of the table in `docs/beps.md` that names a test for each obligation. */
const MUSTS = "The MUSTs, and the tests that show them";
/** The BEPs of whose obligations each that concerns us has a test. */
const SHOWN_BEPS = ["3", "6", "7", "9", "10", "11", "12", "14", "15", "19", "21", "23", "27", "48"];

/** All files of the project, and its folders with a slash at the end. */
async function* projectFiles(folder = ""): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(new URL(`./${folder}`, ROOT))) {
    const path = `${folder}${entry.name}`;
    if (folder === "" && NOT_OURS.has(entry.name)) continue;
    yield entry.isDirectory ? `${path}/` : path;
    if (entry.isDirectory) yield* projectFiles(`${path}/`);
  }
}

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, ROOT));
}

Deno.test("docs: every path of the project that a document names exists", async () => {
  const files = await Array.fromAsync(projectFiles());
  const folders = files.filter((path) => /^[^/]+\/$/.test(path)).map((path) => path.slice(0, -1));
  const documents = files.filter((path) => path.endsWith(".md"));
  const missing: string[] = [];
  for (const document of documents) {
    for (const named of namedPaths(await read(document), folders)) {
      if (pathExists(named, document, files)) continue;
      missing.push(`${document}, line ${named.line}: ${named.path}`);
    }
  }
  assertEquals(missing, []);
});

Deno.test("docs: every test that shows an obligation of a BEP is in the file beside it", async () => {
  const table = await read("docs/beps.md");
  const missing: string[] = [];
  const beps = new Set<string>();
  for (const { name, file, line } of namedTests(table, MUSTS)) {
    const source = await read(`tests/${file}`).catch(() => "");
    if (!holdsTest(source, name)) missing.push(`docs/beps.md, line ${line}: ${file}: ${name}`);
    beps.add(/^\| (\d+) \|/.exec(table.split("\n")[line - 1] ?? "")?.[1] ?? `line ${line}`);
  }
  assertEquals(missing, []);
  assertEquals([...beps], SHOWN_BEPS);
});

Deno.test("docs: the documents that the project promises are there", async () => {
  const files = await Array.fromAsync(projectFiles());
  for (const path of ["README.md", "docs/architecture.md", "docs/protocol.md", "bench/README.md"]) {
    assert(files.includes(path), `${path} is missing`);
  }
});

Deno.test("docs: the README's library example runs as it stands", async () => {
  const section = /^## The library$([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(await read("README.md"))
    ?.[1];
  const example = /^```ts\n([\s\S]*?)^```$/m.exec(section ?? "")?.[1];
  assert(example !== undefined, 'README.md has no ```ts block under "## The library"');
  assertMatch(example, /from "\.\/mod\.ts"/);

  const folder = await Deno.makeTempDir({ prefix: "readme_example_" });
  try {
    const library = JSON.stringify(new URL("mod.ts", ROOT).href);
    await Deno.writeTextFile(`${folder}/mod.ts`, `export * from ${library};\n`);
    await Deno.writeTextFile(`${folder}/example.ts`, example);
    for (const name of ["Original_Files", "Chunks"]) await Deno.mkdir(`${folder}/${name}`);
    for (const name of ["mv1.mp4", "mv2.mp4"]) {
      const path = `Original_Files/${name}`;
      await Deno.copyFile(new URL(path, ROOT), `${folder}/${path}`);
    }
    const config = new URL("deno.json", ROOT).pathname;
    const child = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--check", "--no-lock", "--config", config, "example.ts"],
      cwd: folder,
      env: { NO_COLOR: "1", TMPDIR: folder }, // what the example leaves goes with the folder
      stdin: "null",
      signal: AbortSignal.timeout(EXAMPLE_TIMEOUT_MS),
    }).output();
    const said = new TextDecoder().decode(child.stdout) + new TextDecoder().decode(child.stderr);
    assertEquals(child.code, 0, said);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const FILES = ["README.md", "lib/", "lib/peer/", "lib/peer/policy/", "lib/peer/policy/choker.ts"]
  .concat(["lib/peer/mod.ts", "docs/", "docs/protocol.md", "LICENSE", "tests/", "mod.ts", ".ci/"])
  .concat([".ci/run", "Original_Files/", "Original_Files/mv1.mp4"]);
const FOLDERS = ["lib", "docs", "tests", ".ci", "Original_Files"];

function missingIn(document: string, markdown: string): string[] {
  return namedPaths(markdown, FOLDERS)
    .filter((named) => !pathExists(named, document, FILES))
    .map(({ path, line }) => `${line}: ${path}`);
}

Deno.test({
  name: "docs: the check finds links and names of files that are not there",
  permissions: "none",
  fn() {
    const cases: readonly (readonly [markdown: string, found: string])[] = [
      ["See [the map](docs/map.md).", "1: docs/map.md"],
      ["\n\nSee [it](./docs/map.md#top 'title').", "3: ./docs/map.md"],
      ["See [it][map].\n\n[map]: docs/map.md\n", "3: docs/map.md"],
      ["![a picture](docs/picture.png)", "1: docs/picture.png"],
      ["In `lib/peer/policy/picker.ts` we", "1: lib/peer/policy/picker.ts"],
      ["In `policy/picker.ts` we", "1: policy/picker.ts"],
      ["In `picker.ts` we", "1: picker.ts"],
      ["In `lib/dht/` we", "1: lib/dht/"],
      ["In `lib/dht` we", "1: lib/dht"],
      ["Line `lib/peer/gone.ts:12` says", "1: lib/peer/gone.ts"],
      ["All of `lib/*/gone.ts` and", "1: lib/*/gone.ts"],
      ["Run `deno test -A tests/gone/` now", "1: tests/gone/"],
      ["Run `deno run -A lib/gone.ts` now", "1: lib/gone.ts"],
      ["`Original_Files/mv9.mp4` is small", "1: Original_Files/mv9.mp4"],
      ["```sh\nx\n```\n`gone.md`", "4: gone.md"],
    ];
    for (const [markdown, found] of cases) {
      assertEquals(missingIn("README.md", markdown), [found], markdown);
    }
    assertEquals(missingIn("docs/protocol.md", "[it](LICENSE)"), ["1: LICENSE"]);
  },
});

Deno.test({
  name: "docs: the check leaves alone what is there, generated, elsewhere or an example",
  permissions: "none",
  fn() {
    const cases = [
      "See [it](docs/protocol.md#frames), [it](LICENSE) and [BEP 3](https://bep.example/bep_0003.html).",
      "[mail](mailto:a@b.example) [here](#top)",
      "In `lib/peer/policy/choker.ts`, `policy/choker.ts`, `choker.ts`, `mod.ts` and `lib/peer/`",
      "`lib/peer/policy/choker.ts:10` and `lib/*/mod.ts` and `lib/**/choker.ts` and `.ci/run`",
      "`Chunks/mv1.mp4.part1`, `Chunks/`, `dist/sluice`, `./Chunks/a.ts` and `node_modules/x/y.ts`",
      "`Original_Files/NAME`, `NAME.torrent`, `FILE.ts`, `lib/FOLDER/mod.ts`",
      "`Content-Type`, `text/plain`, `info_hash`, `a/b`, `127.0.0.1:6789`, `1/2`, `movie.mp4`",
      '`deno run -A server.ts` and `import x from "./mine.ts"`',
      "```ts\nimport './gone.ts'; // `lib/gone.ts`\n```",
      "- item\n\n  ```text\n  `lib/gone.ts`\n  ```\n",
      "~~~\n[it](gone.md)\n~~~",
    ];
    for (const markdown of cases) assertEquals(missingIn("README.md", markdown), [], markdown);
    assertEquals(missingIn("docs/protocol.md", "[it](../LICENSE) `lib/` [x](protocol.md)"), []);
  },
});

Deno.test({
  name: "docs: the check of tests reads the table under its heading, and refuses other rows",
  permissions: "none",
  fn() {
    const table = [
      "| 1 | before it | `no` | `no_test.ts` |",
      "## Tests",
      "| BEP | what | test | file |",
      "| --- | --- | --- | --- |",
      "| 3 | one `x` thing | `it holds` | `a/b_test.ts` |",
      "Some words.",
      "| 4 | another | `it ends (BEP 4)` | `c_test.ts` |",
      "## More",
      "| 5 | behind it | `no` | `no_test.ts` |",
    ];
    assertEquals(namedTests(table.join("\n"), "Tests"), [
      { name: "it holds", file: "a/b_test.ts", line: 5 },
      { name: "it ends (BEP 4)", file: "c_test.ts", line: 7 },
    ]);
    assertThrows(() => namedTests(table.join("\n"), "Test"), Error, "no heading");
    for (
      const row of ["| 3 | x | `it` | |", "| 3 | x | it | `a_test.ts` |", "| 3 | x | `it` `a` |"]
    ) {
      table[4] = row;
      assertThrows(() => namedTests(table.join("\n"), "Tests"), Error, "line 5 does not end");
    }
  },
});

Deno.test({
  name: "docs: the check of tests takes a whole name for one, not a part or one that was renamed",
  permissions: "none",
  fn() {
    const source = [
      'Deno.test("it holds", () => {});',
      "Deno.test(`${who} holds`, () => {});",
      "Deno.test(`all hold${ignored}`, () => {});",
    ].join("\n");
    for (const name of ["it holds", "${who} holds", "all hold"]) assert(holdsTest(source, name));
    for (const name of ["it", "it hold", "holds", "t holds", "all hol", "it holds "]) {
      assert(!holdsTest(source, name), name);
    }
  },
});
