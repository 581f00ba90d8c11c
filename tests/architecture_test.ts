import { assert, assertEquals } from "@std/assert";
import { type Fault, findFaults, type Rule, RULES } from "./architecture/rules.ts";
import { SAMPLES } from "./architecture/samples.ts";

const ROOT = new URL("../", import.meta.url);

async function* sourceFiles(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(new URL(folder, ROOT))) {
    if (entry.isDirectory) yield* sourceFiles(`${folder}${entry.name}/`);
    else if (entry.name.endsWith(".ts")) yield `${folder}${entry.name}`;
  }
}

let reading: Promise<{ path: string; faults: Fault[] }[]> | undefined;

/** The faults of every source file; read once for all tests. */
function faultsOfProject(): Promise<{ path: string; faults: Fault[] }[]> {
  reading ??= (async () => {
    const paths = (await Array.fromAsync(sourceFiles("lib/"))).sort();
    for await (const { name } of Deno.readDir(ROOT)) if (name.endsWith(".ts")) paths.push(name);
    return await Promise.all(paths.map(async (path) => {
      const source = await Deno.readTextFile(new URL(path, ROOT));
      return { path, faults: findFaults(path, source) };
    }));
  })();
  return reading;
}

const PROMISES: Record<Rule, string> = {
  "layers": "imports go downwards only, through the mod.ts of a folder",
  "pure": "pure folders touch no runtime, clock or randomness",
  "file-name": "files are named in snake_case for what is in them",
  "file-length": "no source file is over 300 lines",
  "mod-re-exports": "a mod.ts only re-exports",
  "console": "only the command line writes to the console",
  "class-fields": "a class has at most 12 fields",
  "parameters": "a function has at most 4 parameters, none of them a boolean",
  "top-level-functions": "functions at the top level are declared",
  "private-fields": "private members are #private",
};

for (const rule of RULES) {
  Deno.test(`architecture: ${PROMISES[rule]}`, async () => {
    const found = (await faultsOfProject()).flatMap(({ path, faults }) =>
      faults.filter((fault) => fault.rule === rule).map(({ message }) => `${path}, ${message}`)
    );
    assertEquals(found, []);
  });
}

Deno.test("architecture: the rules were applied to the entries and to every layer", async () => {
  const found = (await faultsOfProject()).map(({ path }) => path.split("/").slice(0, 2).join("/"));
  const folders = [
    "bytes",
    "paths",
    "bencode",
    "framing",
    "metainfo",
    "net",
    "storage",
    "web",
    "tracker",
    "peer",
  ];
  const expected = ["main.ts", "mod.ts", "lib/cli", ...folders.map((folder) => `lib/${folder}`)];
  assertEquals([...new Set(found)].sort(), expected.sort());
});

Deno.test("architecture: the tests run with the sanitizers on", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  for (const name of ["DENO_TEST_SANITIZE_OPS=1", "DENO_TEST_SANITIZE_RESOURCES=1"]) {
    assert(String(tasks.test).includes(name), `the task "test" lacks ${name}`);
  }
});

Deno.test("architecture: what a process shares is changed by tests that run alone, and by no others", async () => {
  const shared = /\bDeno\.(?:chdir|umask|env\.(?:set|delete)|kill\(Deno\.pid)\b/;
  const named: string[] = [];
  const changing: string[] = [];
  for await (const path of sourceFiles("tests/")) {
    if (path.endsWith("_alone_test.ts")) named.push(path);
    if (shared.test(await Deno.readTextFile(new URL(path, ROOT)))) changing.push(path);
  }
  assert(named.length > 0);
  assertEquals(changing.sort(), named.sort());
});

for (const rule of RULES) {
  Deno.test(`architecture: the rule "${rule}" finds what breaks it and nothing else`, () => {
    const { bad, good } = SAMPLES[rule];
    for (const [path, source] of bad) {
      const rules = findFaults(path, source).map((fault) => fault.rule);
      assert(rules.includes(rule), `nothing found in ${path}: ${source.slice(0, 100)}`);
    }
    for (const [path, source] of good) {
      const found = findFaults(path, source).filter((fault) => fault.rule === rule);
      assertEquals(found, [], `${path}: ${source.slice(0, 100)}`);
    }
  });
}
