import { assert } from "@std/assert";

/** Whether pipes can be made that have a name. */
export const CAN_MAKE_PIPES: boolean = Deno.build.os !== "windows";

/** Makes a pipe at a path. Whoever opens it to read waits until somebody writes, and nobody does. */
export async function makePipe(path: string): Promise<void> {
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  assert(success, `there is no pipe ${path}`);
}
