import { assert } from "@std/assert";
import { useShortly } from "./short_io.ts";

Deno.test("a fetch, its serving, a cut and a merge are right where reads and writes end early, on threads", async () => {
  const calls = await useShortly(1_000);
  const told = JSON.stringify(calls);
  assert(calls.read > 20 && calls.readSync < calls.read / 10, told);
  assert(calls.write > 20 && calls.writeSync < calls.write / 10, told);
});
