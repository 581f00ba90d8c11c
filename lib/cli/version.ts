import manifest from "../../deno.json" with { type: "json" };
import type { Report } from "./output.ts";

/** The version of this program. */
export const VERSION: string = manifest.version;

/** What a program was built from, as far as whoever built it says so. */
export interface Build {
  /** The commit of the sources. */
  readonly commit?: string | undefined;
}

/** Says which program this is: its version, the commit that it comes from, and what runs it. */
export async function describeVersion(build: Build): Promise<{ report: Report; text: string }> {
  const { deno, v8 } = Deno.version;
  const checkout = new URL("../../.git/", import.meta.url);
  const commit = build.commit ?? await commitOf(checkout).catch(() => undefined);
  const source = commit === undefined ? "" : `commit ${commit.slice(0, 12)}, `;
  return {
    report: { type: "version", version: VERSION, commit: commit ?? null, deno, v8 },
    text: `sluice ${VERSION} (${source}deno ${deno}, v8 ${v8})`,
  };
}

/**
 * The commit that a repository has checked out, given its `.git/`; `undefined` if there is none, or
 * it may not be read.
 */
export async function commitOf(repository: URL): Promise<string | undefined> {
  if (repository.protocol !== "file:") return undefined;
  const { state } = await Deno.permissions.query({ name: "read", path: repository });
  if (state !== "granted") return undefined;
  const head = await readLine(new URL("HEAD", repository));
  const [, name] = /^ref: (refs\/.+)$/.exec(head ?? "") ?? [];
  if (name === undefined) return asCommit(head);
  const loose = await readLine(new URL(name, repository));
  if (loose !== undefined) return asCommit(loose);
  const packed = await readText(new URL("packed-refs", repository)) ?? "";
  const line = packed.split("\n").find((line) => line.endsWith(` ${name}`));
  return asCommit(line?.split(" ")[0]);
}

function asCommit(text: string | undefined): string | undefined {
  return text !== undefined && /^[0-9a-f]{40,64}$/.test(text) ? text : undefined;
}

async function readLine(file: URL): Promise<string | undefined> {
  return (await readText(file))?.split("\n")[0]?.trim();
}

async function readText(file: URL): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}
