import { assertEquals, assertFalse, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { Arguments } from "../../lib/cli/arguments.ts";
import { CliError } from "../../lib/cli/cli_error.ts";
import { COMMON_FLAGS, tokenFlags } from "../../lib/cli/flags.ts";
import { Output, type Report } from "../../lib/cli/output.ts";
import { chooseToken } from "../../lib/cli/token.ts";

const FLAGS = [...COMMON_FLAGS, ...tokenFlags("token")];
const isUnix = Deno.build.os !== "windows";

/** Notes what it is told. */
class Listener extends Output {
  readonly notes: Report[] = [];

  override warn(report: Report): void {
    this.notes.push(report);
  }
}

function choose(...words: string[]): { token: string | undefined; notes: readonly Report[] } {
  const args = new Arguments(words, FLAGS);
  const output = new Listener(args);
  return { token: chooseToken({ args, output }), notes: output.notes };
}

function refusal(...words: string[]): { code: number; message: string } {
  const error = assertThrows(() => choose(...words), CliError);
  assertFalse(error.message.includes("\n"));
  return { code: error.exitCode, message: error.message };
}

async function withFile(
  content: string | Uint8Array,
  use: (path: string) => Promise<void> | void,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "token.txt");
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(path, bytes, { mode: 0o600 });
    await use(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs something while `SLUICE_TOKEN` has a value. */
async function withVariable(value: string, use: () => Promise<void> | void): Promise<void> {
  const before = Deno.env.get("SLUICE_TOKEN");
  Deno.env.set("SLUICE_TOKEN", value);
  try {
    await use();
  } finally {
    if (before === undefined) Deno.env.delete("SLUICE_TOKEN");
    else Deno.env.set("SLUICE_TOKEN", before);
  }
}

Deno.test("token: a file gives its one line, without the end of it", async () => {
  const long = "x".repeat(512);
  for (const [content, token] of [["s3cret", "s3cret"], ["a b\n", "a b"], [`${long}\r\n`, long]]) {
    await withFile(content ?? "", (path) => {
      assertEquals(choose("--token-file", path), { token, notes: [] });
    });
  }
});

Deno.test("token: a flag goes before the variable, and both flags are too much", async () => {
  await withVariable("of the variable", () =>
    withFile("of the file", (path) => {
      assertEquals(choose().token, "of the variable");
      assertEquals(choose("--token", "of the flag").token, "of the flag");
      assertEquals(choose("--token-file", path).token, "of the file");
      const { code, message } = refusal("--token", "of the flag", "--token-file", path);
      assertEquals(code, 28);
      assertEquals(message, "Cannot use --token with --token-file: give one of them");
    }));
  await withVariable("", () => assertEquals(choose().token, undefined));
});

Deno.test("token: what cannot be one is refused in one line that does not show it", async () => {
  const cases: readonly (readonly [content: string | Uint8Array, reason: string])[] = [
    ["", "it is empty"],
    ["\n", "it is empty"],
    ["s3cret\nother\n", "it must be one line"],
    ["s3cret\n\n", "it must be one line"],
    ["s3cret\0", "without control characters"],
    [`s3cret${"x".repeat(507)}`, "it is longer than 512 bytes"],
    [`s3cret${"\u00e4".repeat(254)}`, "it is longer than 512 bytes"],
    [`s3cret${"x".repeat(100_000)}`, "it is longer than 512 bytes"],
    [Uint8Array.of(0x73, 0x33, 0xff), "it is no text in UTF-8"],
  ];
  for (const [content, reason] of cases) {
    await withFile(content, (path) => {
      const { code, message } = refusal("--token-file", path);
      assertEquals(code, 28, message);
      assertStringIncludes(message, `Cannot use the token in ${path}: it `);
      assertStringIncludes(message, reason);
      assertFalse(message.includes("s3"), message);
    });
  }
  const long = `s3cret${"x".repeat(507)}`;
  assertEquals(refusal("--token", long).message, "Cannot use --token: it is longer than 512 bytes");
  await withVariable(long, () => {
    assertEquals(refusal().message, "Cannot use SLUICE_TOKEN: it is longer than 512 bytes");
  });
});

Deno.test("token: a file that cannot be read is named, with the reason", async () => {
  await withFile("x", (path) => {
    const missing = refusal("--token-file", `${path}.no`);
    assertEquals(missing.code, 1);
    assertStringIncludes(missing.message, `--token-file ${path}.no: there is no such file`);
    assertEquals(refusal("--token-file", join(path, "..")).code, 1);
  });
});

Deno.test({
  name: "token: a file that others may read or write is used, with a note that says so",
  ignore: !isUnix,
  async fn() {
    await withFile("s3cret", async (path) => {
      for (
        const [mode, count] of [[0o600, 0], [0o640, 1], [0o604, 1], [0o622, 1], [0o700, 0]] as const
      ) {
        await Deno.chmod(path, mode);
        const { token, notes } = choose("--token-file", path);
        assertEquals([token, notes.length], ["s3cret", count], mode.toString(8));
        assertFalse(JSON.stringify(notes).includes("s3cret"));
      }
    });
  },
});

Deno.test("token: that others may read a flag is told once, and not of the variable or a file", async () => {
  const args = new Arguments(["--token", "s3cret"], FLAGS);
  const output = new Listener(args);
  for (let tracker = 0; tracker < 3; tracker++) chooseToken({ args, output });
  assertEquals(output.notes, [{ type: "token-exposed", flag: "token" }]);
  await withFile("s3cret", (path) => assertEquals(choose("--token-file", path).notes, []));
  await withVariable("s3cret", () => assertEquals(choose().notes, []));
});

Deno.test("token: a misspelt flag is named without the value behind it", () => {
  const error = assertThrows(() => new Arguments(["--tokn=s3cret"], FLAGS), CliError);
  assertStringIncludes(error.message, "Cannot use --tokn: there is no such flag");
  assertFalse(error.message.includes("s3cret"));
});
