import type { FuzzInput } from "./target.ts";

/** Inputs that have broken a promise once. */
export const VECTORS: URL = new URL("../vectors/hostile/", import.meta.url);

/** An input in a file, whose name says what it is for: `TARGET.KIND.WHAT.bin`. */
export interface HostileVector extends FuzzInput {
  readonly name: string;
  readonly target: string;
}

/** Every vector, in the order of their names. */
export async function readVectors(): Promise<HostileVector[]> {
  const names = [];
  for await (const { name } of Deno.readDir(VECTORS)) names.push(name);
  return await Promise.all(names.sort().map((name) => readVector(new URL(name, VECTORS))));
}

/**
 * Reads a file that is a vector, or a failure that may become one.
 *
 * @throws {SyntaxError} if its name does not say what it is for
 */
export async function readVector(path: URL | string): Promise<HostileVector> {
  const name = `${path}`.split("/").at(-1)!;
  const [, target, kind] = /^([a-z-]+)\.([a-z-]+)\.[^.]+\.bin$/.exec(name) ?? [];
  if (target === undefined || kind === undefined) {
    throw new SyntaxError(`Cannot read ${name}: its name must be TARGET.KIND.WHAT.bin`);
  }
  return { name, target, kind, bytes: await Deno.readFile(path) };
}
