/**
 * Compiles the program to a standalone executable in `dist/` (or `--out DIR`), for this machine or,
 * with `--all`, for Linux, macOS and Windows on x64 and arm64. What the executable may do is the permission set
 * "default" of `deno.json`; it never asks for more.
 *
 * `DENORT_BIN` names a local base binary where the runtime's cannot be downloaded.
 */

import { parseArgs } from "@std/cli/parse-args";
import { dirname, fromFileUrl, join, relative, resolve } from "@std/path";
import { commitOf } from "../lib/cli/version.ts";
import manifest from "../deno.json" with { type: "json" };
import { permissionFlags } from "./permission_flags.ts";
import { TARGETS } from "./targets.ts";
import { V8_FLAGS } from "./v8_flags.ts";

const ROOT = new URL("../", import.meta.url);

/** Files that the program reads at run time from beside its sources, and what its threads run. */
const ASSETS = ["Original_Files/mv1.mp4", "lib/storage/hash_lane_worker.ts"];

/** The entry of the executable: the same as `main.ts`, but it knows its commit. */
async function writeEntry(folder: string): Promise<string> {
  const commit = await commitOf(new URL(".git/", ROOT));
  const entry = join(folder, "build", "main.ts");
  await Deno.mkdir(dirname(entry), { recursive: true });
  const library = relative(dirname(entry), fromFileUrl(new URL("lib/cli/mod.ts", ROOT)));
  await Deno.writeTextFile(
    entry,
    [
      `import { runCommandLine } from ${JSON.stringify(library.replaceAll("\\", "/"))};`,
      "",
      `Deno.exit(await runCommandLine(Deno.args, ${JSON.stringify({ commit })}));`,
      "",
    ].join("\n"),
  );
  return entry;
}

/** The flag that leaves packages out which only tests and tools load, if this runtime knows it. */
async function packageFlags(): Promise<string[]> {
  const flag = "--exclude-unused-npm";
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["compile", "--help"] })
    .output();
  return new TextDecoder().decode(stdout).includes(flag) ? [flag] : [];
}

/** Bytes of the stack of each thread that compiles. */
const STACK_BYTES = 256 * 1024 * 1024;

/** The arguments with which the runtime compiles the program, for this system or another one. */
export async function compileArguments(
  entry: string,
  output: string,
  target?: string,
): Promise<string[]> {
  return [
    "compile",
    ...["--config", "deno.json", "--no-prompt", V8_FLAGS, "--output", output],
    ...permissionFlags(manifest.permissions.default),
    ...await packageFlags(),
    ...ASSETS.flatMap((path) => ["--include", path]),
    ...(target === undefined ? [] : ["--target", target]),
    entry,
  ];
}

async function compile(entry: string, output: string, target?: string): Promise<number> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: await compileArguments(entry, output, target),
    cwd: fromFileUrl(ROOT),
    // Deno 2.4 packs all packages of the lock file, and its stack is too small for so many.
    env: { RUST_MIN_STACK: String(STACK_BYTES) },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  return code;
}

async function main(words: readonly string[]): Promise<number> {
  const { all, out, _: rest } = parseArgs(words, {
    boolean: ["all"],
    string: ["out"],
    unknown: (word) => {
      throw new Error(`Cannot compile with ${word}: there are --all and --out DIR`);
    },
  });
  if (rest.length > 0) throw new Error("Cannot compile: there are --all and --out DIR alone");
  if (all && Deno.env.get("DENORT_BIN")) {
    throw new Error("Cannot compile for all systems: DENORT_BIN names the base binary of one");
  }
  const folder = resolve(typeof out === "string" ? out : fromFileUrl(new URL("dist/", ROOT)));
  const entry = await writeEntry(folder);
  if (!all) {
    const extension = Deno.build.os === "windows" ? ".exe" : "";
    return await compile(entry, join(folder, `sluice${extension}`));
  }
  const failed: string[] = [];
  for (const [name, target] of Object.entries(TARGETS)) {
    const extension = name.startsWith("windows") ? ".exe" : "";
    const output = join(folder, `sluice-${name}${extension}`);
    if (await compile(entry, output, target) !== 0) failed.push(name);
  }
  if (failed.length > 0) throw new Error(`Cannot compile for ${failed.join(", ")}: see above`);
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await Deno.stderr.write(new TextEncoder().encode(`${message}\n`));
    Deno.exit(1);
  }
}
