import { assertEquals, assertMatch } from "@std/assert";
import { dirname, toFileUrl } from "@std/path";
import { commitOf, describeVersion, VERSION } from "../../lib/cli/version.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** What is read of the files of a repository. */
async function commitOfFiles(files: Readonly<Record<string, string>>): Promise<string | undefined> {
  const folder = await Deno.makeTempDir({ prefix: "sluice-repository-" });
  try {
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(dirname(`${folder}/${path}`), { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, text);
    }
    return await commitOf(toFileUrl(`${folder}/`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("version: the commit of a checkout is found, on a branch, packed or detached", async () => {
  const head = { HEAD: "ref: refs/heads/main\n" };
  assertEquals(await commitOfFiles({ ...head, "refs/heads/main": `${COMMIT}\n` }), COMMIT);
  const packed = `# pack-refs with: peeled\n${
    "f".repeat(40)
  } refs/heads/mai\n${COMMIT} refs/heads/main\n`;
  assertEquals(await commitOfFiles({ ...head, "packed-refs": packed }), COMMIT);
  assertEquals(await commitOfFiles({ HEAD: `${COMMIT}\n` }), COMMIT);
});

Deno.test("version: what is no repository, or an odd one, has no commit", async () => {
  const head = { HEAD: "ref: refs/heads/main\n" };
  const cases = [{}, head, { HEAD: "" }, { HEAD: "ref: ../../secret\n" }, { HEAD: "x".repeat(40) }];
  for (const files of cases) assertEquals(await commitOfFiles(files), undefined);
  assertEquals(await commitOfFiles({ ...head, "refs/heads/main": "no commit\n" }), undefined);
  assertEquals(await commitOfFiles({ ...head, "packed-refs": "rubbish" }), undefined);
  assertEquals(await commitOf(new URL("https://example.test/.git/")), undefined);
});

Deno.test({
  name: "version: it names what runs it, and the commit that it was built from",
  permissions: "none",
  async fn() {
    const { deno, v8 } = Deno.version;
    const built = await describeVersion({ commit: COMMIT });
    assertEquals(built.text, `sluice ${VERSION} (commit 0123456789ab, deno ${deno}, v8 ${v8})`);
    const expected = { type: "version", version: VERSION, commit: COMMIT, deno, v8 };
    assertEquals(built.report, expected);
    const unknown = await describeVersion({});
    assertEquals(unknown.text, `sluice ${VERSION} (deno ${deno}, v8 ${v8})`);
    assertEquals(unknown.report.commit, null);
    assertMatch(VERSION, /^\d+\.\d+\.\d+$/);
  },
});
