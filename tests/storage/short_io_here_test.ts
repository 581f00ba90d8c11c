import { assert } from "@std/assert";
import { useShortly } from "./short_io.ts";

Deno.test("a fetch, its serving, a cut and a merge are right where reads and writes end early, at once", async () => {
  const calls = await useShortly(0);
  const told = JSON.stringify(calls);
  // One after each 64 is left to a thread, and so is what is long.
  assert(calls.readSync > 20 && calls.read <= calls.readSync / 10, told);
  assert(calls.writeSync > 20 && calls.write <= calls.writeSync / 10, told);
});
