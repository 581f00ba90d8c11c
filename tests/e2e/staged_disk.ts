import { join } from "@std/path";

/** Runs a program; `undefined` if it did what it should, otherwise why it did not. */
export function fault(program: string, ...args: string[]): string | undefined {
  try {
    const { success, stderr } = new Deno.Command(program, { args, stdin: "null" }).outputSync();
    return success ? undefined : new TextDecoder().decode(stderr).trim();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A file system in memory, mounted until it is disposed of. */
export function mountSmall(path: string, options: string): Disposable {
  Deno.mkdirSync(path, { recursive: true });
  const reason = fault("mount", "-t", "tmpfs", "-o", options, "tmpfs", path);
  if (reason !== undefined) throw new Error(`Cannot mount ${path}: ${reason}`);
  return { [Symbol.dispose]: () => void fault("umount", "--lazy", path) };
}

/** Makes a folder unchangeable, even for root, until it is disposed of. */
export function freeze(path: string): Disposable {
  const reason = fault("chattr", "+i", path);
  if (reason !== undefined) throw new Error(`Cannot freeze ${path}: ${reason}`);
  return { [Symbol.dispose]: () => void fault("chattr", "-i", path) };
}

/** Why something cannot be staged on this machine; empty where it can. */
export function obstacle(stage: (path: string) => Disposable): string {
  const folder = Deno.makeTempDirSync({ prefix: "sluice-probe-" });
  const path = join(folder, "probe");
  Deno.mkdirSync(path);
  try {
    using _staged = stage(path);
    return "";
  } catch (error) {
    return ` (ignored: ${error instanceof Error ? error.message : error})`;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Makes a mounted file system one that is only read, until it is disposed of. */
export function seal(path: string): Disposable {
  const reason = fault("mount", "-o", "remount,ro", path);
  if (reason !== undefined) throw new Error(`Cannot seal ${path}: ${reason}`);
  return { [Symbol.dispose]: () => void fault("mount", "-o", "remount,rw", path) };
}
