import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";

Deno.test("DownloadPlan lets the memory of its pieces go once it is complete, not before", async () => {
  const script = fromFileUrl(new URL("finished_plan.ts", import.meta.url));
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--no-lock", "--v8-flags=--expose-gc", script],
  }).output();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  assertEquals([text(stdout), text(stderr)], ["4 0 complete\n", ""]);
});
